#include "phonelab/web/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/json_text.h"
#include "phonelab/web/run.h"

#define REPLY_MOST (64u << 20)

struct web_ask {
	struct bufferevent *stream;
	struct web_run *run; /* instead of the stream: a command that replies */
	web_ask_fn *done;
	void *arg;
};

static void finish(struct web_ask *ask, const json_t *reply, const struct fail *fail)
{
	web_ask_fn *done = ask->done;
	void *arg = ask->arg;

	web_ask_cancel(ask);
	done(arg, reply, fail);
}

static void on_reply(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct fail fail = {0};
	json_t *reply;
	size_t length;
	char *line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF);

	if (!line && evbuffer_get_length(in) < REPLY_MOST)
		return;
	reply = line ? json_loadb(line, length, 0, NULL) : NULL;
	free(line);
	if (json_is_true(json_object_get(reply, "ok"))) {
		finish(arg, reply, &fail);
	} else {
		fail_set(&fail, reply ? fail_err(json_text(reply, "code")) : -EPROTO, "%s",
			 json_text_or(reply, "error", "the reply of the lab is not readable"));
		finish(arg, NULL, &fail);
	}
	json_decref(reply);
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
	struct fail fail = {0};

	(void)stream;
	fail_set(&fail, what & BEV_EVENT_TIMEOUT ? -ETIMEDOUT : -ECONNRESET, "%s",
		 what & BEV_EVENT_TIMEOUT ? "the lab does not answer" : "the lab has closed the connection");
	finish(arg, NULL, &fail);
}

static int connected(const struct lab *lab, const char *socket_name, struct fail *fail)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	client_path(lab, socket_name, address.sun_path, sizeof(address.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	if (fd >= 0)
		close(fd);
	return fail_set(fail, err, "%s: %s", socket_name, strerror(-err));
}

/* --- without a keeper --- */

static void on_status(void *arg, int status, const char *output, const char *errors)
{
	struct web_ask *ask = arg;
	json_t *reply = json_loads(output, 0, NULL);
	struct fail fail = {0};

	ask->run = NULL;
	if (!reply)
		fail_set(&fail, status == -ETIME ? -ETIMEDOUT : -EIO, "%s",
			 *errors ? errors : "the lab does not answer");
	finish(ask, reply, &fail);
	json_decref(reply);
}

/* In a lab of containers the keeper replies to requests to the lab. While it does not run, a command asks the simulators for the
 * status. 0 or a negative errno with the reason. */
static int ask_simulators(struct web_ask *ask, struct event_base *base, const struct lab *lab,
			  const json_t *request, int timeout_s, struct fail *fail)
{
	static const char *const words[] = {"status", "--json", NULL};
	const char *verb = json_text(request, "do");

	if (strcmp(verb, "status"))
		return client_no_keeper(verb, fail);
	ask->run = web_run_start(base, lab, words, timeout_s, on_status, ask, fail);
	return ask->run ? 0 : fail->err;
}

/* --- requests --- */

static int ask_socket(struct web_ask *ask, struct event_base *base, int fd, const json_t *request,
		      int timeout_s, struct fail *fail)
{
	const struct timeval timeout = {.tv_sec = timeout_s};
	char *line = json_dumps(request, JSON_COMPACT);

	ask->stream = line ? bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE) : NULL;
	if (!ask->stream) {
		free(line);
		close(fd);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	bufferevent_setcb(ask->stream, on_reply, NULL, on_end, ask);
	bufferevent_set_timeouts(ask->stream, &timeout, &timeout);
	bufferevent_enable(ask->stream, EV_READ | EV_WRITE);
	bufferevent_write(ask->stream, line, strlen(line));
	bufferevent_write(ask->stream, "\n", 1);
	free(line);
	return 0;
}

struct web_ask *web_ask_start(struct event_base *base, const struct lab *lab, const char *socket,
			      json_t *request, int timeout_s, web_ask_fn *done, void *arg, struct fail *fail)
{
	struct web_ask *ask = calloc(1, sizeof(*ask));
	int fd = ask ? connected(lab, socket, fail) : fail_set(fail, -ENOMEM, "out of memory"), err;

	if (ask)
		*ask = (struct web_ask){.done = done, .arg = arg};
	if (fd >= 0)
		err = ask_socket(ask, base, fd, request, timeout_s, fail);
	else if (!lab->pid && !strcmp(socket, "lab.sock") && (fd == -ENOENT || fd == -ECONNREFUSED))
		err = ask_simulators(ask, base, lab, request, timeout_s, fail);
	else
		err = fd;
	json_decref(request);
	if (!err)
		return ask;
	free(ask);
	return NULL;
}

void web_ask_cancel(struct web_ask *ask)
{
	if (!ask)
		return;
	web_run_cancel(ask->run);
	if (ask->stream)
		bufferevent_free(ask->stream);
	free(ask);
}
