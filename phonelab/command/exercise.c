#include "phonelab/command/exercise_class.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/document/file_id.h"
#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/exercise/class.h"
#include "phonelab/exercise/draw.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/exercise/lab.h"
#include "phonelab/exercise/record.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/status_read.h"

#define CHECK_S	     30
#define CHECK_MORE_S 60	 /* for all other checks, after the time for the phones */
#define BEGIN_S	     150 /* the symptom shows within 60 s */
#define LOOK_MS	     100
#define PROGRESS     10		 /* looks between two reports of progress */
#define TEXT_MAX     (48 * 1024) /* a request has up to 64 KiB */

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

/* --- start --- */

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

/* exercise: from the state of the session. */
static void print_ticket(const json_t *exercise, const struct lab *lab)
{
	char phonelab[80] = CLIENT_COMPOSE " run --rm phonelab";
	long long price = json_int(exercise, "why");
	json_t *tool;
	size_t i;

	/* Inside a container the name of the compose project is unknown. */
	if (lab->pid)
		snprintf(phonelab, sizeof(phonelab), "phonelab --lab %s", lab->name);
	print_text("%s\n\n%s\n\nTools:", json_text(exercise, "title"), json_text(exercise, "story"));
	json_array_foreach (json_object_get(exercise, "tools"), i, tool)
		print_text("%s %s", i ? "," : "", json_string_value(tool));
	if (price < 0)
		print_text("\nphonelab why is refused in this exercise.");
	else
		print_text("\nphonelab why costs %lld points in this exercise, once.", price);
	print_text("\n%lld hints.", json_int(exercise, "hints"));
	print_choices(exercise, "component", "WHERE");
	print_choices(exercise, "cause", "WHAT");
	print_text("\n\nThe lab is called %s.\n"
		   "  %s status\n"
		   "  %s exercise hint\n"
		   "  %s exercise check --component WHERE --cause WHAT\n",
		   lab->name, phonelab, phonelab, phonelab);
	if (lab->pid)
		print_text("  phonelab down %s\n", lab->name);
}

/* Send a request to the process that holds the exercise of the lab. The request is released. */
static json_t *call_exercise(const struct lab *lab, json_t *request, struct fail *fail)
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

/* Wait until the phase of the exercise is no longer `phase`; its state then. NULL with the reason on an error or if the
 * exercise reports one. */
static json_t *wait_for_end(const struct lab *lab, const char *phase, long within_s, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + (uint64_t)within_s * 1000000;
	size_t registered = SIZE_MAX;
	bool progress = !strcmp(phase, "checking");
	int looks = 0;
	json_t *state;

	while ((state = call_exercise(lab, json_object(), fail)) &&
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

/* Add the text of a file to the request; "#..." after the path is ignored. */
static int put_text(json_t *object, const char *key, const char *file, struct fail *fail)
{
	char path[512], *text;
	int err;

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(file, "#"), file);
	err = file_read(path, TEXT_MAX, &text, NULL, fail);
	if (err)
		return err;
	json_object_set_new(object, key, json_string(text));
	free(text);
	return 0;
}

/* What a command starts. */
struct chosen_exercise {
	struct exercise_set *set;
	const struct exercise *exercise;
	uint64_t seed;
};

/* The files of faults that an exercise names. */
static int put_files(json_t *files, const struct exercise *exercise, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; i < exercise->variants.n; i++)
		for (size_t j = 0; j < exercise->variants.items[i].faults.n && !err; j++) {
			const char *fault = exercise->variants.items[i].faults.items[j].fault;

			if (file_id_is_file(fault))
				err = put_text(files, fault, fault, fail);
		}
	return err;
}

/* The request to start an exercise. Files of the user, of the exercise and of its faults, are sent along. */
static json_t *begin_request(const char *what, const struct exercise_set *set,
			     const struct exercise *exercise, uint64_t seed, struct fail *fail)
{
	json_t *files = json_object();
	json_t *request =
	    json_pack("{s:s,s:s,s:I,s:s,s:o}", "action", "begin", "id", exercise->id, "seed",
		      (json_int_t)seed, "topology", exercise->topology ?: "office", "files", files);
	bool own = file_id_is_file(what);
	int err = own ? put_text(request, "text", what, fail) : 0;

	if (own)
		json_object_set_new(request, "name", json_string(what));
	for (size_t i = 0; i < set->n && !err; i++)
		if (exercise_uses(exercise, &set->exercises[i]))
			err = put_files(files, &set->exercises[i], fail);
	if (!err)
		return request;
	json_decref(request);
	return NULL;
}

/* The trainee and the file of results, which the lab remembers for check. */
static int put_trainee(const struct command_line *line, json_t *request, struct fail *fail)
{
	const char *csv = line->option[OPT_EXERCISE_CSV].text,
		   *trainee = line->option[OPT_EXERCISE_TRAINEE].text;
	char *here;

	if (trainee)
		json_object_set_new(request, "trainee", json_string(trainee));
	if (!csv)
		return 0;
	here = *csv == '/' ? strdup("") : getcwd(NULL, 0);
	if (!here)
		return fail_set(fail, -errno, "the working directory: %s", strerror(errno));
	json_object_set_new(request, "results", json_sprintf("%s%s%s", here, *here ? "/" : "", csv));
	free(here);
	return 0;
}

static int begin(const struct command_line *line, const struct lab *lab, const struct chosen_exercise *chosen,
		 struct fail *fail)
{
	json_t *request = begin_request(line->word[1], chosen->set, chosen->exercise, chosen->seed, fail),
	       *reply;

