#include "phonelab/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/exercise.h"
#include "phonelab/self.h"
#include "phonelab/why.h"

enum { SEED, NAME, COMPONENT, CAUSE, CSV, TIMEOUT, JSON };

#define CHECK_S 30
#define LOOK_MS 200

static int list(const struct command_line *line)
{
	struct exercise_set *set = exercise_catalogue();
	json_t *all = json_array();

	for (size_t i = 0; i < set->n; i++) {
		const struct exercise *it = &set->exercises[i];

		json_array_append_new(all, json_pack("{s:s,s:s,s:I,s:s}", "id", it->id, "title", it->title,
						     "level", (json_int_t)it->level, "story", it->story));
		if (!line->option[JSON].said)
			printf("%d  %-24s %s\n", (int)it->level, it->id, it->title);
	}
	exercise_set_free(set);
	all = json_pack("{s:o}", "exercises", all);
	if (line->option[JSON].said) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(all);
	return EXIT_AS_ASKED;
}

/* --- start --- */

/* The built-in topology as a file for `phonelab up`. */
static int office_file(char path[64])
{
	size_t length;
	const char *text = exercise_office_text(&length);
	int fd, rc;

	snprintf(path, 64, "/tmp/phonelab-office-XXXXXX.yaml");
	fd = mkstemps(path, 5);
	if (fd < 0)
		return -errno;
	rc = write(fd, text, length) == (ssize_t)length ? 0 : -EIO;
	close(fd);
	return rc;
}

/* This program with arguments, its output left out; its exit status. */
static int run_self(const char *const *arguments)
{
	char path[600];
	const char *argv[16] = {path};
	int status;
	pid_t pid;

	self_folder(path, sizeof(path) - 10);
	strcat(path, "/phonelab");
	for (size_t i = 0; arguments[i] && i < 14; i++)
		argv[i + 1] = arguments[i];
	fflush(NULL);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(null, STDOUT_FILENO);
		execv(path, (char *const *)argv);
		_exit(127);
	}
	if (pid < 0)
		return EXIT_UNFIT;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_DEFECT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_DEFECT;
}

static int start_lab(const struct exercise *exercise, const char *name)
{
	bool built_in = !exercise->topology || !strcmp(exercise->topology, "office");
	char path[64];
	int status;

	if (built_in && office_file(path))
		return command_complain(EXIT_UNFIT, "exercise: cannot write to /tmp");
	status = run_self(
	    (const char *[]){"up", "-d", "--name", name, built_in ? path : exercise->topology, NULL});
	if (built_in)
		unlink(path);
	return status;
}

static void tell_story(const struct exercise *exercise, const char *name)
{
	printf("%s\n\n%s\n\nTools:", exercise->title, exercise->story);
	for (size_t i = 0; i < exercise->tools.n; i++)
		printf("%s %s", i ? "," : "", exercise->tools.items[i]);
	printf("\n\nThe lab is called %s.\n"
	       "  phonelab --lab %s status\n"
	       "  phonelab --lab %s exercise hint\n"
	       "  phonelab --lab %s exercise check --component WHERE --cause WHAT\n"
	       "  phonelab down %s\n",
	       name, name, name, name, name);
}

static int start(const struct command_line *line)
{
	const char *name = line->option[NAME].said ? line->option[NAME].text : "exercise";
	uint64_t seed =
	    line->option[SEED].said ? (uint64_t)line->option[SEED].number : (uint64_t)time(NULL) % 100000;
	struct exercise_set *set;
	const struct exercise *exercise;
	struct lab lab;
	struct fail fail;
	int status;

	if (!line->word[1])
		return command_complain(EXIT_USAGE, "exercise: start: found no exercise, expected its id");
	exercise = exercise_named(line->word[1], &set, &fail);
	if (!exercise)
		return command_complain(EXIT_USAGE, "exercise: %s", fail.text);
	status = start_lab(exercise, name);
	if (!status && client_find(name, &lab, &fail))
		status = command_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	if (!status && exercise_begin(&lab, exercise, seed, &fail)) {
		status = command_complain(EXIT_DEFECT, "exercise: %s", fail.text);
		run_self((const char *[]){"down", name, NULL});
	}
	if (!status)
		tell_story(exercise, name);
	exercise_set_free(set);
	return status;
}

