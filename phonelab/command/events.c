/* `phonelab events`: the event stream of a lab, for a person or a program. */
#include "phonelab/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/client/client.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/client/follow.h"
#include "phonelab/client/initial.h"
#include "phonelab/lab/status_read.h"

#define FAULTS_MS 5000

struct events {
	const struct command_line *line;
	struct lab lab;
	char phone[48];		/* only of this phone; "" all */
	char node[CLIENT_NODE]; /* only of this node; "" all */
	int step;		/* only of this step; 0 all */
	bool as_json, dropping;
	int64_t wall_offset; /* CLOCK_REALTIME less CLOCK_MONOTONIC, in microseconds */
	char **last;	     /* with --last: a ring of the newest lines that fit */
	size_t last_size, last_count;
};

/* --- one event --- */

static bool is_about(const struct events *events, const json_t *event)
{
	return !*events->phone || !strcmp(json_text(event, "node"), events->phone) ||
	       !strcmp(json_text(json_object_get(event, "evidence"), "device"), events->phone) ||
	       !strcmp(json_text(json_object_get(event, "evidence"), "phone"), events->phone);
}

static bool fits(const struct events *events, const json_t *event)
{
	const char *name = events->line->option[OPT_EVENTS_EVENT].text;

	return is_about(events, event) &&
	       (!*events->node || !strcmp(json_text(event, "node"), events->node)) &&
	       (!events->step || json_int(event, "step") == events->step) &&
	       (!name || !strncmp(json_text(event, "event"), name, strlen(name)));
}

static void print_event_text(const struct events *events, const json_t *event)
{
	int64_t us = json_int(event, "t") + events->wall_offset;
	time_t seconds = (time_t)(us / 1000000);
	int step = (int)json_int(event, "step");
	char clock[16] = "-", number[8] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	if (step)
		snprintf(number, sizeof(number), "%d", step);
	print_text("%s.%03d  %-15s %2s  %-18s %s\n", clock, (int)(us / 1000 % 1000), json_text(event, "node"),
		   number, json_text(event, "event"), json_text(event, "detail"));
}

