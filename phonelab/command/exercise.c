#include "phonelab/command/exercise_command.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/exercise/class.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/exercise/lab.h"
#include "phonelab/exercise/record.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/status_read.h"

#define CHECK_S	     30
#define CHECK_MORE_S 60 /* for all other checks, after the time for the phones */
#define LOOK_MS	     100
#define PROGRESS     10 /* looks between two reports of progress */

static int list(const struct command_line *line)
{
	struct exercise_set *set = exercise_catalogue();
	json_t *all = json_array();

	for (size_t i = 0; i < set->n; i++) {
		const struct exercise *it = &set->exercises[i];

		json_array_append_new(all, json_pack("{s:s,s:s,s:I,s:s}", "id", it->id, "title", it->title,
						     "level", (json_int_t)it->level, "story", it->story));
		if (!line->option[OPT_EXERCISE_JSON].given)
			print_text("%d  %-24s %s\n", (int)it->level, it->id, it->title);
	}
	exercise_set_free(set);
	if (line->option[OPT_EXERCISE_JSON].given)
		return command_print(json_pack("{s:o}", "exercises", all));
	json_decref(all);
	return EXIT_AS_ASKED;
}

/* --- the lab of an exercise --- */

static void print_choices(const json_t *exercise, const char *what, const char *option)
{
	const json_t *list = json_object_get(json_object_get(exercise, "choices"), what);
	json_t *text;
	size_t i;

	if (json_array_size(list))
		print_text("\n\nChoices of %s (a number, or your own words):", option);
	json_array_foreach ((json_t *)list, i, text)
		print_text("\n  %zu  %s", i + 1, json_string_value(text));
}

void exercise_print_ticket(const struct command_line *line, const json_t *state, const struct lab *lab,
			   const char *url)
{
	const json_t *exercise = json_object_get(state, "exercise");
	char phonelab[80] = CLIENT_COMPOSE " run --rm phonelab";
	long long price = json_int(exercise, "why");
	json_t *tool, *hint;
	size_t i;

	if (command_wants_json(line)) {
		json_t *ticket = exercise_ticket(state);

		json_object_set_new(ticket, "lab", json_string(lab->name));
		if (*url)
			json_object_set_new(ticket, "web", json_string(url));
		command_print(ticket);
		return;
	}
	/* Inside a container the name of the compose project is unknown. */
	if (lab->pid)
		snprintf(phonelab, sizeof(phonelab), "phonelab --lab %s", lab->name);
	else if (client_is_console(lab))
		snprintf(phonelab, sizeof(phonelab), "phonelab");
	print_text("%s\n\n%s\n\nTools:", json_text(exercise, "title"), json_text(exercise, "story"));
	json_array_foreach (json_object_get(exercise, "tools"), i, tool)
		print_text("%s %s", i ? "," : "", json_string_value(tool));
	if (price < 0)
		print_text("\nphonelab why is refused in this exercise.");
	else
		print_text("\nphonelab why costs %lld points in this exercise, once.", price);
	print_text("\n%lld hints.", json_int(exercise, "hints"));
	if (json_int(exercise, "price"))
		print_text(" The next one costs %lld points.", json_int(exercise, "price"));
	json_array_foreach (json_object_get(exercise, "given"), i, hint)
		print_text("\nHint %zu: %s", i + 1, json_text(hint, "text"));
	print_choices(exercise, "component", "WHERE");
	print_choices(exercise, "cause", "WHAT");
	print_text("\n\nThe lab is called %s.\n"
		   "  %s status\n"
		   "  %s exercise hint\n"
		   "  %s exercise check --component WHERE --cause WHAT\n",
		   lab->name, phonelab, phonelab, phonelab);
	if (lab->pid)
		print_text("  phonelab down %s\n", lab->name);
	if (*url)
		print_text("\nThe page of the exercise: %s\n", url);
}

json_t *exercise_call(const struct lab *lab, json_t *request, struct fail *fail)
{
	json_object_set_new(request, "do", json_string("exercise"));
	return client_call(lab, "lab.sock", request, 10000, NULL, fail);
}

/* During a check: how many phones are registered, if the number has changed. */
static void print_progress(const struct lab *lab, size_t *before)
{
	struct fail ignored = {0};
	json_t *status = client_status(lab, &ignored), *phones = json_object_get(status, "phones"), *phone;
	size_t i, n = 0;

	json_array_foreach (phones, i, phone)
		n += status_read_registered(phone) && !status_read_open_step(phone);
	if (status && n != *before)
		exit_complain(EXIT_AS_ASKED, "exercise: checking: %zu of %zu phones are registered", n,
			      json_array_size(phones));
	*before = status ? n : *before;
	json_decref(status);
}

