#include "phonelab/web/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/web/ask.h"
#include "phonelab/web/shape.h"

#define STATUS_S  20	     /* the lab asks its simulators and call managers before it replies */
#define SOON_MS	  150	     /* from an event to the next status, at least */
#define BUSY_MS	  2000	     /* the same, at most */
#define IDLE_MS	  5000	     /* between two status without events */
#define REST	  12	     /* the pause after a status, as a multiple of the time that it took */
#define BACK_MOST (64 << 20) /* octets of the event stream that are searched for the backlog */

struct web_feed {
	struct event_base *base;
	const struct lab *lab;
	struct web_feed_calls calls;
	struct event_tail tail;
	struct event *changed, *batch, *refresh;
	int inotify;
	struct web_ask *ask;
	uint64_t asked_us, answered_us, took_us;
	json_t *board, *pending; /* pending: the patch that is not sent yet */
	bool viewed;
};

static void arm(struct event *timer, uint64_t ms)
{
	const struct timeval delay = {.tv_sec = (time_t)(ms / 1000),
				      .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	evtimer_add(timer, &delay);
}

/* Ask for the status after events: soon, but a slow lab is asked less often. */
static void refresh_soon(struct web_feed *feed)
{
	uint64_t now = clock_now_us(), earliest = feed->answered_us + feed->took_us * REST;
	uint64_t at = now + SOON_MS * UINT64_C(1000);

	if (earliest > at)
		at = earliest < now + BUSY_MS * UINT64_C(1000) ? earliest : now + BUSY_MS * UINT64_C(1000);
	if (!feed->ask)
		arm(feed->refresh, (at - now) / 1000);
}

/* Add a patch (its reference is released; NULL: nothing) to what is sent next. */
static void add_patch(struct web_feed *feed, json_t *patch)
{
	if (patch && feed->pending)
		json_object_update_recursive(feed->pending, patch);
	else if (patch)
		feed->pending = json_deep_copy(patch);
	json_decref(patch);
}

static void send_pending(struct web_feed *feed)
{
	json_t *patch = feed->pending;

	feed->pending = NULL;
	if (patch)
		feed->calls.patch(feed->calls.arg, patch);
	json_decref(patch);
	feed->calls.flush(feed->calls.arg);
}

static void on_status(void *arg, const json_t *reply, const struct fail *fail)
{
	struct web_feed *feed = arg;
	json_t *board = reply ? web_shape(reply) : NULL;

	feed->ask = NULL;
	feed->answered_us = clock_now_us();
	feed->took_us = feed->answered_us - feed->asked_us;
	arm(feed->refresh, IDLE_MS);
	if (!board) {
		feed->calls.failed(feed->calls.arg, fail);
		return;
	}
	if (!feed->board) {
		feed->board = board;
		feed->calls.board(feed->calls.arg, board);
		return;
	}
	json_object_set(board, "faults", json_object_get(feed->board, "faults"));
	add_patch(feed, web_patch(feed->board, board));
	json_decref(feed->board);
	feed->board = board;
	send_pending(feed);
}

static void on_refresh(evutil_socket_t fd, short what, void *arg)
{
	struct web_feed *feed = arg;
	struct fail fail = {0};

	(void)fd;
	(void)what;
	feed->asked_us = clock_now_us();
	feed->ask = web_ask_start(feed->base, feed->lab, "lab.sock", json_pack("{s:s}", "do", "status"),
				  STATUS_S, on_status, feed, &fail);
	if (!feed->ask)
		on_status(feed, NULL, &fail);
}

static void on_line(void *arg, const char *line, size_t length)
{
	struct web_feed *feed = arg;
	json_t *event, *patch;

	feed->calls.event(feed->calls.arg, line, length);
	if (!feed->board || !(memmem(line, length, "\"step.", 6) || memmem(line, length, "\"fault.", 7)))
		return;
	event = json_loadb(line, length, 0, NULL);
	patch = web_shape_event(feed->board, event);
	json_decref(event);
	if (!patch)
		return;
	json_object_update_recursive(feed->board, patch);
	add_patch(feed, patch);
}

static void on_batch(evutil_socket_t fd, short what, void *arg)
{
	struct web_feed *feed = arg;
	char events[4096];

	(void)fd;
	(void)what;
	while (read(feed->inotify, events, sizeof(events)) > 0)
		;
	event_tail_read(&feed->tail, feed->lab, on_line, feed);
	send_pending(feed);
	refresh_soon(feed);
	event_add(feed->changed, NULL);
}

/* The event stream has grown: what follows within a short time is read with it. */
static void on_changed(evutil_socket_t fd, short what, void *arg)
{
	struct web_feed *feed = arg;

	(void)fd;
	(void)what;
	arm(feed->batch, WEB_BATCH_MS);
}

struct web_feed *web_feed_new(struct event_base *base, const struct lab *lab,
			      const struct web_feed_calls *calls)
{
	struct web_feed *feed = malloc(sizeof(*feed));

	if (!feed)
		return NULL;
	*feed =
	    (struct web_feed){.base = base, .lab = lab, .calls = *calls, .tail = {.fd = -1}, .inotify = -1};
	feed->batch = evtimer_new(base, on_batch, feed);
	feed->refresh = evtimer_new(base, on_refresh, feed);
	if (feed->batch && feed->refresh)
		return feed;
	web_feed_free(feed);
	return NULL;
}

int web_feed_start(struct web_feed *feed, struct fail *fail)
{
	char path[256];

	if (feed->viewed)
		return 0;
	client_path(feed->lab, "events.jsonl", path, sizeof(path));
	feed->tail.fd = open(path, O_RDONLY | O_CLOEXEC);
	feed->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (feed->tail.fd < 0 || feed->inotify < 0 || inotify_add_watch(feed->inotify, path, IN_MODIFY) < 0) {
		int err = -errno;

		web_feed_stop(feed);
		return fail_set(fail, err, "%s: %s", path, strerror(-err));
	}
	lseek(feed->tail.fd, 0, SEEK_END);
	feed->changed = event_new(feed->base, feed->inotify, EV_READ, on_changed, feed);
	if (!feed->changed || event_add(feed->changed, NULL)) {
		web_feed_stop(feed);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	feed->viewed = true;
	arm(feed->refresh, 0);
	return 0;
}

void web_feed_stop(struct web_feed *feed)
{
	web_ask_cancel(feed->ask);
	feed->ask = NULL;
	evtimer_del(feed->batch);
	evtimer_del(feed->refresh);
	if (feed->changed)
		event_free(feed->changed);
	feed->changed = NULL;
	if (feed->inotify >= 0)
		close(feed->inotify);
	feed->inotify = -1;
	event_tail_close(&feed->tail);
	json_decref(feed->board);
	json_decref(feed->pending);
	feed->board = feed->pending = NULL;
	feed->viewed = false;
}

void web_feed_refresh(struct web_feed *feed)
{
	if (feed->viewed)
		refresh_soon(feed);
}

const json_t *web_feed_board(const struct web_feed *feed)
{
	return feed->board;
}

/* --- the backlog --- */

struct backlog {
	json_t *events;
	const char *node;
};

static void keep_line(void *arg, const char *line, size_t length)
{
	struct backlog *backlog = arg;
	json_t *event;

	if (!memmem(line, length, backlog->node, strlen(backlog->node)))
		return;
	event = json_loadb(line, length, 0, NULL);
	if (strcmp(json_text(event, "node"), backlog->node)) {
		json_decref(event);
		return;
	}
	if (json_array_size(backlog->events) == WEB_BACKLOG)
		json_array_remove(backlog->events, 0);
	json_array_append_new(backlog->events, event);
}

json_t *web_feed_backlog(struct web_feed *feed, const char *node)
{
	struct backlog backlog = {.events = json_array(), .node = node};
	struct text block = {0};
	off_t end =
	    feed->tail.fd < 0 ? 0 : lseek(feed->tail.fd, 0, SEEK_CUR) - (off_t)feed->tail.pending.length;
	off_t at = end > BACK_MOST ? end - BACK_MOST : 0;
	char bytes[65536];
	ssize_t n;

	while (at < end &&
	       (n = pread(feed->tail.fd, bytes,
			  end - at < (off_t)sizeof(bytes) ? (size_t)(end - at) : sizeof(bytes), at)) > 0) {
		char *from, *to;

		at += n;
		text_add_bytes(&block, bytes, (size_t)n);
		if (block.failed)
			break;
		for (from = block.bytes;
		     (to = memchr(from, '\n', block.length - (size_t)(from - block.bytes))); from = to + 1)
			keep_line(&backlog, from, (size_t)(to - from));
		block.length -= (size_t)(from - block.bytes);
		memmove(block.bytes, from, block.length);
	}
	text_free(&block);
	return backlog.events;
}

void web_feed_free(struct web_feed *feed)
{
	if (!feed)
		return;
	web_feed_stop(feed);
	if (feed->batch)
		event_free(feed->batch);
	if (feed->refresh)
		event_free(feed->refresh);
	free(feed);
}
