/*
 * The shipped scenarios of a secure cluster's life, scenarios/secure-*.yaml: certificates that are renewed, expire, or lose the trust
 * of the phones. In tier test a few of them, in the tiers check and nightly all; and what the actions report at run time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/lab.h"

static char keep[] = "/tmp/secure-stories-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(keep) ? 0 : -1;
}

static int teardown(void **state)
{
	struct command_result result = command_sh(20, "rm -rf -- '%s'", keep);

	(void)state;
	command_free(&result);
	return 0;
}

static bool is_long(void)
{
	const char *tier = getenv("TIER");

	return tier && strcmp(tier, "test") != 0;
}

/* Run scenarios, two at a time; count of them must pass. */
static void run(const char *files, int count, int timeout_s)
{
	char bin[512], last[60];
	struct command_result result =
	    command_sh(timeout_s, "'%s' test -j 2 --keep '%s' %s", lab_bin("phonelab", bin), keep, files);

	snprintf(last, sizeof(last), "%d passed, 0 failed, 0 skipped", count);
	if (result.status || LINES_WITH(result.out, last) != 1)
		fail_msg("status %d, expected \"%s\":\n%s%s", result.status, last, result.out, result.err);
	command_free(&result);
}

static void stories_pass(void **state)
{
	glob_t found;

	(void)state;
	if (!is_long()) {
		/* TVS vouches for a renewed signer; nobody vouches for it, and the lists are erased by hand. */
		run("scenarios/secure-callmanager-renewed.yaml scenarios/secure-erased.yaml", 2, 200);
		return;
	}
	assert_int_equal(glob("scenarios/secure-*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 10);
	run("scenarios/secure-*.yaml", (int)found.gl_pathc, 900);
	globfree(&found);
}

/* What is known only while the lab runs is the reason of the failed action. */
static void actions_state_why_they_fail(void **state)
{
	struct command_result result;
	char path[100], top[400], bin[512];
	FILE *out;

	(void)state;
	assert_non_null(getcwd(top, sizeof(top)));
	snprintf(path, sizeof(path), "%s/wrong.yaml", keep);
	out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out,
		"topology: %s/topologies/minimal.yaml\n"
		"overrides: {cluster: {release: 14}}\n"
		"timeline:\n  - at: 0s\n    do: {cucm: {update: ctl}}\n"
		"expect:\n  - eventually: {registered: yes}\n",
		top);
	assert_int_equal(fclose(out), 0);
	result = command_sh(90, "'%s' test --keep '%s' '%s'", lab_bin("phonelab", bin), keep, path);
	assert_int_equal(result.status, 1);
	if (!strstr(result.out, "cucm update ctl: the cluster is not in mixed mode; it has no CTL"))
		fail_msg("%s%s", result.out, result.err);
	command_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stories_pass),
	    cmocka_unit_test(actions_state_why_they_fail),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
