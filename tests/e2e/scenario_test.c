/*
 * The command `phonelab test`: scenarios that pass and fail, the evidence, a wrong file, an unfit machine, and the
 * same result for the same seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/lab.h"

static struct {
	char dir[64], bin[512], top[400];
} here;

static int setup(void **state)
{
	(void)state;
	snprintf(here.dir, sizeof(here.dir), "/tmp/scenario-e2e-XXXXXX");
	lab_bin("phonelab", here.bin);
	return mkdtemp(here.dir) && getcwd(here.top, sizeof(here.top)) ? 0 : -1;
}

static int teardown(void **state)
{
	struct command_result result = command_sh(20, "rm -rf -- '%s'", here.dir);

	(void)state;
	command_free(&result);
	return 0;
}

/* A scenario on the smallest topology, in the scratch folder. */
static void scenario(const char *name, const char *rest)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s.yaml", here.dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "topology: %s/topologies/minimal.yaml\n%s", here.top, rest);
	assert_int_equal(fclose(out), 0);
}

/* Every run ends with the counts on standard output. */
static void expect_last_line(const struct command_result *result, const char *line)
{
	size_t length = strlen(result->out);
	const char *last = result->out + length;

	if (!length || last[-1] != '\n')
		fail_msg("the last line does not end:\n%s", result->out);
	for (last--; last > result->out && last[-1] != '\n'; last--)
		;
	if (strncmp(last, line, strlen(line)) || last[strlen(line)] != '\n')
		fail_msg("the last line is not \"%s\":\n%s", line, result->out);
}

static void expect_status(const struct command_result *result, int status)
{
	if (result->status != status)
		fail_msg("status %d, not %d:\n%s%s", result->status, status, result->out, result->err);
}

/* The cause that `phonelab why` names for it. */
#define CAUSE "The TFTP service is not running"

static const char failing[] = "timeline:\n  - at: 0s\n    do: {stop: tftp}\n"
			      "expect:\n  - never: {step: ctl, state: failed}\n"
			      "  - eventually: {registered: yes}\n    within: 8s\n";

static void a_passed_scenario_leaves_nothing(void **state)
{
	struct command_result result;

	(void)state;
	result = command_sh(90, "cd '%s' && '%s' test --keep '%s/good' scenarios/healthy-boot.yaml", here.top,
			    here.bin, here.dir);
	expect_status(&result, 0);
	assert_int_equal(LINES_WITH(result.out, "passed", "healthy-boot"), 1);
	expect_last_line(&result, "1 passed, 0 failed, 0 skipped");
	command_free(&result);
	/* A passed scenario leaves no evidence. */
	result = command_sh(5, "ls '%s/good'", here.dir);
	assert_int_not_equal(result.status, 0);
	command_free(&result);
}

static void assert_file(const char *file)
{
	char path[600];
	struct stat st;

	snprintf(path, sizeof(path), "%s/bad/001-failing/%s", here.dir, file);
	if (stat(path, &st) || !st.st_size)
		fail_msg("%s is missing or empty", path);
}

static char *property(xmlNodePtr node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	char *text = strdup(value ? (const char *)value : "");

	xmlFree(value);
	return text;
}

static xmlNodePtr child(xmlNodePtr node, const char *name)
{
	for (xmlNodePtr at = node ? node->children : NULL; at; at = at->next)
		if (at->type == XML_ELEMENT_NODE && !strcmp((const char *)at->name, name))
			return at;
	return NULL;
}

static void check_junit(void)
{
	char path[600], *text;
	xmlDocPtr doc;
	xmlNodePtr root, suite, one;
	xmlChar *value;

	snprintf(path, sizeof(path), "%s/junit.xml", here.dir);
	doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	root = xmlDocGetRootElement(doc);
	assert_string_equal((const char *)root->name, "testsuites");
	suite = child(root, "testsuite");
	text = property(suite, "failures");
	assert_string_equal(text, "1");
	free(text);
	one = child(suite, "testcase");
	text = property(one, "name");
	assert_string_equal(text, "failing");
	free(text);
	assert_non_null(child(one, "failure"));
	assert_non_null(child(one, "system-out"));
	text = property(child(one, "failure"), "message");
	assert_non_null(strstr(text, "step ctl is failed"));
	assert_non_null(strstr(text, "; likely cause: " CAUSE));
	free(text);
	value = xmlNodeGetContent(child(one, "failure"));
	assert_non_null(strstr((const char *)value, "\nlikely cause: " CAUSE));
	xmlFree(value);
	xmlFreeDoc(doc);
	xmlCleanupParser();
}

