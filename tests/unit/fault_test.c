/* Files of faults: the catalogue, the complaints and their places; and files that are changed and restored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/fault/fault.h"
#include "phonelab/fault/files.h"
#include "phonelab/fault/vars.h"

#define HEAD                                                                                                 \
	"faults:\n"                                                                                          \
	"  - id: mine\n"                                                                                     \
	"    title: Mine\n"                                                                                  \
	"    layer: files\n"                                                                                 \
	"    step: 7\n"                                                                                      \
	"    scope: phone\n"
#define TAIL                                                                                                 \
	"    proof: [{look: size, at: \"a\", has: absent}]\n"                                                \
	"    symptom: {step: 7, state: failed, registered: no, why: missing}\n"                              \
	"    cause: Gone.\n"                                                                                 \
	"    find: Look.\n"                                                                                  \
	"    repair: Put it back.\n"

static char *complaints_of(const char *text)
{
	struct complaints complaints = {0};
	struct fault_set *set = fault_set_parse(text, strlen(text), "mine.yaml", &complaints);
	char *all = complaints_text(&complaints);

	if (set)
		assert_true(complaints.n == 0);
	fault_set_free(set);
	return all;
}

static void refused(const char *text, const char *expected)
{
	char *all = complaints_of(text);

	if (!strstr(all, expected))
		fail_msg("expected \"%s\" in:\n%s", expected, all);
	free(all);
}

static void test_a_good_file(void **state)
{
	char *all = complaints_of(HEAD "    inject: [{do: remove, file: a}]\n" TAIL);

	(void)state;
	assert_string_equal(all, "");
	free(all);
}

static void test_what_is_refused(void **state)
{
	(void)state;
	refused(HEAD "    inject: [{do: remove, file: a}]\n    layr: x\n" TAIL, "mine.yaml:8:5: ");
	refused(HEAD "    inject: [{do: remove, file: a}]\n    layr: x\n" TAIL, "expected \"layer\"");
	refused(HEAD "    inject: [{do: remov, file: a}]\n" TAIL, "mine.yaml:7:19: ");
	refused(HEAD "    inject: [{do: remove}]\n" TAIL, "file: missing; \"do: remove\" needs it");
	refused(HEAD "    inject: [{do: remove, file: ../../etc/passwd}]\n" TAIL, "below the run directory");
	refused(HEAD "    inject: [{do: remove, file: /etc/passwd}]\n" TAIL, "below the run directory");
	refused(HEAD "    inject: [{do: edit, file: a, match: \"(\", with: b}]\n" TAIL,
		"expected a regular expression");
	refused(HEAD "    inject: [{do: configure, lines: shutdown}]\n" TAIL, "undo");
	refused(HEAD "    inject: [{do: refuse}]\n" TAIL, "code");
	refused(HEAD "    inject: [{do: sign}]\n" TAIL, "file: missing; \"do: sign\" needs it");
	refused(HEAD "    flash: new\n    inject: [{do: forget}]\n" TAIL,
		"flash: found \"new\", expected kept or erased");
	refused(HEAD "    needs: luck\n    inject: [{do: forget}]\n" TAIL,
		"needs: found \"luck\", expected router");
	refused(HEAD "    inject: []\n" TAIL, "found a list of 0");
	refused("faults: []\n", "found a list of 0");
	refused("[]\n", "expected a map");
}

/* A fault may state whether the phone is registered; those of the catalogue do (test_the_catalogue). */
static void test_registered_is_optional(void **state)
{
	static const struct {
		int step, symptom;
		const char *registered, *complaint;
	} rows[] = {
	    {4, 4, "", ""},
	    {4, 4, ", registered: no", ""},
	    {4, 5, "", ""},
	    {14, 14, "", ""},
	    {5, 5, ", registered: yes", ""},
	    {5, 5, ", registered: maybe", "registered: found \"maybe\", expected no or yes"},
	    {7, 7, ", registered: yes, registered_if_erased: no, also_failed: 10", ""},
	    {7, 7, ", registered: yes, also_failed: 15",
	     "also_failed: found \"15\", expected a number from 1 to 14"},
	};
	char text[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *all;

		snprintf(text, sizeof(text),
			 "faults:\n  - id: mine\n    title: Mine\n    layer: files\n    step: %d\n    scope: "
			 "phone\n"
			 "    inject: [{do: sign, file: a}]\n    proof: [{look: size, at: a, has: absent}]\n"
			 "    symptom: {step: %d, state: failed, why: x%s}\n    cause: x\n    find: x\n    "
			 "repair: x\n",
			 rows[i].step, rows[i].symptom, rows[i].registered);
		all = complaints_of(text);
		if (*rows[i].complaint ? !strstr(all, rows[i].complaint) : *all)
			fail_msg("row %zu: expected \"%s\" in:\n%s", i, rows[i].complaint, all);
		free(all);
	}
}

static void test_an_id_twice(void **state)
{
	char text[2000];

	(void)state;
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", HEAD, "    inject: [{do: remove, file: a}]\n", TAIL,
		 &(HEAD)[strlen("faults:\n")], "    inject: [{do: remove, file: a}]\n", TAIL);
	refused(text, "a second time");
}

static void test_the_catalogue(void **state)
{
	struct fault_set *set = fault_catalogue();
	int steps[15] = {0};

	(void)state;
	for (size_t i = 0; i < set->n; i++) {
		steps[set->faults[i].step]++;
		assert_true(set->faults[i].symptom.registered >= 0);
	}
	assert_true(set->n >= 60);
	for (int step = 1; step <= 14; step++)
		assert_true(steps[step] >= 2);
	assert_non_null(fault_find(set, "port-shutdown"));
	assert_null(fault_find(set, "nothing-like-it"));
	assert_string_equal(fault_suggest(set, "port-shutdwn"), "port-shutdown");
	fault_set_free(set);
}

