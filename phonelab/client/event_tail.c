#include "phonelab/client/event_tail.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536
#define GROW_SIZE 262144

static int open_events(const struct lab *lab)
{
	char path[256];

	if (!lab->pid)
		return -1;
	client_path(lab, "events.jsonl", path, sizeof(path));
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int make_room(struct event_tail *tail)
{
	char *more;

	if (tail->used + READ_SIZE <= tail->room)
		return 0;
	more = realloc(tail->bytes, tail->room + GROW_SIZE);
	if (!more)
		return -1;
	tail->bytes = more;
	tail->room += GROW_SIZE;
	return 0;
}

static void take_lines(struct event_tail *tail, event_tail_fn *take, void *arg)
{
	char *at = tail->bytes, *end;

	while ((end = memchr(at, '\n', tail->used - (size_t)(at - tail->bytes)))) {
		take(arg, at, (size_t)(end - at));
		at = end + 1;
	}
	tail->used -= (size_t)(at - tail->bytes);
	memmove(tail->bytes, at, tail->used);
}

void event_tail_read(struct event_tail *tail, const struct lab *lab, event_tail_fn *take, void *arg)
{
	ssize_t n;

	if (tail->fd < 0)
		tail->fd = open_events(lab);
	while (tail->fd >= 0 && !make_room(tail)) {
		n = read(tail->fd, tail->bytes + tail->used, READ_SIZE);
		if (n <= 0)
			return;
		tail->used += (size_t)n;
		take_lines(tail, take, arg);
	}
}

void event_tail_close(struct event_tail *tail)
{
	free(tail->bytes);
	if (tail->fd >= 0)
		close(tail->fd);
	*tail = (struct event_tail){.fd = -1};
}
