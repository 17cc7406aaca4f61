/* One scenario, from nothing to a verdict. */
#include "phonelab/scenario/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/command.h"
#include "phonelab/outer.h"
#include "phonelab/plan.h"
#include "phonelab/scenario/act.h"

#define LAB_WITHIN_US 60000000ull /* to have switches and servers up */
#define TURN_MS	      20
#define STATUS_US     150000ull
#define EXEC_US	      300000ull
#define LATE_US	      100000ull /* an event may be written so long after it happened */

struct runner {
	const struct scenario *scenario;
	struct lab lab;
	struct scenario_hands hands;
	int report, events, signals, capture;
	char line[8192], *event;
	size_t used, event_used, event_room;
	bool held, failed, ended, interrupted;
	int outcome;
	char reason[1500];
	unsigned reason_line;
	struct verdicts verdicts;
	json_t *status, *timeline;
	uint64_t begun, next_status, next_exec;
	size_t entry;		    /* the one that is next */
	uint64_t entry_since;	    /* the one before was done */
	uint64_t entry_due;	    /* 0: its condition is not there yet */
	struct scenario_probe when; /* of the entry */
};

static void fail_with(struct runner *runner, int outcome, unsigned line, const char *text)
{
	if (runner->failed)
		return;
	runner->failed = true;
	runner->outcome = outcome;
	runner->reason_line = line;
	snprintf(runner->reason, sizeof(runner->reason), "%s", text);
}

/* --- the lab --- */

static void __attribute__((noreturn)) be_outer(struct outer_options *options, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_DEFECT);
	for (int fd = 0; null >= 0 && fd < 2; fd++)
		dup2(null, fd);
	_exit(outer_run(options));
}

/* A file without a name: it is gone with the last who has it open. */
static int nameless_file(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("capture", MFD_CLOEXEC);
}

static int start_lab(struct runner *runner)
{
	struct outer_options options = {.topology = runner->scenario->topology,
					.name = runner->lab.name,
					.hold = true,
					.capture = runner->capture};
	sigset_t signals, before;
	pid_t parent = getpid(), pid;
	int pipes[2];

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	options.report = pipes[1];
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(pipes[0]);
		be_outer(&options, parent);
	}
	close(pipes[1]);
	sigprocmask(SIG_BLOCK, &signals, &before);
	runner->report = pipes[0];
	fcntl(runner->report, F_SETFL, O_NONBLOCK);
	runner->signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return runner->signals < 0 ? -errno : 0;
}

static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = 0;
}

/* A program that is not installed is the machine's fault; all else that keeps a lab from coming up is ours.
 */
static int whose_fault(const char *text)
{
	return strstr(text, "cannot be run: No such file") ? OUTCOME_UNFIT : OUTCOME_DEFECT;
}

static void on_report_line(struct runner *runner, char *line)
{
	char *text = strchr(line, ' ') ? strchr(line, ' ') + 1 : line + strlen(line);

	unescape(text);
	if (!strncmp(line, "pid ", 4))
		runner->lab.pid = (pid_t)atol(text);
	else if (!strncmp(line, "held", 4))
		runner->held = true;
	else if (!strncmp(line, "unfit ", 6))
		fail_with(runner, OUTCOME_UNFIT, 0, text);
	else if (!strncmp(line, "failed ", 7))
		fail_with(runner, whose_fault(text), 0, text);
	else if (!strncmp(line, "usage ", 6))
		fail_with(runner, OUTCOME_DEFECT, 0, text);
}

static void read_report(struct runner *runner)
{
	ssize_t n =
	    read(runner->report, runner->line + runner->used, sizeof(runner->line) - runner->used - 1);
	char *end;

	if (n <= 0) {
		runner->ended = n == 0 || errno != EAGAIN;
		return;
	}
	runner->used += (size_t)n;
	while ((end = memchr(runner->line, '\n', runner->used))) {
		size_t length = (size_t)(end - runner->line) + 1;

		*end = 0;
		on_report_line(runner, runner->line);
		memmove(runner->line, runner->line + length, runner->used - length);
		runner->used -= length;
	}
	if (runner->used == sizeof(runner->line) - 1)
		runner->used = 0;
}

static void turn(struct runner *runner, int wait_ms)
{
	struct pollfd fds[2] = {{.fd = runner->report, .events = POLLIN},
				{.fd = runner->signals, .events = POLLIN}};
	struct signalfd_siginfo info;

	if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
		return;
	if (fds[0].revents)
		read_report(runner);
	while (read(runner->signals, &info, sizeof(info)) == sizeof(info))
		runner->interrupted = true;
	if (runner->ended && !runner->failed)
		fail_with(runner, OUTCOME_DEFECT, 0, "the lab has ended by itself");
}

/* --- events --- */

