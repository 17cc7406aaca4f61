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
	reply = exercise_call(lab, request, fail);
	json_decref(reply);
	if (!reply)
		return fail->err;
	reply = exercise_wait(lab, "beginning", BEGIN_S, fail);
	if (reply)
		exercise_print_ticket(line, json_object_get(reply, "exercise"), lab);
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

int exercise_start_command(const struct command_line *line)
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
