#include "phonelab/command/command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "cable/userns.h"
#include "cucm/keys.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/relay.h"
#include "phonelab/scenario/join.h"
#include "phonelab/scenario/report.h"
#include "phonelab/scenario/schedule.h"
#include "phonelab/scenario/run.h"
#include "phonelab/lab/self.h"

#define EVIDENCE "phonelab-evidence"
#define NOT_RUN	 "not run, because another file is invalid"

struct suite {
	const struct command_line *line;
	struct scenario *scenarios[COMMAND_WORDS];
	size_t count;
	json_t *results; /* one for each file; of a scenario that has not run, why not */
	struct lab in;	 /* with --in */
	bool color;
};

/* Print the complaints about a file; they are its result. */
static void reject(struct suite *suite, size_t index, const char *name, const char *file,
		   struct complaints *complaints)
{
	char *text = complaints_text(complaints); /* sorts them: the first one is the first in the file */
	json_t *result;

	print_to(stderr, "%s", text ? text : "phonelab: out of memory\n");
	if (text && *text)
		text[strlen(text) - 1] = 0; /* the last newline */
	result = scenario_no_result(name, file, OUTCOME_INVALID, complaints->kept[0].line,
				    text ? text : "out of memory");
	free(text);
	if (index < json_array_size(suite->results))
		json_array_set_new(suite->results, index, result);
	else
		json_array_append_new(suite->results, result);
}

/* Read all files before the first scenario runs, so that the errors of all files are printed. */
static int read_all(struct suite *suite)
{
	const enum scenario_outcome valid =
	    suite->line->option[OPT_TEST_CHECK].given ? OUTCOME_PASSED : OUTCOME_NOT_RUN;
	int status = EXIT_AS_ASKED;

	for (size_t i = 0; i < suite->line->words; i++) {
		const char *file = suite->line->word[i];
		struct complaints complaints = {0};
		struct scenario *scenario = scenario_read(file, &complaints);

		if (scenario) {
			suite->scenarios[suite->count++] = scenario;
			json_array_append_new(suite->results,
					      scenario_no_result(scenario->name, file, valid, 0, NOT_RUN));
			continue;
		}
		reject(suite, json_array_size(suite->results), file, file, &complaints);
		status = EXIT_USAGE;
	}
	return status;
}

/* Each scenario that has not run gets this outcome and reason. */
static void set_outcome(struct suite *suite, enum scenario_outcome outcome, const char *reason)
{
	for (size_t i = 0; i < suite->count; i++)
		json_array_set_new(suite->results, i,
				   scenario_no_result(suite->scenarios[i]->name, suite->scenarios[i]->file,
						      outcome, 0, reason));
}

static void on_end(void *arg, size_t index, const json_t *result)
{
	const struct suite *suite = arg;
	const struct command_line *line = suite->line;
	FILE *out = line->option[OPT_TEST_TAP].given || command_wants_json(line) ? stderr : stdout;

	(void)index;
	report_person(out, result, suite->color && isatty(fileno(out)));
	if (suite->line->option[OPT_TEST_GITHUB].given)
		report_github(stdout, result);
	fflush(NULL);
}

static int write_junit(const struct suite *suite, double seconds, struct fail *fail)
{
	const char *path = suite->line->option[OPT_TEST_JUNIT].text;
	FILE *out = fopen(path, "we");

	if (!out)
		return fail_set(fail, -errno, "test: --junit: %s: %s; name a file that can be written", path,
				strerror(errno));
	report_junit(out, suite->results, seconds);
	if (ferror(out) | fclose(out))
		return fail_set(fail, -EIO, "test: --junit: %s: cannot be written", path);
	return 0;
}

