#include "switch-sim/core/impair.h"

#include <string.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/path.h"

/* The way of a frame through the rules. */

/* Does the selector take this match? Counts it. */
static bool takes(struct impair_rule *rule, const struct port *port)
{
	uint64_t n = ++rule->matched;

	if (rule->port_matched)
		n = ++rule->port_matched[port->index];
	switch (rule->take) {
	case IMPAIR_ALL: return true;
	case IMPAIR_NTH: return n == rule->number;
	case IMPAIR_FIRST: return n <= rule->number;
	case IMPAIR_EVERY: return n % rule->number == 0;
	case IMPAIR_PROBABILITY:
		/* 53 bits are what a double holds. */
		return (double)(rng_next(&rule->rng) >> 11) * 0x1p-53 < rule->probability;
	}
	return false;
}

static uint64_t jittered(struct impair_rule *rule)
{
	const struct impair_parameters *p = &rule->parameters;
	uint64_t low = p->delay_us > p->jitter_us ? p->delay_us - p->jitter_us : 0;

	return p->jitter_us ? rng_range(&rule->rng, low, p->delay_us + p->jitter_us) : p->delay_us;
}

enum fate {
	FATE_PASS,  /* on to the next rule */
	FATE_GONE,  /* dropped */
	FATE_WAITS, /* held; when there is no room, dropped */
};

/* A token bucket: rate_us is when all bytes so far will have been sent at the rate. */
static enum fate limit(struct switch_core *core, struct impair_rule *rule, const struct impair_frame *frame,
		       uint64_t *due_us)
{
	const struct impair_parameters *p = &rule->parameters;
	uint64_t cost = frame->length * 8000 / p->kbps, burst = p->burst * 8000 / p->kbps, behind;

	if (rule->rate_us < core->now_us)
		rule->rate_us = core->now_us;
	behind = rule->rate_us - core->now_us + cost;
	if (behind > burst + p->queue_us)
		return FATE_GONE;
	rule->rate_us += cost;
	if (behind <= burst)
		return FATE_PASS;
	*due_us = core->now_us + behind - burst;
	return FATE_WAITS;
}

static void hold(struct switch_core *core, struct impair_rule *rule, struct port *port,
		 const struct impair_frame *frame, uint64_t due_us, unsigned behind)
{
	if (!impair_hold_add(core->impair->hold, rule, port, rule->direction, frame, due_us, behind))
		rule->overflowed++;
}

void impair_count_down(struct impair_rule *rule)
{
	if (!rule->count || rule->touched < rule->count)
		return;
	rule->ended = true;
	rule->reason = "count";
}

/* The frame is taken. */
static enum fate act(struct switch_core *core, struct impair_rule *rule, struct port *port,
		     struct impair_frame *frame, const struct impair_change *change)
{
	const struct impair_parameters *p = &rule->parameters;
	uint64_t due = core->now_us;
	enum fate fate = FATE_PASS;

	if (rule->action == IMPAIR_RATE) {
		fate = limit(core, rule, frame, &due);
		if (fate == FATE_PASS)
			return fate; /* within the rate: not touched */
	}
	impair_touch(core, rule, port, frame);
	switch (rule->action) {
	case IMPAIR_DROP: fate = FATE_GONE; break;
	case IMPAIR_RATE: break;
	case IMPAIR_DELAY:
		due += jittered(rule);
		fate = FATE_WAITS;
		break;
	case IMPAIR_DUPLICATE:
		for (unsigned i = 0; i < p->copies; i++)
			hold(core, rule, port, frame, due, 0);
		break;
	case IMPAIR_REORDER:
		hold(core, rule, port, frame, due + p->delay_us, p->behind);
		fate = FATE_GONE;
		break;
	case IMPAIR_TRUNCATE:
	case IMPAIR_CORRUPT:
	case IMPAIR_STRIP_DHCP_OPTION:
	case IMPAIR_SET_DHCP_OPTION:
	case IMPAIR_VOICE_VLAN:
	case IMPAIR_REMOVE_TLV:
	case IMPAIR_TFTP_ERROR:
	case IMPAIR_SET_VLAN:
	case IMPAIR_STRIP_VLAN:
		if (!impair_change(rule, frame, core->impair->payload, change))
			rule->overflowed++;
		break;
	case IMPAIR_FLAP:
	case IMPAIR_ACTIONS: break;
	}
	if (fate == FATE_WAITS)
		hold(core, rule, port, frame, due, 0);
	impair_count_down(rule);
	return fate;
}

