#include "phonelab/client/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/lab/spawn.h"

struct relay {
	pid_t pid;
	int to, from;
	struct text pending; /* octets behind the last line */
};

/* The next line of the relay as an object. NULL with the reason. */
static json_t *next_line(struct relay *relay, int timeout_ms, struct fail *fail)
{
	uint64_t end = clock_now_us() + (uint64_t)timeout_ms * 1000;
	char *newline = NULL, bytes[65536];
	json_t *line;

	while (!(newline = relay->pending.length ? memchr(relay->pending.bytes, '\n', relay->pending.length)
						 : NULL)) {
		struct pollfd pfd = {.fd = relay->from, .events = POLLIN};
		uint64_t now = clock_now_us();
		ssize_t n = -1;

		if (now >= end || poll(&pfd, 1, (int)((end - now) / 1000) + 1) < 0) {
			if (now < end && errno == EINTR)
				continue;
			fail_set(fail, -ETIMEDOUT, "the lab of containers does not answer");
			return NULL;
		}
		if (pfd.revents)
			n = read(relay->from, bytes, sizeof(bytes));
		if (n > 0)
			text_add_bytes(&relay->pending, bytes, (size_t)n);
		else if (pfd.revents && !(n < 0 && errno == EINTR)) {
			fail_set(fail, -EPIPE, "the connection to the lab of containers has ended");
			return NULL;
		}
		if (relay->pending.failed) {
			fail_set(fail, -ENOMEM, "out of memory");
			return NULL;
		}
	}
	line = json_loadb(relay->pending.bytes, (size_t)(newline - relay->pending.bytes), 0, NULL);
	relay->pending.length -= (size_t)(newline + 1 - relay->pending.bytes);
	memmove(relay->pending.bytes, newline + 1, relay->pending.length);
	if (!json_is_object(line)) {
		json_decref(line);
		fail_set(
		    fail, -EPROTO,
		    "the lab of containers sent no object; are its images of another version of phonelab?");
		return NULL;
	}
	if (*json_text(line, "error")) {
		fail_set(fail, -(int)(json_int(line, "errno") > 0 ? json_int(line, "errno") : EIO), "%s",
			 json_text(line, "error"));
		json_decref(line);
		return NULL;
	}
	return line;
}

int relay_open(struct lab *lab, json_t **greeting, struct fail *fail)
{
	const char *argv[] = {"docker", "exec", "-i", lab->container, "phonelab", "node", "--relay", NULL};
	struct spawn_options options = {.group = true, .error = STDERR_FILENO};
	struct relay *relay = calloc(1, sizeof(*relay));
	int to[2], from[2];

	if (!relay || pipe2(to, O_CLOEXEC)) {
		free(relay);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	if (pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		free(relay);
		return fail_set(fail, -errno, "pipe: %s", strerror(errno));
	}
	options.input = to[0];
	options.output = from[1];
	relay->pid = spawn_program(&options, (char *const *)argv, fail);
	relay->to = to[1];
	relay->from = from[0];
	close(to[0]);
	close(from[1]);
	*greeting = relay->pid > 0 ? next_line(relay, RELAY_BEGIN_MS, fail) : NULL;
	if (*greeting) {
		lab->relay = relay;
		return 0;
	}
	relay_close(relay);
	return fail->err ? fail->err : -EIO;
}

json_t *relay_ask(struct relay *relay, const json_t *request, int timeout_ms, struct fail *fail)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int err = text ? file_write_all(relay->to, text, strlen(text)) : -ENOMEM;

	if (!err)
		err = file_write_all(relay->to, "\n", 1);
	free(text);
	if (err) {
		fail_set(fail, err, "the lab of containers cannot be asked: %s", strerror(-err));
		return NULL;
	}
	return next_line(relay, timeout_ms, fail);
}

json_t *relay_call(struct relay *relay, const char *socket, json_t *request, int timeout_ms,
		   struct fail *fail)
{
	json_t *wrapped = json_pack("{s:s,s:O,s:i}", "socket", socket, "request", request, "ms", timeout_ms);
	json_t *line = relay_ask(relay, wrapped, timeout_ms + 2000, fail);
	json_t *reply = json_incref(json_object_get(line, "reply"));

	json_decref(line);
	json_decref(wrapped);
	return reply;
}

long relay_read(struct relay *relay, const char *file, long long *at, struct text *text)
{
	json_t *request = json_pack("{s:s,s:I}", "file", file, "from", (json_int_t)*at);
	struct fail fail = {0};
	json_t *line = relay_ask(relay, request, 10000, &fail);
	const json_t *part = json_object_get(line, "text");
	long length = line ? (long)json_string_length(part) : fail.err;

	if (length > 0) {
		text_add_bytes(text, json_string_value(part), (size_t)length);
		*at = json_int(line, "next");
	}
	json_decref(line);
	json_decref(request);
	return length;
}

void relay_close(struct relay *relay)
{
	if (!relay)
		return;
	close(relay->to);
	if (relay->pid > 0 && !spawn_wait(relay->pid, RELAY_END_MS, NULL))
		spawn_end(relay->pid, true, SIGKILL, -1);
	close(relay->from);
	text_free(&relay->pending);
	free(relay);
}
