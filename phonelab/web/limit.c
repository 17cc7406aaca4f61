#include "phonelab/web/limit.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"

#define AHEAD_MOST (64 * 1024) /* octets of a connection that are read ahead */

/* A connection. It is kept beyond its end until the next sweep, by a reference to its stream. */
struct member {
	struct bufferevent *stream;
	uint64_t since_us;
	bool served;
};

struct web_limit {
	struct event_base *base;
	struct event *tick; /* pending while there are connections */
	struct member members[WEB_CONNECTIONS + 1];
	size_t count;
};

/* Has the HTTP server freed it? Then it has no callbacks any more. */
static bool is_over(const struct member *member)
{
	bufferevent_data_cb readable, writable;
	bufferevent_event_cb event;
	void *arg;

	bufferevent_getcb(member->stream, &readable, &writable, &event, &arg);
	return !readable && !writable && !event;
}

static void hang_up(const struct member *member)
{
	shutdown(bufferevent_getfd(member->stream), SHUT_RDWR);
}

/* Forget the connections that are over, and close those that are late. */
static void sweep(struct web_limit *limit)
{
	uint64_t now = clock_now_us();
	size_t kept = 0;

	for (size_t i = 0; i < limit->count; i++) {
		struct member *member = &limit->members[i];

		if (is_over(member)) {
			bufferevent_decref(member->stream);
			continue;
		}
		if (!member->served && now - member->since_us >= WEB_REQUEST_S * UINT64_C(1000000))
			hang_up(member);
		limit->members[kept++] = *member;
	}
	limit->count = kept;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval second = {.tv_sec = 1};
	struct web_limit *limit = arg;

	(void)fd;
	(void)what;
	sweep(limit);
	if (limit->count)
		evtimer_add(limit->tick, &second);
}

/* There is no more room: the oldest connection that has not sent its request ends. If there is none, the newest ends. */
static void make_room(struct web_limit *limit)
{
	size_t i = 0;

	while (i < limit->count - 1 && limit->members[i].served)
		i++;
	hang_up(&limit->members[i]);
	bufferevent_decref(limit->members[i].stream);
	for (limit->count--; i < limit->count; i++)
		limit->members[i] = limit->members[i + 1];
}

static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	const struct timeval second = {.tv_sec = 1};
	/*
	 * The limit holds a reference, so the stream outlives its connection for a moment, with its events. The stream owns the
	 * descriptor: if evhttp closed it before, the next descriptor of that number would have two readers.
	 */
	struct bufferevent *stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct web_limit *limit = arg;

	sweep(limit);
	if (limit->count > WEB_CONNECTIONS - 1)
		make_room(limit);
	if (!stream)
		return NULL;
	bufferevent_setwatermark(stream, EV_READ, 0, AHEAD_MOST);
	bufferevent_incref(stream);
	limit->members[limit->count++] = (struct member){.stream = stream, .since_us = clock_now_us()};
	if (!evtimer_pending(limit->tick, NULL))
		evtimer_add(limit->tick, &second);
	return stream;
}

struct web_limit *web_limit_new(struct event_base *base, struct evhttp *http)
{
	struct web_limit *limit = calloc(1, sizeof(*limit));

	if (!limit)
		return NULL;
	limit->base = base;
	limit->tick = evtimer_new(base, on_tick, limit);
	if (!limit->tick) {
		free(limit);
		return NULL;
	}
	evhttp_set_bevcb(http, on_connection, limit);
	return limit;
}

void web_limit_served(struct web_limit *limit, struct bufferevent *stream)
{
	for (size_t i = 0; i < limit->count; i++)
		if (limit->members[i].stream == stream)
			limit->members[i].served = true;
}

void web_limit_free(struct web_limit *limit)
{
	if (!limit)
		return;
	for (size_t i = 0; i < limit->count; i++)
		bufferevent_decref(limit->members[i].stream);
	event_free(limit->tick);
	free(limit);
}
