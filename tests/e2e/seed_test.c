/*
 * The same seed, the same outcome and the same frames: a scenario whose switch loses frames by chance is run
 * twenty times through `phonelab test`, four at a time, against the real servers. The list of affected
 * frames, by port, flow and number within the flow (docs/scenarios.md, "Repeatable runs"), must be the same
 * each time, and differ with another seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/lab.h"

#define RUNS  20
#define LINES 200

static struct lab here; /* its folder only */
static char phonelab[512], top[400];

/* Every request of DHCP and TFTP may be lost on its way into the switch; what answers, may too. */
static const char faults[] =
    "faults:\n  - id: lossy\n    title: Cables that lose frames\n    layer: link\n    step: 4\n    scope: "
    "all\n"
    "    inject:\n"
    "      - {do: wire, rule: '{\"name\":\"requests\",\"direction\":\"in\",\"filter\":\"udp dst port 67 or "
    "udp dst "
    "port 69\",\"take\":{\"probability\":0.1},\"action\":{\"drop\":{}}}'}\n"
    "      - {do: wire, rule: '{\"name\":\"offers\",\"direction\":\"out\",\"filter\":\"udp src port "
    "67\",\"take\":"
    "{\"probability\":0.2},\"action\":{\"drop\":{}}}'}\n"
    "    proof:\n      - {look: rule, at: rules, has: requests}\n"
    "    symptom: {step: 4, state: failed, why: lost}\n    cause: x\n    find: x\n    repair: x\n";

static void write_scenario(const char *name, unsigned seed)
{
	char text[2000], path[512], file[80];

	snprintf(text, sizeof(text),
		 "topology: %s/topologies/minimal.yaml\nseed: %u\ntimeout: 60s\n"
		 "overrides:\n  servers: [{name: tftp, http: false}]\nphones: 6\n"
		 "timeline:\n  - at: 0s\n    do: {add_fault: {id: ./lossy.yaml}}\n"
		 "  - when: {step: ringtones}\n    do:\n      exec:\n        node: sw1\n"
		 "        command: >-\n          grep -h impair.touch /run/phonelab/events.jsonl "
		 ">$SCENARIO/%s.touched\n"
		 "expect:\n  - eventually: {step: ringtones}\n    within: 50s\n"
		 "  - eventually: {registered: yes}\n    within: 50s\n",
		 top, seed, name);
	snprintf(file, sizeof(file), "%s.yaml", name);
	lab_write(&here, file, text, path);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "rule port flow number": one line of the list. */
static char *line_of(const char *event)
{
	json_t *object = json_loads(event, 0, NULL), *it = json_object_get(object, "evidence");
	char *line = NULL;

	assert_non_null(it);
	/* Every frame that a rule touched was reported. */
	assert_null(json_object_get(it, "not_told"));
	if (asprintf(&line, "%s %s %s %04lld of %lld bytes: %s\n", member(it, "name"), member(it, "port"),
		     member(it, "flow"), member_int(it, "flow_match"), member_int(it, "length"),
		     member(it, "action")) < 0)
		abort();
	json_decref(object);
	return line;
}

/* The list of a run, in an order of its own. */
static void read_list(const char *name, char *text, size_t size)
{
	char path[600], event[4096], *lines[LINES];
	size_t n = 0, used = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s.touched", here.dir, name);
	in = fopen(path, "r");
	assert_non_null(in);
	while (n < LINES && fgets(event, sizeof(event), in))
		lines[n++] = line_of(event);
	fclose(in);
	assert_in_range(n, 5, LINES - 1);
	qsort(lines, n, sizeof(*lines), by_text);
	*text = 0;
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(text + used, size - used, "%s", lines[i]);
		free(lines[i]);
	}
	assert_true(used < size);
}

static void twenty_times(void **state)
{
	static char first[LINES * 100], other[LINES * 100];
	struct command_result result;
	char name[20];

	(void)state;
	for (unsigned i = 0; i < RUNS; i++) {
		snprintf(name, sizeof(name), "run-%02u", i + 1);
		write_scenario(name, 5);
	}
	write_scenario("run-other", 3);
	result = command_sh(280, "cd '%s' && '%s' test -j 4 --keep evidence run-*.yaml", here.dir, phonelab);
	if (result.status)
		fail_msg("status %d:\n%s%s", result.status, result.out, result.err);
	assert_int_equal(LINES_WITH(result.out, "passed", "run-", "2 of 2 expectations"), RUNS + 1);
	command_free(&result);
	read_list("run-01", first, sizeof(first));
	for (unsigned i = 1; i < RUNS; i++) {
		snprintf(name, sizeof(name), "run-%02u", i + 1);
		read_list(name, other, sizeof(other));
		if (strcmp(first, other))
			fail_msg("run 1 has touched\n%sand run %u\n%s", first, i + 1, other);
	}
	read_list("run-other", other, sizeof(other));
	assert_string_not_equal(first, other);
}

static int setup(void **state)
{
	char path[512];

	(void)state;
	lab_bin("phonelab", phonelab);
	lab_begin(&here, "seed");
	lab_write(&here, "lossy.yaml", faults, path);
	return getcwd(top, sizeof(top)) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	lab_end(&here);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(twenty_times)};

	return cmocka_run_group_tests_name("the same seed", tests, setup, teardown);
}
