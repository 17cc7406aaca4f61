/* Run one scenario. */
#include "phonelab/scenario/runner.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/lab/plan.h"

#define LAB_WITHIN_US 60000000ull /* for switches and servers to start */
#define POLL_MS	      20
#define STATUS_US     150000ull
#define EXEC_US	      300000ull
#define EXTERNAL_S    60	/* until an external node is plugged in */
#define LATE_US	      100000ull /* the longest delay between an event and its line in events.jsonl */

/* --- the lab --- */

int runner_file(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("capture", MFD_CLOEXEC);
}

static int start_lab(struct runner *runner)
{
	struct outer_options options = {.topology = runner->scenario->topology,
					.name = runner->lab.name,
					.hold = true,
					.capture = runner->captures[0],
					.capture_both = true,
					.wait_external_s = EXTERNAL_S};
	struct fail fail = {0};

	return outer_link_start(&runner->link, &options, &fail);
}

static void on_report_line(void *arg, char *line)
{
	struct runner *runner = arg;
	const char *text = report_text_of(line);

	switch (report_word_of(line)) {
	case REPORT_PID: runner->lab.pid = (pid_t)atol(text); break;
	case REPORT_HELD: runner->held = true; break;
	case REPORT_MISSING: /* a program is not installed */
	case REPORT_USAGE:   /* an interface that the topology names is missing, or in use */
	case REPORT_UNFIT: runner_fail(runner, OUTCOME_UNFIT, 0, text); break;
	case REPORT_FAILED: runner_fail(runner, OUTCOME_DEFECT, 0, text); break;
	case REPORT_STARTING:
	case REPORT_WAITING:
	case REPORT_UP:
	case REPORT_DIED:
	case REPORT_STOPPED:
	case REPORT_OTHER: break;
	}
}

static void turn(struct runner *runner, int wait_ms)
{
	outer_link_wait(&runner->link, wait_ms, on_report_line, runner);
	if (runner->link.ended && !runner->failed)
		runner_fail(runner, OUTCOME_DEFECT, 0, "the lab exited unexpectedly");
}

/* --- observation --- */

static void on_event(void *arg, const char *line, size_t length)
{
	struct runner *runner = arg;
	json_t *event = json_loadb(line, length, 0, NULL);

	if (!event)
		return;
	verdicts_event(&runner->verdicts, event);
	if (!strcmp(json_text(event, "event"), "phone.registered"))
		json_object_set_new(runner->registered, json_text(event, "node"), json_true());
	if (runner->when.open)
		scenario_probe_event(&runner->when, &runner->verdicts.world, event);
	json_decref(event);
}

void runner_read_events(struct runner *runner)
{
	event_tail_read(&runner->events, &runner->lab, on_event, runner);
}

static void ask_status(struct runner *runner)
{
	uint64_t asked = clock_now_us();
	struct fail fail = {0};
	json_t *status = client_status(&runner->lab, &fail);

	if (!status)
		return;
	runner_read_events(runner);
	verdicts_status(&runner->verdicts, status, asked);
	json_decref(runner->status);
	runner->status = status;
}

static void ask_exec(struct runner *runner, struct scenario_probe *probe)
{
	probe->status = scenario_in_node(&runner->lab, probe->observation->node, probe->observation->exec,
					 10000, probe->output, sizeof(probe->output));
	probe->asked = true;
}

static void ask_execs(struct runner *runner)
{
	struct scenario_probe *probe;
	size_t from = 0;

	while ((probe = verdicts_need_exec(&runner->verdicts, &from)))
		ask_exec(runner, probe);
	if (runner->when.open && runner->when.observation->kind == SCENARIO_EXEC)
		ask_exec(runner, &runner->when);
}

