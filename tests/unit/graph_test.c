/* The drawings of a topology: every phone is in them, no box lies on another, and all of it is inside the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/command/graph.h"

#define BOXES 400

struct box {
	int x, y, w, h;
};

static struct topology *read_topology(const char *path, size_t phones)
{
	struct complaints complaints = {0};
	struct topology *topology = topology_read(path, phones, &complaints);

	assert_non_null(topology);
	return topology;
}

/* The boxes of what is plugged in. */
static size_t boxes_of(const char *svg, struct box *boxes)
{
	size_t n = 0;

	for (const char *at = svg; (at = strstr(at, "<rect class=\"b ")); at++) {
		struct box *box = &boxes[n++];

		assert_true(n <= BOXES);
		assert_int_equal(sscanf(strstr(at, " x=\""), " x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"",
					&box->x, &box->y, &box->w, &box->h),
				 4);
	}
	return n;
}

static void check_svg(const char *path, size_t phones, size_t boxes)
{
	struct topology *topology = read_topology(path, phones);
	static struct box list[BOXES];
	struct text text = {0};
	int width, height;
	xmlDoc *document;
	size_t n;

	graph_svg(topology, &text);
	assert_false(text.failed);
	document = xmlReadMemory(text.bytes, (int)text.length, "graph.svg", NULL, XML_PARSE_NONET);
	assert_non_null(document);
	xmlFreeDoc(document);
	assert_int_equal(sscanf(strstr(text.bytes, "width="), "width=\"%d\" height=\"%d\"", &width, &height),
			 2);
	n = boxes_of(text.bytes, list);
	assert_int_equal(n, boxes);
	for (size_t i = 0; i < n; i++) {
		assert_true(list[i].x >= 0 && list[i].x + list[i].w <= width);
		assert_true(list[i].y >= 0 && list[i].y + list[i].h <= height);
		for (size_t j = 0; j < i; j++)
			assert_true(list[i].x + list[i].w <= list[j].x ||
				    list[j].x + list[j].w <= list[i].x ||
				    list[i].y + list[i].h <= list[j].y || list[j].y + list[j].h <= list[i].y);
	}
	for (size_t i = 0; i < topology->phone_count; i++)
		assert_non_null(strstr(text.bytes, topology->phones[i].name));
	text_free(&text);
	topology_free(topology);
}

static void test_svg(void **state)
{
	(void)state;
	check_svg("topologies/office.yaml", 0, 14);
	check_svg("topologies/office.yaml", 96, 102);
	check_svg("topologies/two-switches.yaml", 0, 8);
	check_svg("topologies/minimal.yaml", 1, 4);
}

/* A table has at most 16 rows; each phone is in one. */
static void test_dot(void **state)
{
	struct topology *topology = read_topology("topologies/office.yaml", 96);
	struct text text = {0};
	size_t tables = 0;

	(void)state;
	graph_dot(topology, &text);
	assert_false(text.failed);
	for (const char *at = text.bytes; (at = strstr(at, "<table ")); at++)
		tables++;
	assert_int_equal(tables, 7);
	for (size_t i = 0; i < topology->phone_count; i++)
		assert_non_null(strstr(text.bytes, topology->phones[i].name));
	text_free(&text);
	topology_free(topology);
}

static void test_json(void **state)
{
	struct topology *topology = read_topology("topologies/two-switches.yaml", 0);
	json_t *object = graph_json(topology), *switches = json_object_get(object, "switches");
	json_t *uplink = json_array_get(json_object_get(json_array_get(switches, 1), "uplinks"), 0);

	(void)state;
	assert_int_equal(json_array_size(switches), 2);
	assert_string_equal(json_string_value(json_object_get(uplink, "to")), "core");
	assert_int_equal(json_array_size(json_object_get(json_array_get(switches, 1), "plugged")), 4);
	json_decref(object);
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_svg),
	    cmocka_unit_test(test_dot),
	    cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
