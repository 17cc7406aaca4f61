/* phonelab exercise bench: labs with exercises for an agent, and its marks. */
#include "phonelab/command/exercise_bench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/exercise/bench.h"
#include "phonelab/lab/spawn.h"

#define EXERCISES 64 /* of --exercises */
#define PARALLEL  8
#define RUNS	  10000
#define LIMIT_S	  300 /* of an agent, by default */
#define MORE_S	  400 /* for the lab to start, to be checked and to end */
#define END_MS	  5000
#define LOOK_MS	  50

/* One lab at a time. */
struct slot {
	struct bench_run run;
	struct bench_shared *shared;
	pid_t pid; /* 0: free */
	size_t number;
	uint64_t deadline;
};

struct bench {
	const struct command_line *line;
	struct exercise_set *sets[EXERCISES];
	const struct exercise *exercises[EXERCISES]; /* of --exercises */
	const char *names[EXERCISES];
	size_t n; /* 0: the seed chooses from sets[0] */
	char *list;
	uint64_t first, last;
	size_t runs, next, running;
	size_t parallel;
	struct slot slots[PARALLEL];
	char folder[64], results[80];
	json_t *reports;
};

/* --- what to run --- */

static int read_exercises(struct bench *bench, struct fail *fail)
{
	const char *list = bench->line->option[OPT_EXERCISE_EXERCISES].text;
	char *rest, *name;

	if (!list) {
		bench->sets[0] = exercise_catalogue();
		return 0;
	}
	rest = bench->list = strdup(list);
	while (rest && (name = strsep(&rest, ","))) {
		if (bench->n == EXERCISES)
			return fail_set(fail, -EINVAL, "--exercises: more than %d exercises", EXERCISES);
		bench->exercises[bench->n] = exercise_named(name, &bench->sets[bench->n], fail);
		if (!bench->exercises[bench->n])
			return fail->err ? fail->err : -EINVAL;
		bench->names[bench->n++] = name;
	}
	return 0;
}

static int read_options(struct bench *bench, struct fail *fail)
{
	const struct command_line *line = bench->line;
	const char *seeds = line->option[OPT_EXERCISE_SEEDS].text;
	int err;

	if (!seeds || !line->option[OPT_EXERCISE_AGENT].text)
		return fail_set(fail, -EINVAL, "bench requires --seeds A-B and --agent CMD");
	err = exercise_bench_seeds(seeds, &bench->first, &bench->last, fail);
	if (!err)
		err = read_exercises(bench, fail);
	if (err)
		return err;
	bench->parallel = (size_t)(line->option[OPT_EXERCISE_PARALLEL].number ?: 1);
	if (bench->last - bench->first >= RUNS / (bench->n ?: 1))
		return fail_set(fail, -EINVAL, "--seeds: more than %d labs", RUNS);
	bench->runs = (size_t)(bench->last - bench->first + 1) * (bench->n ?: 1);
	return 0;
}

/* The agent may read the arguments of this process; they determine the faults. */
static void hide_arguments(const struct command_line *line)
{
	static const enum exercise_option secret[] = {OPT_EXERCISE_SEEDS, OPT_EXERCISE_EXERCISES};

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		char *text = (char *)line->option[secret[i]].text;

		if (text)
			memset(text, 'x', strlen(text));
	}
}