static void observe(struct runner *runner)
{
	uint64_t now = clock_now_us();
	bool status = verdicts_need_status(&runner->verdicts) ||
		      (runner->when.open && scenario_kind_needs_status(runner->when.observation->kind));

	runner_read_events(runner);
	if (status && now >= runner->next_status) {
		ask_status(runner);
		runner->next_status = clock_now_us() + STATUS_US;
	}
	if (now >= runner->next_exec) {
		ask_execs(runner);
		runner->next_exec = clock_now_us() + EXEC_US;
	}
	verdicts_tick(&runner->verdicts, now > LATE_US ? now - LATE_US : 0);
}

/* --- the run --- */

static void wait_for_lab(struct runner *runner)
{
	uint64_t deadline = clock_now_us() + LAB_WITHIN_US;

	while (!runner->held && !runner->failed && !runner->link.interrupted) {
		turn(runner, 1000);
		if (clock_now_us() >= deadline)
			runner_fail(runner, OUTCOME_DEFECT, 0, "the lab did not start within 60 seconds");
	}
}

static void release_phones(struct runner *runner)
{
	struct fail fail = {0};
	json_t *reply =
	    client_call(&runner->lab, "lab.sock", json_pack("{s:s}", "do", "release"), 10000, NULL, &fail);

	if (!reply)
		runner_fail(runner, OUTCOME_DEFECT, 0, fail.text);
	json_decref(reply);
}

/* In a running lab the phones have power already: its time begins. */
static void power_on(struct runner *runner)
{

	if (runner->failed || runner->link.interrupted)
		return;
	runner_read_events(runner);
	runner->power_on = runner->entry_since = clock_now_us();
	verdicts_begin(&runner->verdicts, runner->power_on);
	if (!runner->lab.relay)
		release_phones(runner);
}

static void fail_if_broken(struct runner *runner)
{
	const struct verdict *verdict = verdicts_broken(&runner->verdicts);
	char text[700], why[1200];

	if (!verdict || runner->failed)
		return;
	scenario_describe_expectation(verdict->expectation, text, sizeof(text));
	snprintf(why, sizeof(why), "expected %.600s; %.500s", text, verdict->found);
	runner_fail(runner, OUTCOME_FAILED, verdict->expectation->at->line, why);
}

static void note_booted(struct runner *runner, size_t first)
{
	if (!runner->booted && (runner->entry > first || json_object_size(runner->registered) >=
							     runner->scenario->topology->phone_count))
		runner->booted = clock_now_us();
}

static void play(struct runner *runner)
{
	const struct scenario *scenario = runner->scenario;
	size_t first = runner->entry;
	uint64_t least = runner->power_on + (uint64_t)scenario->lasts * 1000;
	uint64_t most = runner->power_on + (uint64_t)scenario->timeout * 1000;

	/* Open the first condition now, because it does not see events that are read before. */
	timeline_advance(runner);
	while (!runner->failed && !runner->link.interrupted) {
		uint64_t now;

		turn(runner, POLL_MS);
		observe(runner);
		fail_if_broken(runner);
		timeline_advance(runner);
		note_booted(runner, first);
		now = clock_now_us();
		if (runner->entry == scenario->timeline.n && now >= least &&
		    verdicts_settled(&runner->verdicts))
			break;
		if (now >= most) {
			if (runner->entry < scenario->timeline.n)
				timeline_stuck(runner);
			break;
		}
	}
	/* Expectations that are still undecided stay open. */
	if (runner->failed || runner->link.interrupted)
		return;
	verdicts_end(&runner->verdicts, clock_now_us());
	fail_if_broken(runner);
}

static void end_lab(struct runner *runner)
{
	uint64_t deadline = clock_now_us() + 20000000ull;
	struct fail fail = {0};

	if (!runner->link.ended && client_down(runner->lab.name, 20000, &fail) && !runner->failed)
		runner_fail(runner, OUTCOME_DEFECT, 0, fail.text);
	while (!runner->link.ended && clock_now_us() < deadline)
		outer_link_wait(&runner->link, 1000, on_report_line, runner);
	if (runner->link.ended)
		outer_link_reap(&runner->link);
}