/* A parser that is not ours reads the JUnit file: LINE of Python has the root element as r. What it prints. */
static char *stranger_reads(const char *file, const char *line)
{
	struct command_result result =
	    command_sh(20,
		       "cd '%s' && python3 -c 'import sys, xml.etree.ElementTree as e; "
		       "r = e.parse(sys.argv[1]).getroot(); %s' %s",
		       here.dir, line, file);
	char *text;

	expect_status(&result, 0);
	text = strdup(result.out);
	command_free(&result);
	return text;
}

static bool python_is_here(void)
{
	struct command_result result = command_sh(20, "python3 -c 'import xml.etree'");
	bool is = !result.status;

	command_free(&result);
	return is;
}

/* What a CI system counts in a JUnit file, and the text of its first error. */
static void expect_junit(const char *file, const char *counts, const char *error)
{
	char *text;

	if (!python_is_here()) {
		print_message("skipped: no python3 here, whose parser is the stranger\n");
		return;
	}
	text =
	    stranger_reads(file, "c = r.findall(\"testsuite/testcase\"); print(len(c), *[sum(1 for x in c if "
				 "x.find(k) is not None) for k in (\"failure\", \"error\", \"skipped\")])");
	assert_string_equal(text, counts);
	free(text);
	text = stranger_reads(file, "s = r.find(\"testsuite\"); print(*[s.get(k) for k in (\"tests\", "
				    "\"failures\", \"errors\", \"skipped\")])");
	assert_string_equal(text, counts);
	free(text);
	text = stranger_reads(file, "x = [y for k in (\"failure\", \"error\") for y in r.iter(k)]; "
				    "print(x[0].get(\"message\")); print(x[0].text)");
	if (!strstr(text, error))
		fail_msg("%s: no \"%s\":\n%s", file, error, text);
	free(text);
}

static void a_failed_scenario_leaves_evidence(void **state)
{
	static const char *const files[] = {"index.html",	 "events.jsonl",	  "capture.pcapng",
					    "status.json",	 "result.json",		  "log/dhcp.log",
					    "dhcp/dnsmasq.conf", "cucm/cucm/kamailio.cfg"};
	struct command_result result;

	(void)state;
	scenario("failing", failing);
	result =
	    command_sh(90, "cd '%s' && '%s' test --tap --github --junit junit.xml --keep bad failing.yaml",
		       here.dir, here.bin);
	expect_status(&result, 1);
	assert_int_equal(LINES_WITH(result.out, "not ok 1 - failing"), 1);
	assert_int_equal(
	    LINES_WITH(result.out, "::error file=failing.yaml,line=6,", "%0Alikely cause: " CAUSE), 1);
	assert_int_equal(LINES_WITH(result.err, "likely cause: " CAUSE), 1);
	expect_last_line(&result, "0 passed, 1 failed, 0 skipped");
	command_free(&result);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_file(files[i]);
	check_junit();
	expect_junit("junit.xml", "1 1 0 0\n", "likely cause: " CAUSE);
	/* The page loads nothing and runs no script. */
	result = command_sh(5, "grep -ciE '<script|src=|@import|https?://' '%s/bad/001-failing/index.html'",
			    here.dir);
	assert_string_equal(result.out, "0\n");
	command_free(&result);
	/* The message sequence of the phone: its DISCOVER is a row, and the failing step stands out. */
	result =
	    command_sh(5,
		       "grep -oE 'class=.arrow[^>]*>|aria-label=.Phone to DHCP|says>DISCOVER for "
		       "00:11:22:aa:bb:01|says>RRQ CTLSEP001122AABB01.tlv' '%s/bad/001-failing/index.html'",
		       here.dir);
	assert_true(LINES_WITH(result.out, "aria-label=\"Phone to DHCP") >= 2);
	assert_true(LINES_WITH(result.out, "says>DISCOVER for") >= 1);
	assert_true(LINES_WITH(result.out, "says>RRQ CTLSEP") >= 1);
	assert_true(LINES_WITH(result.out, "failing\">") >= 1);
	command_free(&result);
	/* tshark reads the step of each frame in its comment. */
	result =
	    command_sh(30,
		       "tshark -r '%s/bad/001-failing/capture.pcapng' -Y 'frame.comment contains \"step 4 "
		       "dhcp\"' -T fields -e frame.number 2>/dev/null | wc -l",
		       here.dir);
	assert_true(atoi(result.out) >= 4);
	command_free(&result);
}