static int make_place(struct bench *bench, struct fail *fail)
{
	strcpy(bench->folder, "/tmp/phonelab-bench.XXXXXX");
	if (!mkdtemp(bench->folder)) {
		*bench->folder = 0;
		return fail_set(fail, -errno, "no folder can be made below /tmp: %s", strerror(errno));
	}
	snprintf(bench->results, sizeof(bench->results), "%s/results.csv", bench->folder);
	for (size_t i = 0; i < bench->parallel; i++) {
		void *memory = mmap(NULL, sizeof(struct bench_shared), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			return fail_set(fail, -ENOMEM, "no memory");
		bench->slots[i].shared = memory;
	}
	bench->reports = json_array();
	for (size_t i = 0; i < bench->runs; i++)
		json_array_append_new(bench->reports, json_null());
	return 0;
}

static void release(struct bench *bench)
{
	for (size_t i = 0; i < bench->parallel; i++)
		if (bench->slots[i].shared)
			munmap(bench->slots[i].shared, sizeof(struct bench_shared));
	for (size_t i = 0; i < EXERCISES; i++)
		exercise_set_free(bench->sets[i]);
	if (*bench->folder) {
		unlink(bench->results);
		rmdir(bench->folder);
	}
	free(bench->list);
	json_decref(bench->reports);
}

/* --- running --- */

static int run_slot(void *arg)
{
	const struct slot *slot = arg;

	bench_run(&slot->run, slot->shared);
	return 0;
}

/* Start the next run. A session of its own: Ctrl-C ends this process, which ends the labs. */
static void start(struct bench *bench, struct slot *slot)
{
	static const struct spawn_options options = {
	    .name = "bench", .session = true, .error = STDERR_FILENO};
	const struct command_line *line = bench->line;
	size_t each = bench->n ?: 1, which = bench->next % each;
	uint64_t seed = bench->first + bench->next / each;
	const struct exercise *exercise =
	    bench->n ? bench->exercises[which] : exercise_bench_pick(bench->sets[0], seed);
	long limit = line->option[OPT_EXERCISE_LIMIT].number ?: LIMIT_S;
	struct fail fail = {0};

	memset(slot->shared, 0, sizeof(*slot->shared));
	slot->number = bench->next++;
	slot->deadline = clock_now_us() + (uint64_t)(limit + MORE_S) * 1000000;
	slot->run = (struct bench_run){.beginning = {.what = bench->n ? bench->names[which] : exercise->id,
						     .set = bench->sets[which],
						     .exercise = exercise,
						     .seed = seed,
						     .results = bench->results},
				       .agent = line->option[OPT_EXERCISE_AGENT].text,
				       .folder = bench->folder,
				       .limit_s = limit};
	snprintf(slot->run.lab, sizeof(slot->run.lab), "bench-%d-%zu", (int)getpid(), slot->number + 1);
	slot->pid = spawn_function(&options, run_slot, slot, &fail);
	bench->running++;
}

static void print_run(const struct bench *bench, const json_t *report)
{
	FILE *out = bench->line->option[OPT_EXERCISE_JSON].given ? stderr : stdout;
	const json_t *error = json_object_get(report, "error");

	if (error)
		print_to(out, "seed %lld, %s: %s\n", json_int(report, "seed"), json_text(report, "exercise"),
			 json_string_value(error));
	else
		print_to(
		    out,
		    "seed %lld, %s: %lld points (detection %s, localisation %lld, cause %lld, repair %lld, "
		    "collateral %zu), %lld calls, %.1f s%s%s\n",
		    json_int(report, "seed"), json_text(report, "exercise"), json_int(report, "points"),
		    json_is_true(json_object_get(report, "detection")) ? "yes" : "no",
		    json_int(json_object_get(report, "localisation"), "points"),
		    json_int(json_object_get(report, "cause"), "points"),
		    json_int(json_object_get(report, "repair"), "points"),
		    json_array_size(json_object_get(report, "collateral")), json_int(report, "calls"),
		    json_number_value(json_object_get(report, "seconds")),
		    json_object_get(report, "lost") ? "; " : "", json_text(report, "lost"));
	fflush(out);
}

/* A run has ended, or its time has passed. */
static void collect(struct bench *bench, struct slot *slot)
{
	json_t *report = NULL;

	if (slot->pid > 0 && !spawn_wait(slot->pid, 0, NULL)) {
		if (clock_now_us() < slot->deadline)
			return;
		spawn_end(slot->pid, false, SIGKILL, END_MS);
	}
	slot->shared->report[BENCH_REPORT - 1] = 0;
	if (*slot->shared->report)
		report = json_loads(slot->shared->report, 0, NULL);
	else
		bench_end(&slot->run, slot->shared);
	if (!report)
		report = json_pack("{s:s}", "error", "the run has not ended");
	json_object_set_new(report, "seed", json_integer((json_int_t)slot->run.beginning.seed));
	json_object_set_new(report, "exercise", json_string(slot->run.beginning.exercise->id));
	print_run(bench, report);
	json_array_set_new(bench->reports, slot->number, report);
	slot->pid = 0;
	bench->running--;
}

static bool go_on(struct bench *bench)
{
	for (size_t i = 0; i < bench->parallel; i++) {
		struct slot *slot = &bench->slots[i];

		if (slot->pid)
			collect(bench, slot);
		if (!slot->pid && bench->next < bench->runs)
			start(bench, slot);
	}
	return bench->running > 0;
}

static int interrupted(struct bench *bench)
{
	for (size_t i = 0; i < bench->parallel; i++) {
		struct slot *slot = &bench->slots[i];
		char ticket[200];

		if (!slot->pid)
			continue;
		if (slot->pid > 0)
			spawn_end(slot->pid, false, SIGKILL, END_MS);
		bench_end(&slot->run, slot->shared);
		snprintf(ticket, sizeof(ticket), "%s/%s.json", bench->folder, slot->run.lab);
		unlink(ticket);
	}
	return exit_complain(EXIT_INTERRUPTED, "exercise: interrupted; the labs of the bench have ended");
}

static int run_all(struct bench *bench)
{
	static const struct timespec look = {.tv_nsec = LOOK_MS * 1000000};
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	while (go_on(bench))
		if (sigtimedwait(&signals, NULL, &look) > 0)
			return interrupted(bench);
	return EXIT_AS_ASKED;
}

/* --- the end --- */

static void print_totals(const json_t *totals)
{
	const json_t *detection = json_object_get(totals, "detection"),
		     *where = json_object_get(totals, "localisation"),
		     *cause = json_object_get(totals, "cause"), *harm = json_object_get(totals, "collateral"),
		     *passed = json_object_get(totals, "passed"), *score = json_object_get(totals, "score");
	long long faulty = json_int(totals, "faulty"), controls = json_int(totals, "controls");

	print_text("\n%lld labs: %lld faulty, %lld healthy controls; %lld not run\n"
		   "detection     %lld of %lld faults found, %lld of %lld controls cleared\n"
		   "localisation  %lld of %lld right, %lld partly\n"
		   "cause         %lld of %lld right, %lld partly\n"
		   "repair        %lld of %lld\n"
		   "collateral    %lld differences in %lld labs\n"
		   "passed        %lld of %lld faulty, %lld of %lld controls\n"
		   "calls of tools %lld, seconds %.0f\n",
		   json_int(totals, "labs"), faulty, controls, json_int(totals, "errors"),
		   json_int(detection, "found"), faulty, json_int(detection, "cleared"), controls,
		   json_int(where, "right"), faulty, json_int(where, "partly"), json_int(cause, "right"),
		   faulty, json_int(cause, "partly"), json_int(totals, "repaired"), faulty,
		   json_int(harm, "differences"), json_int(harm, "labs"), json_int(passed, "faulty"), faulty,
		   json_int(passed, "controls"), controls, json_int(totals, "calls"),
		   json_number_value(json_object_get(totals, "seconds")));
	if (json_is_real(score))
		print_text("score         %.1f of 100\n", json_real_value(score));
}

static int report(const struct bench *bench)
{
	json_t *totals = exercise_bench_totals(bench->reports);
	bool errors = json_int(totals, "errors") > 0;

	if (bench->line->option[OPT_EXERCISE_JSON].given)
		command_print(json_pack("{s:O,s:O}", "runs", bench->reports, "totals", totals));
	else
		print_totals(totals);
	json_decref(totals);
	return errors ? EXIT_DEFECT : EXIT_AS_ASKED;
}

int exercise_bench_command(const struct command_line *line)
{
	struct bench bench = {.line = line};
	struct fail fail = {0};
	int status, err = read_options(&bench, &fail);

	if (err) {
		status = exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	} else if (make_place(&bench, &fail)) {
		status = exit_complain(EXIT_UNFIT, "exercise: %s", fail.text);
	} else {
		hide_arguments(line);
		status = run_all(&bench);
		if (!status)
			status = report(&bench);
	}
	release(&bench);
	return status;
}
