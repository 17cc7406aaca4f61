#include "phonelab/scenario/relay_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/relay.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/scenario/restore.h"

#define LOCK	      PLAN_PREFIX "/test.lock"
#define LOCK_US	      10000000ull /* another run may still restore the lab */
#define TOPOLOGY_MOST (16L << 20)

/* Write an object as a line, and release it. */
static void put(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (!text || file_write_all(STDOUT_FILENO, text, strlen(text)) ||
	    file_write_all(STDOUT_FILENO, "\n", 1))
		close(STDIN_FILENO); /* nobody reads the replies any more */
	free(text);
}

static json_t *error_of(const struct fail *fail)
{
	return json_pack("{s:o,s:i}", "error", json_text_new(*fail->text ? fail->text : "out of memory"),
			 "errno", fail->err < 0 ? -fail->err : EIO);
}

/* One run at a time. The descriptor of the lock, or a negative errno with the reason. */
static int lock(struct fail *fail)
{
	uint64_t end = clock_now_us() + LOCK_US;
	int fd = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_set(fail, -errno, LOCK ": %s", strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (clock_now_us() > end) {
			close(fd);
			return fail_set(fail, -EBUSY,
					"another `phonelab test` uses the lab, or still restores it");
		}
		usleep(100000);
	}
	return fd;
}

static json_t *greeting_of(struct fail *fail)
{
	json_t *greeting = json_load_file(PLAN_PREFIX "/lab.json", 0, NULL), *text;
	char *topology = NULL;
	size_t size = 0;

	if (file_read(PLAN_PREFIX "/topology.yaml", TOPOLOGY_MOST, &topology, &size, fail)) {
		json_decref(greeting);
		return NULL;
	}
	text = json_stringn(topology, size);
	free(topology);
	json_object_set_new(greeting, "topology", text);
	json_object_set_new(greeting, "now", json_integer((json_int_t)clock_now_us()));
	return greeting;
}

static json_t *call(struct restore *restore, const json_t *request, struct fail *fail)
{
	const char *socket = json_text(request, "socket");
	json_t *inner = json_object_get(request, "request"), *reply;

	restore_note(restore, socket, inner);
	reply =
	    client_call(restore->lab, socket, json_incref(inner), (int)json_int(request, "ms"), NULL, fail);
	restore_note_reply(restore, reply);
	return reply ? json_pack("{s:o}", "reply", reply) : NULL;
}

/* Whole lines of a file; a line that is longer than a part is sent in pieces. */
static json_t *part(const json_t *request, struct fail *fail)
{
	static char bytes[RELAY_PART + 1];
	long long from = json_int(request, "from");
	char path[300];
	ssize_t n;
	size_t keep;
	int fd;

	snprintf(path, sizeof(path), PLAN_PREFIX "/%.200s", json_text(request, "file"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, bytes, RELAY_PART, (off_t)from);
	if (n < 0)
		fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return NULL;
	for (keep = (size_t)n; keep && bytes[keep - 1] != '\n'; keep--)
		;
	if (!keep && n == RELAY_PART)
		keep = (size_t)n;
	bytes[keep] = 0;
	return json_pack("{s:o,s:I}", "text", json_text_new(bytes), "next",
			 (json_int_t)(from + (long long)keep));
}

static json_t *serve(struct restore *restore, const json_t *request, struct fail *fail)
{
	if (json_object_get(request, "socket"))
		return call(restore, request, fail);
	if (json_object_get(request, "file"))
		return part(request, fail);
	if (json_object_get(request, "restore"))
		return restore_end(restore, fail) ? NULL : json_object();
	if (json_object_get(request, "touch")) {
		restore->touched = true;
		return json_object();
	}
	fail_set(fail, -EINVAL, "unknown request");
	return NULL;
}

static void serve_all(struct restore *restore)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, stdin)) > 0) {
		json_t *request = json_loadb(line, (size_t)length, 0, NULL), *reply;
		struct fail fail = {0};

		reply = serve(restore, request, &fail);
		put(reply ? reply : error_of(&fail));
		json_decref(request);
	}
	free(line);
}

int relay_serve(void)
{
	struct restore restore = {0};
	struct topology *topology;
	struct fail fail = {0};
	json_t *greeting = NULL;
	struct lab lab;
	int fd = lock(&fail), status = EXIT_AS_ASKED;

	topology = fd < 0 ? NULL : lab_file_topology(&fail);
	if (topology && !client_find(NULL, &lab, &fail) && !restore_begin(&restore, &lab, topology, &fail))
		greeting = greeting_of(&fail);
	put(greeting ? greeting : error_of(&fail));
	if (greeting)
		serve_all(&restore);
	if (greeting && restore_end(&restore, &fail))
		status = exit_complain(EXIT_DEFECT, "the lab is not as before: %s", fail.text);
	restore_free(&restore);
	topology_free(topology);
	if (fd >= 0)
		close(fd);
	return status;
}
