#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/client/client.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/topology/load.h"
#include "phonelab/supervise/outer_link.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/client/watch.h"
#include "phonelab/lab/status_read.h"

enum { DETACH, NAME, PHONES, TIMEOUT, CAPTURE, KEEP, DARK };

#define TIMEOUT_S  120
#define FRAME_MS   60	  /* between two drawings of the table */
#define CONFIRM_US 250000 /* between two looks into the call managers' tables */

/* Who watches a lab come up: reads the outer process's lines and the event stream. */
struct upper {
	struct topology *topology;
	struct watch *watch;
	struct lab lab;
	struct outer_link link;
	struct event_tail events;
	bool failed, up, dark;
	int status;
	uint64_t deadline, next_look;
};

static void end_in(struct upper *upper, int status, const char *text)
{
	upper->failed = true;
	upper->status = status;
	watch_end(upper->watch);
	fprintf(stderr, "phonelab: %s\n", text);
}

static void on_line(void *arg, char *line)
{
	struct upper *upper = arg;
	const char *text = report_text_of(line);

	switch (report_word_of(line)) {
	case REPORT_PID: upper->lab.pid = (pid_t)atol(text); break;
	case REPORT_STARTING: watch_say(upper->watch, "starting %s", text); break;
	case REPORT_UP:
		upper->up = true;
		watch_say(upper->watch, "servers and switches are up; the phones %s",
			  upper->dark ? "are left dark" : "boot");
		break;
	case REPORT_DIED:
		watch_end(upper->watch);
		fprintf(stderr, "phonelab: %s\n", text);
		break;
	case REPORT_FAILED: end_in(upper, EXIT_ASSERTION, text); break;
	case REPORT_USAGE: end_in(upper, EXIT_USAGE, text); break;
	case REPORT_UNFIT: end_in(upper, EXIT_UNFIT, text); break;
	case REPORT_HELD:
	case REPORT_STOPPED:
	case REPORT_OTHER: break;
	}
}

static void on_event(void *arg, const char *line, size_t length)
{
	watch_event(arg, line, length);
}

static void read_events(struct upper *upper)
{
	event_tail_read(&upper->events, &upper->lab, on_event, upper->watch);
}

static json_t *ask_status(struct upper *upper)
{
	struct fail fail = {0};

	return client_status(&upper->lab, &fail);
}

static bool all_registered(const json_t *status)
{
	const json_t *phone;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const json_t *last = json_array_get(json_object_get(phone, "steps"), 13);
		const char *end = json_string_value(json_object_get(last, "state"));

		/* To the end of the ladder: what follows the registration belongs to it. */
		if (!status_read_registered(phone) || !end || !strcmp(end, "pending") ||
		    !strcmp(end, "active"))
			return false;
	}
	return json_array_size(json_object_get(status, "phones")) > 0;
}

static void next_things(const struct upper *upper)
{
	const struct topology_phone *phone = &upper->topology->phones[0];
	const char *sw = upper->topology->switches.items[phone->switch_index].name;
	const char *self = program_invocation_name;

	if (upper->dark) {
		printf(
		    "\n  No phone is plugged in. To plug a namespace of your own into the switch:\n"
		    "    phonelab exec %s -- cable --netns --panel /run/phonelab/switches/%s.panel --node me "
		    "-- sh\n",
		    sw, sw);
		return;
	}
	printf("\n  Next things to try, in another terminal:\n"
	       "    %s status\n"
	       "    %s show %s cdp neighbors\n"
	       "    %s show %s power inline\n"
	       "    %s exec %s -- ip -4 address\n"
	       "    %s capture %s | tshark -r -\n"
	       "    %s why %s\n",
	       self, self, sw, self, sw, self, phone->name, self, phone->name, self, phone->name);
	fflush(stdout);
}

