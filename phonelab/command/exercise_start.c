/* phonelab exercise start and new. */
#include "phonelab/command/exercise_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "phonelab/document/file_id.h"
#include "phonelab/exercise/draw.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/exercise/lab.h"

#define BEGIN_S	 150	     /* the symptom shows within 60 s */
#define TEXT_MAX (48 * 1024) /* a request has up to 64 KiB */

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
static int put_trainee(const struct beginning *beginning, json_t *request, struct fail *fail)
{
	const char *results = beginning->results;
	char *here;

	if (beginning->trainee)
		json_object_set_new(request, "trainee", json_string(beginning->trainee));
	if (!results)
		return 0;
	here = *results == '/' ? strdup("") : getcwd(NULL, 0);
	if (!here)
		return fail_set(fail, -errno, "the working directory: %s", strerror(errno));
	json_object_set_new(request, "results", json_sprintf("%s%s%s", here, *here ? "/" : "", results));
	free(here);
	return 0;
}

json_t *exercise_begin_in(const struct lab *lab, const struct beginning *beginning, struct fail *fail)
{
	json_t *request =
		   begin_request(beginning->what, beginning->set, beginning->exercise, beginning->seed, fail),
	       *reply;

	if (!request)
		return NULL;
	if (put_trainee(beginning, request, fail)) {
		json_decref(request);
		return NULL;
	}
	reply = exercise_call(lab, request, fail);
	json_decref(reply);
	return reply ? exercise_wait(lab, "beginning", BEGIN_S, fail) : NULL;
}

static int begin(const struct command_line *line, const struct lab *lab, const struct beginning *beginning,
		 struct fail *fail)
{
	json_t *state = exercise_begin_in(lab, beginning, fail);
	char url[COMMAND_URL] = "", page[COMMAND_URL + 12] = "";

	if (!state)
		return fail->err ? fail->err : -EIO;
	if (line->option[OPT_EXERCISE_WEB].given && !command_web_start(lab->name, true, url))
		snprintf(page, sizeof(page), "%s#/exercise", url);
	exercise_print_ticket(line, state, lab, page);
	json_decref(state);
	return 0;
}

/* Start in this lab of containers if we are inside one, or in the lab of closets that --lab names; else in a new native lab. */
static int start_in(const struct command_line *line, const struct beginning *beginning)
{
	const char *name = line->option[OPT_EXERCISE_NAME].text ?: "exercise";
	bool console = exercise_lab_is_console(line->lab), own = !exercise_lab_here() && !console;
	struct fail fail = {0};
	struct lab lab;
	int status;

	if (!own && line->option[OPT_EXERCISE_WEB].given)
		return exit_complain(EXIT_USAGE, "exercise: --web is for native labs");
	status = own ? exercise_lab_up(beginning->exercise, name)
		     : exercise_lab_fits(beginning->exercise, console ? line->lab : NULL, &lab);

	if (status)
		return status;
	if (own && client_find(name, &lab, &fail))
		return exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
	if (begin(line, &lab, beginning, &fail)) {
		status = exit_complain(EXIT_DEFECT, "exercise: %s", fail.text);
		if (own)
			exercise_lab_down(name);
		return status;
	}
	return EXIT_AS_ASKED;
}

/* In a running lab whose exercise is finished. */
static int start_again(const struct command_line *line, const struct beginning *beginning)
{
	struct fail fail = {0};
	struct lab lab;
	int status = client_choose(line->option[OPT_EXERCISE_NAME].text ?: line->lab, &lab);

	if (!status && begin(line, &lab, beginning, &fail))
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

int exercise_start_command(const struct command_line *line)
{
	struct beginning beginning = {.what = line->word[1],
				      .trainee = line->option[OPT_EXERCISE_TRAINEE].text,
				      .results = line->option[OPT_EXERCISE_CSV].text,
				      .seed = line->option[OPT_EXERCISE_SEED].given
						  ? (uint64_t)line->option[OPT_EXERCISE_SEED].number
						  : any_seed()};
	struct fail fail = {0};
	int status;

	if (!line->word[1])
		return exit_complain(EXIT_USAGE,
				     "exercise: missing argument; usage: phonelab exercise %s ID|FILE",
				     line->word[0]);
	beginning.exercise = exercise_named(line->word[1], &beginning.set, &fail);
	if (!beginning.exercise)
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	status = !strcmp(line->word[0], "new") ? start_again(line, &beginning) : start_in(line, &beginning);
	exercise_set_free(beginning.set);
	return status;
}
