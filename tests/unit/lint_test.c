/*
 * phonelab lint on small folders: tests/golden/lint/NAME.case is the folder and the command (tests/support/lint_case.h),
 * NAME.out what the command prints and its status. PHONELAB_GOLDEN_UPDATE=1 writes the .out files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phonelab/command/command.h"
#include "phonelab/lint/crew.h"
#include "phonelab/lint/lint.h"
#include "phonelab/lint/source.h"
#include "tests/support/golden.h"
#include "tests/support/lint_case.h"

#define GOLDEN "tests/golden/lint"

static int home; /* the checkout */
static char scratch[] = "/tmp/lint_test.XXXXXX";

/* --- running --- */

/* Run the command in this process. *out has what it prints, its errors, and its status. */
static void run(int argc, char **argv, char **out)
{
	const struct command *command = commands;
	FILE *real_out = stdout, *real_err = stderr;
	struct command_line line;
	struct fail fail;
	size_t length;
	int status;

	while (strcmp(command->name, argv[0]))
		command++;
	stdout = stderr = open_memstream(out, &length);
	assert_non_null(stdout);
	if (command_parse(command, argc - 1, argv + 1, &line, &fail))
		status = exit_complain(EXIT_USAGE, "%s", fail.text);
	else
		status = command->run(&line);
	fprintf(stdout, "status %d\n", status);
	fclose(stdout);
	stdout = real_out;
	stderr = real_err;
}

static char *run_case(const char *path)
{
	char *text = golden_read(path), *words[LINT_CASE_WORDS], *out = NULL;
	size_t count;

	assert_int_equal(chdir(scratch), 0);
	count = lint_case_build(text, words);
	run((int)count, words, &out);
	assert_int_equal(lint_case_remove("tftpboot"), 0);
	assert_int_equal(fchdir(home), 0);
	free(text);
	return out;
}

static bool as_expected(const char *path)
{
	char beside[512], *out = run_case(path), *want;
	bool same;

	snprintf(beside, sizeof(beside), "%.*s.out", (int)(strlen(path) - strlen(".case")), path);
	if (getenv("PHONELAB_GOLDEN_UPDATE")) {
		FILE *file = fopen(beside, "we");

		assert_non_null(file);
		fputs(out, file);
		assert_int_equal(fclose(file), 0);
	}
	want = golden_read(beside);
	same = !strcmp(out, want);
	if (!same)
		print_error("%s: expected\n%sbut lint prints\n%s", path, want, out);
	free(want);
	free(out);
	return same;
}

/* Every case prints what is expected: at least 40 broken folders, and 10 with nothing to complain of. */
static void folders(void **state)
{
	size_t wrong = 0, good = 0, broken = 0;
	glob_t found;

	(void)state;
	assert_int_equal(glob(GOLDEN "/*.case", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		bool is_good = strstr(found.gl_pathv[i], "/good-") != NULL;

		good += is_good;
		broken += !is_good;
		wrong += !as_expected(found.gl_pathv[i]);
	}
	globfree(&found);
	assert_true(broken >= 40);
	assert_true(good >= 10);
	assert_int_equal(wrong, 0);
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && !strcmp(text + strlen(text) - strlen(end), end);
}

static void good_folders_have_no_finding(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob(GOLDEN "/good-*.case", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *out = run_case(found.gl_pathv[i]);

		if (!ends_with(out, "0 errors, 0 warnings, 0 notes\nstatus 0\n"))
			fail_msg("%s: %s", found.gl_pathv[i], out);
		free(out);
	}
	globfree(&found);
}

/* Many phones boot in several processes: none is lost, their order stays, and each has asked for its file. */
static void many_phones(void **state)
{
	static const char config[] = "<device><devicePool><callManagerGroup><members><member><callManager><"
				     "processNodeName>cm</processNodeName>"
				     "</callManager></member></members></callManagerGroup></"
				     "devicePool><sipProfile><sipLines><line button=\"1\">"
				     "<name>%u</name></line></sipLines></sipProfile></device>";
	char *words[] = {(char[]){"lint"}, (char[]){"--unused"}, (char[]){"tftpboot"}}, *out, *rest, *line;
	char name[64], text[1024];

	(void)state;
	assert_int_equal(chdir(scratch), 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "SEP0000000000%02X.cnf.xml", i);
		snprintf(text, sizeof(text), config, 2000 + i);
		lint_case_put(name, i == 50 ? "" : text, i == 50 ? 0 : strlen(text));
	}
	run(3, words, &out);
	assert_int_equal(lint_case_remove("tftpboot"), 0);
	assert_int_equal(fchdir(home), 0);
	rest = out;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text),
			 i == 50 ? "SEP0000000000%02X  7841?  stops at step 7, config"
				 : "SEP0000000000%02X  7841?  registers %u at cm:5060 by TCP",
			 i, 2000 + i);
		do
			line = strsep(&rest, "\n");
		while (line && *line == ' ');
		assert_string_equal(line, text);
	}
	assert_true(
	    ends_with(rest, "100 phones: 99 register, 1 stops; 1 error, 0 warnings, 0 notes\nstatus 1\n"));
	free(out);
}

