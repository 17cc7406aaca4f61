/* The labs of a class in containers: a compose project for each trainee. */
#include "phonelab/command/exercise_command.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/run_program.h"
#include "phonelab/exercise/class.h"
#include "phonelab/exercise/record.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/status_read.h"

#define OUTPUT	   (1u << 20)
#define UP_MS	   900000 /* images may be built */
#define DOWN_MS	   120000
#define HEALTHY_S  180
#define BEGIN_MS   200000
#define ASK_MS	   20000
#define LOOK_MS	   500
#define WORDS	   12
#define LAST_WORDS 600 /* octets of an output that a complaint has */

/* The end of what a command has printed. */
static const char *last_words(const char *output)
{
	size_t length = strlen(output);

	return length > LAST_WORDS ? output + length - LAST_WORDS : output;
}

/* `docker compose` (or docker-compose) for the project of a lab. False, and the reason printed. */
static bool compose(const struct exercise_class *class, const char *lab, const char *const words[], int ms)
{
	static const char *const ask[] = {"docker", "compose", "version", NULL};
	const char *argv[WORDS];
	char *output = malloc(OUTPUT);
	size_t n = 0;
	int status = -1;

	/* The variable also names the images, in every version of compose. */
	setenv("COMPOSE_PROJECT_NAME", lab, 1);
	setenv("WEB_PORT", "0", 0); /* a port of its own for each page */
	if (output && !run_program(ask, false, ASK_MS, output, OUTPUT)) {
		argv[n++] = "docker";
		argv[n++] = "compose";
	} else {
		argv[n++] = "docker-compose";
	}
	argv[n++] = "-f";
	argv[n++] = class->compose;
	for (size_t i = 0; words[i] && n < WORDS - 1; i++)
		argv[n++] = words[i];
	argv[n] = NULL;
	if (output)
		status = run_program(argv, true, ms, output, OUTPUT);
	if (status)
		exit_complain(EXIT_DEFECT, "exercise: %s: compose %s: %s", lab, words[0],
			      output ? last_words(output) : "no memory");
	free(output);
	return !status;
}

/* `phonelab --lab LAB WORD...`, which runs in a container of the lab. Its output, for the caller to free; NULL if it
 * failed, with the reason printed if loud. */
static char *phonelab(const char *lab, const char *const words[], int ms, bool loud)
{
	char program[600], *output = malloc(OUTPUT);
	const char *argv[WORDS] = {program, "--lab", lab};
	size_t n = 3;

	if (!output)
		return NULL;
	self_folder(program, sizeof(program) - 10);
	strcat(program, "/phonelab");
	for (size_t i = 0; words[i] && n < WORDS - 1; i++)
		argv[n++] = words[i];
	if (!run_program(argv, loud, ms, output, OUTPUT))
		return output;
	if (loud)
		exit_complain(EXIT_DEFECT, "exercise: %s: %s", lab, last_words(output));
	free(output);
	return NULL;
}

static json_t *phonelab_json(const char *lab, const char *const words[])
{
	char *text = phonelab(lab, words, ASK_MS, false);
	json_t *object = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return object;
}

/* --- starting --- */

static bool is_healthy(const json_t *status)
{
	json_t *phones = json_object_get(status, "phones"), *phone;
	size_t i;

	json_array_foreach (phones, i, phone)
		if (!status_read_registered(phone) || status_read_open_step(phone))
			return false;
	return json_array_size(phones) > 0;
}

static bool wait_healthy(const char *lab)
{
	uint64_t deadline = clock_now_us() + (uint64_t)HEALTHY_S * 1000000;

	while (clock_now_us() < deadline) {
		json_t *status = phonelab_json(lab, (const char *[]){"status", "--json", NULL});
		bool healthy = is_healthy(status);

		json_decref(status);
		if (healthy)
			return true;
		poll(NULL, 0, LOOK_MS);
	}
	exit_complain(EXIT_DEFECT, "exercise: %s: the phones are not registered after %d s", lab, HEALTHY_S);
	return false;
}

int exercise_compose_start(const struct exercise_class *class, size_t trainee)
{
	char lab[CLASS_LAB], seed[24], *out = NULL;

	exercise_class_lab(class, trainee, lab);
	snprintf(seed, sizeof(seed), "%lld", (long long)(class->seed + (int64_t)trainee));
	if (compose(class, lab, (const char *[]){"up", "-d", NULL}, UP_MS) && wait_healthy(lab))
		out = phonelab(lab,
			       (const char *[]){"exercise", "start", class->exercise, "--seed", seed,
						"--trainee", class->trainees.items[trainee], NULL},
			       BEGIN_MS, true);
	if (!out)
		exercise_compose_end(class, lab);
	free(out);
	return out ? EXIT_AS_ASKED : EXIT_DEFECT;
}

/* --- ending --- */

char *exercise_compose_results(const char *lab)
{
	char *output = malloc(OUTPUT);
	struct lab found;

	if (output && !containers_find(lab, &found)) {
		const char *const argv[] = {
		    "docker", "exec", found.container, "cat", PLAN_PREFIX "/exercises.csv", NULL};

		if (!run_program(argv, false, ASK_MS, output, OUTPUT))
			return output;
	}
	free(output);
	return NULL;
}

bool exercise_compose_end(const struct exercise_class *class, const char *lab)
{
	char *rows = exercise_compose_results(lab);
	struct fail fail = {0};
	int err = rows ? exercise_record_rows(class->results, rows, &fail) : 0;

	free(rows);
	/* The volume has the only copy. */
	if (err) {
		exit_complain(EXIT_DEFECT, "exercise: %s runs on, because its results cannot be kept: %s",
			      lab, fail.text);
		return false;
	}
	return compose(class, lab, (const char *[]){"down", "-v", NULL}, DOWN_MS);
}

json_t *exercise_compose_state(const struct exercise_class *class, const char *lab)
{
	json_t *ticket = phonelab_json(lab, (const char *[]){"exercise", "show", "--json", NULL}),
	       *state = NULL;

	if (ticket)
		state =
		    json_pack("{s:s,s:{s:s,s:I,s:I,s:I}}", "phase", json_text(ticket, "phase"), "exercise",
			      "id", class->exercise, "taken", (json_int_t)json_int(ticket, "taken"),
			      "attempts", (json_int_t)json_int(ticket, "attempts"), "seconds",
			      (json_int_t)json_int(ticket, "seconds"));
	json_decref(ticket);
	return state;
}