	if (!request)
		return -EINVAL;
	if (put_trainee(line, request, fail)) {
		json_decref(request);
		return fail->err;
	}
	reply = call_exercise(lab, request, fail);
	json_decref(reply);
	if (!reply)
		return fail->err;
	reply = wait_for_end(lab, "beginning", BEGIN_S, fail);
	if (reply)
		print_ticket(json_object_get(reply, "exercise"), lab);
	json_decref(reply);
	return reply ? 0 : -EIO;
}

/* Start in this lab of containers if we are inside one; else in a new native lab. */
static int start_in(const struct command_line *line, const struct chosen_exercise *chosen)
{
	const char *name = line->option[OPT_EXERCISE_NAME].text ?: "exercise";
	bool own = !exercise_lab_here();
	struct fail fail = {0};
	struct lab lab;
	int status =
	    own ? exercise_lab_up(chosen->exercise, name) : exercise_lab_fits(chosen->exercise, &lab);

	if (status)
		return status;
	if (own && client_find(name, &lab, &fail))
		return exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	if (begin(line, &lab, chosen, &fail)) {
		status = exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
		if (own)
			exercise_lab_down(name);
		return status;
	}
	return EXIT_AS_ASKED;
}

/* In a running lab whose exercise is finished. */
static int start_again(const struct command_line *line, const struct chosen_exercise *chosen)
{
	struct fail fail = {0};
	struct lab lab;
	int status = client_choose(line->option[OPT_EXERCISE_NAME].text ?: line->lab, &lab);

	if (!status && begin(line, &lab, chosen, &fail))
		status = exit_complain(fail.err == -EEXIST || fail.err == -EINVAL ? EXIT_USAGE : EXIT_DEFECT,
				       "exercise: %s", fail.text);
	return status;
}

/* A seed that nobody can guess from the time. */
static uint64_t any_seed(void)
{
	uint64_t seed = (uint64_t)time(NULL);

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed ^= (uint64_t)getpid() << 32;
	return seed % 1000000000;
}

static int start(const struct command_line *line)
{
	struct chosen_exercise chosen = {.seed = line->option[OPT_EXERCISE_SEED].given
						     ? (uint64_t)line->option[OPT_EXERCISE_SEED].number
						     : any_seed()};
	struct fail fail = {0};
	int status;

	if (!line->word[1])
		return exit_complain(EXIT_USAGE,
				     "exercise: missing argument; usage: phonelab exercise %s ID|FILE",
				     line->word[0]);
	chosen.exercise = exercise_named(line->word[1], &chosen.set, &fail);
	if (!chosen.exercise)
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	status = !strcmp(line->word[0], "new") ? start_again(line, &chosen) : start_in(line, &chosen);
	exercise_set_free(chosen.set);
	return status;
}

/* --- show --- */

static int show(const struct lab *lab)
{
	struct fail fail = {0};
	json_t *state = call_exercise(lab, json_object(), &fail);
	const json_t *exercise = json_object_get(state, "exercise");

	if (!state)
		return exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	if (exercise)
		print_ticket(exercise, lab);
	json_decref(state);
	return exercise
		   ? EXIT_AS_ASKED
		   : exit_complain(EXIT_USAGE, "exercise: this lab has no exercise; start one with: phonelab "
					       "exercise start ID");
}

/* --- hint --- */

static int hint(const struct lab *lab)
{
	struct fail fail = {0};
	json_t *reply = call_exercise(lab, json_pack("{s:s}", "action", "hint"), &fail);

	if (!reply)
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	if (json_object_get(reply, "text"))
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
	int status;

	state = call_exercise(lab,
			      json_pack("{s:s,s:s,s:s,s:I}", "action", "check", "component", component,
					"cause", cause, "timeout", (json_int_t)timeout),
			      &fail);
	json_decref(state);
	if (!state)
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	state = wait_for_end(lab, "checking", timeout + CHECK_MORE_S, &fail);
	if (!state)
		return exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	result = json_object_get(state, "result");
	trainee =
	    line->option[OPT_EXERCISE_TRAINEE].text ?: json_string_value(json_object_get(state, "trainee"));
	status = json_is_true(json_object_get(result, "passed")) ? EXIT_AS_ASKED : EXIT_ASSERTION;
	if (json_is_true(json_object_get(result, "repaired")))
		print_end(result);
	else
		print_unrepaired(result);
	if (exercise_record(results(line, state), trainee, json_object_get(state, "exercise"), result,
			    component, cause, &fail))
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
	state = call_exercise(lab, json_object(), &fail);
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

static int score(const struct command_line *line)
{
	struct fail fail = {0};

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
	return !strcmp(verb, "hint") ? hint(&lab) : !strcmp(verb, "show") ? show(&lab) : check(line, &lab);
}

int command_exercise(const struct command_line *line)
{
	const char *verb = line->word[0];

	if (!strcmp(verb, "ls"))
		return list(line);
	if (!strcmp(verb, "start") || !strcmp(verb, "new"))
		return start(line);
	if (!strcmp(verb, "schema"))
		return schema(line);
	if (!strcmp(verb, "class"))
		return exercise_class_command(line);
	if (!strcmp(verb, "board"))
		return exercise_board_command(line);
	if (!strcmp(verb, "score"))
		return score(line);
	if (!strcmp(verb, "hint") || !strcmp(verb, "check") || !strcmp(verb, "show"))
		return with_lab(line, verb);
	return exit_complain(EXIT_USAGE, "exercise: unknown action \"%s\"; usage: phonelab exercise %s", verb,
			     line->command->synopsis);
}
