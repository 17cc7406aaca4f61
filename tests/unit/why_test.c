/*
 * How a case of `phonelab why` is read: the broken step of a phone and its port in a status, and the events of the phone in a
 * stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/why.h"

#define PHONE "SEP001122AABB01"

static char stream[64];

static int begin(void **state)
{
	int fd;

	(void)state;
	strcpy(stream, "/tmp/phonelab-why-XXXXXX");
	fd = mkstemp(stream);
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	return unlink(stream);
}

static void write_stream(const char *text)
{
	FILE *out = fopen(stream, "we");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

/* A status in which all steps before `step` are done and that one is as said; 15: all are done. */
static json_t *status_at(int step, const char *step_state, const char *detail, const char *state)
{
	json_t *steps = json_array();

	for (int n = 1; n <= LADDER_STEPS; n++) {
		const char *its = n < step    ? (n == 12 ? "skipped" : "done")
				  : n == step ? step_state
					      : "pending";

		json_array_append_new(steps, json_pack("{s:i,s:s,s:s,s:i,s:s}", "n", n, "name",
						       ladder_step_name(n), "state", its, "ms", n * 10,
						       "detail", n == step ? detail : ""));
	}
	return json_pack("{s:s,s:[{s:s,s:s,s:o,s:s}],s:[{s:s,s:[{s:s,s:s},{s:s,s:n}]}],s:[{s:s},{s:s}]}",
			 "lab", "office", "phones", "name", PHONE, "state", state, "steps", steps, "ipv4",
			 "10.110.0.50", "switches", "name", "sw1", "ports", "name", "Gi1/0/1", "neighbor",
			 PHONE, "name", "Gi1/0/10", "neighbor", "cluster", "name", "cucm-pub", "name",
			 "cucm-sub");
}

static struct why_case case_of(const json_t *status)
{
	struct why_case it = {.status = status, .name = PHONE};

	assert_int_equal(why_find_phone(&it), 0);
	return it;
}

static void test_broken_step(void **state)
{
	static const struct {
		int step;
		const char *step_state, *state;
		int broken;
	} cases[] = {
	    {1, "failed", "off", 1},
	    {4, "active", "network", 4},
	    {11, "failed", "rejected", 11},
	    {5, "failed", "registered", 5}, /* with its stored configuration */
	    {15, "", "registered", 0},
	    {15, "", "claims-registered",
	     LADDER_REGISTER}, /* by the phone's word, but no call manager has it */
	    {15, "", "partly registered", LADDER_REGISTER},
	};
	json_t *status;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct why_case it;

		status = status_at(cases[i].step, cases[i].step_state, "", cases[i].state);
		it = case_of(status);
		assert_int_equal(it.step, cases[i].broken);
		assert_int_equal(it.rung != NULL, cases[i].broken != 0);
		it.name = "SEP001122AABB99";
		assert_int_equal(why_find_phone(&it), -ENOENT);
		json_decref(status);
	}
}

static json_t *port_at(json_t *status, size_t i)
{
	json_t *sw = json_array_get(json_object_get(status, "switches"), 0);

	return json_array_get(json_object_get(sw, "ports"), i);
}

/* A phone without a neighbour entry is found by its cable. */
static void test_port(void **state)
{
	json_t *status = status_at(4, "active", "", "network");
	struct why_case it = case_of(status);
	const char *name;

	(void)state;
	assert_string_equal(json_text(why_port(&it, &name), "name"), "Gi1/0/1");
	assert_string_equal(name, "sw1");
	json_object_set_new(port_at(status, 0), "neighbor", json_null());
	assert_null(why_port(&it, &name));
	assert_string_equal(name, "");
	json_object_set_new(port_at(status, 1), "device", json_string(PHONE));
	assert_string_equal(json_text(why_port(&it, NULL), "name"), "Gi1/0/10");
	json_decref(status);
}

static void test_node(void **state)
{
	json_t *nodes = json_pack("[{s:s,s:s}]", "name", "files", "kind", "tftp");
	struct why_case it = {.nodes = nodes};

	(void)state;
	assert_string_equal(why_node(&it, "tftp"), "files");
	assert_string_equal(why_node(&it, "dhcp"), "dhcp");
	json_decref(nodes);
}

static json_int_t line_of(const struct why_case *it, size_t i)
{
	return json_int(json_array_get(it->events, i), "line");
}

/* Events of others, console chatter, and what is no JSON do not count; each event has the number of its line. */
static void test_events(void **state)
{
	json_t *status = status_at(11, "failed", "403", "rejected");
	struct why_case it = case_of(status);

	(void)state;
	write_stream(
	    "{\"t\":1,\"node\":\"" PHONE "\",\"event\":\"step.active\",\"detail\":\"register\"}\n"
	    "{\"t\":2,\"node\":\"SEP001122AABB02\",\"event\":\"step.failed\",\"detail\":\"of another\"}\n"
	    "this is not JSON\n"
	    "{\"t\":4,\"node\":\"" PHONE "\",\"event\":\"phone.console\",\"detail\":\"chatter\"}\n"
	    "{\"t\":5,\"node\":\"lab\",\"event\":\"lab.child_died\",\"detail\":\"dnsmasq\"}\n"
	    "{\"t\":6,\"node\":\"" PHONE "\",\"event\":\"step.failed\",\"detail\":\"403\"}\n");
	why_read_events(&it, stream);
	assert_int_equal(json_array_size(it.events), 3);
	assert_int_equal(line_of(&it, 0), 1);
	assert_int_equal(line_of(&it, 1), 5);
	assert_int_equal(line_of(&it, 2), 6);
	why_free(&it);
	/* No stream is no event. */
	it = case_of(status);
	why_read_events(&it, "/nowhere/events.jsonl");
	assert_int_equal(json_array_size(it.events), 0);
	why_free(&it);
	json_decref(status);
}

/* A long events.jsonl is read from its end; the line numbers are those of the whole file. */
static void test_long_file(void **state)
{
	enum { OLD = 400000 }; /* 40 MB */
	json_t *status = status_at(LADDER_DHCP, "failed", "", "off");
	struct why_case it = {.status = status, .name = PHONE};
	FILE *out;

	(void)state;
	out = fopen(stream, "we");
	assert_non_null(out);
	for (int i = 0; i < OLD; i++)
		fprintf(out,
			"{\"t\":1,\"node\":\"SEP001122AABBFF\",\"event\":\"dhcp.nak\",\"detail\":\"%40d\"}\n",
			i);
	fprintf(out, "{\"t\":2,\"node\":\"" PHONE "\",\"event\":\"dhcp.nak\",\"detail\":\"last\"}\n");
	fclose(out);
	assert_int_equal(why_find_phone(&it), 0);
	why_read_events(&it, stream);
	assert_int_equal(json_array_size(it.events), 1);
	assert_int_equal(line_of(&it, 0), OLD + 1);
	why_free(&it);
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_broken_step), cmocka_unit_test(test_port),	  cmocka_unit_test(test_node),
	    cmocka_unit_test(test_events),	cmocka_unit_test(test_long_file),
	};

	return cmocka_run_group_tests_name("why", tests, begin, end);
}