static void on_event(struct runner *runner, const char *line, size_t length)
{
	json_t *event = json_loadb(line, length, 0, NULL);

	if (!event)
		return;
	verdicts_event(&runner->verdicts, event);
	if (runner->when.open)
		scenario_probe_event(&runner->when, &runner->verdicts.world, event);
	json_decref(event);
}

static void read_events(struct runner *runner)
{
	char path[256], *end, *at;
	ssize_t n;

	if (runner->events < 0) {
		client_path(&runner->lab, "events.jsonl", path, sizeof(path));
		runner->events = open(path, O_RDONLY | O_CLOEXEC);
	}
	while (runner->events >= 0) {
		if (runner->event_used + 65536 > runner->event_room) {
			char *more = realloc(runner->event, runner->event_room + 262144);

			if (!more)
				return;
			runner->event = more;
			runner->event_room += 262144;
		}
		n = read(runner->events, runner->event + runner->event_used, 65536);
		if (n <= 0)
			return;
		runner->event_used += (size_t)n;
		at = runner->event;
		while ((end = memchr(at, '\n', runner->event_used - (size_t)(at - runner->event)))) {
			on_event(runner, at, (size_t)(end - at));
			at = end + 1;
		}
		runner->event_used -= (size_t)(at - runner->event);
		memmove(runner->event, at, runner->event_used);
	}
}

static void ask_status(struct runner *runner)
{
	uint64_t asked = clock_now_us();
	struct fail fail;
	json_t *status =
	    client_call(&runner->lab, "lab.sock", json_pack("{s:s}", "do", "status"), 10000, NULL, &fail);

	if (!status)
		return;
	read_events(runner);
	verdicts_status(&runner->verdicts, status, asked);
	json_decref(runner->status);
	runner->status = status;
}

/* --- the timeline --- */

static bool needs_status(const struct scenario_observation *look)
{
	return look->kind == SCENARIO_REGISTERED || look->kind == SCENARIO_PORT ||
	       look->kind == SCENARIO_POWER || look->kind == SCENARIO_FIELD;
}

static void perform(struct runner *runner)
{
	const struct scenario_entry *entry = &runner->scenario->timeline.items[runner->entry];
	uint64_t began = clock_now_us();
	char text[400], why[900];
	struct fail fail;
	json_t *done;

	read_events(runner);
	verdicts_mark(&runner->verdicts, runner->entry, began);
	scenario_describe_entry(entry, text, sizeof(text));
	done = json_pack("{s:i,s:o,s:I}", "line", (int)entry->at->line, "text", scenario_text(text), "at_ms",
			 (json_int_t)(runner->begun ? (began - runner->begun) / 1000 : 0));
	json_array_append_new(runner->timeline, done);
	for (size_t i = 0; i < entry->actions.n && !runner->failed; i++) {
		const struct scenario_action *action = &entry->actions.items[i];

		if (!scenario_act(&runner->hands, action, &fail))
			continue;
		scenario_describe_action(action, text, sizeof(text));
		snprintf(why, sizeof(why), "%.300s: %.550s", text, fail.text);
		json_object_set_new(done, "error", scenario_text(why));
		fail_with(runner, OUTCOME_FAILED, action->at->line, why);
	}
	scenario_probe_free(&runner->when);
	runner->when = (struct scenario_probe){0};
	runner->entry++;
	runner->entry_since = clock_now_us();
	runner->entry_due = 0;
}

/* When is the next entry due? 0: not known yet. */
static uint64_t due(struct runner *runner)
{
	const struct scenario_entry *entry = &runner->scenario->timeline.items[runner->entry];
	uint64_t wait = (uint64_t)entry->wait * 1000;
	char found[300];

	if (entry->time != TOPOLOGY_UNSET)
		return runner->begun + (uint64_t)entry->time * 1000 + wait;
	if (!entry->when.at)
		return runner->entry_since + wait;
	if (!runner->when.open) {
		if (scenario_probe_init(&runner->when, runner->scenario, &entry->when, false))
			return 0;
		scenario_probe_open(&runner->when, runner->scenario, runner->entry_since);
	}
	return scenario_probe_holds(&runner->when, &runner->verdicts.world, NULL, found, sizeof(found))
		   ? clock_now_us() + wait
		   : 0;
}

static void advance_timeline(struct runner *runner)
{
	while (!runner->failed && runner->entry < runner->scenario->timeline.n) {
		if (!runner->entry_due)
			runner->entry_due = due(runner);
		if (!runner->entry_due || clock_now_us() < runner->entry_due)
			return;
		perform(runner);
	}
}

