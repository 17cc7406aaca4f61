#include "switch-sim/core/timer.h"

#include <stdlib.h>

#define NOWHERE UINT32_MAX

struct entry {
	uint64_t at;
	uint32_t id; /* owner * kinds + kind */
};

struct timer_queue {
	unsigned owners, kinds, count;
	struct entry *heap;
	uint32_t *place; /* of each id in the heap, or NOWHERE */
};

struct timer_queue *timer_queue_new(unsigned owners, unsigned kinds)
{
	struct timer_queue *queue = calloc(1, sizeof(*queue));
	size_t ids = (size_t)owners * kinds;

	if (!queue)
		return NULL;
	queue->owners = owners;
	queue->kinds = kinds;
	queue->heap = calloc(ids ? ids : 1, sizeof(*queue->heap));
	queue->place = calloc(ids ? ids : 1, sizeof(*queue->place));
	if (!queue->heap || !queue->place) {
		timer_queue_free(queue);
		return NULL;
	}
	for (size_t i = 0; i < ids; i++)
		queue->place[i] = NOWHERE;
	return queue;
}

void timer_queue_free(struct timer_queue *queue)
{
	if (!queue)
		return;
	free(queue->heap);
	free(queue->place);
	free(queue);
}

static bool earlier(struct entry a, struct entry b)
{
	return a.at < b.at || (a.at == b.at && a.id < b.id);
}

static void put(struct timer_queue *queue, unsigned at, struct entry entry)
{
	queue->heap[at] = entry;
	queue->place[entry.id] = at;
}

/* Move the entry at a place up or down to where it belongs. */
static void settle(struct timer_queue *queue, unsigned at)
{
	struct entry entry = queue->heap[at];

	while (at && earlier(entry, queue->heap[(at - 1) / 2])) {
		put(queue, at, queue->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		unsigned child = 2 * at + 1;

		if (child + 1 < queue->count && earlier(queue->heap[child + 1], queue->heap[child]))
			child++;
		if (child >= queue->count || !earlier(queue->heap[child], entry))
			break;
		put(queue, at, queue->heap[child]);
		at = child;
	}
	put(queue, at, entry);
}

static void take_out(struct timer_queue *queue, unsigned at)
{
	struct entry last = queue->heap[--queue->count];

	queue->place[queue->heap[at].id] = NOWHERE;
	if (at == queue->count)
		return;
	put(queue, at, last);
	settle(queue, at);
}

void timer_arm(struct timer_queue *queue, unsigned owner, unsigned kind, uint64_t at_us)
{
	uint32_t id = owner * queue->kinds + kind, at = queue->place[id];

	if (at == NOWHERE)
		at = queue->count++;
	put(queue, at, (struct entry){at_us, id});
	settle(queue, at);
}

void timer_cancel(struct timer_queue *queue, unsigned owner, unsigned kind)
{
	uint32_t at = queue->place[owner * queue->kinds + kind];

	if (at != NOWHERE)
		take_out(queue, at);
}

uint64_t timer_next(const struct timer_queue *queue)
{
	return queue->count ? queue->heap[0].at : TIMER_NEVER;
}

bool timer_pop(struct timer_queue *queue, uint64_t now_us, unsigned *owner, unsigned *kind)
{
	if (!queue->count || queue->heap[0].at > now_us)
		return false;
	*owner = queue->heap[0].id / queue->kinds;
	*kind = queue->heap[0].id % queue->kinds;
	take_out(queue, 0);
	return true;
}
