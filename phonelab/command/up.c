#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/live.h"
#include "phonelab/client/summary.h"
#include "phonelab/topology/topology.h"
#include "phonelab/supervise/outer_link.h"
#include "phonelab/lab/installed.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/lab/status_read.h"

#define TIMEOUT_S  120
#define EXTERNAL_S 60
#define CONFIRM_US 250000 /* between two reads of the call managers' tables */

/* The start of a lab, seen through the lines of its outer process and its events. */
struct start {
	struct topology *topology;
	struct view *view;
	struct live live;
	struct lab lab;
	struct outer_link link;
	char hints[6][120]; /* what to try next, below the phones */
	const char *hint[7];
	struct text died; /* what died while the screen was shown */
	bool failed, up, dark, external, as_json, web, detach;
	char url[COMMAND_URL]; /* of the page; "" */
	size_t partly;	       /* phones that are registered with their primary line only */
	long timeout_s;
	int status;
	uint64_t deadline, next_look;
};

/* status 0: the report is no failure of the start, and the screen stays. */
static void report(struct start *start, int status, const char *text)
{
	start->failed = start->failed || status;
	start->status = status ? status : start->status;
	if (!status && start->live.terminal.open) {
		text_add(&start->died, "phonelab: %s\n", text);
		live_say(&start->live, "%s", text);
		return;
	}
	live_leave(&start->live);
	print_to(stderr, "phonelab: %s\n", text);
}

/* Leave the screen; what was reported meanwhile is printed. */
static void leave(struct start *start)
{
	live_leave(&start->live);
	if (start->died.length && !start->died.failed)
		print_to(stderr, "%s", start->died.bytes);
	text_free(&start->died);
}

static void on_line(void *arg, char *line)
{
	struct start *start = arg;
	const char *text = report_text_of(line);

	switch (report_word_of(line)) {
	case REPORT_PID: start->lab.pid = (pid_t)atol(text); break;
	case REPORT_STARTING: live_say(&start->live, "starting %s", text); break;
	case REPORT_WAITING:
		start->external = true;
		snprintf(start->view->waits, sizeof(start->view->waits), "%s to be plugged in", text);
		live_say(&start->live, "waiting until %s is plugged in: phonelab attach %s -- COMMAND", text,
			 text);
		break;
	case REPORT_UP:
		start->up = true;
		if (start->external) /* the time limit is that of the phones */
			start->deadline = clock_now_us() + (uint64_t)start->timeout_s * 1000000;
		*start->view->waits = 0;
		live_say(&start->live, "servers and switches are running; the phones %s",
			 start->topology->closet && !start->topology->phone_count ? "are in other closets"
			 : !start->topology->phone_count			  ? "are external"
			 : start->dark						  ? "have no power"
										  : "boot");
		if (start->web && !command_web_start(start->lab.name, start->detach, start->url))
			live_say(&start->live, "the page of the lab: %s", start->url);
		break;
	case REPORT_DIED: report(start, 0, text); break;
	case REPORT_FAILED:
	case REPORT_MISSING: report(start, EXIT_ASSERTION, text); break;
	case REPORT_USAGE: report(start, EXIT_USAGE, text); break;
	case REPORT_UNFIT: report(start, EXIT_UNFIT, text); break;
	case REPORT_HELD:
	case REPORT_STOPPED:
	case REPORT_OTHER: break;
	}
}

/* Is every phone registered, at least with its primary line? *partly: how many only with that. */
static bool all_registered(const json_t *status, size_t *partly)
{
	const json_t *phone;
	size_t i;

	*partly = 0;
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const json_t *last = json_array_get(json_object_get(phone, "steps"), 13);
		const char *end = json_text_or(last, "state", "pending");

		*partly += status_read_partly(phone);
		/* The steps after the registration must have ended too. */
		if ((!status_read_registered(phone) && !status_read_partly(phone) &&
		     !status_read_by_word(phone)) ||
		    !strcmp(end, "pending") || !strcmp(end, "active"))
			return false;
	}
	return json_array_size(json_object_get(status, "phones")) > 0;
}

