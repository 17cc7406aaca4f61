/* Any bytes from a client at a control socket: every request has one answer, in order; nothing ends the server. */
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct event_base *base;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static json_t *echo(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)fd, (void)fail;
	return json_pack("{s:O}", "request", request);
}

static json_t *refuse(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const char *why = json_string_value(json_object_get(request, "why"));

	(void)arg, (void)fd;
	fail_set(fail, -EBUSY, "%s", why ? why : "");
	return NULL;
}

static json_t *pass(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)request, (void)fail;
	*fd = dup(STDERR_FILENO);
	return json_object();
}

static char folder[64];

static void remove_folder(void)
{
	unlink(address.sun_path);
	rmdir(folder);
}

static void start(void)
{
	static const struct control_verb verbs[] = {
	    {"echo", echo}, {"refuse", refuse}, {"pass", pass}, {NULL, NULL}};
	static struct control_server *server;
	struct fail fail = {0};
	const char *place = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/control-fuzz.XXXXXX", place ? place : "/tmp");
	base = event_base_new();
	if (!base || !mkdtemp(folder))
		abort();
	atexit(remove_folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
	if (control_server_new(&server, base, address.sun_path, verbs, NULL, &fail))
		abort();
}

static int connect_new(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		abort();
	return fd;
}

/* The server answers with one JSON object per line. There is at most one answer per request. */
static void check(const char *text, size_t length, size_t requests)
{
	size_t answers = 0;

	for (const char *end; (end = memchr(text, '\n', length)); answers++) {
		json_t *reply = json_loadb(text, (size_t)(end - text), JSON_REJECT_DUPLICATES, NULL);

		assert(json_is_boolean(json_object_get(reply, "ok")));
		assert(json_is_true(json_object_get(reply, "ok")) ||
		       (json_is_string(json_object_get(reply, "code")) &&
			json_is_string(json_object_get(reply, "error"))));
		json_decref(reply);
		length -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	assert(!length && answers <= requests);
}

static size_t lines(const uint8_t *data, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += data[i] == '\n';
	return count;
}

/* Send the input in pieces and collect the answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answer[1 << 20];
	size_t used = 0, sent = 0, piece = size ? data[0] * 16u + 1 : 1;
	ssize_t got = -1;
	int fd;

	if (!base)
		start();
	fd = connect_new();
	for (unsigned idle = 0; got && idle < 3; idle++) {
		size_t part = size - sent < piece ? size - sent : piece;
		ssize_t n = part ? send(fd, data + sent, part, MSG_NOSIGNAL) : 0;

		if (n > 0)
			sent += (size_t)n;
		else if (!part)
			shutdown(fd, SHUT_WR);
		event_base_loop(base, EVLOOP_NONBLOCK);
		while ((got = recv(fd, answer + used, sizeof(answer) - used, 0)) > 0)
			used += (size_t)got;
		if (n > 0)
			idle = 0;
	}
	check(answer, used, lines(data, sent) + 1);
	close(fd);
	event_base_loop(base, EVLOOP_NONBLOCK);
	return 0;
}