/* Are they all registered, by the call managers' word too? Then say so. */
static bool look(struct upper *upper)
{
	json_t *status = ask_status(upper);
	bool good = all_registered(status);

	if (good) {
		watch_say(upper->watch, "all phones are registered");
		read_events(upper);
		watch_end(upper->watch);
		watch_summary(status, isatty(STDOUT_FILENO));
	}
	json_decref(status);
	return good;
}

static void time_is_up(struct upper *upper)
{
	json_t *status = upper->lab.pid ? ask_status(upper) : NULL;

	watch_end(upper->watch);
	fprintf(stderr, "phonelab: the time has passed\n");
	if (status)
		watch_stuck(status);
	json_decref(status);
}

/* Wait for something to happen, and take note. */
static void turn(struct upper *upper, int wait_ms)
{
	outer_link_wait(&upper->link, wait_ms, on_line, upper);
	read_events(upper);
	watch_draw(upper->watch);
}

/* Until all are registered (or, of a dark lab, until it is up), the time has passed, or it has failed. */
static void climb(struct upper *upper)
{
	while (!upper->link.ended && !upper->failed && !upper->link.interrupted) {
		uint64_t now = clock_now_us();
		bool said = watch_registered(upper->watch) >= upper->topology->phone_count;

		if (upper->up && upper->dark) {
			watch_end(upper->watch);
			return;
		}
		if (now >= upper->deadline) {
			time_is_up(upper);
			upper->status = EXIT_ASSERTION;
			return;
		}
		if (upper->up && said && now >= upper->next_look) {
			if (look(upper))
				return;
			upper->next_look = clock_now_us() + CONFIRM_US;
		}
		turn(upper, FRAME_MS);
	}
}

static void end_lab(struct upper *upper)
{
	struct fail fail = {0};

	printf("\n  ending the lab\n");
	fflush(stdout);
	if (client_down(upper->lab.name, 30000, &fail))
		exit_complain(EXIT_DEFECT, "%s", fail.text);
	else
		printf("  lab %s is down\n", upper->lab.name);
}

/* The lab runs on in front of the user until Ctrl-C, or until it fails. */
static void stay(struct upper *upper)
{
	next_things(upper);
	printf("\n  Ctrl-C ends the lab.\n");
	fflush(stdout);
	while (!upper->link.ended && !upper->failed && !upper->link.interrupted)
		outer_link_wait(&upper->link, -1, on_line, upper);
}

/* The outer process has exited without a report. */
static int outer_died(struct upper *upper)
{
	char how[80];

	watch_end(upper->watch);
	outer_link_reap(&upper->link);
	return exit_complain(EXIT_DEFECT, "the outer process of lab %s %s; all processes of the lab are gone",
			     upper->lab.name, spawn_describe(upper->link.status, how, sizeof(how)));
}

static int watch_lab(struct upper *upper, bool detach)
{
	climb(upper);
	if (upper->failed || upper->link.ended) {
		/* The outer process ends what is left; its end is the end of the pipe. */
		while (!upper->link.ended)
			turn(upper, 1000);
		return upper->status ? upper->status : outer_died(upper);
	}
	if (upper->link.interrupted) {
		end_lab(upper);
		return EXIT_INTERRUPTED;
	}
	if (detach) {
		printf("\n  lab %s %s; phonelab down %s ends it\n", upper->lab.name,
		       upper->status ? "goes on" : "is up", upper->lab.name);
		return upper->status;
	}
	stay(upper);
	if (upper->link.interrupted)
		end_lab(upper);
	while (!upper->link.ended)
		outer_link_wait(&upper->link, -1, on_line, upper);
	return upper->failed ? upper->status : EXIT_AS_ASKED;
}

/* --- what was asked for --- */

