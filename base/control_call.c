#include "base/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define REPLY_MAX (64u << 20)

struct call {
	int fd;
	uint64_t deadline_us;
	int passed;	 /* the descriptor that came along, or -1 */
	const int *give; /* descriptors to send with the first bytes */
	unsigned giving;
	char *in;
	size_t in_used, in_size;
};

/* Wait for events until the deadline; 0 or a negative errno. */
static int call_wait(const struct call *call, short events)
{
	for (;;) {
		uint64_t now = clock_now_us();
		struct pollfd pfd = {.fd = call->fd, .events = events};
		int n;

		if (now >= call->deadline_us)
			return -ETIMEDOUT;
		n = poll(&pfd, 1, (int)((call->deadline_us - now + 999) / 1000));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static int call_connect(struct call *call, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	call->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (call->fd < 0)
		return -errno;
	while (connect(call->fd, (struct sockaddr *)&address, sizeof(address))) {
		/* EAGAIN: its queue of connections is full, and poll() does not report when that ends. */
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (clock_now_us() >= call->deadline_us)
			return -ETIMEDOUT;
		poll(NULL, 0, 5);
	}
	return 0;
}

/* Send some bytes, the descriptors beside the first of them. */
static ssize_t send_part(const struct call *call, const char *data, size_t size)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(CONTROL_DESCRIPTORS * sizeof(int))];
	} control = {0};
	struct iovec iov = {(char *)data, size};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (call->giving) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(call->giving * sizeof(int));
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(call->giving * sizeof(int)),
						  .cmsg_level = SOL_SOCKET};
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), call->give, call->giving * sizeof(int));
	}
	return sendmsg(call->fd, &message, MSG_NOSIGNAL);
}

static int call_send(struct call *call, const char *data, size_t size)
{
	while (size) {
		ssize_t sent = send_part(call, data, size);

		if (sent > 0)
			call->giving = 0;
		if (sent >= 0) {
			data += sent;
			size -= (size_t)sent;
		} else if (errno == EAGAIN) {
			int err = call_wait(call, POLLOUT);

			if (err)
				return err;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static void take_descriptor(struct call *call, struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
			int fd;

			memcpy(&fd, (char *)c + at, sizeof(fd));
			if (call->passed >= 0)
				close(call->passed);
			call->passed = fd;
		}
	}
}

/* More bytes of the reply: 0, or a negative errno (-ECONNRESET when it ends early). */
static int call_receive(struct call *call)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec iov;
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.space,
				 .msg_controllen = sizeof(control.space)};
	ssize_t got;

	if (call->in_used == call->in_size) {
		size_t size = call->in_size ? call->in_size * 2 : 16384;
		char *in = size > REPLY_MAX ? NULL : realloc(call->in, size);

		if (!in)
			return -EMSGSIZE;
		call->in = in;
		call->in_size = size;
	}
	iov = (struct iovec){call->in + call->in_used, call->in_size - call->in_used};
	got = recvmsg(call->fd, &message, MSG_CMSG_CLOEXEC);
	if (got < 0)
		return errno == EAGAIN ? call_wait(call, POLLIN) : errno == EINTR ? 0 : -errno;
	take_descriptor(call, &message);
	call->in_used += (size_t)got;
	return got ? 0 : -ECONNRESET;
}

static int exchange(struct call *call, const char *path, const json_t *request)
{
	char *line = json_dumps(request, JSON_COMPACT);
	int err = line ? call_connect(call, path) : -EINVAL;
	size_t seen = 0;

	if (!err)
		err = call_send(call, line, strlen(line));
	if (!err)
		err = call_send(call, "\n", 1);
	free(line);
	/* Refused half-way through a long request: the reply with the reason is waiting. */
	if (err == -EPIPE)
		err = 0;
	while (!err) {
		if (call->in_used > seen && memchr(call->in + seen, '\n', call->in_used - seen))
			break;
		seen = call->in_used;
		err = call_receive(call);
	}
	return err;
}

static json_t *parse_reply(const struct call *call, const char *path, struct fail *fail)
{
	size_t length = (size_t)((char *)memchr(call->in, '\n', call->in_used) - call->in);
	json_error_t error;
	json_t *reply = json_loadb(call->in, length, 0, &error);
	const char *reason;

	if (!json_is_object(reply) || !json_is_boolean(json_object_get(reply, "ok"))) {
		fail_set(fail, -EBADMSG, "%s: found a reply that is not an object with \"ok\": %.*s", path,
			 (int)(length < 80 ? length : 80), call->in);
	} else if (!json_is_true(json_object_get(reply, "ok"))) {
		reason = json_string_value(json_object_get(reply, "error"));
		fail_set(fail, fail_err(json_string_value(json_object_get(reply, "code"))), "%s",
			 reason ? reason : "the request failed and the reply gives no reason");
	} else {
		return reply;
	}
	json_decref(reply);
	return NULL;
}

json_t *control_call_with(const char *path, const json_t *request, const int *descriptors, unsigned count,
			  int timeout_ms, int *fd, struct fail *fail)
{
	struct call call = {.fd = -1, .passed = -1, .give = descriptors, .giving = count};
	json_t *reply = NULL;
	int err;

	call.deadline_us = clock_now_us() + (uint64_t)timeout_ms * 1000;
	err = exchange(&call, path, request);
	if (err)
		fail_set(fail, err, "%s: %s", path, err == -ETIMEDOUT ? "no reply in time" : strerror(-err));
	else
		reply = parse_reply(&call, path, fail);
	if (fd)
		*fd = reply ? call.passed : -1;
	if (call.passed >= 0 && (!fd || !reply))
		close(call.passed);
	if (call.fd >= 0)
		close(call.fd);
	free(call.in);
	return reply;
}

json_t *control_call(const char *path, const json_t *request, int timeout_ms, int *fd, struct fail *fail)
{
	return control_call_with(path, request, NULL, 0, timeout_ms, fd, fail);
}

json_t *control_ask(const char *path, json_t *request, int timeout_ms, int *fd, struct fail *fail)
{
	json_t *reply = control_call(path, request, timeout_ms, fd, fail);

	json_decref(request);
	return reply;
}
