#include "phonelab/web/tails.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "phonelab/web/followed.h"
#include "phonelab/web/guard.h"
#include "phonelab/web/under.h"

#define UNSENT_MOST (1u << 20) /* octets that wait for a slow viewer; nothing is read meanwhile */
#define BATCH_MS    100
#define BEAT_S	    15 /* a comment, so that a connection that is lost is noticed */

struct tail {
	struct web_tails *all;
	struct evhttp_request *request;
	struct web_followed files[WEB_TAILS_FILES];
	size_t count;
	int folder, inotify;
	struct event *grown, *batch, *beat;
	struct tail *next;
};

struct web_tails {
	struct event_base *base;
	const struct lab *lab;
	struct tail *first;
	size_t count;
};

static void free_tail(struct tail *tail)
{
	struct event *const events[] = {tail->grown, tail->batch, tail->beat};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (tail->inotify >= 0)
		close(tail->inotify);
	if (tail->folder >= 0)
		close(tail->folder);
	free(tail);
}

static void unlink_tail(struct tail *tail)
{
	struct tail **at = &tail->all->first;

	while (*at != tail)
		at = &(*at)->next;
	*at = tail->next;
	tail->all->count--;
	free_tail(tail);
}

/* The client has closed the connection. Its request is no longer that of the connection. */
static void on_close(struct evhttp_connection *connection, void *arg)
{
	struct tail *tail = arg;

	(void)connection;
	evhttp_request_free(tail->request);
	unlink_tail(tail);
}

/* --- sending --- */

static struct bufferevent *stream_of(const struct tail *tail)
{
	return evhttp_connection_get_bufferevent(evhttp_request_get_connection(tail->request));
}

/* data: NULL sends a comment. */
static void send_text(const struct tail *tail, const char *data)
{
	struct evbuffer *out = evbuffer_new();

	if (!out)
		return;
	if (data)
		evbuffer_add_printf(out, "event: part\ndata: %s\n\n", data);
	else
		evbuffer_add_printf(out, ": still here\n\n");
	evhttp_send_reply_chunk(tail->request, out);
	evbuffer_free(out);
}

static void send_part(const struct tail *tail, json_t *part)
{
	char *data = json_dumps(part, JSON_COMPACT);

	if (data)
		send_text(tail, data);
	free(data);
	json_decref(part);
}

static void read_files(struct tail *tail)
{
	for (size_t i = 0; i < tail->count; i++) {
		json_t *part = web_followed_read(&tail->files[i], tail->folder);

		if (part)
			send_part(tail, part);
	}
}

/* --- events --- */

static void arm(struct tail *tail)
{
	const struct timeval soon = {.tv_usec = BATCH_MS * 1000};

	if (!evtimer_pending(tail->batch, NULL))
		evtimer_add(tail->batch, &soon);
}

static void on_grown(evutil_socket_t fd, short what, void *arg)
{
	char events[4096];

	(void)what;
	while (read(fd, events, sizeof(events)) > 0)
		;
	arm(arg);
}

static void on_batch(evutil_socket_t fd, short what, void *arg)
{
	struct tail *tail = arg;

	(void)fd;
	(void)what;
	if (evbuffer_get_length(bufferevent_get_output(stream_of(tail))) > UNSENT_MOST)
		arm(tail);
	else
		read_files(tail);
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_text(arg, NULL);
}

/* --- begin --- */

/* Watch the folder of a file: a log may be made later. A folder that is missing is not watched. */
static void watch_folder(const struct tail *tail, const char *name)
{
	char folder[140], path[40];
	int fd;

	snprintf(folder, sizeof(folder), "%.*s", (int)strcspn(name, "/"), name);
	fd = web_under_subfolder(tail->folder, folder);
	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	inotify_add_watch(tail->inotify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE);
	close(fd);
}

static int add_file(struct tail *tail, const char *name, struct fail *fail)
{
	if (tail->count == WEB_TAILS_FILES || web_followed_set(&tail->files[tail->count], name))
		return fail_set(fail, -EINVAL,
				"files: expected up to %d names such as log/tftp.log or dhcp/leases",
				WEB_TAILS_FILES);
	tail->count++;
	watch_folder(tail, name);
	return 0;
}

static int add_files(struct tail *tail, const char *files, struct fail *fail)
{
	char list[WEB_TARGET], *rest = list, *name;
	int err = 0;

	snprintf(list, sizeof(list), "%s", files);
	while (!err && (name = strsep(&rest, ",")))
		err = add_file(tail, name, fail);
	return err;
}

static int open_tail(struct tail *tail, const char *files, struct fail *fail)
{
	struct event_base *base = tail->all->base;
	char path[300];

	client_path(tail->all->lab, "", path, sizeof(path));
	tail->folder = web_under_folder(path);
	tail->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (tail->folder < 0 || tail->inotify < 0)
		return fail_set(fail, -EIO, "the files of the lab cannot be followed");
	tail->grown = event_new(base, tail->inotify, EV_READ | EV_PERSIST, on_grown, tail);
	tail->batch = evtimer_new(base, on_batch, tail);
	tail->beat = event_new(base, -1, EV_PERSIST, on_beat, tail);
	if (!tail->grown || !tail->batch || !tail->beat)
		return fail_set(fail, -ENOMEM, "out of memory");
	return add_files(tail, files, fail);
}

static void begin(struct tail *tail)
{
	const struct timeval beat = {.tv_sec = BEAT_S}, unread = {.tv_sec = 2 * BEAT_S};
	struct evhttp_request *request = tail->request;

	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/event-stream");
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_close, tail);
	evhttp_send_reply_start(request, HTTP_OK, "OK");
	bufferevent_set_timeouts(stream_of(tail), NULL, &unread);
	bufferevent_enable(stream_of(tail), EV_READ);
	event_add(tail->grown, NULL);
	event_add(tail->beat, &beat);
	read_files(tail);
}

struct web_tails *web_tails_new(struct event_base *base, const struct lab *lab)
{
	struct web_tails *tails = calloc(1, sizeof(*tails));

	if (tails)
		*tails = (struct web_tails){.base = base, .lab = lab};
	return tails;
}

int web_tails_add(struct web_tails *tails, struct evhttp_request *request, const char *files,
		  struct fail *fail)
{
	struct tail *tail;
	int err;

	if (tails->count == WEB_TAILS)
		return fail_set(fail, -EBUSY, "too many logs are viewed; close another page");
	tail = calloc(1, sizeof(*tail));
	if (!tail)
		return fail_set(fail, -ENOMEM, "out of memory");
	*tail = (struct tail){.all = tails, .request = request, .folder = -1, .inotify = -1};
	err = open_tail(tail, files, fail);
	if (err) {
		free_tail(tail);
		return err;
	}
	tail->next = tails->first;
	tails->first = tail;
	tails->count++;
	begin(tail);
	return 0;
}

void web_tails_free(struct web_tails *tails)
{
	if (!tails)
		return;
	while (tails->first) {
		struct tail *tail = tails->first;

		evhttp_connection_set_closecb(evhttp_request_get_connection(tail->request), NULL, NULL);
		evhttp_send_reply_end(tail->request);
		unlink_tail(tail);
	}
	free(tails);
}