static enum fate apply(struct switch_core *core, struct impair_rule *rule, struct port *port,
		       struct impair_frame *frame)
{
	struct impair_change change;

	rule->seen++;
	if (!impair_filter_match(rule->filter, frame) ||
	    !impair_fits(rule, frame, core->impair->payload, &change))
		return FATE_PASS;
	impair_flow_match(rule, port, frame);
	if (takes(rule, port))
		return act(core, rule, port, frame, &change);
	if (rule->action == IMPAIR_REORDER)
		impair_hold_passed(core->impair->hold, rule, port, core->now_us);
	return FATE_PASS;
}

void impair_resume(struct switch_core *core, struct port *port, enum impair_direction direction,
		   struct impair_frame *frame, unsigned id)
{
	struct impair *impair = core->impair;

	for (unsigned i = 0; i < impair->count; i++) {
		struct impair_rule *rule = impair->rules[i];

		if (rule->id <= id || rule->ended || rule->direction != direction ||
		    rule->action == IMPAIR_FLAP || rule->expires_us <= core->now_us ||
		    !impair_covers(rule, port))
			continue;
		if (apply(core, rule, port, frame) != FATE_PASS)
			return;
	}
	if (direction == IMPAIR_IN)
		path_deliver(core, port, frame->data, frame->length);
	else
		path_emit(core, port, frame->data, frame->length);
}

/* Everything that is due now goes on, in the order in which it came due. */
static void flush(struct switch_core *core)
{
	struct impair *impair = core->impair;
	uint8_t bytes[SWITCH_HEADROOM + IMPAIR_FRAME];
	struct impair_frame frame = {.data = bytes + SWITCH_HEADROOM};
	enum impair_direction direction;
	unsigned port, rule;

	impair->depth++;
	while (impair_hold_take(impair->hold, core->now_us, &frame, &port, &direction, &rule)) {
		if (core->ports[port].link)
			impair_resume(core, &core->ports[port], direction, &frame, rule);
		frame.data = bytes + SWITCH_HEADROOM;
	}
	impair->depth--;
}

void impair_settle(struct switch_core *core)
{
	if (core->impair->depth)
		return;
	flush(core);
	impair_sweep(core);
	impair_arm(core);
}

void impair_frame(struct switch_core *core, struct port *port, enum impair_direction direction,
		  uint8_t *bytes, size_t length)
{
	struct impair *impair = core->impair;
	struct impair_frame frame = {.data = impair->work[direction] + SWITCH_HEADROOM, .length = length};

	if (length > IMPAIR_FRAME) {
		impair->oversize++;
		if (direction == IMPAIR_IN)
			path_deliver(core, port, bytes, length);
		else
			path_emit(core, port, bytes, length);
		return;
	}
	memcpy(frame.data, bytes, length);
	impair->depth++;
	impair_resume(core, port, direction, &frame, 0);
	impair->depth--;
	impair_settle(core);
}

void impair_tick(struct switch_core *core)
{
	struct impair *impair = core->impair;

	for (unsigned i = 0; i < impair->count; i++) {
		struct impair_rule *rule = impair->rules[i];

		if (rule->expires_us <= core->now_us) {
			rule->ended = true;
			rule->reason = "time";
		} else if (rule->action == IMPAIR_FLAP && !rule->ended && rule->flap_us <= core->now_us) {
			impair_flap(core, rule);
		}
	}
	impair_settle(core);
}
