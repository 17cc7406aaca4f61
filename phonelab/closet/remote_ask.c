/* One request to a control socket of a closet, and its reply, in a channel of its own. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/closet/remote_internal.h"

#define REPLY_MAX (64u << 20)

struct ask {
	struct remote *remote;
	struct bufferevent *stream; /* our end; the mux has the other; NULL: there is none */
	struct event *later;	    /* reports failures that are known at once */
	remote_reply_fn *done;
	void *arg;
	struct fail fail;
	struct ask *next;
};

void remote_ask_free(struct ask *ask)
{
	struct ask **at = &ask->remote->asks;

	while (*at != ask)
		at = &(*at)->next;
	*at = ask->next;
	if (ask->stream)
		bufferevent_free(ask->stream);
	if (ask->later)
		event_free(ask->later);
	free(ask);
}

/* Report, once. */
static void finish(struct ask *ask, const json_t *reply, const struct fail *fail)
{
	remote_reply_fn *done = ask->done;
	void *arg = ask->arg;
	struct fail reason = *fail;

	remote_ask_free(ask);
	done(arg, reply, &reason);
}

static void fail_ask(struct ask *ask, int err, const char *text)
{
	struct fail fail = {0};

	fail_set(&fail, err, "%s: %s", ask->remote->closet, text);
	finish(ask, NULL, &fail);
}

static void take_reply(struct ask *ask, const char *line, size_t length)
{
	json_error_t error;
	json_t *reply = json_loadb(line, length, 0, &error);
	struct fail fail = {0};

	if (!json_is_object(reply))
		fail_set(&fail, -EPROTO, "%s: the reply is no JSON object", ask->remote->closet);
	else if (!json_is_true(json_object_get(reply, "ok")))
		fail_set(&fail, fail_err(json_text(reply, "code")), "%s", json_text(reply, "error"));
	finish(ask, fail.err ? NULL : reply, &fail);
	json_decref(reply);
}

static void on_read(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct ask *ask = arg;
	size_t length;
	char *line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF);

	if (line)
		take_reply(ask, line, length);
	else if (evbuffer_get_length(in) > REPLY_MAX)
		fail_ask(ask, -EMSGSIZE, "the reply is too long");
	free(line);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	struct ask *ask = arg;

	(void)stream;
	if (what & BEV_EVENT_TIMEOUT)
		fail_ask(ask, -ETIMEDOUT, "no reply within the time limit");
	else
		fail_ask(ask, -EHOSTUNREACH,
			 *ask->remote->reason ? ask->remote->reason : "the request was not answered");
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct ask *ask = arg;
	struct fail fail = ask->fail;

	(void)fd;
	(void)what;
	finish(ask, NULL, &fail);
}

/* A channel to the socket. 0 or a negative errno. */
static int open_channel(struct ask *ask, const char *socket, const json_t *request, int timeout_ms)
{
	const struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
	struct remote *remote = ask->remote;
	char *text;

	if (!remote->mux)
		return fail_set(&ask->fail, -EHOSTUNREACH, "%s: not reached: %s", remote->closet,
				remote->reason);
	ask->stream = remote_channel(remote);
	if (!ask->stream)
		return fail_set(&ask->fail, -EBUSY, "%s: too many requests at the same time", remote->closet);
	bufferevent_setcb(ask->stream, on_read, NULL, on_event, ask);
	bufferevent_set_timeouts(ask->stream, &limit, &limit);
	bufferevent_enable(ask->stream, EV_READ | EV_WRITE);
	evbuffer_add_printf(bufferevent_get_output(ask->stream), "{\"do\":\"connect\",\"socket\":\"%s\"}\n",
			    socket);
	text = json_dumps(request, JSON_COMPACT);
	if (text)
		evbuffer_add_printf(bufferevent_get_output(ask->stream), "%s\n", text);
	free(text);
	return text ? 0 : fail_set(&ask->fail, -ENOMEM, "out of memory");
}

void remote_ask(struct remote *remote, const char *socket, json_t *request, int timeout_ms,
		remote_reply_fn *done, void *arg)
{
	struct ask *ask = calloc(1, sizeof(*ask));
	struct fail none = {0};

	if (!ask) {
		json_decref(request);
		fail_set(&none, -ENOMEM, "out of memory");
		done(arg, NULL, &none);
		return;
	}
	*ask = (struct ask){.remote = remote, .done = done, .arg = arg, .next = remote->asks};
	remote->asks = ask;
	ask->later = event_new(remote->base, -1, 0, on_later, ask);
	if (open_channel(ask, socket, request, timeout_ms) && ask->later)
		event_active(ask->later, 0, 0);
	json_decref(request);
}