/* --- hint --- */

static int hint(const struct lab *lab, json_t *state)
{
	const json_t *hints = json_object_get(state, "hints");
	size_t taken = (size_t)json_integer_value(json_object_get(state, "taken"));
	const json_t *next = json_array_get(hints, taken);
	struct fail fail;

	if (!next) {
		puts("there is no further hint");
		return EXIT_AS_ASKED;
	}
	json_object_set_new(state, "taken", json_integer((json_int_t)taken + 1));
	if (exercise_state_keep(lab, state, &fail))
		return command_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	printf("%s\n(%lld points; %zu further)\n", why_text(next, "text"),
	       (long long)json_integer_value(json_object_get(next, "price")),
	       json_array_size(hints) - taken - 1);
	return EXIT_AS_ASKED;
}

/* --- check --- */

/* Is every phone of the beginning here, registered, at the end of the ladder, and no step failed? */
static bool all_well(const json_t *status, const json_t *state, json_t *said)
{
	json_t *wanted = json_object_get(json_object_get(state, "baseline"), "phones");
	json_t *phone, *rung;
	size_t i, j, good = 0;
	char text[200];

	json_array_clear(said);
	json_array_foreach(json_object_get(status, "phones"), i, phone)
	{
		bool well = !strcmp(why_text(phone, "state"), "registered");

		json_array_foreach(json_object_get(phone, "steps"), j, rung)
		{
			const char *is = why_text(rung, "state");

			well = well && strcmp(is, "failed") && strcmp(is, "pending") && strcmp(is, "active");
		}
		good += well && json_object_get(wanted, why_text(phone, "name"));
		snprintf(text, sizeof(text), "phone %s: %s, step %lld", why_text(phone, "name"),
			 why_text(phone, "state"),
			 (long long)json_integer_value(json_object_get(phone, "step")));
		if (!well)
			json_array_append_new(said, json_string(text));
	}
	return good == json_object_size(wanted) && good > 0;
}

/* Every phone boots, so that what is seen is of now. What is not right, as texts; NULL with the reason. */
static json_t *examine(const struct lab *lab, const json_t *state, long timeout_s, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + (uint64_t)timeout_s * 1000000;
	json_t *said = json_array(), *status, *now, *differences;
	bool well = false, booted = false;

	do {
		status = client_call(lab, "lab.sock", json_pack("{s:s}", "do", "status"), 20000, NULL, fail);
		if (!status || (!booted && exercise_boot_all(lab, status, fail))) {
			json_decref(status);
			json_decref(said);
			return NULL;
		}
		if (booted)
			well = all_well(status, state, said);
		booted = true;
		json_decref(status);
		if (!well)
			poll(NULL, 0, LOOK_MS);
	} while (!well && clock_now_us() < deadline);
	if (!well && !json_array_size(said))
		json_array_append_new(said, json_string("phones: missing"));
	now = exercise_snapshot(lab, fail);
	differences = exercise_differences(json_object_get(state, "baseline"), now,
					   json_object_get(state, "may_change"));
	json_array_extend(said, differences);
	json_decref(differences);
	json_decref(now);
	return said;
}

static void field(FILE *out, const char *text, char end)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
	fputc('"', out);
	fputc(end, out);
}

/* The file of results: --csv, or exercises.csv of this user's state. */
static void csv_path(const struct command_line *line, char path[600])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (line->option[CSV].said) {
		snprintf(path, 600, "%s", line->option[CSV].text);
		return;
	}
	if (state && *state)
		snprintf(path, 600, "%.500s", state);
	else
		snprintf(path, 600, "%.500s/.local/state", home ? home : "");
	strcat(path, "/phonelab/exercises.csv");
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
}