/* May folders and files be made in the folder? Of a folder that does not exist, in the nearest parent that does. */
static int check_folder(const char *folder, struct fail *fail)
{
	char path[PATH_MAX], probe[PATH_MAX + 32], *slash;
	struct stat st;
	int err = 0;

	snprintf(path, sizeof(path), "%s", folder);
	while (!err && stat(path, &st)) {
		slash = strrchr(path, '/');
		if (errno != ENOENT || !strcmp(path, "/") || !strcmp(path, "."))
			err = errno;
		else if (!slash)
			snprintf(path, sizeof(path), ".");
		else
			slash[slash == path] = 0;
	}
	snprintf(probe, sizeof(probe), "%s/.phonelab-XXXXXX", path);
	if (!err && (!mkdtemp(probe) || rmdir(probe)))
		err = errno;
	return err ? fail_set(fail, -err, "test: --keep: %s: %s; name a folder that can be written", folder,
			      strerror(err))
		   : 0;
}

/* Is it a file that a reader empties, such as a pipe or a terminal? */
static bool is_stream(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode));
}

/* Can the results be written? Until the run has finished, the file of JUnit states that it has not: after a run that was
 * killed there is no report that says passed. */
static int check_outputs(struct suite *suite, struct fail *fail)
{
	const char *path = suite->line->option[OPT_TEST_JUNIT].text;

	set_outcome(suite, OUTCOME_INTERRUPTED, "the run has not finished");
	if (path && !is_stream(path) && write_junit(suite, 0, fail))
		return fail->err;
	return check_folder(suite->line->option[OPT_TEST_KEEP].text ?: EVIDENCE, fail);
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
		case OUTCOME_INTERRUPTED:
		case OUTCOME_INVALID:
		case OUTCOME_NOT_RUN: defect = true; break;
		}
	}
	return defect ? EXIT_DEFECT : unfit ? EXIT_UNFIT : failed ? EXIT_ASSERTION : EXIT_AS_ASKED;
}

static int run_all(struct suite *suite)
{
	const struct command_line *line = suite->line;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long jobs = line->option[OPT_TEST_JOBS].number ?: (processors > 0 ? processors : 1);
	bool interrupted;

	if (line->option[OPT_TEST_TAP].given)
		report_tap_plan(stdout, suite->count);
	cucm_keys_share();
	json_decref(suite->results);
	suite->results =
	    schedule_run(suite->scenarios, suite->count, (unsigned)jobs,
			 line->option[OPT_TEST_IN].given ? &suite->in : NULL,
			 line->option[OPT_TEST_KEEP].text ?: EVIDENCE, on_end, suite, &interrupted);
	for (size_t i = 0; line->option[OPT_TEST_TAP].given && i < suite->count; i++)
		report_tap(stdout, i + 1, json_array_get(suite->results, i));
	return interrupted ? EXIT_INTERRUPTED : status_of(suite->results);
}

/* Are the programs of a lab installed, and may this user create namespaces? 0, or an exit status with the reason. */
static int check_machine(struct fail *fail)
{
	static const char *const servers[] = {"dnsmasq", "kamailio", "lighttpd", NULL};
	char path[SELF_PROGRAM];
	bool user;

	if (self_check(fail))
		return EXIT_DEFECT;
	if (userns_check(&user, fail))
		return EXIT_UNFIT;
	for (size_t i = 0; servers[i]; i++)
		if (!self_find_program(servers[i], path)) {
			fail_set(fail, -ENOENT,
				 "%s is not installed; install it with: apt-get install %s "
				 "(all requirements: phonelab doctor)",
				 servers[i], servers[i]);
			return EXIT_UNFIT;
		}
	return EXIT_AS_ASKED;
}

/* No scenario runs: state it for each of them. Returns status. */
static int cannot_run(struct suite *suite, enum exit_status status, enum scenario_outcome outcome,
		      const char *reason)
{
	exit_complain(status, "%s", reason);
	set_outcome(suite, outcome, reason);
	return status;
}

/* Report the scenarios that cannot run in the lab of containers. How many. */
static size_t check_scenarios(struct suite *suite, const json_t *greeting)
{
	size_t wrong = 0;

	for (size_t i = 0; i < suite->count; i++) {
		struct complaints complaints = {0};

		joined_check(suite->scenarios[i], suite->in.name, greeting, &complaints);
		if (!complaints.n)
			continue;
		reject(suite, i, suite->scenarios[i]->name, suite->scenarios[i]->file, &complaints);
		wrong++;
	}
	return wrong;
}

