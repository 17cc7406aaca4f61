#include "cucm/rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define ANSWER_MAX (64 << 20)

/* One call: the FIFO that the node reads, and the FIFO for its answer. */
struct call {
	const char *socket;
	char name[64]; /* of the answer's FIFO, in the directory of the node */
	char path[4096];
	int answer;
	uint64_t deadline;
	struct fail *fail;
};

static int call_open(struct call *call)
{
	const char *slash = strrchr(call->socket, '/');
	int length = slash ? (int)(slash - call->socket) : 1;

	snprintf(call->name, sizeof(call->name), "answer-%ld-%llx", (long)getpid(),
		 (unsigned long long)clock_now_us());
	if ((size_t)snprintf(call->path, sizeof(call->path), "%.*s/%s", length, slash ? call->socket : ".",
			     call->name) >= sizeof(call->path))
		return fail_set(call->fail, -ENAMETOOLONG, "%.64s..: path too long", call->socket);
	if (mkfifo(call->path, 0600))
		return fail_set(call->fail, -errno, "%s: %s", call->path, strerror(errno));
	call->answer = open(call->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (call->answer < 0)
		return fail_set(call->fail, -errno, "%s: %s", call->path, strerror(errno));
	return 0;
}

static void call_close(struct call *call)
{
	if (call->answer >= 0)
		close(call->answer);
	if (*call->path)
		unlink(call->path);
}

/* A request is one write of up to PIPE_BUF octets, so that requests of several callers do not mix. */
static int call_send(struct call *call, const char *method, json_t *params)
{
	json_t *request = json_pack("{s:s, s:s, s:i, s:s, s:O*}", "jsonrpc", "2.0", "method", method, "id", 1,
				    "reply_name", call->name, "params", params);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	size_t size = text ? strlen(text) : 0;
	int fd = -1, err = 0;

	json_decref(request);
	if (!text)
		return fail_set(call->fail, -ENOMEM, "out of memory");
	if (size > 4096) {
		err = fail_set(call->fail, -E2BIG, "%s: the request has %zu octets; the limit is 4096",
			       method, size);
		goto out;
	}
	fd = open(call->socket, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		err = errno == ENXIO || errno == ENOENT
			  ? fail_set(call->fail, -ENOENT, "%s: the node is not running", call->socket)
			  : fail_set(call->fail, -errno, "%s: %s", call->socket, strerror(errno));
		goto out;
	}
	if (write(fd, text, size) != (ssize_t)size)
		err = fail_set(call->fail, -EIO, "%s: the request was not accepted", call->socket);
out:
	if (fd >= 0)
		close(fd);
	free(text);
	return err;
}

/* Everything that the node writes until it closes. */
static int call_receive(struct call *call, struct text *text)
{
	for (;;) {
		struct pollfd wait = {.fd = call->answer, .events = POLLIN};
		uint64_t now = clock_now_us();
		char part[65536];
		ssize_t size;

		if (now >= call->deadline)
			return fail_set(call->fail, -ETIMEDOUT, "%s: no answer in time", call->socket);
		if (poll(&wait, 1, (int)((call->deadline - now + 999) / 1000)) < 0 && errno != EINTR)
			return fail_set(call->fail, -errno, "%s: %s", call->path, strerror(errno));
		if (!wait.revents)
			continue;
		size = read(call->answer, part, sizeof(part));
		if (size < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (size < 0)
			return fail_set(call->fail, -errno, "%s: %s", call->path, strerror(errno));
		if (!size)
			return 0;
		text_add_bytes(text, part, (size_t)size);
		if (text->failed || text->length > ANSWER_MAX)
			return fail_set(call->fail, -ENOMEM, "%s: the answer does not fit", call->socket);
	}
}

int cucm_rpc_result(const char *socket, const char *method, const char *bytes, size_t length, json_t **result,
		    struct fail *fail)
{
	json_error_t error;
	json_t *answer = length ? json_loadb(bytes, length, 0, &error) : NULL;
	json_t *found = json_object_get(answer, "result"), *refusal = json_object_get(answer, "error");
	const char *message = json_string_value(json_object_get(refusal, "message"));
	int err = 0;

	if (!answer)
		err = fail_set(fail, -EBADMSG, "%s: %s: the answer is not JSON: %s", socket, method,
			       length ? error.text : "empty");
	else if (!found || refusal)
		err = fail_set(fail, -EPROTO, "%s: %s: %s", socket, method,
			       message ? message : "neither result nor error");
	else if (result)
		*result = json_incref(found);
	json_decref(answer);
	return err;
}

int cucm_rpc_call(const char *socket, const char *method, json_t *params, int timeout_ms, json_t **result,
		  struct fail *fail)
{
	struct call call = {.socket = socket,
			    .answer = -1,
			    .deadline = clock_now_us() + (uint64_t)timeout_ms * 1000,
			    .fail = fail};
	struct text text = {0};
	int err = 0;

	if (call_open(&call) || call_send(&call, method, params) || call_receive(&call, &text) ||
	    cucm_rpc_result(socket, method, text.bytes, text.length, result, fail))
		err = fail->err;
	call_close(&call);
	text_free(&text);
	return err;
}
