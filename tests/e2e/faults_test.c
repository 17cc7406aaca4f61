/*
 * The contract of every fault of the catalogue, on office.yaml (those that need auto-registration: on a lab with it; those that need
 * a cluster in mixed mode: on secure.yaml): the lab is healthy; the fault is added and its proof
 * holds; the symptom appears at the promised step with the promised message; `phonelab why` reports a cause; the fault
 * is cleared, the proof no longer holds, and the lab is healthy again. A fault of one phone affects no other phone. The
 * labs run in parallel, each in its own process; the tests then read the results.
 *
 * Tier test leaves some faults to tier check. PHONELAB_TEST_FAULTS ("dhcp-stopped itl-forged") selects faults, PHONELAB_TEST_LABS limits the number of labs.
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

#include "tests/support/fault_contract.h"
#include "tests/support/workers.h"

#define LABS   3
#define FAULTS 200

static struct fault_set *catalogue;
static struct fault_outcome *outcomes; /* shared with the processes of the labs */

/* A cluster of two call managers, to which auto-registration adds the second phone. */
static const char with_auto_registration[] =
    "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n  - {name: sw1, voice_vlan: 110}\n"
    "servers:\n"
    "  - {name: dhcp, kind: dhcp, address: 10.110.0.2}\n"
    "  - {name: tftp, kind: tftp, address: 10.110.0.3}\n"
    "cluster:\n"
    "  auto_registration: 3000-3009\n"
    "  nodes:\n"
    "    - {name: cucm-pub, address: 10.110.0.11}\n"
    "    - {name: cucm-sub, address: 10.110.0.12}\n"
    "phones:\n"
    "  - {model: 7841, mac: \"00:11:22:aa:bb:01\", line: 2001}\n"
    "  - {model: 8851, mac: \"00:11:22:aa:bb:02\", provisioned: no}\n";

/* Every phone is registered with a number: the new one was added and reset. */
static bool all_have_numbers(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (strcmp(member(phone, "state"), "registered") ||
		    strlen(member(phone, "directory_number")) != 4 ||
		    strcmp(phone_step_state(phone, 14), "done"))
			return false;
	return true;
}

/* The labs in the order in which the faults are tried: a worker starts few labs. */
enum lab_kind {
	LAB_OFFICE,
	LAB_AUTO_REGISTRATION,
	LAB_SECURE,
	LAB_KINDS,
};

static enum lab_kind kind_of(const struct fault *fault)
{
	if (fault->needs < 0)
		return LAB_OFFICE;
	switch ((enum fault_needs)fault->needs) {
	case FAULT_NEEDS_ROUTER: return LAB_OFFICE;
	case FAULT_NEEDS_AUTO_REGISTRATION: return LAB_AUTO_REGISTRATION;
	case FAULT_NEEDS_MIXED:
	case FAULT_NEEDS_TLS:
	case FAULT_NEEDS_MIC:
	case FAULT_NEEDS_LSC: return LAB_SECURE;
	}
	return LAB_OFFICE;
}

static size_t order[FAULTS];

static void set_order(void)
{
	size_t n = 0;

	for (int kind = 0; kind < LAB_KINDS; kind++)
		for (size_t i = 0; i < catalogue->n; i++)
			if ((int)kind_of(&catalogue->faults[i]) == kind)
				order[n++] = i;
}

static bool start(struct lab *lab, int n, enum lab_kind kind)
{
	bool auto_registration = kind == LAB_AUTO_REGISTRATION;
	char label[40], path[512];
	json_t *status;

	snprintf(path, sizeof(path), "topologies/%s.yaml", kind == LAB_SECURE ? "secure" : "office");

	snprintf(label, sizeof(label), "faults%d", n);
	lab_begin(lab, label);
	if (auto_registration)
		lab_write(lab, "auto.yaml", with_auto_registration, path);
	if (lab_up(lab, path, false, 60, NULL, 0))
		return false;
	status = auto_registration ? lab_status_when(lab, 60, all_have_numbers, NULL) : json_null();
	json_decref(status);
	return status != NULL;
}