/* What stands first with `at: 0s` is done while the phones are still dark. */
static void before_power(struct runner *runner)
{
	const struct scenario *scenario = runner->scenario;

	while (!runner->failed && runner->entry < scenario->timeline.n &&
	       scenario->timeline.items[runner->entry].time == 0 &&
	       !scenario->timeline.items[runner->entry].wait)
		perform(runner);
}

/* --- answers of commands --- */

static void ask_exec(struct runner *runner, struct scenario_probe *probe)
{
	int status = scenario_in_node(&runner->lab, probe->look->node, probe->look->exec, 10000,
				      probe->output, sizeof(probe->output));

	probe->status = status;
	probe->asked = true;
}

static void ask_execs(struct runner *runner)
{
	struct scenario_probe *probe;
	size_t from = 0;

	while ((probe = verdicts_need_exec(&runner->verdicts, &from)))
		ask_exec(runner, probe);
	if (runner->when.open && runner->when.look->kind == SCENARIO_EXEC)
		ask_exec(runner, &runner->when);
}

/* --- the run --- */

static void wait_for_lab(struct runner *runner)
{
	uint64_t deadline = clock_now_us() + LAB_WITHIN_US;

	while (!runner->held && !runner->failed && !runner->interrupted) {
		turn(runner, 1000);
		if (clock_now_us() >= deadline)
			fail_with(runner, OUTCOME_DEFECT, 0, "the lab was not up after 60 seconds");
	}
}

static void power_on(struct runner *runner)
{
	struct fail fail;
	json_t *reply;

	if (runner->failed || runner->interrupted)
		return;
	read_events(runner);
	runner->begun = runner->entry_since = clock_now_us();
	verdicts_begin(&runner->verdicts, runner->begun);
	reply =
	    client_call(&runner->lab, "lab.sock", json_pack("{s:s}", "do", "release"), 10000, NULL, &fail);
	if (!reply)
		fail_with(runner, OUTCOME_DEFECT, 0, fail.text);
	json_decref(reply);
}

