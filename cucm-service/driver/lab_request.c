#include "cucm-service/driver/lab_request.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/json_text.h"

#define REPLY_MOST 65536

struct lab_request {
	struct bufferevent *stream;
	lab_request_fn *done;
	void *arg;
};

static void finish(struct lab_request *request, const json_t *reply, const char *reason)
{
	if (request->done)
		request->done(request->arg, reply, reason);
	bufferevent_free(request->stream);
	free(request);
}

static void on_read(struct bufferevent *stream, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	char *line = evbuffer_readln(input, NULL, EVBUFFER_EOL_LF);
	json_t *reply;

	if (!line) {
		if (evbuffer_get_length(input) > REPLY_MOST)
			finish(arg, NULL, "the reply of the lab is too long");
		return;
	}
	reply = json_loads(line, 0, NULL);
	free(line);
	if (json_is_true(json_object_get(reply, "ok")))
		finish(arg, reply, NULL);
	else
		finish(arg, NULL, reply ? json_text(reply, "error") : "the reply of the lab is no JSON");
	json_decref(reply);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	if (what & BEV_EVENT_TIMEOUT)
		finish(arg, NULL, "the lab does not answer");
	else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		finish(arg, NULL, "the lab cannot be reached");
}

/* Connected, or about to be. A failure comes as an event. */
static bool start(struct lab_request *request, struct event_base *base, const char *path, const char *text,
		  unsigned timeout_s)
{
	const struct timeval time = {.tv_sec = timeout_s};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t length = strlen(path);

	if (length >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, path, length + 1);
	request->stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!request->stream)
		return false;
	bufferevent_setcb(request->stream, on_read, NULL, on_event, request);
	bufferevent_set_timeouts(request->stream, &time, &time);
	return !bufferevent_enable(request->stream, EV_READ | EV_WRITE) &&
	       evbuffer_add_printf(bufferevent_get_output(request->stream), "%s\n", text) > 0 &&
	       !bufferevent_socket_connect(request->stream, (const struct sockaddr *)&to, sizeof(to));
}

struct lab_request *lab_request_new(struct event_base *base, const char *path, json_t *object,
				    unsigned timeout_s, lab_request_fn *done, void *arg)
{
	struct lab_request *request = calloc(1, sizeof(*request));
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (request && text && start(request, base, path, text, timeout_s)) {
		request->done = done;
		request->arg = arg;
		free(text);
		return request;
	}
	if (request && request->stream)
		bufferevent_free(request->stream);
	free(request);
	free(text);
	return NULL;
}

void lab_request_forget(struct lab_request *request)
{
	if (request)
		request->done = NULL;
}
