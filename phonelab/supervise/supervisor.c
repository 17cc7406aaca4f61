#include "phonelab/supervise/supervisor.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "base/file.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/render.h"
#include "phonelab/lab/self.h"
#include "phonelab/supervise/report_line.h"
#include "phonelab/supervise/supervisor_internal.h"

#define TICK_US	       10000   /* how often a starting server is checked; no timer runs once the lab is up */
#define STOP_WITHIN_US 3000000 /* time limit for the phones to unregister and unplug */
#define END_WITHIN_US  2000000 /* time limit for switches and cables to end in order */

void supervisor_report(const struct supervisor *supervisor, const char *word, const char *text)
{
	report_write(supervisor->report, word, text);
}

void supervisor_event(const struct supervisor *supervisor, const char *event, const char *detail)
{
	event_log_write(supervisor->events, clock_now_us(), "lab", 0, event, detail, NULL);
}

void supervisor_enter(struct supervisor *supervisor, enum phase phase)
{
	supervisor->phase = phase;
	supervisor->lab.source.switches = phase > PHASE_SWITCHES;
	supervisor->lab.source.phones = phase >= PHASE_RACK;
}

void supervisor_fail(struct supervisor *supervisor, bool missing, const char *text)
{
	supervisor_event(supervisor, "lab.failed", text);
	supervisor_report(supervisor, missing ? "missing" : "failed", text);
	/* The outer process copies the logs, and then ends this process. */
	supervisor_enter(supervisor, PHASE_STOPPING);
	supervisor->stopped = true;
}

void supervisor_stopped(struct supervisor *supervisor)
{
	char killed[400] = "";
	size_t used = 0;

	if (supervisor->stopped)
		return;
	supervisor->stopped = true;
	for (size_t i = 0; i < supervisor->child_count && used < sizeof(killed); i++)
		if (supervisor->children[i].pid)
			used += (size_t)snprintf(killed + used, sizeof(killed) - used, "%s%s",
						 used ? ", " : "killed: ", supervisor->children[i].name);
	supervisor_event(supervisor, "lab.stopped", used ? killed : "in order");
	/* The outer process copies the logs, and then ends this process. */
	supervisor_report(supervisor, "stopped", "");
}

void supervisor_end(struct supervisor *supervisor)
{
	const struct timeval tick = {.tv_usec = TICK_US};
	size_t left = 0;

	if (supervisor->ending)
		return;
	supervisor->ending = true;
	supervisor->stop_deadline = clock_now_us() + END_WITHIN_US;
	for (size_t i = 0; i < supervisor->child_count; i++) {
		const struct child *child = &supervisor->children[i];

		if (!child->pid)
			continue;
		left++;
		kill(child->pid, child->kind == CHILD_PROGRAM ? SIGKILL : SIGTERM);
	}
	if (left)
		event_add(supervisor->tick, &tick);
	else
		supervisor_stopped(supervisor);
}

void supervisor_stop(struct supervisor *supervisor)
{
	const struct timeval tick = {.tv_usec = TICK_US};
	struct fail fail = {0};
	bool rack = false;

	if (supervisor->phase == PHASE_STOPPING)
		return;
	for (size_t i = 0; i < supervisor->child_count; i++)
		rack = rack || (supervisor->children[i].kind == CHILD_RACK &&
				supervisor->children[i].state == CHILD_READY);
	supervisor_enter(supervisor, PHASE_STOPPING);
	supervisor->stop_deadline = clock_now_us() + STOP_WITHIN_US;
	supervisor_event(supervisor, "lab.stopping", NULL);
	if (!rack) {
		supervisor_end(supervisor);
		return;
	}
	json_decref(control_ask(PLAN_RACK_SOCKET, json_pack("{s:s}", "do", "stop"), 2000, NULL, &fail));
	event_add(supervisor->tick, &tick);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval tick = {.tv_usec = TICK_US};
	struct supervisor *supervisor = arg;
	bool was_up = supervisor->phase == PHASE_UP;

	(void)fd;
	(void)what;
	if (supervisor->phase == PHASE_STOPPING) {
		if (clock_now_us() < supervisor->stop_deadline)
			event_add(supervisor->tick, &tick);
		else if (!supervisor->ending)
			supervisor_end(supervisor);
		else
			supervisor_stopped(supervisor);
		return;
	}
	supervisor_advance(supervisor);
	if (supervisor->phase < PHASE_UP) {
		event_add(supervisor->tick, &tick);
	} else if (supervisor->phase == PHASE_UP && !was_up) {
		supervisor_event(supervisor, "lab.up", supervisor->options->name);
		supervisor_report(supervisor, "up", "");
	}
}

