/* phonelab exercise class and board. */
#include "phonelab/command/exercise_command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/client/containers.h"
#include "phonelab/exercise/class.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/exercise/record.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

#define JOBS	2    /* labs that start at the same time */
#define START_S 300  /* the limit of one start; `exercise start` has shorter ones of its own */
#define BUILD_S 1200 /* the same in containers, whose images may be built first */
#define END_MS	30000
#define LOOK_MS 100

struct exercise_class *exercise_class_load(const char *file)
{
	struct complaints complaints = {0};
	struct exercise_class *class = exercise_class_read(file, &complaints);
	struct fail fail = {0};

	if (class)
		return class;
	complaints_fail(&complaints, &fail);
	exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	return NULL;
}

static struct exercise_class *read_class(const struct command_line *line)
{
	if (line->words > 1)
		return exercise_class_load(line->word[1]);
	exit_complain(EXIT_USAGE, "exercise: missing argument; usage: phonelab exercise %s CLASS.yaml",
		      line->word[0]);
	return NULL;
}

/* --- ending --- */

/* End a lab, also one that is still starting. False if it does not end. */
static bool end_lab(const struct exercise_class *class, const char *name)
{
	struct fail fail = {0};
	int err;

	if (class->runtime == CLASS_COMPOSE)
		return exercise_compose_end(class, name);
	err = client_down(name, END_MS, &fail);

	if (err && err != -ENOENT)
		exit_complain(EXIT_DEFECT, "exercise: %s: %s", name, fail.text);
	return !err || err == -ENOENT;
}

static int end_all(const struct exercise_class *class)
{
	char name[CLASS_LAB];
	bool ended = true;

	for (size_t i = 0; i < class->trainees.n; i++)
		ended = end_lab(class, exercise_class_lab(class, i, name)) && ended;
	return ended ? EXIT_AS_ASKED : EXIT_DEFECT;
}

/* --- starting --- */

struct start {
	pid_t pid;
	uint64_t deadline;
	bool begun, failed;
};

/* A trainee of a class of containers. */
struct compose_start {
	const struct exercise_class *class;
	size_t trainee;
};

static int start_compose(void *arg)
{
	const struct compose_start *start = arg;

	return exercise_compose_start(start->class, start->trainee);
}

static pid_t start_one(const struct exercise_class *class, size_t i, struct fail *fail)
{
	struct compose_start start = {class, i};
	/* A session of its own: Ctrl-C ends this process, which ends the labs. */
	static const struct spawn_options options = {.session = true, .error = STDERR_FILENO};
	char program[600], lab[CLASS_LAB], seed[24];

	if (class->runtime == CLASS_COMPOSE)
		return spawn_function(&options, start_compose, &start, fail);
	self_folder(program, sizeof(program) - 10);
	strcat(program, "/phonelab");
	snprintf(seed, sizeof(seed), "%lld", (long long)(class->seed + (int64_t)i));
	return spawn_program(&options,
			     (char *const[]){program, "exercise", "start", (char *)class->exercise, "--seed",
					     seed, "--name", (char *)exercise_class_lab(class, i, lab),
					     "--trainee", (char *)class->trainees.items[i], "--csv",
					     (char *)class->results, NULL},
			     fail);
}

/* Start what may start, and look at what has started. How many still run. */
static size_t go_on(const struct exercise_class *class, struct start *starts)
{
	size_t running = 0;

	for (size_t i = 0; i < class->trainees.n; i++) {
		struct start *it = &starts[i];
		char lab[CLASS_LAB];
		struct fail fail = {0};
		int status = -1;

		exercise_class_lab(class, i, lab);
		if (!it->begun && running < JOBS) {
			it->begun = true;
			it->deadline =
			    clock_now_us() +
			    (uint64_t)(class->runtime == CLASS_COMPOSE ? BUILD_S : START_S) * 1000000;
			it->pid = start_one(class, i, &fail);
			it->failed = it->pid < 0;
			if (it->failed)
				exit_complain(EXIT_UNFIT, "exercise: %s: %s", lab, fail.text);
		}
		if (it->pid <= 0)
			continue;
		if (!spawn_wait(it->pid, 0, &status)) {
			running++;
			if (clock_now_us() < it->deadline)
				continue;
			status = spawn_end(it->pid, false, SIGTERM, END_MS);
			running--;
		}
		it->pid = 0;
		it->failed = spawn_exit_status(status) != EXIT_AS_ASKED;
		if (it->failed)
			exit_complain(EXIT_DEFECT, "exercise: lab %s did not start", lab);
		else
			print_text("%s: lab %s is ready\n", class->trainees.items[i], lab);
		fflush(stdout);
	}
	for (size_t i = 0; i < class->trainees.n; i++)
		running += !starts[i].begun;
	return running;
}

