/* The events of all closets in one file: each line with the name of its closet, in the order of the closet. Times are those of
 * the closet's host, so times of different closets are not compared. */
#include <errno.h>
#include <event2/buffer.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/console/internal.h"
#include "phonelab/lab/plan.h"

#define EVENTS	   PLAN_PREFIX "/events.jsonl"
#define EVENTS_MAX (512ull << 20) /* as base/event_log.h */
#define LINE_MAX_  65536	  /* a longer line is left out */

int console_events_open(struct console *console, struct fail *fail)
{
	console->events = open(EVENTS, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	return console->events >= 0 ? 0 : fail_set(fail, -errno, EVENTS ": %s", strerror(errno));
}

/* One write per line, so that lines of other writers never mix with it. */
static void write_line(struct closet *closet, const char *line, size_t length)
{
	struct console *console = closet->console;
	char whole[LINE_MAX_ + 100];
	int n = snprintf(whole, 100, "{\"closet\":\"%s\",", route_name(console->route, closet->number));

	if (length < 3 || *line != '{' || length > LINE_MAX_ || console->events_size > EVENTS_MAX)
		return;
	memcpy(whole + n, line + 1, length - 1);
	n += (int)length - 1;
	whole[n++] = '\n';
	if (write(console->events, whole, (size_t)n) == n)
		console->events_size += (uint64_t)n;
}

static void end_tail(struct closet *closet)
{
	bufferevent_free(closet->tail);
	closet->tail = NULL;
}

/* The reply before the lines. False: there are none, because the lab does not run or has no events. */
static bool take_reply(struct closet *closet, const char *line, size_t length)
{
	json_t *reply = json_loadb(line, length, 0, NULL);
	bool good = json_is_true(json_object_get(reply, "ok"));

	if (good) {
		if (!json_int(reply, "from"))
			closet->tail_cut = false;
		closet->tail_from = json_int(reply, "from");
		if (strcmp(closet->tail_id, json_text(reply, "id")) != 0)
			closet->listed_us = 0; /* its lab was started */
		snprintf(closet->tail_id, sizeof(closet->tail_id), "%s", json_text(reply, "id"));
		closet->tail_begun = true;
	}
	json_decref(reply);
	return good;
}

static void take_line(struct closet *closet, const char *line, size_t length)
{
	closet->tail_from += (long long)length + 1;
	if (!closet->tail_cut)
		write_line(closet, line, length);
	closet->tail_cut = false;
}

static void on_lines(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct closet *closet = arg;
	size_t length;
	char *line;

	while ((line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF))) {
		bool good = true;

		if (closet->tail_begun)
			take_line(closet, line, length);
		else
			good = take_reply(closet, line, length);
		free(line);
		if (!good) {
			end_tail(closet);
			return;
		}
	}
	if (evbuffer_get_length(in) > LINE_MAX_) {
		closet->tail_from += (long long)evbuffer_get_length(in);
		evbuffer_drain(in, SIZE_MAX);
		closet->tail_cut = true;
	}
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	(void)what;
	end_tail(arg);
}

void console_events_follow(struct closet *closet)
{
	json_t *request;
	char *text;

	if (closet->tail || !remote_is_connected(closet->remote))
		return;
	closet->tail = remote_channel(closet->remote);
	if (!closet->tail)
		return;
	closet->tail_begun = false;
	bufferevent_setcb(closet->tail, on_lines, NULL, on_end, closet);
	bufferevent_enable(closet->tail, EV_READ | EV_WRITE);
	request = json_pack("{s:s,s:s,s:s,s:I}", "do", "tail", "file", "events.jsonl", "id", closet->tail_id,
			    "from", (json_int_t)closet->tail_from);
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	evbuffer_add_printf(bufferevent_get_output(closet->tail), "%s\n", text ? text : "{}");
	free(text);
}

void console_events_free(struct console *console)
{
	for (size_t i = 0; i < console->n; i++)
		if (console->closets[i].tail)
			bufferevent_free(console->closets[i].tail);
	if (console->events >= 0)
		close(console->events);
}