static int open_capture(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

/* A folder as an absolute path, made when missing; NULL with the complaint printed. */
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

static int start_and_watch(struct upper *upper, struct outer_options *options)
{
	struct fail fail = {0};
	int status = outer_link_start(&upper->link, options, &fail);

	return status ? exit_complain(status, "%s", fail.text) : watch_lab(upper, options->background);
}

static bool good_name(const char *name)
{
	size_t length = strlen(name);

	return length >= 1 && length <= 32 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == length;
}

static int run_with(const struct command_line *line, struct topology *topology)
{
	struct outer_options options = {.topology = topology, .name = topology->name, .capture = -1};
	struct upper upper = {.topology = topology, .events = {.fd = -1}};
	long timeout = line->option[TIMEOUT].said ? line->option[TIMEOUT].number : TIMEOUT_S;
	char *keep = NULL;
	struct fail fail = {0};
	int status;

	if (line->option[NAME].said)
		options.name = line->option[NAME].text;
	if (!good_name(options.name))
		return exit_complain(EXIT_USAGE,
				     "up: --name: found \"%s\", expected 1 to 32 letters, digits, - _ or .",
				     options.name);
	if (self_check(&fail))
		return exit_complain(EXIT_DEFECT, "%s", fail.text);
	if (line->option[CAPTURE].said && (options.capture = open_capture(line->option[CAPTURE].text)) < 0)
		return exit_complain(EXIT_USAGE, "up: --capture: %s: %s", line->option[CAPTURE].text,
				     strerror(errno));
	if (line->option[KEEP].said && !(keep = absolute_folder(line->option[KEEP].text)))
		return EXIT_USAGE;
	options.keep = keep;
	options.background = line->option[DETACH].said;
	options.dark = upper.dark = line->option[DARK].said;
	snprintf(upper.lab.name, sizeof(upper.lab.name), "%s", options.name);
	upper.watch = watch_new(topology, upper.lab.name, isatty(STDOUT_FILENO));
	upper.deadline = clock_now_us() + (uint64_t)timeout * 1000000;
	status = upper.watch ? start_and_watch(&upper, &options) : EXIT_DEFECT;
	watch_free(upper.watch);
	event_tail_close(&upper.events);
	free(keep);
	if (options.capture >= 0)
		close(options.capture);
	return status;
}

static int run(const struct command_line *line)
{
	size_t phones = line->option[PHONES].said ? (size_t)line->option[PHONES].number : 0;
	struct topology *topology = load_topology(line->word[0], phones);
	int status;

	if (!topology)
		return EXIT_USAGE;
	status = run_with(line, topology);
	topology_free(topology);
	return status;
}

const struct command command_up = {
    .name = "up",
    .synopsis =
	"[-d] [--name LAB] [--phones N] [--timeout S] [--capture FILE] [--keep DIR] [--dark] TOPOLOGY",
    .title = "start a lab, and watch its phones register",
    .help =
	"Without -d the lab runs until Ctrl-C, and nothing of it is left then. No root is needed where the\n"
	"machine allows user namespaces (phonelab doctor).\n",
    .least = 1,
    .most = 1,
    .options = {{"-d", "--detach", OPTION_FLAG, NULL, 0, 0,
		 "return once every phone is registered (0) or the time has passed (1); the lab goes on"},
		{"--name", NULL, OPTION_TEXT, "LAB", 0, 0, "name of the lab; the topology's when not said"},
		{"--phones", NULL, OPTION_NUMBER, "N", 1, 4096,
		 "so many phones: stack members, pools, power and limits are sized to fit"},
		{"--timeout", NULL, OPTION_NUMBER, "S", 1, 86400,
		 "seconds for every phone to register (120)"},
		{"--capture", NULL, OPTION_TEXT, "FILE", 0, 0,
		 "capture at all switch ports, from before the first phone is plugged in (pcapng)"},
		{"--keep", NULL, OPTION_TEXT, "DIR", 0, 0, "copy logs and events there when the lab ends"},
		{"--dark", NULL, OPTION_FLAG, NULL, 0, 0,
		 "all but the phones: switches and servers, provisioned for them"}},
    .run = run,
};