/* With --in: is the lab up, and can the scenarios run there? */
static int check_lab(struct suite *suite)
{
	const struct command_line *line = suite->line;
	const char *name = line->option[OPT_TEST_IN].text;
	json_t *greeting;
	struct fail fail = {0};
	size_t wrong;

	if (line->option[OPT_TEST_JOBS].number > 1)
		return cannot_run(
		    suite, EXIT_USAGE, OUTCOME_INVALID,
		    "test: -j does not apply with --in: in one lab, scenarios run one after another");
	if (containers_find(name, &suite->in)) {
		fail_set(&fail, -ENOENT, "test: --in: no lab of containers named %s is running", name);
		return cannot_run(suite, EXIT_USAGE, OUTCOME_INVALID, fail.text);
	}
	if (relay_open(&suite->in, &greeting, &fail)) {
		fail_prefix(&fail, fail.err, "test: --in: lab %s cannot be used", name);
		return cannot_run(suite, fail.err == -EBUSY ? EXIT_USAGE : EXIT_DEFECT,
				  fail.err == -EBUSY ? OUTCOME_INVALID : OUTCOME_DEFECT, fail.text);
	}
	relay_close(suite->in.relay);
	suite->in.relay = NULL;
	set_outcome(suite, OUTCOME_NOT_RUN, NOT_RUN);
	wrong = check_scenarios(suite, greeting);
	json_decref(greeting);
	return wrong ? EXIT_USAGE : EXIT_AS_ASKED;
}

static int run_valid(struct suite *suite, bool *ran)
{
	struct fail fail = {0};
	int status;

	if (check_outputs(suite, &fail))
		return cannot_run(suite, EXIT_USAGE, OUTCOME_INVALID, fail.text);
	if (suite->line->option[OPT_TEST_IN].given) {
		status = check_lab(suite);
		*ran = !status;
		return status ? status : run_all(suite);
	}
	status = check_machine(&fail);
	if (status)
		return cannot_run(suite, (enum exit_status)status, (enum scenario_outcome)status, fail.text);
	*ran = true;
	return run_all(suite);
}

/* The reports of a run, or of why there was none; the counts are the last line. Returns the exit status. */
static int report_all(const struct suite *suite, bool ran, double seconds, int status)
{
	const struct command_line *line = suite->line;
	struct fail fail = {0};
	const json_t *result;
	size_t i;

	json_array_foreach (suite->results, i, result) {
		if (!ran && line->option[OPT_TEST_GITHUB].given)
			report_github(stdout, result);
		if (command_wants_json(line) && !line->option[OPT_TEST_CHECK].given)
			print_json(result, JSON_COMPACT);
	}
	/* The reason is printed already if the file could not be written before the run. */
	if (line->option[OPT_TEST_JUNIT].given && write_junit(suite, seconds, &fail) && (ran || !status))
		status = exit_complain(status ? (enum exit_status)status : EXIT_USAGE, "%s", fail.text);
	if (!line->option[OPT_TEST_CHECK].given)
		report_counts(command_wants_json(line) ? stderr : stdout, suite->results);
	else if (command_wants_json(line))
		status = status ?: command_print(json_pack("{s:I}", "valid", (json_int_t)suite->count));
	else if (!status)
		print_text("%zu scenario%s valid\n", suite->count, suite->count == 1 ? " is" : "s are");
	return status;
}

int command_test(const struct command_line *line)
{
	struct suite suite = {.line = line, .color = !getenv("NO_COLOR"), .results = json_array()};
	uint64_t began = clock_now_us();
	bool ran = false;
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
	if (!status && !line->option[OPT_TEST_CHECK].given)
		status = run_valid(&suite, &ran);
	status = report_all(&suite, ran, (double)(clock_now_us() - began) / 1e6, status);
	for (size_t i = 0; i < suite.count; i++)
		scenario_free(suite.scenarios[i]);
	json_decref(suite.results);
	return status;
}