static void on_child(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	children_reap(arg);
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *supervisor = arg;

	(void)fd;
	(void)what;
	/* The second SIGTERM comes from the outer process after it has copied the logs. */
	if (supervisor->stopped)
		event_base_loopbreak(supervisor->lab.base);
	else
		supervisor_stop(supervisor);
}

static void raise_limits(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int begin(struct supervisor *supervisor, struct fail *fail)
{
	const struct timeval at_once = {0};
	int err;

	raise_limits();
	signal(SIGPIPE, SIG_IGN);
	err = file_make_directory(PLAN_PREFIX, fail);
	if (!err)
		err = event_log_open(&supervisor->events, PLAN_PREFIX "/events.jsonl", fail);
	if (err)
		return err;
	supervisor_event(supervisor, "lab.starting", supervisor->options->name);
	supervisor->lab.base = event_base_new();
	if (!supervisor->lab.base)
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	supervisor->tick = evtimer_new(supervisor->lab.base, on_tick, supervisor);
	supervisor->child_signal = evsignal_new(supervisor->lab.base, SIGCHLD, on_child, supervisor);
	supervisor->term_signal = evsignal_new(supervisor->lab.base, SIGTERM, on_term, supervisor);
	if (!supervisor->tick || !supervisor->child_signal || !supervisor->term_signal)
		return fail_set(fail, -ENOMEM, "out of memory");
	event_add(supervisor->child_signal, NULL);
	event_add(supervisor->term_signal, NULL);
	err = supervisor_prepare(supervisor, fail);
	if (!err)
		err = supervisor_listen(supervisor, fail);
	if (!err)
		err = render_lab(supervisor->lab.topology, &supervisor->lab.plan, PLAN_PREFIX, fail);
	if (!err)
		err = clusters_render(&supervisor->lab.clusters, fail);
	if (!err)
		err = lab_file_write_intended(PLAN_PREFIX, supervisor->lab.topology, 0, fail);
	if (!err)
		event_add(supervisor->tick, &at_once);
	return err;
}

static void finish(struct supervisor *supervisor)
{
	struct event *const events[] = {supervisor->tick, supervisor->child_signal, supervisor->term_signal};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	event_log_close(supervisor->events);
	for (size_t i = 0; i < supervisor->lab.node_count; i++)
		if (supervisor->lab.nodes[i].netns >= 0)
			close(supervisor->lab.nodes[i].netns);
	json_decref(supervisor->lab.source.failures);
	lab_server_free(&supervisor->lab);
	free(supervisor->children);
}

int supervisor_run(const struct outer_options *options, struct nics *nics, struct trunk_sockets *trunks,
		   int report)
{
	struct supervisor supervisor = {.options = options,
					.nics = nics,
					.trunks = trunks,
					.report = report,
					.lab = {.topology = options->topology,
						.plan = plan_cucm(options->topology),
						.source = {.name = options->name, .failures = json_array()}}};
	struct fail fail = {0};

	self_folder(supervisor.bin, sizeof(supervisor.bin));
	if (begin(&supervisor, &fail)) {
		supervisor_report(&supervisor, "failed", fail.text);
		supervisor.status = EXIT_DEFECT;
	} else {
		event_base_dispatch(supervisor.lab.base);
	}
	finish(&supervisor);
	return supervisor.status;
}