/* docs/lint.md has a row for each rule. */
static void rules_are_documented(void **state)
{
	char *page = golden_read("docs/lint.md"), row[300];

	(void)state;
	for (size_t i = 0; i < LINT_RULES; i++) {
		const struct lint_rule_row *rule = &lint_rule_rows[i];

		snprintf(row, sizeof(row), "\n| `%s` | %s | %.*s", rule->id, lint_level_name(rule->level),
			 (int)strlen(rule->title) - 1, rule->title);
		if (!strstr(page, row))
			fail_msg("docs/lint.md does not have:%s", row);
	}
	free(page);
}

/* --- the formats --- */

static const char two_phones[] =
    "== SEP001122AABB01.cnf.xml\n<device>\n<devicePool><callManagerGroup><members><member><callManager>"
    "<processNodeName>cm</processNodeName></callManager></member></members></callManagerGroup></devicePool>\n"
    "<sipProfile><sipLines><line button=\"1\"><name>2001</name></line></sipLines>\n"
    "<softKeyFile>100%, "
    "SK.xml</softKeyFile></sipProfile>\n<transportLayerProtocol>4</transportLayerProtocol>\n"
    "</device>\n"
    "== SEP001122AABB02.cnf.xml\n<html>\n"
    "== Ringlist-wb.xml\n<CiscoIPPhoneRingList>\n<Ring><DisplayName>A</DisplayName></Ring>\n"
    "</CiscoIPPhoneRingList>\n";

/* Run `lint` with these words on the two phones. */
static char *run_two(char **words, int count)
{
	char *text = strdup(two_phones), *none[LINT_CASE_WORDS], *out = NULL;

	assert_non_null(text);
	assert_int_equal(chdir(scratch), 0);
	lint_case_build(text, none);
	run(count, words, &out);
	assert_int_equal(lint_case_remove("tftpboot"), 0);
	free(text);
	return out;
}

static void one_object_per_phone(void **state)
{
	char *words[] = {(char[]){"lint"}, (char[]){"--json"}, (char[]){"tftpboot"}};
	char *out = run_two(words, 3), *line = out;
	json_t *object, *finding;

	(void)state;
	assert_int_equal(fchdir(home), 0);
	object = json_loads(strsep(&line, "\n"), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(object, "phone")), "SEP001122AABB01");
	assert_true(json_is_true(json_object_get(object, "registers")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(object, "numbers"), 0)), "2001");
	assert_int_equal(json_array_size(json_object_get(object, "steps")), 10);
	finding = json_array_get(json_object_get(object, "findings"), 0);
	assert_string_equal(json_string_value(json_object_get(finding, "rule")), "value-ignored");
	assert_string_equal(json_string_value(json_object_get(finding, "file")),
			    "tftpboot/SEP001122AABB01.cnf.xml");
	assert_int_equal(json_integer_value(json_object_get(finding, "line")), 5);
	json_decref(object);
	object = json_loads(strsep(&line, "\n"), 0, NULL);
	assert_true(json_is_false(json_object_get(object, "registers")));
	assert_int_equal(json_integer_value(json_object_get(object, "stops_at")), 7);
	json_decref(object);
	object = json_loads(strsep(&line, "\n"), 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "summary"), "phones")),
			 2);
	json_decref(object);
	assert_string_equal(line, "status 1\n");
	free(out);
}

