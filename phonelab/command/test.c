#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "cable/userns.h"
#include "cucm/keys.h"
#include "phonelab/scenario/report.h"
#include "phonelab/scenario/schedule.h"
#include "phonelab/scenario/run.h"
#include "phonelab/lab/self.h"

struct suite {
	const struct command_line *line;
	struct scenario *scenarios[COMMAND_WORDS];
	size_t count;
	bool color;
};

/* Read all files before the first scenario runs, so that the errors of all files are printed. */
static int read_all(struct suite *suite)
{
	int status = EXIT_AS_ASKED;

	for (size_t i = 0; i < suite->line->words; i++) {
		struct complaints complaints = {0};
		struct scenario *scenario = scenario_read(suite->line->word[i], &complaints);
		char *text;

		if (scenario) {
			suite->scenarios[suite->count++] = scenario;
			continue;
		}
		text = complaints_text(&complaints);
		print_to(stderr, "%s", text ? text : "phonelab: out of memory\n");
		free(text);
		status = EXIT_USAGE;
	}
	return status;
}

static void on_end(void *arg, size_t index, const json_t *result)
{
	const struct suite *suite = arg;
	FILE *out = suite->line->option[OPT_TEST_TAP].given ? stderr : stdout;

	(void)index;
	report_person(out, result, suite->color && isatty(fileno(out)));
	if (suite->line->option[OPT_TEST_GITHUB].given)
		report_github(stdout, result);
	fflush(NULL);
}

static int write_junit(const char *path, const json_t *results, double seconds)
{
	FILE *out = fopen(path, "we");

	if (!out)
		return exit_complain(EXIT_USAGE, "test: --junit: %s: %s", path, strerror(errno));
	report_junit(out, results, seconds);
	if (ferror(out) | fclose(out))
		return exit_complain(EXIT_USAGE, "test: --junit: %s: cannot be written", path);
	return EXIT_AS_ASKED;
}

/* A defect of phonelab outranks an unfit machine, which outranks a failed scenario: each makes the next one doubtful. */
static int status_of(const json_t *results)
{
	bool failed = false, unfit = false, defect = false;
	const json_t *result;
	size_t i;

	json_array_foreach (results, i, result) {
		switch ((enum scenario_outcome)json_int(result, "outcome")) {
		case OUTCOME_PASSED: break;
		case OUTCOME_FAILED: failed = true; break;
		case OUTCOME_UNFIT: unfit = true; break;
		case OUTCOME_DEFECT:
		case OUTCOME_INTERRUPTED: defect = true; break;
		}
	}
	return defect ? EXIT_DEFECT : unfit ? EXIT_UNFIT : failed ? EXIT_ASSERTION : EXIT_AS_ASKED;
}

static int run_all(struct suite *suite)
{
	const struct command_line *line = suite->line;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long jobs = line->option[OPT_TEST_JOBS].number ?: (processors > 0 ? processors : 1);
	uint64_t began = clock_now_us();
	bool interrupted;
	json_t *results;
	int status, written = EXIT_AS_ASKED;
	double seconds;

	if (line->option[OPT_TEST_TAP].given)
		report_tap_plan(stdout, suite->count);
	cucm_keys_share();
	results = schedule_run(suite->scenarios, suite->count, (unsigned)jobs,
			       line->option[OPT_TEST_KEEP].text ?: "phonelab-evidence", on_end, suite,
			       &interrupted);
	seconds = (double)(clock_now_us() - began) / 1e6;
	for (size_t i = 0; line->option[OPT_TEST_TAP].given && i < suite->count; i++)
		report_tap(stdout, i + 1, json_array_get(results, i));
	if (line->option[OPT_TEST_JUNIT].given)
		written = write_junit(line->option[OPT_TEST_JUNIT].text, results, seconds);
	status = interrupted ? EXIT_INTERRUPTED : status_of(results);
	json_decref(results);
	return status ? status : written;
}

/* Are the programs of a lab installed, and may this user create namespaces? 0, or an exit status with the reason printed. */
static int check_machine(void)
{
	static const char *const servers[] = {"dnsmasq", "kamailio", "lighttpd", NULL};
	struct fail fail = {0};
	char path[SELF_PROGRAM];
	bool user;

	if (self_check(&fail))
		return exit_complain(EXIT_DEFECT, "%s", fail.text);
	if (userns_check(&user, &fail))
		return exit_complain(EXIT_UNFIT, "%s", fail.text);
	for (size_t i = 0; servers[i]; i++)
		if (!self_find_program(servers[i], path))
			return exit_complain(EXIT_UNFIT,
					     "%s is not installed; install it with: apt-get install %s "
					     "(all requirements: phonelab doctor)",
					     servers[i], servers[i]);
	return EXIT_AS_ASKED;
}

int command_test(const struct command_line *line)
{
	struct suite suite = {.line = line, .color = !getenv("NO_COLOR")};
	int status;

	if (line->option[OPT_TEST_SCHEMA].given)
		return command_print(shape_schema(&scenario_shape, "phonelab scenario"));
	if (line->option[OPT_TEST_REFERENCE].given) {
		shape_markdown(&scenario_shape, stdout);
		return EXIT_AS_ASKED;
	}
	if (!line->words)
		return exit_complain(EXIT_USAGE, "test: missing argument; usage: phonelab test FILE...");
	status = read_all(&suite);
	if (line->option[OPT_TEST_CHECK].given) {
		if (!status)
			print_text("%zu scenario%s valid\n", suite.count, suite.count == 1 ? " is" : "s are");
	} else {
		if (!status)
			status = check_machine();
		if (!status)
			status = run_all(&suite);
	}
	for (size_t i = 0; i < suite.count; i++)
		scenario_free(suite.scenarios[i]);
	return status;
}