static int write_row(const struct command_line *line, const json_t *state, const struct exercise_mark *mark)
{
	const struct passwd *user = getpwuid(getuid());
	time_t now = time(NULL);
	char path[600], when[40];
	struct tm tm;
	FILE *out;

	csv_path(line, path);
	out = fopen(path, "ae");
	if (!out)
		return command_complain(EXIT_USAGE, "exercise: %s: %s", path, strerror(errno));
	if (!ftell(out))
		fputs("time,user,exercise,seed,passed,points,repair,component,cause,hints,attempts,seconds,"
		      "component_answer,cause_answer\n",
		      out);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	fprintf(out, "%s,%s,%s,%lld,%s,%d,%d,%d,%d,%d,%d,%lld,", when, user ? user->pw_name : "",
		why_text(state, "id"), (long long)json_integer_value(json_object_get(state, "seed")),
		mark->passed ? "yes" : "no", mark->points, mark->repair, mark->component, mark->cause,
		-mark->hints, -mark->attempts,
		(long long)now - (long long)json_integer_value(json_object_get(state, "started")));
	field(out, line->option[COMPONENT].text, ',');
	field(out, line->option[CAUSE].text, '\n');
	return fclose(out) ? command_complain(EXIT_USAGE, "exercise: %s: %s", path, strerror(errno)) : 0;
}

static void print_mark(const struct exercise_mark *mark)
{
	printf("%s: %d of 100 points (repair %d, component %d, cause %d, hints -%d, attempts -%d)\n",
	       mark->passed ? "passed" : "not passed", mark->points, mark->repair, mark->component,
	       mark->cause, mark->hints, mark->attempts);
}

static void print_explanation(const json_t *state)
{
	json_t *part;
	size_t i;

	printf("\n%s\n", why_text(state, "explanation"));
	json_array_foreach(json_object_get(state, "parts"), i, part)
	    printf("\n%s%s%s\n  Cause:  %s\n  Found:  %s\n  Repair: %s\n", why_text(part, "title"),
		   *why_text(part, "phone") ? ", " : "", why_text(part, "phone"), why_text(part, "what"),
		   why_text(part, "find"), why_text(part, "repair"));
}

/* Not repaired, or something else is bent: it is said, it costs, and the exercise goes on. */
static int go_on(const struct lab *lab, json_t *state, const json_t *said, struct exercise_mark *mark)
{
	json_int_t attempts = json_integer_value(json_object_get(state, "attempts")) + 1;
	struct fail fail;
	json_t *text;
	size_t i;

	/* What was answered is not told: it may be answered again. */
	printf("not passed: the lab is not as it was when it was healthy. This attempt costs %d points.\n",
	       EXERCISE_ATTEMPT);
	json_array_foreach(said, i, text)
	{
		const char *line = json_string_value(text);
		size_t length = strcspn(line, ":");

		/* Where, but not what: that would be the answer. */
		printf("  %.*s%s\n", (int)length, line,
		       strncmp(line, "phone SEP", 9) ? " differs" : line + length);
	}
	(void)mark;
	json_object_set_new(state, "attempts", json_integer(attempts));
	if (exercise_state_keep(lab, state, &fail))
		return command_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	return EXIT_ASSERTION;
}

static int check(const struct command_line *line, const struct lab *lab, json_t *state)
{
	const char *component = line->option[COMPONENT].text, *cause = line->option[CAUSE].text;
	long timeout = line->option[TIMEOUT].said ? line->option[TIMEOUT].number : CHECK_S;
	struct exercise_mark mark;
	struct fail fail;
	bool repaired;
	json_t *said;
	int status;

	if (!component || !cause)
		return command_complain(EXIT_USAGE,
					"exercise: check: expected --component WHERE and --cause WHAT");
	if (exercise_answer_check("--component", component, &fail) ||
	    exercise_answer_check("--cause", cause, &fail))
		return command_complain(EXIT_USAGE, "exercise: %s", fail.text);
	said = examine(lab, state, timeout, &fail);
	if (!said)
		return command_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	repaired = !json_array_size(said);
	mark = exercise_score(state, repaired, component, cause);
	status = write_row(line, state, &mark);
	if (!status && !repaired) {
		status = go_on(lab, state, said, &mark);
	} else if (!status) {
		json_object_set_new(state, "closed", json_true());
		status = exercise_state_keep(lab, state, &fail)
			     ? command_complain(EXIT_DEFECT, "exercise: %s", fail.text)
			 : mark.passed ? EXIT_AS_ASKED
				       : EXIT_ASSERTION;
		print_mark(&mark);
		print_explanation(state);
	}
	json_decref(said);
	return status;
}

