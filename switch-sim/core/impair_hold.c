#include "switch-sim/core/impair.h"

#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/internal.h"

/* Held frames: a bounded number of slots in a list by due time; among equals the first to come goes first. */

#define NONE UINT16_MAX

struct slot {
	uint64_t due_us;
	unsigned rule, behind;
	uint16_t port, length, before, next;
	uint8_t direction;
	uint8_t *bytes;
};

struct impair_hold {
	struct slot slot[IMPAIR_HELD];
	uint16_t first, last, free;
	unsigned count;
};

struct impair_hold *impair_hold_new(void)
{
	struct impair_hold *hold = calloc(1, sizeof(*hold));

	if (!hold)
		return NULL;
	hold->first = hold->last = NONE;
	for (unsigned i = 0; i < IMPAIR_HELD; i++)
		hold->slot[i].next = i + 1 < IMPAIR_HELD ? (uint16_t)(i + 1) : NONE;
	return hold;
}

void impair_hold_free(struct impair_hold *hold)
{
	for (uint16_t i = hold ? hold->first : NONE; i != NONE; i = hold->slot[i].next)
		free(hold->slot[i].bytes);
	free(hold);
}

/* Behind everything that is due no later. */
static void put_in(struct impair_hold *hold, uint16_t i)
{
	struct slot *slot = &hold->slot[i];
	uint16_t before = hold->last;

	while (before != NONE && hold->slot[before].due_us > slot->due_us)
		before = hold->slot[before].before;
	slot->before = before;
	slot->next = before == NONE ? hold->first : hold->slot[before].next;
	*(before == NONE ? &hold->first : &hold->slot[before].next) = i;
	*(slot->next == NONE ? &hold->last : &hold->slot[slot->next].before) = i;
}

static void take_out(struct impair_hold *hold, uint16_t i)
{
	struct slot *slot = &hold->slot[i];

	*(slot->before == NONE ? &hold->first : &hold->slot[slot->before].next) = slot->next;
	*(slot->next == NONE ? &hold->last : &hold->slot[slot->next].before) = slot->before;
}

bool impair_hold_add(struct impair_hold *hold, const struct impair_rule *rule, const struct port *port,
		     enum impair_direction direction, const struct impair_frame *frame, uint64_t due_us,
		     unsigned behind)
{
	uint16_t i = hold->free;
	struct slot *slot;
	uint8_t *bytes;

	if (i == NONE || hold->count == IMPAIR_HELD || frame->length > IMPAIR_FRAME)
		return false;
	bytes = malloc(frame->length ? frame->length : 1);
	if (!bytes)
		return false;
	slot = &hold->slot[i];
	hold->free = slot->next;
	hold->count++;
	*slot = (struct slot){.due_us = due_us,
			      .rule = rule->id,
			      .behind = behind,
			      .port = (uint16_t)port->index,
			      .length = (uint16_t)frame->length,
			      .direction = (uint8_t)direction,
			      .bytes = bytes};
	memcpy(bytes, frame->data, frame->length);
	put_in(hold, i);
	return true;
}

static void make_due(struct impair_hold *hold, uint16_t i, uint64_t now_us)
{
	take_out(hold, i);
	hold->slot[i].due_us = now_us;
	put_in(hold, i);
}

void impair_hold_passed(struct impair_hold *hold, const struct impair_rule *rule, const struct port *port,
			uint64_t now_us)
{
	for (uint16_t i = hold->first, next; i != NONE; i = next) {
		struct slot *slot = &hold->slot[i];

		next = slot->next;
		if (slot->rule == rule->id && slot->port == port->index && slot->behind && !--slot->behind)
			make_due(hold, i, now_us);
	}
}

void impair_hold_release(struct impair_hold *hold, const struct impair_rule *rule, uint64_t now_us)
{
	for (uint16_t i = hold->first, next; i != NONE; i = next) {
		next = hold->slot[i].next;
		if (hold->slot[i].rule == rule->id && hold->slot[i].due_us > now_us)
			make_due(hold, i, now_us);
	}
}

uint64_t impair_hold_next(const struct impair_hold *hold)
{
	return !hold || hold->first == NONE ? SWITCH_NEVER : hold->slot[hold->first].due_us;
}

unsigned impair_hold_count(const struct impair_hold *hold, const struct impair_rule *rule)
{
	unsigned count = 0;

	if (!rule)
		return hold->count;
	for (uint16_t i = hold->first; i != NONE; i = hold->slot[i].next)
		count += hold->slot[i].rule == rule->id;
	return count;
}

bool impair_hold_take(struct impair_hold *hold, uint64_t now_us, struct impair_frame *frame, unsigned *port,
		      enum impair_direction *direction, unsigned *rule_id)
{
	uint16_t i = hold->first;
	struct slot *slot = &hold->slot[i == NONE ? 0 : i];

	if (i == NONE || slot->due_us > now_us)
		return false;
	take_out(hold, i);
	memcpy(frame->data, slot->bytes, slot->length);
	free(slot->bytes);
	frame->length = slot->length;
	*port = slot->port;
	*direction = slot->direction ? IMPAIR_OUT : IMPAIR_IN;
	*rule_id = slot->rule;
	slot->next = hold->free;
	hold->free = i;
	hold->count--;
	return true;
}