/* Set $SCENARIO for commands: the scenario's folder. */
static void set_folder(const struct scenario *scenario)
{
	char file[1024], *real;

	snprintf(file, sizeof(file), "%s", scenario->file);
	real = realpath(dirname(file), NULL);
	if (real)
		setenv("SCENARIO", real, 1);
	free(real);
}

/* Use a lab of containers that is up. */
static void join_lab(struct runner *runner)
{
	struct fail fail = {0};

	if (outer_link_signals(&runner->link, &fail) || joined_begin(runner, &fail))
		runner_fail(runner, OUTCOME_DEFECT, 0, fail.text);
	else
		runner->held = true;
	runner->hands.life = runner->joined.life[0];
}

/* Restore the lab. If that fails, later scenarios would not find the lab that they expect. */
static void leave_lab(struct runner *runner)
{
	struct fail fail = {0};

	if (joined_end(runner, &fail))
		runner_fail(runner, OUTCOME_DEFECT, 0, fail.text);
}

/* Start the lab, run the first entries, switch the phones on, and run the rest. */
static void run_lab(struct runner *runner)
{
	if (verdicts_init(&runner->verdicts, runner->scenario))
		runner_fail(runner, OUTCOME_UNFIT, 0, "out of memory");
	else if (*runner->lab.container)
		join_lab(runner);
	else if (runner->captures[0] < 0 || start_lab(runner))
		runner_fail(runner, OUTCOME_UNFIT, 0,
			    "the lab cannot start: no memory, no file or no process is available");
	else
		wait_for_lab(runner);
	if (runner->held)
		timeline_before_power(runner);
	power_on(runner);
	if (runner->power_on)
		play(runner);
	if (runner->link.interrupted)
		runner->outcome = OUTCOME_INTERRUPTED;
}

static void free_runner(struct runner *runner)
{
	verdicts_free(&runner->verdicts);
	scenario_probe_free(&runner->when);
	json_decref(runner->status);
	json_decref(runner->timeline);
	json_decref(runner->registered);
	event_tail_close(&runner->events);
	for (size_t i = 0; i < runner->capture_count; i++)
		if (runner->captures[i] >= 0)
			close(runner->captures[i]);
}

json_t *scenario_run(const struct scenario *scenario, const struct lab *in, const char *lab,
		     const char *folder)
{
	struct runner runner = {
	    .scenario = scenario, .link = {.report = -1, .signals = -1}, .events = {.fd = -1}};
	uint64_t started = clock_now_us();
	struct fail fail = {0};
	bool evidence;
	json_t *result;

	if (in)
		runner.lab = *in;
	else
		snprintf(runner.lab.name, sizeof(runner.lab.name), "%s", lab);
	if (!in)
		runner.captures[runner.capture_count++] = runner_file();
	set_folder(scenario);
	runner.hands = (struct scenario_hands){.scenario = scenario, .lab = &runner.lab};
	runner.timeline = json_array();
	runner.registered = json_object();
	run_lab(&runner);
	runner.decided = clock_now_us();
	evidence = runner.outcome != OUTCOME_PASSED && !runner.link.interrupted;
	if (in)
		joined_end_captures(&runner);
	if (evidence && (runner.lab.pid || runner.lab.relay) && !runner.link.ended)
		ask_status(&runner);
	result = result_of_run(&runner, started);
	if (evidence && evidence_write(&runner, result, folder, &fail))
		json_object_set_new(result, "evidence_error", json_string(fail.text));
	if (in)
		leave_lab(&runner);
	else if (runner.link.report >= 0)
		end_lab(&runner);
	if (runner.failed) { /* also while the lab ended */
		json_object_set_new(result, "reason", json_text_new(runner.reason));
		json_object_set_new(result, "line", json_integer(runner.reason_line));
	}
	json_object_set_new(result, "outcome", json_integer(runner.outcome));
	result_add_phases(&runner, result, started);
	free_runner(&runner);
	return result;
}