/* --- score --- */

static int score(const struct command_line *line)
{
	static const int widths[] = {21, 12, 24, 7, 7, 7, 7, 10, 6, 6, 9, 8};
	char path[600], text[4096];
	FILE *in;

	csv_path(line, path);
	in = fopen(path, "re");
	if (!in)
		return command_complain(EXIT_USAGE, "exercise: %s: %s", path, strerror(errno));
	while (fgets(text, sizeof(text), in)) {
		char *save = NULL;
		size_t i = 0;

		for (char *word = strtok_r(text, ",\n", &save); word && i < 12;
		     word = strtok_r(NULL, ",\n", &save))
			printf("%-*s ", widths[i++], word);
		putchar('\n');
	}
	fclose(in);
	return EXIT_AS_ASKED;
}

static int with_lab(const struct command_line *line, const char *verb)
{
	struct lab lab;
	struct fail fail;
	json_t *state;
	int status = client_choose(line->option[NAME].said ? line->option[NAME].text : line->lab, &lab);

	if (status)
		return status;
	state = exercise_state(&lab, &fail);
	if (!state)
		return command_complain(EXIT_USAGE, "exercise: %s", fail.text);
	if (json_is_true(json_object_get(state, "closed")))
		status = command_complain(EXIT_USAGE,
					  "exercise: it is over: found it checked and explained already");
	else
		status = !strcmp(verb, "hint") ? hint(&lab, state) : check(line, &lab, state);
	json_decref(state);
	return status;
}

static int run(const struct command_line *line)
{
	const char *verb = line->word[0];

	if (!strcmp(verb, "ls"))
		return list(line);
	if (!strcmp(verb, "start"))
		return start(line);
	if (!strcmp(verb, "score"))
		return score(line);
	if (!strcmp(verb, "hint") || !strcmp(verb, "check"))
		return with_lab(line, verb);
	return command_complain(EXIT_USAGE,
				"exercise: found \"%s\", expected ls, start ID, hint, check or score", verb);
}

const struct command command_exercise = {
    .name = "exercise",
    .synopsis = "ls | start ID|FILE | hint | check | score",
    .title = "hunt a hidden fault with the tools of the trade",
    .help = "  ls              the exercises, the easiest first\n"
	    "  start ID|FILE   a lab in which something is broken, or nothing\n"
	    "  hint            the next hint, for its price\n"
	    "  check           is every phone registered, is nothing else bent, is the answer right?\n"
	    "  score           the results so far\n",
    .least = 1,
    .most = 2,
    .options = {[SEED] = {"--seed", NULL, OPTION_NUMBER, "N", 0, 1000000000, "start: the same fault again"},
		[NAME] = {"--name", NULL, OPTION_TEXT, "LAB", 0, 0, "name of the lab (exercise)"},
		[COMPONENT] = {"--component", NULL, OPTION_TEXT, "WHERE", 0, 0,
			       "check: what is at fault: a port, a server; none"},
		[CAUSE] = {"--cause", NULL, OPTION_TEXT, "WHAT", 0, 0,
			   "check: what is wrong with it, in a few words; nothing"},
		[CSV] = {"--csv", NULL, OPTION_TEXT, "FILE", 0, 0, "check, score: the file of results"},
		[TIMEOUT] = {"--timeout", NULL, OPTION_NUMBER, "S", 1, 600,
			     "check: seconds for every phone to register (30)"},
		[JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "ls: as JSON"}},
    .run = run,
};
