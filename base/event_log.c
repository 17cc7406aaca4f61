#include "base/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct event_log {
	int fd; /* -1: a log that drops everything */
	uint64_t lost;
};

int event_log_open(struct event_log **log, const char *path, struct fail *fail)
{
	struct event_log *new = calloc(1, sizeof(*new));

	if (!new)
		return fail_set(fail, -ENOMEM, "no memory for the event log");
	new->fd = -1;
	if (path) {
		new->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (new->fd < 0) {
			int err = -errno;

			free(new);
			return fail_set(fail, err, "%s: cannot open the event log: %s", path, strerror(-err));
		}
	}
	*log = new;
	return 0;
}

/* Text from the wire may not be UTF-8, which JSON must be: then every byte above 0x7e becomes "?". */
static json_t *text_of(const char *text)
{
	json_t *string = json_string(text);
	char *copy;

	if (string)
		return string;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c > 0x7e)
			*c = '?';
	string = json_string(copy);
	free(copy);
	return string;
}

static char *event_line(uint64_t now_us, const char *node, int step, const char *event, const char *detail,
			const json_t *evidence, size_t *length)
{
	json_t *object = json_object();
	char *line;

	json_object_set_new(object, "t", json_integer((json_int_t)now_us));
	json_object_set_new(object, "node", text_of(node));
	if (step > 0)
		json_object_set_new(object, "step", json_integer(step));
	json_object_set_new(object, "event", text_of(event));
	if (detail)
		json_object_set_new(object, "detail", text_of(detail));
	if (evidence)
		json_object_set(object, "evidence", (json_t *)evidence);
	*length = json_dumpb(object, NULL, 0, JSON_COMPACT);
	line = *length ? malloc(*length + 1) : NULL;
	if (line) {
		json_dumpb(object, line, *length, JSON_COMPACT);
		line[(*length)++] = '\n';
	}
	json_decref(object);
	return line;
}

void event_log_write(struct event_log *log, uint64_t now_us, const char *node, int step, const char *event,
		     const char *detail, json_t *evidence)
{
	size_t length;
	char *line;

	if (log->fd >= 0) {
		ssize_t written = -1;

		line = event_line(now_us, node, step, event, detail, evidence, &length);
		if (line)
			do
				written = write(log->fd, line, length);
			while (written < 0 && errno == EINTR);
		if (written < 0 || (size_t)written != length)
			log->lost++;
		free(line);
	}
	json_decref(evidence);
}

uint64_t event_log_lost(const struct event_log *log)
{
	return log->lost;
}

void event_log_close(struct event_log *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	free(log);
}