/* --json: how the start ended. */
static void print_result(const struct start *start)
{
	const char *result = start->failed || start->link.ended ? "failed"
			     : start->link.interrupted		? "interrupted"
			     : start->status			? "timeout"
			     : start->dark			? "dark"
			     : start->partly			? "partly registered"
								: "registered";
	json_t *object = json_pack("{s:s,s:s,s:I,s:I,s:f}", "lab", start->lab.name, "result", result,
				   "phones", (json_int_t)start->topology->phone_count, "registered",
				   (json_int_t)start->view->registered, "seconds",
				   (double)(clock_now_us() - start->view->began_us) / 1e6);

	if (*start->url)
		json_object_set_new(object, "web", json_string(start->url));
	print_json(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(object);
	fflush(stdout);
}

/* What to try next, in another terminal. */
static void set_hints(struct start *start)
{
	const struct topology_phone *phone = &start->topology->phones[0];
	size_t at = start->topology->phone_count ? phone->switch_index : 0;
	const char *sw = start->topology->switches.items[at].name;
	const char *self = program_invocation_name;
	size_t n = 0, size = sizeof(start->hints[0]);

	if (*start->url)
		snprintf(start->hints[n++], size, "The page of the lab: %s", start->url);
	if (start->dark) {
		snprintf(start->hints[n++], size, "  %s exec %s -- cable --netns --node me \\", self, sw);
		snprintf(start->hints[n++], size, "    --panel /run/phonelab/switches/%s.panel -- sh", sw);
	} else {
		snprintf(start->hints[n++], size, "Next things to try, in another terminal:");
		snprintf(start->hints[n++], size, "  %s status", self);
		snprintf(start->hints[n++], size, "  %s show %s cdp neighbors", self, sw);
		snprintf(start->hints[n++], size, "  %s capture %s | tshark -r -", self, phone->name);
		snprintf(start->hints[n++], size, "  %s why %s", self, phone->name);
	}
	for (size_t i = 0; i < n; i++)
		start->hint[i] = start->hints[i];
	start->live.hints = start->hint;
	start->live.dirty = true;
}

static void print_hints(const struct start *start)
{
	print_text("\n");
	for (size_t i = 0; start->hint[i]; i++)
		print_text("  %s\n", start->hint[i]);
	print_text("\n  Ctrl-C ends the lab.\n");
	fflush(stdout);
}

/* Wait for a report or an event, up to wait_ms (-1: no limit), and show it. */
static void wait_and_show(struct start *start, int wait_ms)
{
	int work_ms = live_work(&start->live);

	if (work_ms >= 0 && (wait_ms < 0 || work_ms < wait_ms))
		wait_ms = work_ms;
	outer_link_wait(&start->link, wait_ms, on_line, start);
}

/* If all phones are registered, print the summary (a screen goes on without it) and return true. */
static bool confirm(struct start *start, bool detach)
{
	struct fail ignored = {0};
	json_t *status = client_status(&start->lab, &ignored);
	size_t partly;
	bool good = all_registered(status, &partly);

	if (good) {
		live_work(&start->live);
		view_status(start->view, status, clock_now_us());
		live_say(&start->live,
			 partly ? "all phones are registered, %zu of them only with the primary line"
				: "all phones are registered",
			 partly);
		start->view->while_all = true;
		if (detach)
			leave(start);
		start->partly = partly;
		if (!start->live.terminal.open && !start->as_json)
			summary_print(status, terminal_abilities(isatty(STDOUT_FILENO)).colour);
	}
	json_decref(status);
	return good;
}

static void time_out(struct start *start, bool detach)
{
	struct fail ignored = {0};
	json_t *status;

	if (!detach && start->live.terminal.open) { /* the screen shows the phones, and stays */
		live_say(&start->live, "not every phone is registered within the time limit");
		return;
	}
	status = start->lab.pid ? client_status(&start->lab, &ignored) : NULL;

	leave(start);
	print_to(stderr, "phonelab: not every phone is registered within the time limit\n");
	if (status)
		summary_stuck(status);
	json_decref(status);
}

/* Show the start until all phones are registered (with --dark: until the servers run), the time limit has passed, or the
 * start fails. */
static void show_start(struct start *start, bool detach)
{
	while (!start->link.ended && !start->failed && !start->link.interrupted) {
		uint64_t now = clock_now_us();
		bool registered = start->view->registered >= start->topology->phone_count;
		uint64_t until = start->deadline;

		if (start->up && start->dark)
			return;
		if (now >= start->deadline) {
			time_out(start, detach);
			start->status = EXIT_ASSERTION;
			return;
		}
		if (start->up && registered && now >= start->next_look) {
			if (confirm(start, detach))
				return;
			start->next_look = clock_now_us() + CONFIRM_US;
		}
		if (start->up && registered && start->next_look < until)
			until = start->next_look;
		wait_and_show(start, (int)((until - now) / 1000) + 1);
	}
}

static void end_lab(struct start *start)
{
	struct fail fail = {0};

	leave(start);
	if (!start->as_json)
		print_text("\n  ending the lab\n");
	fflush(stdout);
	if (client_down(start->lab.name, 30000, &fail))
		exit_complain(EXIT_DEFECT, "%s", fail.text);
	else if (!start->as_json)
		print_text("  lab %s is down\n", start->lab.name);
}

/* Run in the foreground, live, until Ctrl-C or until the lab fails. */
static void stay(struct start *start)
{
	set_hints(start);
	if (!start->live.terminal.open && !start->as_json)
		print_hints(start);
	while (!start->link.ended && !start->failed && !start->link.interrupted)
		wait_and_show(start, -1);
}

/* The outer process has exited without a report. */
static int outer_died(struct start *start)
{
	char how[80];

	leave(start);
	outer_link_reap(&start->link);
	return exit_complain(EXIT_DEFECT, "the outer process of lab %s %s; all processes of the lab are gone",
			     start->lab.name, spawn_describe(start->link.status, how, sizeof(how)));
}

static int watch_lab(struct start *start, bool detach)
{
	show_start(start, detach);
	if (start->as_json)
		print_result(start);
	if (start->failed || start->link.ended) {
		/* The outer process ends the rest of the lab, then the pipe closes. */
		while (!start->link.ended)
			wait_and_show(start, 1000);
		return start->status ? start->status : outer_died(start);
	}
	if (start->link.interrupted) {
		end_lab(start);
		return EXIT_INTERRUPTED;
	}
	if (detach) {
		leave(start);
		if (!start->as_json)
			print_text("%s%s%s\n  lab %s is running; end it with: phonelab down %s\n",
				   *start->url ? "\n  The page of the lab: " : "", start->url,
				   *start->url ? "\n" : "", start->lab.name, start->lab.name);
		return start->status;
	}
	stay(start);
	leave(start);
	if (start->link.interrupted)
		end_lab(start);
	while (!start->link.ended)
		outer_link_wait(&start->link, -1, on_line, start);
	if (!start->failed && !start->link.interrupted && !start->as_json)
		print_text("\n  the lab has ended\n");
	return start->failed ? start->status : EXIT_AS_ASKED;
}

/* --- options --- */

/* The absolute path of a folder, which is created if missing; NULL with the reason printed. */
static char *absolute_folder(const char *path)
{
	char *real;

	if (mkdir(path, 0755) && errno != EEXIST) {
		exit_complain(EXIT_USAGE, "up: --keep: %s: %s", path, strerror(errno));
		return NULL;
	}
	real = realpath(path, NULL);
	if (!real)
		exit_complain(EXIT_USAGE, "up: --keep: %s: %s", path, strerror(errno));
	return real;
}

static int start_and_watch(struct start *start, struct outer_options *options)
{
	struct fail fail = {0};
	int status = outer_link_start(&start->link, options, &fail);
	sigset_t none;

	if (status)
		return exit_complain(status, "%s", fail.text);
	sigemptyset(&none); /* the link reads those that interrupt */
	if (live_begin(&start->live, start->view, &start->lab, &none, &fail)) {
		exit_complain(EXIT_UNFIT, "%s", fail.text);
		kill(start->link.pid, SIGTERM);
		outer_link_reap(&start->link);
		return EXIT_UNFIT;
	}
	if (start->as_json)
		live_be_quiet(&start->live);
	start->live.keys = "Ctrl-C: end the lab";
	start->live.boot_ms = command_boot_ms;
	start->link.also = start->live.wakeup;
	status = watch_lab(start, options->background);
	live_end(&start->live);
	return status;
}

static bool good_name(const char *name)
{
	size_t length = strlen(name);

	return length >= 1 && length <= 32 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == length;
}

static int run_with(const struct command_line *line, struct topology *topology)
{
	struct outer_options options = {
	    .topology = topology, .name = line->option[OPT_UP_NAME].text ?: topology->name, .capture = -1};
	struct start start = {.topology = topology, .as_json = command_wants_json(line)};
	long timeout = line->option[OPT_UP_TIMEOUT].number ?: TIMEOUT_S;
	char *keep = NULL;
	struct fail fail = {0};
	int status;

	if (!good_name(options.name))
		return exit_complain(EXIT_USAGE,
				     "up: invalid name \"%s\"; a name has 1 to 32 letters, digits, - _ or .",
				     options.name);
	if (self_check(&fail))
		return exit_complain(EXIT_DEFECT, "%s", fail.text);
	if (line->option[OPT_UP_CAPTURE].given &&
	    (options.capture =
		 open(line->option[OPT_UP_CAPTURE].text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0)
		return exit_complain(EXIT_USAGE, "up: --capture: %s: %s", line->option[OPT_UP_CAPTURE].text,
				     strerror(errno));
	if (line->option[OPT_UP_KEEP].given && !(keep = absolute_folder(line->option[OPT_UP_KEEP].text)))
		return EXIT_USAGE;
	options.keep = keep;
	options.capture_both = line->option[OPT_UP_BOTH].given;
	options.background = start.detach = line->option[OPT_UP_DETACH].given;
	start.web = line->option[OPT_UP_WEB].given;
	options.wait_external_s = line->option[OPT_UP_WAIT_EXTERNAL].given
				      ? (unsigned)line->option[OPT_UP_WAIT_EXTERNAL].number
				      : EXTERNAL_S;
	options.dark = start.dark = line->option[OPT_UP_DARK].given || !topology->phone_count;
	snprintf(start.lab.name, sizeof(start.lab.name), "%s", options.name);
	start.view = view_of_topology(topology, start.lab.name);
	start.timeout_s = timeout;
	start.deadline =
	    clock_now_us() +
	    ((uint64_t)timeout + (topology_has_external(topology) ? options.wait_external_s : 0)) * 1000000;
	status = start.view ? start_and_watch(&start, &options) : exit_complain(EXIT_DEFECT, "out of memory");
	view_free(start.view);
	free(keep);
	if (options.capture >= 0)
		close(options.capture);
	return status;
}

int command_up(const struct command_line *line)
{
	size_t phones = (size_t)line->option[OPT_UP_PHONES].number;
	struct topology *topology =
	    command_load_topology(line, line->words ? line->word[0] : INSTALLED_DEFAULT, phones);
	struct fail fail = {0};
	int status;

	if (!topology)
		return EXIT_USAGE;
	status = command_set_pace(line, OPT_UP_PACE, topology);
	if (!status && line->option[OPT_UP_CLOSET].given &&
	    topology_keep_closet(topology, line->option[OPT_UP_CLOSET].text, &fail))
		status = exit_complain(EXIT_USAGE, "up: %s", fail.text);
	if (!status)
		status = run_with(line, topology);
	topology_free(topology);
	return status;
}
