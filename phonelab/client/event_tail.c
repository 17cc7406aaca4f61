#include "phonelab/client/event_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/relay.h"

static int open_events(const struct lab *lab)
{
	char path[256];

	if (!lab->pid)
		return -1;
	client_path(lab, "events.jsonl", path, sizeof(path));
	return open(path, O_RDONLY | O_CLOEXEC);
}

int event_tail_open(struct event_tail *tail, const struct lab *lab, struct fail *fail)
{
	char path[256];

	client_path(lab, "events.jsonl", path, sizeof(path));
	tail->fd = open(path, O_RDONLY | O_CLOEXEC);
	return tail->fd >= 0 ? 0
			     : fail_set(fail, -errno, "the events of lab %s cannot be read: %s", lab->name,
					strerror(errno));
}

static void take_lines(struct text *pending, event_tail_fn *take, void *arg)
{
	char *at = pending->bytes, *end;

	while ((end = memchr(at, '\n', pending->length - (size_t)(at - pending->bytes)))) {
		take(arg, at, (size_t)(end - at));
		at = end + 1;
	}
	pending->length -= (size_t)(at - pending->bytes);
	memmove(pending->bytes, at, pending->length);
}

void event_tail_read(struct event_tail *tail, const struct lab *lab, event_tail_fn *take, void *arg)
{
	char bytes[65536];
	ssize_t n;

	if (lab->relay) {
		while (relay_read(lab->relay, "events.jsonl", &tail->at, &tail->pending) > 0)
			take_lines(&tail->pending, take, arg);
		return;
	}
	if (tail->fd < 0)
		tail->fd = open_events(lab);
	while (tail->fd >= 0 && (n = read(tail->fd, bytes, sizeof(bytes))) > 0) {
		text_add_bytes(&tail->pending, bytes, (size_t)n);
		if (tail->pending.failed) {
			lseek(tail->fd, -n, SEEK_CUR);
			tail->pending.failed = false;
			return;
		}
		take_lines(&tail->pending, take, arg);
	}
}

void event_tail_close(struct event_tail *tail)
{
	text_free(&tail->pending);
	if (tail->fd >= 0)
		close(tail->fd);
	*tail = (struct event_tail){.fd = -1};
}