static void why_reads_the_evidence(void **state)
{
	struct command_result result;

	(void)state;
	result = command_sh(20, "'%s' why --folder '%s/bad/001-failing' SEP001122AABB01", here.bin, here.dir);
	expect_status(&result, 1);
	assert_int_equal(LINES_WITH(result.out, "step 5, ctl, failed"), 1);
	command_free(&result);
	result = command_sh(20, "'%s' why --capture '%s/bad/001-failing/capture.pcapng' SEP001122AABB01",
			    here.bin, here.dir);
	expect_status(&result, 1);
	assert_int_equal(LINES_WITH(result.out, "step 5, ctl,"), 1);
	command_free(&result);
}

static void an_error_in_a_file_runs_nothing(void **state)
{
	struct command_result result;

	(void)state;
	scenario("wrong", "expect:\n  - eventualy: {registered: yes}\n");
	scenario("fine", "expect:\n  - eventually: {registered: yes}\n");
	result = command_sh(30, "cd '%s' && '%s' test --github --junit wrong.xml fine.yaml wrong.yaml",
			    here.dir, here.bin);
	expect_status(&result, 2);
	assert_int_equal(LINES_WITH(result.err, "wrong.yaml:3:5", "eventualy", "expected \"eventually\""), 1);
	assert_int_equal(LINES_WITH(result.out, "::error file=wrong.yaml,line=3,", "eventualy"), 1);
	expect_last_line(&result, "0 passed, 1 failed, 1 skipped");
	command_free(&result);
	expect_junit("wrong.xml", "2 0 1 1\n", "wrong.yaml:3:5: expect: found the unknown key \"eventualy\"");
}

/* Two causes at a time: each names its phones. The expectation is about several phones, of which some fail. */
static void causes_are_named_with_their_phones(void **state)
{
	struct command_result result;

	(void)state;
	scenario("two-causes",
		 "phones: 5\ntimeline:\n  - at: 0s\n    do:\n"
		 "      - {add_fault: {id: no-voice-vlan, phone: 1002}}\n"
		 "      - {add_fault: {id: port-shutdown, phone: 1003}}\n"
		 "      - {add_fault: {id: no-voice-vlan, phone: 1005}}\n"
		 "expect:\n  - eventually: {phones: 1001-1005, except: 1005, registered: yes}\n"
		 "    within: 4s\n"
		 "  - eventually: {model: 7841, except: [1002-1003, 1005], registered: claimed}\n"
		 "    within: 30s\n");
	result = command_sh(90, "cd '%s' && '%s' test --junit two.xml --keep two two-causes.yaml", here.dir,
			    here.bin);
	expect_status(&result, 1);
	assert_int_equal(LINES_WITH(result.out, "two-causes", "1 of 2 expectations"), 1);
	assert_int_equal(LINES_WITH(result.out, "all phones of 1001-1005, except 1005: registered yes",
				    "2 of 4 phones (1002, 1003)"),
			 1);
	assert_int_equal(LINES_WITH(result.out, "likely cause: 1002: ", "voice VLAN", "1003: ", "shut down"),
			 1);
	expect_last_line(&result, "0 passed, 1 failed, 0 skipped");
	command_free(&result);
	expect_junit("two.xml", "1 1 0 0\n", " 1003: The port of the phone is shut down");
}

