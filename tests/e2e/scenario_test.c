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

static void expect_status(const struct command_result *result, int status)
{
	if (result->status != status)
		fail_msg("status %d, not %d:\n%s%s", result->status, status, result->out, result->err);
}

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
	free(text);
	xmlFreeDoc(doc);
	xmlCleanupParser();
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
	assert_int_equal(LINES_WITH(result.out, "::error file=failing.yaml,line=6,"), 1);
	command_free(&result);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_file(files[i]);
	check_junit();
	/* The page loads nothing and runs no script. */
	result = command_sh(5, "grep -ciE '<script|src=|@import|https?://' '%s/bad/001-failing/index.html'",
			    here.dir);
	assert_string_equal(result.out, "0\n");
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
	result = command_sh(30, "cd '%s' && '%s' test fine.yaml wrong.yaml", here.dir, here.bin);
	expect_status(&result, 2);
	assert_int_equal(LINES_WITH(result.err, "wrong.yaml:3:5", "eventualy", "expected \"eventually\""), 1);
	assert_string_equal(result.out, "");
	command_free(&result);
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
		       "test --keep unfit fine.yaml'",
		       here.dir, here.bin);
	expect_status(&result, 3);
	command_free(&result);
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
	    cmocka_unit_test(a_machine_without_namespaces_is_unfit),
	    cmocka_unit_test(the_same_seed_gives_the_same_result),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
