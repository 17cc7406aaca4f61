/* The table of keys and the JSON Schema that comes out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/topology/topology.h"
#include "base/nearest.h"

static void committed_schema_is_generated(void **state)
{
	json_t *schema = shape_schema(&topology_shape, "phonelab topology"), *committed;
	json_error_t error;

	(void)state;
	committed = json_load_file("topologies/schema.json", 0, &error);
	if (!committed)
		fail_msg("topologies/schema.json: %s", error.text);
	if (!json_equal(schema, committed))
		fail_msg(
		    "topologies/schema.json is stale: phonelab validate --schema > topologies/schema.json");
	json_decref(schema);
	json_decref(committed);
}

/* Every row has documentation, every default is a value of its key, no name is there twice. */
static void check_shape(const struct shape *shape)
{
	struct arena arena = {0};

	assert_non_null(shape->doc);
	for (const struct key *key = shape->keys; key->name; key++) {
		uint64_t value[16] = {0};

		assert_non_null(key->doc);
		assert_true(key_size(key) > 0);
		if (key->fallback && key_parse(key, key->fallback, &arena, value))
			fail_msg("%s.%s: its default \"%s\" is none of its values", shape->name, key->name,
				 key->fallback);
		for (const struct key *other = shape->keys; other < key; other++)
			assert_string_not_equal(key->name, other->name);
		if (key->type == KEY_OBJECT)
			check_shape(key->shape);
	}
	arena_free(&arena);
}

static void table_is_sound(void **state)
{
	(void)state;
	check_shape(&topology_shape);
}

static const struct key watts = {.name = "w", .type = KEY_WATTS, .max = 90000};
static const struct key duration = {.name = "d", .type = KEY_DURATION, .max = 1000000};
static const struct key port = {.name = "p", .type = KEY_PORT};
static const struct key ports = {.name = "p", .type = KEY_PORTS};
static const struct key subnet = {.name = "s", .type = KEY_SUBNET, .min = 8, .max = 30};

static void units(void **state)
{
	static const struct {
		const struct key *key;
		const char *text;
		int64_t value;
		int err;
	} rows[] = {
	    {&watts, "7W", 7000, 0},	      {&watts, "15.4W", 15400, 0},  {&watts, "15400mW", 15400, 0},
	    {&watts, "0.09kW", 90000, 0},     {&watts, "91W", 0, -22},	    {&watts, "7", 0, -22},
	    {&watts, "-1W", 0, -22},	      {&watts, "W", 0, -22},	    {&watts, "1e9W", 0, -22},
	    {&watts, "99999999999W", 0, -22}, {&duration, "90s", 90, 0},    {&duration, "1h", 3600, 0},
	    {&duration, "1.5 h", 5400, 0},    {&duration, "2d", 172800, 0}, {&duration, "1w", 0, -22},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 0;

		if (key_parse(rows[i].key, rows[i].text, &arena, &value) != rows[i].err ||
		    value != rows[i].value)
			fail_msg("\"%s\" is read as %lld", rows[i].text, (long long)value);
	}
	arena_free(&arena);
}

static void port_names(void **state)
{
	struct arena arena = {0};
	struct key_port value;

	(void)state;
	assert_int_equal(key_parse(&port, "sw1 Gi2/0/7", &arena, &value), 0);
	assert_string_equal(value.switch_name, "sw1");
	assert_int_equal(value.member, 2);
	assert_int_equal(value.number, 7);
	assert_int_equal(key_parse(&port, "TenGigabitEthernet1/1/4", &arena, &value), 0);
	assert_true(value.uplink);
	assert_int_equal(key_parse(&ports, "Gi1/0/3-9", &arena, &value), 0);
	assert_int_equal(value.last, 9);
	assert_int_not_equal(key_parse(&port, "Gi1/0/3-9", &arena, &value), 0);
	assert_int_not_equal(key_parse(&ports, "Gi1/0/9-3", &arena, &value), 0);
	assert_int_not_equal(key_parse(&port, "Gi1/1/3", &arena, &value), 0);
	assert_int_not_equal(key_parse(&port, "Gi0/0/3", &arena, &value), 0);
	assert_int_not_equal(key_parse(&port, "a b Gi1/0/3", &arena, &value), 0);
	assert_int_not_equal(key_parse(&port, "Gi1/0/3x", &arena, &value), 0);
	arena_free(&arena);
}

static void subnets(void **state)
{
	struct arena arena = {0};
	struct key_prefix value;

	(void)state;
	assert_int_equal(key_parse(&subnet, "10.110.0.0/23", &arena, &value), 0);
	assert_int_equal(value.length, 23);
	assert_true(topology_prefix_holds(&value, 0x0a6e01ff));
	assert_false(topology_prefix_holds(&value, 0x0a6e0200));
	assert_int_not_equal(key_parse(&subnet, "10.110.1.0/23", &arena, &value), 0);
	assert_int_not_equal(key_parse(&subnet, "10.110.0.0/31", &arena, &value), 0);
	assert_int_not_equal(key_parse(&subnet, "10.110.0.0", &arena, &value), 0);
	arena_free(&arena);
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("model", "model", 3), 0);
	assert_int_equal(nearest_distance("modle", "model", 3), 2);
	assert_int_equal(nearest_distance("colour", "count", 2), 3);
	assert_int_equal(nearest_distance("", "abc", 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(committed_schema_is_generated),
	    cmocka_unit_test(table_is_sound),
	    cmocka_unit_test(units),
	    cmocka_unit_test(port_names),
	    cmocka_unit_test(subnets),
	    cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
