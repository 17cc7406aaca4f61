/* Sockets of closets in the run directory of the console: a connection becomes a channel. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/console/internal.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/plan.h"

#define SPLICES	 600
#define LIST_MAX (16u << 20)
#define LIST_US	 30000000 /* a new socket without any other sign of it is rare */

struct splice {
	struct closet *closet;
	struct evconnlistener *listener;
	char file[120];	  /* below the run directory */
	char socket[120]; /* in the closet; "": the client sends the first line of the channel itself */
	struct splice *next;
};

/* --- connections --- */

static void on_request(struct bufferevent *stream, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(stream);

	(void)arg;
	evbuffer_drain(input, evbuffer_get_length(input));
}

/* The client may not have sent its request yet, and loses the reply if it cannot: it closes first. */
static void on_written(struct bufferevent *stream, void *arg)
{
	(void)arg;
	shutdown(bufferevent_getfd(stream), SHUT_WR);
}

static void on_refused_end(struct bufferevent *stream, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(stream);
}

/* The reply to the client of a closet that is not reached: a line, as from a control socket or a channel. */
static void refuse(struct bufferevent *stream, const struct fail *fail)
{
	static const struct timeval limit = {.tv_sec = 5};
	json_t *reply = json_pack("{s:b,s:s,s:o}", "ok", 0, "code", fail_code(fail->err), "error",
				  json_text_new(fail->text));
	char *text = json_dumps(reply, JSON_COMPACT);

	json_decref(reply);
	bufferevent_setcb(stream, on_request, on_written, on_refused_end, NULL);
	bufferevent_set_timeouts(stream, &limit, &limit);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
	evbuffer_add_printf(bufferevent_get_output(stream), "%s\n", text ? text : "{}");
	free(text);
}