/* Faults that restart every call manager, in tier check: others show the same in tier test. */
static bool is_for_later(const char *id)
{
	static const char *const later[] = {"cm-certificate-not-yet-valid",
					    "cm-certificate-wrong-role",
					    "cm-certificate-unlisted",
					    "tvs-unknown",
					    "mic-not-trusted",
					    "tls-version-too-old",
					    "tls-port-closed"};
	const char *tier = getenv("TIER");
	bool found = false;

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		found = found || !strcmp(later[i], id);
	return found && (!tier || !strcmp(tier, "test"));
}

static bool asked_for(const char *id)
{
	const char *only = getenv("PHONELAB_TEST_FAULTS");
	char padded[4000], word[80];

	if (!only)
		return !is_for_later(id);
	snprintf(padded, sizeof(padded), " %s ", only);
	snprintf(word, sizeof(word), " %s ", id);
	return strstr(padded, word) != NULL;
}

/* One process: a lab, and every faults'th fault. A lab in which one was not healed is ended, and one of another topology. */
static void work(size_t *next)
{
	struct lab lab;
	enum lab_kind kind = LAB_OFFICE;
	bool up = false;
	size_t at, i;

	while ((at = workers_take(next)) < catalogue->n) {
		const struct fault *fault = &catalogue->faults[i = order[at]];
		struct fault_outcome *outcome = &outcomes[i];

		if (!asked_for(fault->id))
			continue;
		if (up && kind != kind_of(fault)) {
			lab_end(&lab);
			up = false;
		}
		kind = kind_of(fault);
		if (!up && !start(&lab, (int)i, kind)) {
			snprintf(outcome->wrong, sizeof(outcome->wrong), "the lab did not start");
			lab_end(&lab);
			continue;
		}
		up = true;
		fault_contract(&lab, fault, outcome);
		printf("%-34s %5.1f s  %s\n", fault->id, outcome->seconds,
		       *outcome->wrong ? outcome->wrong : "ok");
		fflush(stdout);
		if (*outcome->wrong) {
			lab_end(&lab);
			up = false;
		}
	}
	if (up)
		lab_end(&lab);
}

static int run_all(void **state)
{
	const char *said = getenv("PHONELAB_TEST_LABS");

	(void)state;
	return workers_run(said ? atoi(said) : LABS, work);
}

static void kept(void **state)
{
	const struct fault *fault = *state;
	const struct fault_outcome *outcome = &outcomes[fault - catalogue->faults];

	if (!asked_for(fault->id))
		skip();
	if (*outcome->wrong)
		fail_msg("%s: %s", fault->id, outcome->wrong);
	assert_true(outcome->done);
}

/* At least 60, and two for each of the 14 steps. */
static void enough(void **state)
{
	int steps[15] = {0};

	(void)state;
	for (size_t i = 0; i < catalogue->n; i++)
		steps[catalogue->faults[i].step]++;
	assert_true(catalogue->n >= 60);
	for (int step = 1; step <= 14; step++)
		assert_true(steps[step] >= 2);
}

/* why names the cause of every fault first. */
static void causes(void **state)
{
	size_t asked = 0, hits = 0;

	(void)state;
	printf("\nwhat why names as the cause\n");
	for (size_t i = 0; i < catalogue->n; i++) {
		if (!outcomes[i].done || *outcomes[i].wrong)
			continue;
		asked++;
		hits += outcomes[i].hit;
		printf("  %-4s  %-34s %s\n", outcomes[i].hit ? "hit" : "MISS", catalogue->faults[i].id,
		       outcomes[i].cause);
	}
	printf("  %zu of %zu\n", hits, asked);
	if (!asked)
		skip();
	assert_int_equal(hits, asked);
}

int main(void)
{
	static struct CMUnitTest tests[FAULTS + 2];
	size_t n = 0;

	catalogue = fault_catalogue();
	outcomes = workers_memory(sizeof(*outcomes) * FAULTS);
	if (!outcomes || catalogue->n > FAULTS)
		return 1;
	set_order();
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(enough);
	for (size_t i = 0; i < catalogue->n; i++)
		if (getenv("PHONELAB_TEST_FAULTS") || !is_for_later(catalogue->faults[i].id))
			tests[n++] = (struct CMUnitTest){.name = catalogue->faults[i].id,
							 .test_func = kept,
							 .initial_state = &catalogue->faults[i]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(causes);
	return _cmocka_run_group_tests("faults", tests, n, run_all, NULL);
}