/* Ctrl-C or SIGTERM: end what was started. */
static int interrupted(const struct exercise_class *class, struct start *starts)
{
	char lab[CLASS_LAB];

	for (size_t i = 0; i < class->trainees.n; i++)
		if (starts[i].pid > 0)
			spawn_end(starts[i].pid, false, SIGTERM, END_MS);
	for (size_t i = 0; i < class->trainees.n; i++)
		if (starts[i].begun)
			end_lab(class, exercise_class_lab(class, i, lab));
	return exit_complain(EXIT_INTERRUPTED, "exercise: interrupted; the labs of the class have ended");
}

static int start_all(const struct exercise_class *class, const char *file)
{
	static const struct timespec look = {.tv_nsec = LOOK_MS * 1000000};
	struct start starts[CLASS_TRAINEES] = {0};
	size_t failed = 0;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	while (go_on(class, starts))
		if (sigtimedwait(&signals, NULL, &look) > 0)
			return interrupted(class, starts);
	for (size_t i = 0; i < class->trainees.n; i++)
		failed += starts[i].failed;
	print_text("\nResults: %s\n  phonelab exercise board %s\n  phonelab exercise class %s --down\n",
		   class->results, file, file);
	return failed ? EXIT_DEFECT : EXIT_AS_ASKED;
}

/* No lab of the class may run, and the exercise must exist. */
static int check_before(const struct exercise_class *class)
{
	struct fail fail = {0};
	struct exercise_set *set;
	char name[CLASS_LAB];
	struct lab lab;

	if (!exercise_named(class->exercise, &set, &fail))
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	exercise_set_free(set);
	for (size_t i = 0; i < class->trainees.n; i++)
		if (client_find(exercise_class_lab(class, i, name), &lab, &fail) != -ENOENT ||
		    (class->runtime == CLASS_COMPOSE && containers_find(name, &lab) != -ENOENT))
			return exit_complain(
			    EXIT_USAGE,
			    "exercise: lab %s is running; end the class with: phonelab exercise class "
			    "CLASS.yaml --down",
			    name);
	return 0;
}

int exercise_class_command(const struct command_line *line)
{
	struct exercise_class *class = read_class(line);
	int status;

	if (!class)
		return EXIT_USAGE;
	if (line->option[OPT_EXERCISE_DOWN].given) {
		status = end_all(class);
	} else {
		status = check_before(class);
		if (!status)
			status = start_all(class, line->word[1]);
	}
	exercise_class_free(class);
	return status;
}

/* --- the board --- */

static json_t *ask(void *arg, const char *name)
{
	struct exercise_class *class = arg;
	struct fail ignored = {0};
	struct lab lab;

	if (class->runtime == CLASS_COMPOSE)
		return exercise_compose_state(class, name);
	if (client_find(name, &lab, &ignored))
		return NULL;
	return client_call(&lab, "lab.sock", json_pack("{s:s}", "do", "exercise"), 10000, NULL, &ignored);
}

/* The rows of a file, and those on the volumes of labs that run. A row twice counts once: the board takes the best one. */
static char *with_results_of_labs(const struct exercise_class *class, char *results)
{
	struct text all = {0};
	char lab[CLASS_LAB];

	text_add(&all, "%s", results ? results : "");
	free(results);
	for (size_t i = 0; i < class->trainees.n; i++) {
		char *rows = exercise_compose_results(exercise_class_lab(class, i, lab));

		text_add(&all, "%s\n", rows ? rows : "");
		free(rows);
	}
	return text_take(&all);
}

int exercise_board_command(const struct command_line *line)
{
	struct exercise_class *class = read_class(line);
	struct fail ignored = {0}; /* no result yet: no file */
	char *results = NULL;
	json_t *board, *row;
	size_t i;

	if (!class)
		return EXIT_USAGE;
	if (exercise_record_read(class->results, &results, &ignored))
		results = NULL;
	if (class->runtime == CLASS_COMPOSE)
		results = with_results_of_labs(class, results);
	board = json_pack("{s:s,s:o}", "class", class->name, "board",
			  exercise_class_board(class, results, ask, class));
	free(results);
	exercise_class_free(class);
	if (line->option[OPT_EXERCISE_JSON].given)
		return command_print(board);
	print_text("%3s  %-20s %6s %6s  %-10s %-24s %7s %5s %8s\n", "POS", "TRAINEE", "POINTS", "SOLVED",
		   "PHASE", "EXERCISE", "MINUTES", "HINTS", "ATTEMPTS");
	json_array_foreach (json_object_get(board, "board"), i, row)
		print_text("%3lld  %-20s %6lld %6lld  %-10s %-24s %7lld %5lld %8lld\n",
			   json_int(row, "position"), json_text(row, "trainee"), json_int(row, "points"),
			   json_int(row, "solved"), json_text(row, "phase"), json_text(row, "exercise"),
			   json_int(row, "seconds") / 60, json_int(row, "hints"), json_int(row, "attempts"));
	json_decref(board);
	return EXIT_AS_ASKED;
}
