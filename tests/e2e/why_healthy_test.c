/*
 * `phonelab why` names no cause where nothing is wrong: 21 boots of different topologies, sizes and seeds,
 * and every phone of each is asked for. No phone is marked either (`continued_without`). faults_test.c checks its reports about faults.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/lab.h"

static const struct boot {
	const char *topology, *phones; /* phones: NULL: as the file says */
} boots[] = {
    {"minimal", NULL},	     {"minimal", "1"},	     {"minimal", "3"},	     {"minimal", "12"},
    {"office", NULL},	     {"office", "1"},	     {"office", "5"},	     {"office", "16"},
    {"lldp-only", NULL},     {"lldp-only", "2"},     {"lldp-only", "6"},     {"lldp-only", "9"},
    {"no-voice-vlan", NULL}, {"no-voice-vlan", "2"}, {"no-voice-vlan", "7"}, {"no-voice-vlan", "10"},
    {"two-switches", NULL},  {"minimal", "8"},	     {"office", "11"},	     {"lldp-only", "4"},
    {"secure", NULL},
};
#define BOOTS (sizeof(boots) / sizeof(boots[0]))

static void healthy(void **state)
{
	const struct boot *boot = *state;
	const char *extra[] = {"--phones", boot->phones, NULL};
	char topology[80];
	struct lab lab;
	json_t *status, *phone;
	size_t i, wrong = 0;

	snprintf(topology, sizeof(topology), "topologies/%s.yaml", boot->topology);
	lab_begin(&lab, "why-healthy");
	if (lab_up(&lab, topology, false, 60, boot->phones ? extra : NULL, 0)) {
		lab_end(&lab);
		fail_msg("%s: not up", topology);
	}
	status = lab_status(&lab);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		struct command_result why = lab_command(&lab, "why %s", member(phone, "name"));

		if (why.status || !strstr(why.out, "is healthy") || strstr(why.out, "cause")) {
			fprintf(stderr, "%s: %s%s", topology, why.out, why.err);
			wrong++;
		}
		command_free(&why);
		if (json_object_get(phone, "continued_without")) {
			fprintf(stderr, "%s: %s is marked\n", topology, member(phone, "name"));
			wrong++;
		}
	}
	assert_true(i > 0);
	json_decref(status);
	lab_end(&lab);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	struct CMUnitTest tests[BOOTS];

	for (size_t i = 0; i < BOOTS; i++)
		tests[i] = (struct CMUnitTest){
		    .name = boots[i].topology, .test_func = healthy, .initial_state = (void *)&boots[i]};
	return _cmocka_run_group_tests("why-healthy", tests, BOOTS, NULL, NULL);
}