static json_t *run_of(json_t *document)
{
	return json_array_get(json_object_get(document, "runs"), 0);
}

/* What GitHub requires of an upload: the version, a driver with rules, and of each result rule, level, text and place. */
static void sarif_for_code_review(void **state)
{
	char *words[] = {(char[]){"lint"}, (char[]){"--sarif"}, (char[]){"lint.sarif"}, (char[]){"tftpboot"}};
	char *out = run_two(words, 4);
	json_t *document = json_load_file("lint.sarif", 0, NULL), *rules, *result;
	size_t i;

	(void)state;
	assert_int_equal(unlink("lint.sarif"), 0);
	assert_int_equal(fchdir(home), 0);
	assert_non_null(document);
	assert_string_equal(json_string_value(json_object_get(document, "version")), "2.1.0");
	rules =
	    json_object_get(json_object_get(json_object_get(run_of(document), "tool"), "driver"), "rules");
	assert_int_equal(json_array_size(json_object_get(run_of(document), "results")), 4);
	json_array_foreach (json_object_get(run_of(document), "results"), i, result) {
		json_t *place = json_object_get(json_array_get(json_object_get(result, "locations"), 0),
						"physicalLocation");
		json_t *rule =
		    json_array_get(rules, (size_t)json_integer_value(json_object_get(result, "ruleIndex")));

		assert_string_equal(json_string_value(json_object_get(result, "ruleId")),
				    json_string_value(json_object_get(rule, "id")));
		assert_true(json_string_length(json_object_get(json_object_get(result, "message"), "text")) >
			    0);
		assert_int_equal(strncmp(json_string_value(json_object_get(
					     json_object_get(place, "artifactLocation"), "uri")),
					 "tftpboot/", 9),
				 0);
		assert_true(
		    json_integer_value(json_object_get(json_object_get(place, "region"), "startLine")) >= 1);
	}
	json_decref(document);
	free(out);
}

static void github_annotations(void **state)
{
	char *words[] = {(char[]){"lint"}, (char[]){"--github"}, (char[]){"tftpboot"}};
	char *out = run_two(words, 3);

	(void)state;
	assert_int_equal(fchdir(home), 0);
	assert_non_null(
	    strstr(out, "\n::warning file=tftpboot/SEP001122AABB01.cnf.xml,line=5,title=value-ignored::"
			"device/transportLayerProtocol: found \"4\", using 1\n"));
	assert_non_null(
	    strstr(out, "\n::error file=tftpboot/SEP001122AABB02.cnf.xml,line=2,title=configuration::"));
	assert_non_null(
	    strstr(out, ",line=4,title=soft-keys::100%25, SK.xml: not found: default template\n"));
	assert_non_null(
	    strstr(out, "\n::warning file=tftpboot/Ringlist-wb.xml,line=2,title=value-ignored::"));
	free(out);
}

static void ignore(void *arg, const struct lint_phone *phone)
{
	(void)arg;
	(void)phone;
}

/* No phone can boot: every process has more to report than its pipe holds, and all of them end. */
static void a_crew_ends_when_a_phone_cannot_boot(void **state)
{
	static const struct phone_model no_model = {.name = "none", .load_family = "none"};
	struct lint_order order = {.model = &no_model, .actions = phone_actions_new()};
	static struct mac list[600];
	struct fail fail = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		list[i] = (struct mac){{0, 0x11, 0x22, 0, (uint8_t)(i >> 8), (uint8_t)i}};
	assert_int_equal(lint_folder_open(&order.source, scratch, &fail), 0);
	assert_int_equal(lint_crew_run(&order, list, 600, 4, ignore, NULL), -ENOMEM);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
	lint_source_free(order.source);
	phone_actions_free(order.actions);
}

static int set_up(void **state)
{
	(void)state;
	home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (home < 0 || !mkdtemp(scratch))
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lint_case_end();
	close(home);
	return lint_case_remove(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(folders),
	    cmocka_unit_test(good_folders_have_no_finding),
	    cmocka_unit_test(many_phones),
	    cmocka_unit_test(a_crew_ends_when_a_phone_cannot_boot),
	    cmocka_unit_test(rules_are_documented),
	    cmocka_unit_test(one_object_per_phone),
	    cmocka_unit_test(sarif_for_code_review),
	    cmocka_unit_test(github_annotations),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
