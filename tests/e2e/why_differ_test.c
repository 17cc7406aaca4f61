/*
 * The facts of content and differ in labs that are up: a healthy lab has none, whatever its topology and whatever was done on
 * purpose; each change by hand gives exactly its fact; a fault that is cleared leaves none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/certificates.h"
#include "phonelab/why/content.h"
#include "phonelab/why/differ.h"
#include "phonelab/why/fact.h"
#include "tests/support/lab.h"
#include "tests/support/why_lab.h"

#define PHONE "SEP001122AABB01"

static bool is_good(const json_t *fact)
{
	const char *name = json_text(fact, "fact");

	return !strcmp(name, "content.ok") || !strcmp(name, "database.ok");
}

/* Both, for a phone that is taken as healthy: then everything is compared. */
static void both(const struct why_case *it, json_t *facts)
{
	struct why_case healthy = *it;

	healthy.step = 0;
	why_differ_facts(&healthy, facts);
	why_content_facts(&healthy, facts);
	why_certificate_facts(&healthy, facts);
}

static void differ_all(const struct why_case *it, json_t *facts)
{
	struct why_case healthy = *it;

	healthy.step = 0;
	why_differ_facts(&healthy, facts);
}

static size_t deviations(const struct lab *lab, const char *phone)
{
	json_t *facts = why_lab_facts(lab->name, phone, both);
	const json_t *fact;
	size_t i, n = 0;

	assert_non_null(facts);
	assert_true(fact_is(facts, "content.ok", NULL));
	json_array_foreach (facts, i, fact)
		n += !is_good(fact);
	if (n)
		why_lab_print(facts);
	json_decref(facts);
	return n;
}

