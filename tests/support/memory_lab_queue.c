#include "tests/support/memory_lab_internal.h"

#include <stdlib.h>
#include <string.h>

void *lab_need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static bool before(const struct item *a, const struct item *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void lab_push(struct memory_lab *lab, struct item item)
{
	struct lab_queue *queue = lab->queue;
	size_t at;

	if (queue->count == queue->size) {
		queue->size = queue->size ? 2 * queue->size : 1024;
		queue->item = lab_need(realloc(queue->item, queue->size * sizeof(*queue->item)));
	}
	item.order = queue->order++;
	at = queue->count++;
	while (at && before(&item, &queue->item[(at - 1) / 2])) {
		queue->item[at] = queue->item[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	queue->item[at] = item;
}

struct item lab_pop(struct lab_queue *queue)
{
	struct item first = queue->item[0], last = queue->item[--queue->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= queue->count)
			break;
		if (child + 1 < queue->count && before(&queue->item[child + 1], &queue->item[child]))
			child++;
		if (!before(&queue->item[child], &last))
			break;
		queue->item[at] = queue->item[child];
		at = child;
	}
	queue->item[at] = last;
	return first;
}

uint8_t *lab_copy(const void *bytes, size_t length)
{
	uint8_t *kept = lab_need(malloc(length + SWITCH_HEADROOM + 1));

	if (length)
		memcpy(kept + SWITCH_HEADROOM, bytes, length);
	kept[SWITCH_HEADROOM + length] = '\0';
	return kept;
}

uint64_t lab_latency(struct memory_lab *lab)
{
	return rng_range(lab->rng, 100, 900);
}

void lab_to_phone(struct memory_lab *lab, unsigned i, uint64_t delay_us, const struct phone_event *event,
		  const void *bytes, size_t length)
{
	struct item item = {.at_us = lab->now_us + delay_us,
			    .kind = ITEM_EVENT,
			    .i = i,
			    .event = *event,
			    .bytes = lab_copy(bytes, length),
			    .length = length};

	lab_push(lab, item);
}

void lab_frame_to_phone(struct memory_lab *lab, unsigned i, uint64_t delay_us, const uint8_t *bytes,
			size_t length)
{
	struct phone_event event = {.kind = PHONE_FRAME};

	lab_to_phone(lab, i, delay_us, &event, bytes, length);
}

void lab_frame_to_port(struct memory_lab *lab, unsigned port, uint64_t delay_us, const uint8_t *bytes,
		       size_t length)
{
	struct item item = {.at_us = lab->now_us + delay_us,
			    .kind = ITEM_PORT,
			    .i = port,
			    .bytes = lab_copy(bytes, length),
			    .length = length};

	lab_push(lab, item);
}