static void observe(struct runner *runner)
{
	uint64_t now = clock_now_us();
	bool status =
	    verdicts_need_status(&runner->verdicts) || (runner->when.open && needs_status(runner->when.look));

	read_events(runner);
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

static void check_broken(struct runner *runner)
{
	const struct verdict *verdict = verdicts_broken(&runner->verdicts);
	char text[700], why[1200];

	if (!verdict || runner->failed)
		return;
	scenario_describe_expectation(verdict->expectation, text, sizeof(text));
	snprintf(why, sizeof(why), "expected %.600s; %.500s", text, verdict->found);
	fail_with(runner, OUTCOME_FAILED, verdict->expectation->at->line, why);
}

static void stuck_timeline(struct runner *runner)
{
	const struct scenario_entry *entry = &runner->scenario->timeline.items[runner->entry];
	char look[300], found[300] = "", why[900];

	if (runner->failed)
		return;
	if (!entry->when.at) {
		snprintf(why, sizeof(why), "the timeout passed before this entry of the timeline was due");
	} else {
		scenario_describe_observation(&entry->when, look, sizeof(look));
		if (runner->when.open)
			scenario_probe_holds(&runner->when, &runner->verdicts.world, NULL, found,
					     sizeof(found));
		snprintf(why, sizeof(why), "the timeline waited for %.300s; %.300s", look, found);
	}
	fail_with(runner, OUTCOME_FAILED, entry->at->line, why);
}

static void play(struct runner *runner)
{
	const struct scenario *scenario = runner->scenario;
	uint64_t least = runner->begun + (uint64_t)scenario->lasts * 1000;
	uint64_t most = runner->begun + (uint64_t)scenario->timeout * 1000;

	while (!runner->failed && !runner->interrupted) {
		uint64_t now;

		turn(runner, TURN_MS);
		observe(runner);
		check_broken(runner);
		advance_timeline(runner);
		now = clock_now_us();
		if (runner->entry == scenario->timeline.n && now >= least &&
		    verdicts_settled(&runner->verdicts))
			break;
		if (now >= most) {
			if (runner->entry < scenario->timeline.n)
				stuck_timeline(runner);
			break;
		}
	}
	/* Of what was cut short nothing is known: it stays open. */
	if (runner->failed || runner->interrupted)
		return;
	verdicts_end(&runner->verdicts, clock_now_us());
	check_broken(runner);
}

static json_int_t since_power(const struct runner *runner, uint64_t us)
{
	return us > runner->begun ? (json_int_t)((us - runner->begun) / 1000) : 0;
}

json_t *scenario_text(const char *text)
{
	json_t *string = json_string(text);
	char *plain;

	if (string)
		return string;
	plain = strdup(text);
	for (char *p = plain; p && *p; p++)
		if (*p & 0x80)
			*p = '?';
	string = json_string(plain ? plain : "");
	free(plain);
	return string;
}

static json_t *expectations_of(const struct runner *runner)
{
	static const char *const states[] = {"waiting", "open", "held", "broken"};
	json_t *list = json_array();

	for (size_t i = 0; i < runner->verdicts.n; i++) {
		const struct verdict *verdict = &runner->verdicts.items[i];
		char text[700];

		scenario_describe_expectation(verdict->expectation, text, sizeof(text));
		json_array_append_new(list, json_pack("{s:i,s:o,s:s,s:I,s:I,s:o}", "line",
						      (int)verdict->expectation->at->line, "text",
						      scenario_text(text), "state", states[verdict->state],
						      "opened_ms", since_power(runner, verdict->opened),
						      "decided_ms", since_power(runner, verdict->decided),
						      "found", scenario_text(verdict->found)));
	}
	return list;
}

static void end_lab(struct runner *runner)
{
	uint64_t deadline = clock_now_us() + 20000000ull;
	struct fail fail;

	if (!runner->ended && client_down(runner->lab.name, 20000, &fail) && !runner->failed)
		fail_with(runner, OUTCOME_DEFECT, 0, fail.text);
	while (!runner->ended && clock_now_us() < deadline)
		read_report(runner), poll(NULL, 0, runner->ended ? 0 : 2);
}

static json_t *result_of(struct runner *runner, uint64_t started)
{
	const struct scenario *scenario = runner->scenario;
	json_t *result = json_pack("{s:s,s:s,s:i,s:f,s:s,s:o,s:O}", "name", scenario->name, "file",
				   scenario->file, "outcome", runner->outcome, "seconds",
				   (double)(clock_now_us() - started) / 1e6, "lab", runner->lab.name,
				   "expectations", expectations_of(runner), "timeline", runner->timeline);

	if (scenario->title)
		json_object_set_new(result, "title", json_string(scenario->title));
	if (runner->outcome != OUTCOME_PASSED) {
		json_object_set_new(result, "reason", scenario_text(runner->reason));
		json_object_set_new(result, "line", json_integer(runner->reason_line));
	}
	return result;
}

static void leave_evidence(struct runner *runner, json_t *result, const char *folder)
{
	const struct scenario_evidence evidence = {.scenario = runner->scenario,
						   .lab = &runner->lab,
						   .result = result,
						   .status = runner->status,
						   .capture = runner->capture,
						   .begun = runner->begun,
						   .folder = folder};
	struct fail fail = {.text = ""};

	if (scenario_evidence_write(&evidence, &fail))
		json_object_set_new(result, "evidence_error", json_string(fail.text));
}

/* $SCENARIO of commands: the scenario's folder. */
static void set_folder(const struct scenario *scenario)
{
	const char *slash = strrchr(scenario->file, '/');
	char folder[1024], *real;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - scenario->file) : 1,
		 slash ? scenario->file : ".");
	real = realpath(*folder ? folder : "/", NULL);
	if (real)
		setenv("SCENARIO", real, 1);
	free(real);
}

json_t *scenario_run(const struct scenario *scenario, const char *lab, const char *folder)
{
	struct runner runner = {
	    .scenario = scenario, .report = -1, .events = -1, .signals = -1, .capture = nameless_file()};
	uint64_t started = clock_now_us();
	json_t *result;

	snprintf(runner.lab.name, sizeof(runner.lab.name), "%s", lab);
	set_folder(scenario);
	runner.hands = (struct scenario_hands){
	    .scenario = scenario, .lab = &runner.lab, .plan = plan_cucm(scenario->topology)};
	runner.timeline = json_array();
	if (verdicts_init(&runner.verdicts, scenario) || runner.capture < 0 || start_lab(&runner))
		fail_with(&runner, OUTCOME_UNFIT, 0, "no memory, no file or no process could be had");
	else
		wait_for_lab(&runner);
	if (runner.held)
		before_power(&runner);
	power_on(&runner);
	if (runner.begun)
		play(&runner);
	if (runner.interrupted)
		runner.outcome = OUTCOME_INTERRUPTED;
	if (runner.outcome != OUTCOME_PASSED && !runner.interrupted && runner.lab.pid && !runner.ended)
		ask_status(&runner);
	result = result_of(&runner, started);
	if (runner.outcome != OUTCOME_PASSED && !runner.interrupted)
		leave_evidence(&runner, result, folder);
	if (runner.report >= 0)
		end_lab(&runner);
	json_object_set_new(result, "outcome", json_integer(runner.outcome));
	verdicts_free(&runner.verdicts);
	scenario_probe_free(&runner.when);
	json_decref(runner.status);
	json_decref(runner.timeline);
	free(runner.event);
	if (runner.events >= 0)
		close(runner.events);
	if (runner.capture >= 0)
		close(runner.capture);
	return result;
}