json_t *exercise_wait(const struct lab *lab, const char *phase, long within_s, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + (uint64_t)within_s * 1000000;
	size_t registered = SIZE_MAX;
	bool progress = !strcmp(phase, "checking");
	int looks = 0;
	json_t *state;

	while ((state = exercise_call(lab, json_object(), fail)) &&
	       !strcmp(json_text(state, "phase"), phase)) {
		json_decref(state);
		state = NULL;
		if (clock_now_us() > deadline) {
			fail_set(fail, -ETIMEDOUT, "the lab has not answered within %ld s", within_s);
			break;
		}
		poll(NULL, 0, LOOK_MS);
		if (progress && looks++ % PROGRESS == 0)
			print_progress(lab, &registered);
	}
	if (state && progress)
		print_progress(lab, &registered);
	if (state && json_object_get(state, "error")) {
		fail_set(fail, -EIO, "%s", json_text(state, "error"));
		json_decref(state);
		state = NULL;
	}
	return state;
}

/* --- show --- */

/* The ticket as an object; the id of the exercise is no part of it. */
json_t *exercise_ticket(const json_t *state)
{
	const json_t *exercise = json_object_get(state, "exercise");

	return json_pack(
	    "{s:s,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O}", "phase", json_text(state, "phase"), "title",
	    json_object_get(exercise, "title"), "story", json_object_get(exercise, "story"), "tools",
	    json_object_get(exercise, "tools"), "choices", json_object_get(exercise, "choices"), "hints",
	    json_object_get(exercise, "hints"), "taken", json_object_get(exercise, "taken"), "attempts",
	    json_object_get(exercise, "attempts"), "given", json_object_get(exercise, "given"), "price",
	    json_object_get(exercise, "price"), "seconds", json_object_get(exercise, "seconds"));
}

static int show(const struct command_line *line, const struct lab *lab)
{
	struct fail fail = {0};
	json_t *state = exercise_call(lab, json_object(), &fail);
	const json_t *exercise = json_object_get(state, "exercise");

	if (!state)
		return exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	if (exercise)
		exercise_print_ticket(line, state, lab, "");
	json_decref(state);
	return exercise
		   ? EXIT_AS_ASKED
		   : exit_complain(EXIT_USAGE, "exercise: this lab has no exercise; start one with: phonelab "
					       "exercise start ID");
}

/* --- hint --- */

static int hint(const struct command_line *line, const struct lab *lab)
{
	struct fail fail = {0};
	json_t *reply = exercise_call(lab, json_pack("{s:s}", "action", "hint"), &fail);

	if (!reply)
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	json_object_del(reply, "ok");
	if (command_wants_json(line))
		command_print(json_incref(reply));
	else if (json_object_get(reply, "text"))
		print_text("%s\n(%lld points; %lld further)\n", json_text(reply, "text"),
			   json_int(reply, "price"), json_int(reply, "further"));
	else
		print_line("there is no further hint");
	json_decref(reply);
	return EXIT_AS_ASKED;
}

/* --- check --- */

static void print_end(const json_t *result)
{
	json_t *part;
	size_t i;

	print_text("%s: %lld of 100 points (repair %lld, component %lld, cause %lld, hints -%lld, "
		   "why -%lld, attempts -%lld)\n",
		   json_is_true(json_object_get(result, "passed")) ? "passed" : "not passed",
		   json_int(result, "points"), json_int(result, "repair"), json_int(result, "component"),
		   json_int(result, "cause"), json_int(result, "hints"), json_int(result, "why"),
		   json_int(result, "attempts"));
	print_text("\n%s\n", json_text(result, "explanation"));
	json_array_foreach (json_object_get(result, "parts"), i, part)
		print_text("\n%s%s%s\n  Cause:  %s\n  Found:  %s\n  Repair: %s\n", json_text(part, "title"),
			   *json_text(part, "phone") ? ", " : "", json_text(part, "phone"),
			   json_text(part, "what"), json_text(part, "find"), json_text(part, "repair"));
}

/* Not repaired, or something else was changed: the attempt costs points, and the exercise continues. */
static void print_unrepaired(const json_t *result)
{
	json_t *text;
	size_t i;

	print_text("not passed: the lab differs from the healthy lab. This attempt costs %d points.\n",
		   EXERCISE_ATTEMPT);
	json_array_foreach (json_object_get(result, "said"), i, text)
		print_text("  %s\n", json_string_value(text));
}

/* The file of results; NULL: the file of the user. state: of the lab, which may remember a file; or NULL. A lab of
 * containers has its own file on its volume. */
static const char *results(const struct command_line *line, const json_t *state)
{
	const char *own = json_string_value(json_object_get(state, "results"));

	return line->option[OPT_EXERCISE_CSV].given ? line->option[OPT_EXERCISE_CSV].text
	       : exercise_lab_here()		    ? PLAN_PREFIX "/exercises.csv"
						    : own;
}

/* The answer of an option, with the texts of its choices. NULL, and the reason printed. */
static char *answer_of(const json_t *state, const char *what, const char *text)
{
	const json_t *choices = json_object_get(json_object_get(state, "exercise"), "choices");
	struct fail fail = {0};
	char *answer = exercise_answer_resolve(what, json_object_get(choices, what), text, &fail);

	if (!answer)
		exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	return answer;
}

