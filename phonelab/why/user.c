/* Servers of the user: which one it is, its program, how long it takes. */
#include "phonelab/why/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"

#define SLOW_MS	   250 /* and SLOW_TIMES the time of others: worth a note */
#define SLOW_TIMES 3

static const json_t *find(const struct why_case *it, const char *key, const char *value)
{
	const json_t *server;
	size_t i;

	json_array_foreach (json_object_get(it->status, "user_servers"), i, server)
		if (*value && !strcmp(json_text(server, key), value))
			return server;
	return NULL;
}

const json_t *why_user_at(const struct why_case *it, const char *address)
{
	return find(it, "address", address);
}

const json_t *why_user_named(const struct why_case *it, const char *name)
{
	return find(it, "name", name);
}

static bool runs_here(const json_t *server)
{
	return !strcmp(json_text(server, "by"), "run");
}

const char *why_user_text(const json_t *server, char text[160])
{
	snprintf(text, 160, "%.60s (%.20s, %s)", json_text(server, "name"), json_text(server, "address"),
		 runs_here(server) ? "your program" : "yours");
	return text;
}

/* --- its program --- */

/* "files exited with status 3" of the failures of the lab: its last part. */
static const char *how_it_exited(const struct why_case *it, const char *name)
{
	const json_t *failures = json_object_get(it->status, "failures");
	size_t length = strlen(name);

	for (size_t i = json_array_size(failures); i > 0; i--) {
		const char *text = json_string_value(json_array_get(failures, i - 1));

		if (text && !strncmp(text, name, length) && text[length] == ' ')
			return text + length + 1;
	}
	return NULL;
}

/* "tcp 6970" -> "TCP port 6970" */
static void port_text(const char *port, char text[32])
{
	snprintf(text, 32, "%s port %.8s", !strncmp(port, "tcp", 3) ? "TCP" : "UDP",
		 port + strcspn(port, "0123456789"));
}

/* The first port at which nothing listens: that port, or if all are closed, the first one. NULL: none. */
static const char *closed_port(const json_t *server, const char *port)
{
	json_t *listens = json_object_get(server, "listens"), *open;
	const char *name, *first = NULL;

	if (port)
		return json_is_false(json_object_get(listens, port)) ? port : NULL;
	json_object_foreach (listens, name, open) {
		if (json_is_true(open))
			return NULL;
		first = first ? first : name;
	}
	return first;
}

const char *why_user_program(const struct why_case *it, const json_t *server, const char *port,
			     char text[160])
{
	const char *name = json_text(server, "name"), *exited = how_it_exited(it, name);
	const char *state = json_text(status_read_named(it->status, "services", name), "state");
	const char *closed = closed_port(server, port);
	char closed_text[32];

	text[0] = 0;
	if (!runs_here(server))
		return text;
	if (!strcmp(state, "paused")) {
		snprintf(text, 160, "is paused (state T)");
	} else if (!strcmp(state, "running") && closed) {
		port_text(closed, closed_text);
		snprintf(text, 160, "runs, but does not listen at %s", closed_text);
	} else if (!strcmp(state, "running")) {
		snprintf(text, 160, "runs");
	} else if (exited) {
		snprintf(text, 160, "%.150s", exited);
	} else if (*state) {
		snprintf(text, 160, "does not run");
	}
	return text;
}

/* --- how long it takes --- */

/* The time that counts: one of an answer, not of waiting in vain. */
static bool timed(const struct why_exchange *exchange)
{
	return exchange->ms >= 0 && exchange->kind != WHY_ANSWER_NONE && exchange->kind != WHY_ANSWER_NO_WAY;
}

/* The slowest answer of a server; its other answers are counted, those of other servers are collected. */
struct times {
	const struct why_exchange *slowest;
	long long own[WHY_EXCHANGES], others[WHY_EXCHANGES];
	size_t own_count, other_count;
};

static void collect(const struct why_exchanges *list, const char *address, struct times *times)
{
	*times = (struct times){0};
	for (size_t i = 0; i < list->n; i++) {
		const struct why_exchange *exchange = &list->item[i];

		if (!timed(exchange))
			continue;
		if (strcmp(exchange->server, address)) {
			times->others[times->other_count++] = exchange->ms;
			continue;
		}
		times->own[times->own_count++] = exchange->ms;
		if (!times->slowest || exchange->ms > times->slowest->ms)
			times->slowest = exchange;
	}
}

/* The smaller of what other servers took for this phone and of what the server took for other phones. */
static long long reference(const struct why_case *it, struct times *times, const char **whose)
{
	long long servers = why_median(times->others, times->other_count);
	long long phones = why_median(it->others_ms, it->others);

	*whose = "other servers answered this phone";
	if (!it->others || (times->other_count && servers <= phones))
		return times->other_count ? servers : -1;
	*whose = "other phones had their files";
	return phones;
}

bool why_user_slow(const struct why_case *it, char text[400])
{
	const json_t *server;
	size_t i;

	json_array_foreach (json_object_get(it->status, "user_servers"), i, server) {
		const char *whose;
		char name[160];
		struct times times;
		long long median, other;

		if (!it->exchanges)
			return false;
		collect(it->exchanges, json_text(server, "address"), &times);
		median = why_median(times.own, times.own_count);
		other = reference(it, &times, &whose);
		if (!times.slowest || other < 0 || median < SLOW_MS || median <= SLOW_TIMES * other)
			continue;
		snprintf(text, 400,
			 "%s is slow: it answered %zu requests of this phone, half of them after %lld ms or "
			 "more, %s after %lld ms; %s after %lld ms (median).",
			 why_user_text(server, name), times.own_count, median, times.slowest->asked,
			 times.slowest->ms, whose, other);
		return true;
	}
	return false;
}