static void test_braces(void **state)
{
	json_t *vars = json_pack("{s:s}", "phone", "SEP1");
	struct fail fail = {0};
	char *text = fault_expand(vars, "a{phone}b {\"drop\":{}} x{8}", &fail);

	(void)state;
	assert_string_equal(text, "aSEP1b {\"drop\":{}} x{8}");
	free(text);
	assert_null(fault_expand(vars, "{fone}", &fail));
	assert_non_null(strstr(fail.text, "{fone}"));
	json_decref(vars);
}

/* --- files --- */

struct scratch {
	char directory[64], path[96];
	struct fault_files *files;
	json_t *vars;
};

static void put(const struct scratch *scratch, const char *text)
{
	FILE *out = fopen(scratch->path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void holds(const struct scratch *scratch, const char *text)
{
	char found[200] = "";
	FILE *in = fopen(scratch->path, "r");

	assert_non_null(in);
	found[fread(found, 1, sizeof(found) - 1, in)] = 0;
	fclose(in);
	assert_string_equal(found, text);
}

static int begin(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	strcpy(scratch->directory, "/tmp/fault-test-XXXXXX");
	if (!mkdtemp(scratch->directory))
		return -1;
	snprintf(scratch->path, sizeof(scratch->path), "%s/a.conf", scratch->directory);
	scratch->files = fault_files_new(scratch->directory);
	scratch->vars = json_object();
	*state = scratch;
	return 0;
}

static int end(void **state)
{
	struct scratch *scratch = *state;

	unlink(scratch->path);
	rmdir(scratch->directory);
	fault_files_free(scratch->files);
	json_decref(scratch->vars);
	free(scratch);
	return 0;
}

static int does(struct scratch *scratch, long owner, struct fault_action action)
{
	struct fail fail = {0};

	action.file = "a.conf";
	return fault_files_do(scratch->files, owner, &action, scratch->vars, &fail);
}

/* Two faults change one file: whichever is cleared first, the other stays; after both the file is as before. */
static void test_two_faults_on_one_file(void **state)
{
	struct scratch *scratch = *state;
	const struct fault_action one = {.what = FAULT_DO_EDIT, .match = "^one$", .with = "1"};
	const struct fault_action two = {.what = FAULT_DO_EDIT, .match = "^two$", .with = "2"};
	struct fail fail = {0};

	for (long first = 1; first <= 2; first++) {
		put(scratch, "one\ntwo\n");
		assert_int_equal(does(scratch, 1, one), 0);
		assert_int_equal(does(scratch, 2, two), 0);
		holds(scratch, "1\n2\n");
		assert_int_equal(fault_files_undo(scratch->files, first, &fail), 0);
		holds(scratch, first == 1 ? "one\n2\n" : "1\ntwo\n");
		assert_int_equal(fault_files_undo(scratch->files, 3 - first, &fail), 0);
		holds(scratch, "one\ntwo\n");
	}
}

static void test_removed_and_made(void **state)
{
	struct scratch *scratch = *state;
	struct fail fail = {0};

	put(scratch, "as it was");
	assert_int_equal(does(scratch, 1, (struct fault_action){.what = FAULT_DO_REMOVE}), 0);
	assert_int_equal(access(scratch->path, F_OK), -1);
	assert_int_equal(fault_files_undo(scratch->files, 1, &fail), 0);
	holds(scratch, "as it was");
	unlink(scratch->path);
	assert_int_equal(does(scratch, 1, (struct fault_action){.what = FAULT_DO_WRITE, .text = "new"}), 0);
	holds(scratch, "new");
	assert_int_equal(fault_files_undo(scratch->files, 1, &fail), 0);
	assert_int_equal(access(scratch->path, F_OK), -1);
}

static void test_damage(void **state)
{
	struct scratch *scratch = *state;
	struct fail fail = {0};

	put(scratch, "0123456789");
	assert_int_equal(does(scratch, 1, (struct fault_action){.what = FAULT_DO_TRUNCATE, .bytes = 4}), 0);
	holds(scratch, "0123");
	assert_int_equal(does(scratch, 1, (struct fault_action){.what = FAULT_DO_CORRUPT, .bytes = 2}), 0);
	holds(scratch, "0\xce\xcd"
		       "3");
	assert_int_equal(fault_files_undo(scratch->files, 1, &fail), 0);
	holds(scratch, "0123456789");
}

static void test_nothing_to_do(void **state)
{
	struct scratch *scratch = *state;

	assert_true(does(scratch, 1, (struct fault_action){.what = FAULT_DO_REMOVE}) < 0);
	put(scratch, "one\n");
	assert_true(does(scratch, 1,
			 (struct fault_action){.what = FAULT_DO_EDIT, .match = "^three$", .with = "3"}) < 0);
	holds(scratch, "one\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_good_file),
	    cmocka_unit_test(test_what_is_refused),
	    cmocka_unit_test(test_registered_is_optional),
	    cmocka_unit_test(test_an_id_twice),
	    cmocka_unit_test(test_the_catalogue),
	    cmocka_unit_test(test_braces),
	    cmocka_unit_test_setup_teardown(test_two_faults_on_one_file, begin, end),
	    cmocka_unit_test_setup_teardown(test_removed_and_made, begin, end),
	    cmocka_unit_test_setup_teardown(test_damage, begin, end),
	    cmocka_unit_test_setup_teardown(test_nothing_to_do, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