/* Results that cannot be written are an error at once: nothing runs. */
static void outputs_are_checked_before_the_run(void **state)
{
	static const struct {
		const char *options, *error;
	} cases[] = {
	    {"--junit no-such-folder/junit.xml",
	     "--junit: no-such-folder/junit.xml: No such file or directory"},
	    {"--junit .", "--junit: .: Is a directory"},
	    {"--junit fine.yaml/x", "--junit: fine.yaml/x: Not a directory"},
	    {"--keep fine.yaml", "--keep: fine.yaml: Not a directory"},
	    {"--keep fine.yaml/a/b", "--keep: fine.yaml/a/b: Not a directory"},
	    {"--keep /proc/phonelab/a", "--keep: /proc/phonelab/a: "},
	};

	(void)state;
	scenario("fine", "expect:\n  - eventually: {registered: yes}\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct command_result result =
		    command_sh(30, "cd '%s' && '%s' test %s fine.yaml", here.dir, here.bin, cases[i].options);

		expect_status(&result, 2);
		assert_int_equal(LINES_WITH(result.err, cases[i].error), 1);
		assert_string_equal(result.out, "0 passed, 1 failed, 0 skipped\n");
		command_free(&result);
	}
}

/* While a scenario runs, the file of JUnit is an error. A run that was killed leaves this file. */
static void junit_of_a_killed_run_is_an_error(void **state)
{
	struct command_result result;

	(void)state;
	scenario("long", "lasts: 60s\nexpect:\n  - eventually: {registered: yes}\n");
	result = command_sh(
	    90,
	    "cd '%s' && { echo '<testsuites/>' >killed.xml; '%s' test --junit killed.xml "
	    "long.yaml & p=$!; until grep -q testcase killed.xml; do sleep 0.05; done; kill -9 $p; "
	    "wait $p; echo $?; }",
	    here.dir, here.bin);
	assert_string_equal(result.out, "137\n");
	command_free(&result);
	expect_junit("killed.xml", "1 0 1 0\n", "the run has not finished");
}

/* A machine on which no network namespace can be created. */
static void a_machine_without_namespaces_is_unfit(void **state)
{
	struct command_result result;

	(void)state;
	result = command_sh(10, "unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces'");
	if (result.status) {
		command_free(&result);
		print_message("skipped: this machine has no user namespaces whose limits may be set\n");
		skip();
	}
	command_free(&result);
	scenario("fine", "expect:\n  - eventually: {registered: yes}\n");
	result =
	    command_sh(60,
		       "cd '%s' && unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces; exec %s "
		       "test --keep unfit --tap --junit unfit.xml fine.yaml'",
		       here.dir, here.bin);
	expect_status(&result, 3);
	expect_last_line(&result, "0 passed, 1 failed, 0 skipped");
	command_free(&result);
	expect_junit("unfit.xml", "1 0 1 0\n", "namespaces");
}

static void the_same_seed_gives_the_same_result(void **state)
{
	char first[400] = "";

	(void)state;
	scenario("seeded", "seed: 7\nexpect:\n  - eventually: {registered: yes}\n    within: 20s\n"
			   "  - eventually: {phone: 1001, field: tftp, at_least: 99}\n    within: 1s\n");
	for (int i = 0; i < 2; i++) {
		struct command_result result =
		    command_sh(120,
			       "cd '%s' && '%s' test -j 2 --keep same%d seeded.yaml failing.yaml | grep -o "
			       "'^[A-Za-z]* *[a-z]* \\|  expected.*;' | sort",
			       here.dir, here.bin, i);

		if (i)
			assert_string_equal(result.out, first);
		snprintf(first, sizeof(first), "%s", result.out);
		assert_int_equal(LINES_WITH(result.out, "FAILED"), 2);
		command_free(&result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_passed_scenario_leaves_nothing),
	    cmocka_unit_test(a_failed_scenario_leaves_evidence),
	    cmocka_unit_test(why_reads_the_evidence),
	    cmocka_unit_test(an_error_in_a_file_runs_nothing),
	    cmocka_unit_test(causes_are_named_with_their_phones),
	    cmocka_unit_test(outputs_are_checked_before_the_run),
	    cmocka_unit_test(junit_of_a_killed_run_is_an_error),
	    cmocka_unit_test(a_machine_without_namespaces_is_unfit),
	    cmocka_unit_test(the_same_seed_gives_the_same_result),
	};

	lab_apart();
	return cmocka_run_group_tests(tests, setup, teardown);
}