static void on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size,
			void *arg)
{
	const struct splice *splice = arg;
	const struct console *console = splice->closet->console;
	struct bufferevent *stream;
	struct fail fail = {0};
	char line[200];

	(void)listener;
	(void)peer;
	(void)size;
	stream = bufferevent_socket_new(console->base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!stream) {
		close(fd);
		return;
	}
	if (console_status_check(splice->closet, &fail)) {
		refuse(stream, &fail);
		return;
	}
	/* The first line of the channel comes before the octets of the client. */
	if (*splice->socket) {
		snprintf(line, sizeof(line), "{\"do\":\"connect\",\"socket\":\"%s\"}\n", splice->socket);
		evbuffer_prepend(bufferevent_get_input(stream), line, strlen(line));
	}
	if (remote_add(splice->closet->remote, stream))
		bufferevent_trigger(stream, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

static struct splice *find(const struct console *console, const char *file)
{
	struct splice *splice = console->splices;

	while (splice && strcmp(splice->file, file))
		splice = splice->next;
	return splice;
}

static int make_folder(const char *path, struct fail *fail)
{
	char folder[200];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	*slash = 0;
	return file_make_directory(folder, fail);
}

static struct evconnlistener *listen_at(struct splice *splice, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct evconnlistener *listener;
	mode_t mask = umask(0177);

	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	unlink(path);
	listener = evconnlistener_new_bind(splice->closet->console->base, on_accepted, splice,
					   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16,
					   (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	return listener;
}

/* Listen at a file of the run directory. 0 or a negative errno. */
static int add(struct closet *closet, const char *file, const char *socket, struct fail *fail)
{
	struct console *console = closet->console;
	struct splice *splice = calloc(1, sizeof(*splice));
	char path[200];

	if (!splice)
		return fail_set(fail, -ENOMEM, "out of memory");
	*splice = (struct splice){.closet = closet, .next = console->splices};
	snprintf(splice->file, sizeof(splice->file), "%s", file);
	snprintf(splice->socket, sizeof(splice->socket), "%s", socket);
	snprintf(path, sizeof(path), PLAN_PREFIX "/%s", file);
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		fail_set(fail, -ENAMETOOLONG, "%s: the path is too long", path);
	else if (!make_folder(path, fail)) {
		splice->listener = listen_at(splice, path);
		if (!splice->listener)
			fail_set(fail, errno ? -errno : -EIO, "%s: %s", path, strerror(errno));
	}
	if (!splice->listener) {
		free(splice);
		return fail->err;
	}
	console->splices = splice;
	return 0;
}

int console_splice_begin(struct console *console, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; i < console->n && !err; i++) {
		const char *name = route_name(console->route, i);
		char file[100];

		snprintf(file, sizeof(file), "closets/%s.sock", name);
		err = add(&console->closets[i], file, "", fail);
		snprintf(file, sizeof(file), "closets/%s.lab", name);
		err = err ? err : add(&console->closets[i], file, "lab.sock", fail);
	}
	/* Those of the topology are there from the start, so that a request to a closet that is not reached fails as such. */
	for (size_t s = 0; s < console->topology->switches.n && !err; s++) {
		const char *name = console->topology->switches.items[s].name;
		char file[100];

		snprintf(file, sizeof(file), "switches/%s.sock", name);
		err = add(&console->closets[route_node(console->route, name)], file, file, fail);
	}
	return err;
}

/* --- the sockets of a closet --- */

struct look {
	struct closet *closet;
	struct bufferevent *stream;
};

static void end_look(struct look *look)
{
	look->closet->listing = false;
	bufferevent_free(look->stream);
	free(look);
}

static void take_list(struct closet *closet, const json_t *reply)
{
	const json_t *name;
	size_t i, n = 0;

	json_array_foreach (json_object_get(reply, "sockets"), i, name) {
		const char *file = json_string_value(name);
		struct fail fail = {0};

		if (!file || n++ > SPLICES || !route_passes(file) || find(closet->console, file) ||
		    route_file(closet->console->route, file) != closet->number)
			continue;
		if (add(closet, file, file, &fail))
			exit_complain(0, "console: %s", fail.text);
	}
}

static void on_list(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct look *look = arg;
	size_t length;
	char *line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF);
	json_t *reply;

	if (!line && evbuffer_get_length(in) <= LIST_MAX)
		return;
	reply = line ? json_loadb(line, length, 0, NULL) : NULL;
	free(line);
	if (!json_is_true(json_object_get(reply, "ok")))
		look->closet->listed_us = 0;
	take_list(look->closet, reply);
	json_decref(reply);
	end_look(look);
}

static void on_list_end(struct bufferevent *stream, short what, void *arg)
{
	struct look *look = arg;

	(void)stream;
	(void)what;
	look->closet->listed_us = 0; /* it is asked again soon */
	end_look(look);
}

void console_splice_look(struct closet *closet)
{
	static const struct timeval limit = {.tv_sec = 10};
	struct look *look;
	struct bufferevent *near;

	if (closet->listing || !remote_is_connected(closet->remote) ||
	    (closet->listed_us && clock_now_us() - closet->listed_us < LIST_US))
		return;
	look = calloc(1, sizeof(*look));
	near = look ? remote_channel(closet->remote) : NULL;
	if (!near) {
		free(look);
		return;
	}
	*look = (struct look){closet, near};
	closet->listing = true;
	closet->listed_us = clock_now_us();
	bufferevent_setcb(near, on_list, NULL, on_list_end, look);
	bufferevent_set_timeouts(near, &limit, &limit);
	bufferevent_enable(near, EV_READ | EV_WRITE);
	evbuffer_add_printf(bufferevent_get_output(near), "{\"do\":\"sockets\"}\n");
}

void console_splice_free(struct console *console)
{
	while (console->splices) {
		struct splice *next = console->splices->next;
		char path[200];

		snprintf(path, sizeof(path), PLAN_PREFIX "/%s", console->splices->file);
		unlink(path);
		evconnlistener_free(console->splices->listener);
		free(console->splices);
		console->splices = next;
	}
}