static int check_answers(const struct command_line *line, const struct lab *lab, const char *component,
			 const char *cause)
{
	long timeout = line->option[OPT_EXERCISE_TIMEOUT].number ?: CHECK_S;
	const json_t *result;
	const char *trainee;
	struct fail fail = {0};
	json_t *state;
	int status, err;

	state = exercise_call(lab,
			      json_pack("{s:s,s:s,s:s,s:I}", "action", "check", "component", component,
					"cause", cause, "timeout", (json_int_t)timeout),
			      &fail);
	json_decref(state);
	if (!state)
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	state = exercise_wait(lab, "checking", timeout + CHECK_MORE_S, &fail);
	if (!state)
		return exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	result = json_object_get(state, "result");
	trainee =
	    line->option[OPT_EXERCISE_TRAINEE].text ?: json_string_value(json_object_get(state, "trainee"));
	status = json_is_true(json_object_get(result, "passed")) ? EXIT_AS_ASKED : EXIT_ASSERTION;
	/* First, so that a reader that closes the pipe loses no result. */
	err = exercise_record(results(line, state), trainee, json_object_get(state, "exercise"), result,
			      component, cause, &fail);
	if (command_wants_json(line))
		command_print(json_incref((json_t *)result));
	else if (json_is_true(json_object_get(result, "repaired")))
		print_end(result);
	else
		print_unrepaired(result);
	if (err)
		status = exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	json_decref(state);
	return status;
}

static int check(const struct command_line *line, const struct lab *lab)
{
	const char *component = line->option[OPT_EXERCISE_COMPONENT].text,
		   *cause = line->option[OPT_EXERCISE_CAUSE].text;
	struct fail fail = {0};
	char *where, *what;
	json_t *state;
	int status = EXIT_USAGE;

	if (!component || !cause)
		return exit_complain(EXIT_USAGE,
				     "exercise: check requires --component WHERE and --cause WHAT");
	state = exercise_call(lab, json_object(), &fail);
	if (!state)
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	where = answer_of(state, "component", component);
	what = where ? answer_of(state, "cause", cause) : NULL;
	if (what)
		status = check_answers(line, lab, where, what);
	free(where);
	free(what);
	json_decref(state);
	return status;
}

/* --- the command --- */

/* One object per row, without the answers. */
static int score_json(const char *path)
{
	static const char *const names[EXERCISE_FIELDS] = {
	    "time",  "user",  "exercise", "seed",    "passed", "points", "repair", "component",
	    "cause", "hints", "attempts", "seconds", NULL,     NULL,	 "why",	   "trainee"};
	char *fields[EXERCISE_FIELDS], *text, *rest, *row;
	struct fail fail = {0};

	if (exercise_record_read(path, &text, &fail))
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	rest = text;
	strsep(&rest, "\n"); /* the names of the columns */
	while ((row = strsep(&rest, "\n"))) {
		json_t *object;

		if (!*row || exercise_row_read(row, fields))
			continue;
		object = json_object();
		for (size_t i = 0; i < EXERCISE_FIELDS; i++)
			if (names[i])
				json_object_set_new(object, names[i], json_text_new(fields[i]));
		print_json(object, JSON_COMPACT);
		json_decref(object);
	}
	free(text);
	return EXIT_AS_ASKED;
}

static int score(const struct command_line *line)
{
	struct fail fail = {0};

	if (command_wants_json(line))
		return score_json(results(line, NULL));
	return exercise_record_print(results(line, NULL), &fail)
		   ? exit_complain(EXIT_USAGE, "exercise: %s", fail.text)
		   : EXIT_AS_ASKED;
}

/* The JSON Schema of files of exercises, or of a class. */
static int schema(const struct command_line *line)
{
	bool class = line->words > 1 && !strcmp(line->word[1], "class");

	return command_print(class ? shape_schema(&exercise_class_shape, "A class of phonelab")
				   : shape_schema(&exercise_file_shape, "Exercises of phonelab"));
}

static int with_lab(const struct command_line *line, const char *verb)
{
	struct lab lab;
	int status = client_choose(line->option[OPT_EXERCISE_NAME].text ?: line->lab, &lab);

	if (status)
		return status;
	return !strcmp(verb, "hint")   ? hint(line, &lab)
	       : !strcmp(verb, "show") ? show(line, &lab)
				       : check(line, &lab);
}

int command_exercise(const struct command_line *line)
{
	const char *verb = line->word[0];

	if (!strcmp(verb, "ls"))
		return list(line);
	if (!strcmp(verb, "start") || !strcmp(verb, "new"))
		return exercise_start_command(line);
	if (!strcmp(verb, "schema"))
		return schema(line);
	if (!strcmp(verb, "class"))
		return exercise_class_command(line);
	if (!strcmp(verb, "board"))
		return exercise_board_command(line);
	if (!strcmp(verb, "bench"))
		return exercise_bench_command(line);
	if (!strcmp(verb, "score"))
		return score(line);
	if (!strcmp(verb, "hint") || !strcmp(verb, "check") || !strcmp(verb, "show"))
		return with_lab(line, verb);
	return exit_complain(EXIT_USAGE, "exercise: unknown action \"%s\"; usage: phonelab exercise %s", verb,
			     line->command->synopsis);
}