static void print_event(const struct events *events, json_t *event)
{
	int64_t us = json_int(event, "t") + events->wall_offset;
	time_t seconds = (time_t)(us / 1000000);
	char date[32] = "", time_text[48];
	struct tm tm;

	if (!events->as_json) {
		print_event_text(events, event);
		return;
	}
	if (gmtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(time_text, sizeof(time_text), "%s.%06dZ", date, (int)(us % 1000000));
	json_object_set_new(event, "time", json_string(time_text));
	print_json(event, JSON_COMPACT);
}

/* Hold the line back until the end of the file is reached: with --last only the newest are printed. */
static bool hold(struct events *events, const char *line, size_t length)
{
	char **place;

	if (!events->last)
		return false;
	place = &events->last[events->last_count++ % events->last_size];
	free(*place);
	*place = strndup(line, length);
	return true;
}

static void on_line(void *arg, const char *line, size_t length)
{
	struct events *events = arg;
	json_t *event = events->dropping ? NULL : json_loadb(line, length, 0, NULL);

	if (event && fits(events, event) && !hold(events, line, length))
		print_event(events, event);
	json_decref(event);
}

/* Print what was held back; later events are printed at once. */
static void release(struct events *events)
{
	char **lines = events->last;
	size_t size = events->last_size, first = events->last_count > size ? events->last_count - size : 0;

	events->last = NULL;
	for (size_t i = first; lines && i < events->last_count; i++) {
		char *line = lines[i % size];

		if (line)
			on_line(events, line, strlen(line));
		free(line);
	}
	free(lines);
}

/* --- the present state --- */

static int print_initial(const struct events *events)
{
	struct fail fail = {0}, ignored = {0};
	json_t *status = client_status(&events->lab, &fail), *faults, *list, *event;
	size_t i;

	if (!status)
		return exit_complain(EXIT_DEFECT, "events: %s", fail.text);
	faults = client_call(&events->lab, "lab.sock", json_pack("{s:s}", "do", "fault-ls"), FAULTS_MS, NULL,
			     &ignored);
	list = initial_events(status, faults, clock_now_us());
	json_array_foreach (list, i, event)
		if (fits(events, event))
			print_event(events, event);
	json_decref(list);
	json_decref(faults);
	json_decref(status);
	return EXIT_AS_ASKED;
}

/* --- the command --- */

/* The options, checked. 0 or an exit status with the reason printed. */
static int read_options(struct events *events)
{
	const struct command_line *line = events->line;
	const char *step = line->option[OPT_EVENTS_STEP].text, *phone = line->option[OPT_EVENTS_PHONE].text;
	struct fail fail = {0};
	json_t *status;
	const char *name;

	events->as_json = line->option[OPT_EVENTS_JSON].given;
	for (int n = 1; step && n <= LADDER_STEPS && !events->step; n++) {
		char number[4];

		snprintf(number, sizeof(number), "%d", n);
		if (!strcmp(step, number) || !strcasecmp(step, ladder_step_name(n)))
			events->step = n;
	}
	if (step && !events->step)
		return exit_complain(EXIT_USAGE,
				     "events: --step: found \"%s\", expected 1 to %d or the name of a step",
				     step, LADDER_STEPS);
	if (line->option[OPT_EVENTS_NODE].given)
		client_node_name(&events->lab, line->option[OPT_EVENTS_NODE].text, events->node);
	if (!phone)
		return EXIT_AS_ASKED;
	status = client_status(&events->lab, &fail);
	name = status_read_find(status, phone);
	if (name)
		snprintf(events->phone, sizeof(events->phone), "%s", name);
	json_decref(status);
	if (name)
		return EXIT_AS_ASKED;
	return exit_complain(EXIT_USAGE,
			     "events: unknown phone \"%s\"; list the phones of lab %s with: phonelab status",
			     phone, events->lab.name);
}

static int prepare(struct events *events)
{
	struct timespec now;
	int status = read_options(events);

	clock_gettime(CLOCK_REALTIME, &now);
	events->wall_offset = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 - (int64_t)clock_now_us();
	events->last_size = (size_t)events->line->option[OPT_EVENTS_LAST].number;
	if (events->line->option[OPT_EVENTS_LAST].given && events->last_size)
		events->last = calloc(events->last_size, sizeof(*events->last));
	/* --initial: the state contains what happened before; --last 0: only new events. */
	events->dropping = events->line->option[OPT_EVENTS_INITIAL].given ||
			   (events->line->option[OPT_EVENTS_LAST].given && !events->last_size);
	return status;
}

static int print_events(struct events *events, struct event_tail *tail, struct follow *follow)
{
	int status = EXIT_AS_ASKED;

	event_tail_read(tail, &events->lab, on_line, events);
	release(events);
	events->dropping = false;
	if (events->line->option[OPT_EVENTS_INITIAL].given)
		status = print_initial(events);
	if (status || !events->line->option[OPT_EVENTS_FOLLOW].given)
		return status;
	while (!fflush(stdout)) {
		bool more = follow_wait(follow, -1);

		event_tail_read(tail, &events->lab, on_line, events);
		if (!more)
			break;
	}
	fflush(stdout);
	if (follow->ended)
		print_to(stderr, "lab %s has ended\n", events->lab.name);
	return EXIT_AS_ASKED;
}

int command_events(const struct command_line *line)
{
	struct events events = {.line = line};
	struct event_tail tail = {.fd = -1};
	struct follow follow;
	struct fail fail = {0};
	int status = client_choose(line->words ? line->word[0] : line->lab, &events.lab);

	if (!status)
		status = prepare(&events);
	if (status)
		return status;
	if (event_tail_open(&tail, &events.lab, &fail) || follow_begin(&follow, &events.lab, &fail)) {
		event_tail_close(&tail);
		return exit_complain(EXIT_DEFECT, "events: %s", fail.text);
	}
	follow_file(&follow, &events.lab, "events.jsonl");
	status = print_events(&events, &tail, &follow);
	follow_end(&follow);
	event_tail_close(&tail);
	return status;
}
