#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/topology/topology.h"
#include "phonelab/supervise/outer_link.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/client/watch.h"
#include "phonelab/lab/status_read.h"

#define TIMEOUT_S  120
#define EXTERNAL_S 60
#define FRAME_MS   60	  /* between two drawings of the table */
#define CONFIRM_US 250000 /* between two reads of the call managers' tables */

/* The start of a lab, seen through the lines of its outer process and its events. */
struct start {
	struct topology *topology;
	struct watch *watch;
	struct lab lab;
	struct outer_link link;
	struct event_tail events;
	bool failed, up, dark, external, web, detach;
	char url[COMMAND_URL]; /* of the page; "" */
	long timeout_s;
	int status;
	uint64_t deadline, next_look;
};

/* status 0: the report is no failure of the start. */
static void report(struct start *start, int status, const char *text)
{
	start->failed = start->failed || status;
	start->status = status ? status : start->status;
	watch_end(start->watch);
	print_to(stderr, "phonelab: %s\n", text);
}

static void on_line(void *arg, char *line)
{
	struct start *start = arg;
	const char *text = report_text_of(line);

	switch (report_word_of(line)) {
	case REPORT_PID: start->lab.pid = (pid_t)atol(text); break;
	case REPORT_STARTING: watch_say(start->watch, "starting %s", text); break;
	case REPORT_WAITING:
		start->external = true;
		watch_say(start->watch, "waiting until %s is plugged in: phonelab attach %s -- COMMAND", text,
			  text);
		break;
	case REPORT_UP:
		start->up = true;
		if (start->external) /* the time limit is that of the phones */
			start->deadline = clock_now_us() + (uint64_t)start->timeout_s * 1000000;
		watch_say(start->watch, "servers and switches are running; the phones %s",
			  !start->topology->phone_count ? "are external"
			  : start->dark			? "have no power"
							: "boot");
		if (start->web && !command_web_start(start->lab.name, start->detach, start->url))
			watch_say(start->watch, "the page of the lab: %s", start->url);
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

static void on_event(void *arg, const char *line, size_t length)
{
	watch_event(arg, line, length);
}

static void read_events(struct start *start)
{
	event_tail_read(&start->events, &start->lab, on_event, start->watch);
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

static void next_things(const struct start *start)
{
	const struct topology_phone *phone = &start->topology->phones[0];
	const char *sw = start->topology->switches.items[phone->switch_index].name;
	const char *self = program_invocation_name;

	if (start->dark) {
		print_text(
		    "\n  No phone is plugged in. To plug a namespace of your own into the switch:\n"
		    "    phonelab exec %s -- cable --netns --panel /run/phonelab/switches/%s.panel --node me "
		    "-- sh\n",
		    sw, sw);
		return;
	}
	print_text("\n  Next things to try, in another terminal:\n"
		   "    %s status\n"
		   "    %s show %s cdp neighbors\n"
		   "    %s show %s power inline\n"
		   "    %s exec %s -- ip -4 address\n"
		   "    %s capture %s | tshark -r -\n"
		   "    %s why %s\n",
		   self, self, sw, self, sw, self, phone->name, self, phone->name, self, phone->name);
	fflush(stdout);
}

/* If all phones are registered, print the summary and return true. */
static bool confirm(struct start *start)
{
	struct fail ignored = {0};
	json_t *status = client_status(&start->lab, &ignored);
	size_t partly;
	bool good = all_registered(status, &partly);

	if (good) {
		watch_say(start->watch,
			  partly ? "all phones are registered, %zu of them only with the primary line"
				 : "all phones are registered",
			  partly);
		read_events(start);
		watch_end(start->watch);
		watch_summary(status, isatty(STDOUT_FILENO));
	}
	json_decref(status);
	return good;
}

static void time_out(struct start *start)
{
	struct fail ignored = {0};
	json_t *status = start->lab.pid ? client_status(&start->lab, &ignored) : NULL;

	watch_end(start->watch);
	print_to(stderr, "phonelab: not every phone is registered within the time limit\n");
	if (status)
		watch_stuck(status);
	json_decref(status);
}

/* Wait up to wait_ms for a report or an event, and show it. */
static void wait_and_show(struct start *start, int wait_ms)
{
	outer_link_wait(&start->link, wait_ms, on_line, start);
	read_events(start);
	watch_draw(start->watch);
}

/* Show the start until all phones are registered (with --dark: until the servers run), the time limit has passed, or the
 * start fails. */
static void show_start(struct start *start)
{
	while (!start->link.ended && !start->failed && !start->link.interrupted) {
		uint64_t now = clock_now_us();
		bool registered = watch_registered(start->watch) >= start->topology->phone_count;

		if (start->up && start->dark) {
			watch_end(start->watch);
			return;
		}
		if (now >= start->deadline) {
			time_out(start);
			start->status = EXIT_ASSERTION;
			return;
		}
		if (start->up && registered && now >= start->next_look) {
			if (confirm(start))
				return;
			start->next_look = clock_now_us() + CONFIRM_US;
		}
		wait_and_show(start, FRAME_MS);
	}
}

static void end_lab(struct start *start)
{
	struct fail fail = {0};

	print_text("\n  ending the lab\n");
	fflush(stdout);
	if (client_down(start->lab.name, 30000, &fail))
		exit_complain(EXIT_DEFECT, "%s", fail.text);
	else
		print_text("  lab %s is down\n", start->lab.name);
}

/* Run in the foreground until Ctrl-C or until the lab fails. */
static void stay(struct start *start)
{
	next_things(start);
	print_text("\n  Ctrl-C ends the lab.\n");
	fflush(stdout);
	while (!start->link.ended && !start->failed && !start->link.interrupted)
		outer_link_wait(&start->link, -1, on_line, start);
}

/* The outer process has exited without a report. */
static int outer_died(struct start *start)
{
	char how[80];

	watch_end(start->watch);
	outer_link_reap(&start->link);
	return exit_complain(EXIT_DEFECT, "the outer process of lab %s %s; all processes of the lab are gone",
			     start->lab.name, spawn_describe(start->link.status, how, sizeof(how)));
}

static int watch_lab(struct start *start, bool detach)
{
	show_start(start);
	if (*start->url && !start->failed && !start->link.ended && !start->link.interrupted)
		print_text("\n  The page of the lab:\n    %s\n", start->url);
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
		print_text("\n  lab %s is running; end it with: phonelab down %s\n", start->lab.name,
			   start->lab.name);
		return start->status;
	}
	stay(start);
	if (start->link.interrupted)
		end_lab(start);
	while (!start->link.ended)
		outer_link_wait(&start->link, -1, on_line, start);
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

	return status ? exit_complain(status, "%s", fail.text) : watch_lab(start, options->background);
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
	struct start start = {.topology = topology, .events = {.fd = -1}};
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
	start.watch = watch_new(topology, start.lab.name, isatty(STDOUT_FILENO));
	start.timeout_s = timeout;
	start.deadline =
	    clock_now_us() +
	    ((uint64_t)timeout + (topology_has_external(topology) ? options.wait_external_s : 0)) * 1000000;
	status = start.watch ? start_and_watch(&start, &options) : EXIT_DEFECT;
	watch_free(start.watch);
	event_tail_close(&start.events);
	free(keep);
	if (options.capture >= 0)
		close(options.capture);
	return status;
}

int command_up(const struct command_line *line)
{
	size_t phones = (size_t)line->option[OPT_UP_PHONES].number;
	struct topology *topology = load_topology(line->word[0], phones);
	int status;

	if (!topology)
		return EXIT_USAGE;
	status = run_with(line, topology);
	topology_free(topology);
	return status;
}
