#include "phonelab/web/viewers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/json_text.h"

#define UNSENT_MOST (16u << 20) /* octets that wait for a viewer that does not read */
#define BEAT_S	    15		/* a comment, so that a connection that is lost is noticed */

struct viewer {
	struct web_viewers *all;
	struct evhttp_request *request;
	char phone[20];
	json_t *lines; /* events of the phone that are not sent yet */
	bool greeted, dropped;
	struct viewer *next;
};

struct web_viewers {
	struct viewer *first;
	size_t count;
	struct event *beat;
	void (*gone)(void *arg);
	void *arg;
};

static void unlink_viewer(struct viewer *viewer)
{
	struct web_viewers *all = viewer->all;
	struct viewer **at = &all->first;

	while (*at != viewer)
		at = &(*at)->next;
	*at = viewer->next;
	all->count--;
	if (!all->count)
		evtimer_del(all->beat);
	json_decref(viewer->lines);
	free(viewer);
}

/* The client has closed the connection. Its request is no longer that of the connection. */
static void on_close(struct evhttp_connection *connection, void *arg)
{
	struct viewer *viewer = arg;
	struct web_viewers *all = viewer->all;

	(void)connection;
	evhttp_request_free(viewer->request);
	unlink_viewer(viewer);
	if (!all->count)
		all->gone(all->arg);
}

static struct bufferevent *stream_of(const struct viewer *viewer)
{
	return evhttp_connection_get_bufferevent(evhttp_request_get_connection(viewer->request));
}

static void send_text(struct viewer *viewer, const char *event, const char *data)
{
	struct evbuffer *out = viewer->dropped ? NULL : evbuffer_new();

	if (!out)
		return;
	if (event)
		evbuffer_add_printf(out, "event: %s\ndata: %s\n\n", event, data);
	else
		evbuffer_add_printf(out, ": still here\n\n");
	evhttp_send_reply_chunk(viewer->request, out);
	evbuffer_free(out);
	if (evbuffer_get_length(bufferevent_get_output(stream_of(viewer))) > UNSENT_MOST) {
		viewer->dropped =
		    true; /* the write timeout closes the connection; the browser connects again */
		bufferevent_disable(stream_of(viewer), EV_READ);
	}
}

static void send_json(struct viewer *viewer, const char *event, const json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text)
		send_text(viewer, event, text);
	free(text);
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct web_viewers *viewers = arg;

	(void)fd;
	(void)what;
	for (struct viewer *viewer = viewers->first; viewer; viewer = viewer->next)
		send_text(viewer, NULL, NULL);
}

struct web_viewers *web_viewers_new(struct event_base *base, void (*gone)(void *arg), void *arg)
{
	struct web_viewers *viewers = calloc(1, sizeof(*viewers));

	if (!viewers)
		return NULL;
	viewers->gone = gone;
	viewers->arg = arg;
	viewers->beat = event_new(base, -1, EV_PERSIST, on_beat, viewers);
	if (viewers->beat)
		return viewers;
	free(viewers);
	return NULL;
}

bool web_viewers_add(struct web_viewers *viewers, struct evhttp_request *request, const char *phone)
{
	const struct timeval beat = {.tv_sec = BEAT_S}, unread = {.tv_sec = 2 * BEAT_S};
	struct viewer *viewer = viewers->count < WEB_VIEWERS ? calloc(1, sizeof(*viewer)) : NULL;

	if (!viewer)
		return false;
	viewer->all = viewers;
	viewer->request = request;
	snprintf(viewer->phone, sizeof(viewer->phone), "%s", phone);
	viewer->lines = json_array();
	viewer->next = viewers->first;
	viewers->first = viewer;
	if (!viewers->count++)
		event_add(viewers->beat, &beat);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/event-stream");
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_close, viewer);
	evhttp_send_reply_start(request, HTTP_OK, "OK");
	bufferevent_set_timeouts(stream_of(viewer), NULL, &unread);
	bufferevent_enable(stream_of(viewer), EV_READ);
	send_text(viewer, NULL, NULL);
	return true;
}

size_t web_viewers_count(const struct web_viewers *viewers)
{
	return viewers->count;
}

void web_viewers_send(struct web_viewers *viewers, const char *event, const json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY);

	for (struct viewer *viewer = viewers->first; text && viewer; viewer = viewer->next)
		if (viewer->greeted || strcmp(event, "patch"))
			send_text(viewer, event, text);
	free(text);
}

void web_viewers_greet(struct web_viewers *viewers, const json_t *board, web_backlog_fn *backlog, void *arg)
{
	for (struct viewer *viewer = viewers->first; viewer; viewer = viewer->next) {
		json_t *lines;

		if (viewer->greeted)
			continue;
		viewer->greeted = true;
		send_json(viewer, "board", board);
		if (!*viewer->phone)
			continue;
		lines = backlog(arg, viewer->phone);
		send_json(viewer, "events", lines);
		json_decref(lines);
		json_array_clear(viewer->lines);
	}
}

void web_viewers_event(struct web_viewers *viewers, const char *line, size_t length)
{
	json_t *event = NULL;

	for (struct viewer *viewer = viewers->first; viewer; viewer = viewer->next) {
		if (!*viewer->phone || !viewer->greeted ||
		    !memmem(line, length, viewer->phone, strlen(viewer->phone)))
			continue;
		if (!event)
			event = json_loadb(line, length, 0, NULL);
		if (!strcmp(json_text(event, "node"), viewer->phone))
			json_array_append(viewer->lines, event);
	}
	json_decref(event);
}

void web_viewers_flush(struct web_viewers *viewers)
{
	for (struct viewer *viewer = viewers->first; viewer; viewer = viewer->next) {
		if (!json_array_size(viewer->lines))
			continue;
		send_json(viewer, "events", viewer->lines);
		json_array_clear(viewer->lines);
	}
}

void web_viewers_free(struct web_viewers *viewers)
{
	if (!viewers)
		return;
	while (viewers->first) {
		struct viewer *viewer = viewers->first;

		evhttp_connection_set_closecb(evhttp_request_get_connection(viewer->request), NULL, NULL);
		evhttp_send_reply_end(viewer->request);
		unlink_viewer(viewer);
	}
	event_free(viewers->beat);
	free(viewers);
}