static void run(const struct lab *lab, const char *line)
{
	struct command_result result = lab_command(lab, "%s", line);

	if (result.status)
		fprintf(stderr, "%s: %s%s", line, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

/* --- healthy --- */

static const struct boot {
	const char *topology, *phones; /* phones: NULL: as the file says */
} boots[] = {
    {"minimal", NULL},	    {"office", NULL}, {"lldp-only", NULL}, {"no-voice-vlan", NULL},
    {"two-switches", NULL}, {"office", "60"}, {"secure", NULL},
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
	lab_begin(&lab, "why-differ");
	if (lab_up(&lab, topology, false, 60, boot->phones ? extra : NULL, 0)) {
		lab_end(&lab);
		fail_msg("%s: not up", topology);
	}
	status = lab_status(&lab);
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (i < 10)
			wrong += deviations(&lab, member(phone, "name"));
	assert_true(i > 0);
	json_decref(status);
	lab_end(&lab);
	assert_int_equal(wrong, 0);
}

/* --- changes by hand --- */

static const struct edit {
	const char *node, *line; /* in the shell of a node */
	const char *config;	 /* or configuration lines of sw1 */
	const char *fact, *object, *kind, *undo;
} edits[] = {
    {"dhcp", "cp -p dhcp/dnsmasq.conf kept && sed -i /dhcp-authoritative/d dhcp/dnsmasq.conf", NULL,
     "diff.config_line", "config dhcp dnsmasq.conf", "missing", "cp -p kept dhcp/dnsmasq.conf"},
    {"dhcp", "F=cucm/cucm-pub/kamailio.cfg; cp -p $F kept && sed -i s/NODE_PORT!5060/NODE_PORT!5070/ $F",
     NULL, "diff.config_line", "config cucm-pub kamailio.cfg", "changed",
     "cp -p kept cucm/cucm-pub/kamailio.cfg"},
    {"dhcp", "F=tftp/root/" PHONE ".cnf.xml; cp -p $F kept && sed -i s,USECALLMANAGER,10.9.9.9, $F", NULL,
     "diff.file_element", "file " PHONE ".cnf.xml", "changed", "cp -p kept tftp/root/" PHONE ".cnf.xml"},
    {"dhcp", "mv tftp/root/" PHONE ".cnf.xml.sgn kept", NULL, "diff.file_missing", "file " PHONE ".cnf.xml",
     "", "mv kept tftp/root/" PHONE ".cnf.xml.sgn"},
    {NULL, NULL, "sw1 'no vlan 110'", "diff.switch_line", "vlan sw1 110", "missing",
     "sw1 'vlan 110' 'name VOICE'"},
    {NULL, NULL, "sw1 'interface Gi1/0/1' 'switchport voice vlan 20'", "diff.switch_line", "port sw1 Gi1/0/1",
     "changed", "sw1 'interface Gi1/0/1' 'switchport voice vlan 110'"},
    {NULL, NULL, "sw1 'no ip dhcp snooping'", "diff.switch_line", "switch sw1", "missing",
     "sw1 'ip dhcp snooping'"},
};
#define EDITS (sizeof(edits) / sizeof(edits[0]))

static void configure(const struct lab *lab, const char *words)
{
	char path[512];
	struct command_result result =
	    command_sh(20, "%s configure --lab %s %s", lab_bin("phonelab", path), lab->name, words);

	if (result.status)
		fprintf(stderr, "%s: %s%s", words, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

static void change(const struct lab *lab, const struct edit *edit, const char *line)
{
	struct command_result result;

	if (!edit->node) {
		configure(lab, line);
		return;
	}
	result = lab_exec(lab, edit->node, "cd /run/phonelab && %s", line);
	if (result.status)
		fprintf(stderr, "%s: %s%s", line, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

static void check_edit(const struct lab *lab, const struct edit *edit)
{
	json_t *facts;
	const json_t *fact;

	change(lab, edit, edit->node ? edit->line : edit->config);
	facts = why_lab_facts(lab->name, PHONE, differ_all);
	fact = json_array_get(facts, 0);
	if (json_array_size(facts) != 1)
		why_lab_print(facts);
	assert_int_equal(json_array_size(facts), 1);
	assert_string_equal(json_text(fact, "fact"), edit->fact);
	assert_string_equal(json_text(fact, "object"), edit->object);
	assert_string_equal(fact_text(fact, "kind"), edit->kind);
	json_decref(facts);
	change(lab, edit, edit->undo);
}

static const char *const faults[] = {
    "dhcp-no-option-150",
    "config-malformed --phone " PHONE,
    "config-signature-wrong --phone " PHONE,
    "device-deleted --phone " PHONE,
    "digest-demanded",
    "voice-vlan-wrong --phone " PHONE,
    "voice-vlan-deleted",
    "locale-not-installed",
};

static void changed(void **state)
{
	char line[200];
	struct lab lab;

	(void)state;
	lab_begin(&lab, "why-differ-edits");
	if (lab_up(&lab, "topologies/office.yaml", false, 60, NULL, 0)) {
		lab_end(&lab);
		fail_msg("not up");
	}
	for (size_t i = 0; i < EDITS; i++)
		check_edit(&lab, &edits[i]);
	assert_int_equal(deviations(&lab, PHONE), 0);
	/* A row that is deleted, as a fault does; and what a fault leaves. */
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		snprintf(line, sizeof(line), "fault add %s", faults[i]);
		run(&lab, line);
		if (!strncmp(faults[i], "device-deleted", 14)) {
			json_t *facts = why_lab_facts(lab.name, PHONE, both);

			assert_true(fact_is(facts, "diff.row", "database cucm-sub device"));
			assert_true(fact_is(facts, "database.device_missing", "database cucm-sub device"));
			json_decref(facts);
		}
		run(&lab, "fault clear all");
		assert_int_equal(deviations(&lab, PHONE), 0);
	}
	run(&lab, "service tftp restart");
	assert_int_equal(deviations(&lab, PHONE), 0);
	lab_end(&lab);
}

int main(void)
{
	struct CMUnitTest tests[BOOTS + 1] = {cmocka_unit_test(changed)};

	for (size_t i = 0; i < BOOTS; i++)
		tests[i + 1] = (struct CMUnitTest){.name = boots[i].topology,
						   .test_func = healthy,
						   .initial_state = (void *)(uintptr_t)&boots[i]};
	return _cmocka_run_group_tests("why-differ", tests, BOOTS + 1, NULL, NULL);
}
