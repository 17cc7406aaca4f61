#include "switch-sim/core/impair.h"

#include <stdio.h>
#include <stdlib.h>

#include "switch-sim/core/internal.h"
#include "wire/edit.h"

/*
 * Flows. In a lab of real programs no seed determines the order of the frames of two flows, and the kernel chooses
 * their numbers and ports. Only the order within one conversation of one port is the same in each run. The random
 * decision about the nth match of a flow therefore depends on the rule's seed, the flow and n, and on nothing else
 * on the wire.
 */

#define FLOWS_FIRST 64 /* room, a power of two */
#define FLOWS_MOST  4096
#define EPHEMERAL   32768 /* from here on the kernel chooses ports (ip_local_port_range) */
#define LEAST_TYPE  1536  /* a smaller value in place of an EtherType is a length */

struct impair_flows {
	struct {
		uint64_t key, count; /* count 0: free */
	} * items;
	size_t room, used;
	uint64_t rest; /* matches of flows that found no room */
};

/* The well-known port of two ports; 0 if neither is. */
static uint16_t service_of(const uint8_t *ports)
{
	uint16_t from = wire_get16(ports), to = wire_get16(ports + 2), low = from < to ? from : to;

	return low < EPHEMERAL ? low : 0;
}

void impair_flow_find(const struct port *port, const struct impair_frame *frame, struct impair_flow *flow)
{
	struct edit_layout at;

	*flow = (struct impair_flow){.port = port->index};
	if (edit_locate(frame->data, frame->length, &at))
		return;
	flow->kind = at.kind;
	switch (at.kind) {
	case EDIT_UDP:
	case EDIT_TCP: flow->service = service_of(frame->data + at.transport); break;
	case EDIT_IPV4: flow->service = frame->data[at.network + 9]; break;
	case EDIT_OTHER:
		flow->service = at.network >= 2 ? wire_get16(frame->data + at.network - 2) : 0;
		if (flow->service < LEAST_TYPE)
			flow->service = 0;
		break;
	case EDIT_ICMP:
	case EDIT_CDP:
	case EDIT_LLDP: break;
	}
}

void impair_flow_describe(const struct impair_flow *flow, char text[IMPAIR_FLOW_TEXT])
{
	static const char *const words[] = {
	    [EDIT_OTHER] = "ethertype", [EDIT_IPV4] = "protocol", [EDIT_UDP] = "udp",	[EDIT_TCP] = "tcp",
	    [EDIT_ICMP] = "icmp",	[EDIT_CDP] = "cdp",	  [EDIT_LLDP] = "lldp",
	};
	const char *word = words[flow->kind];

	if (flow->kind == EDIT_OTHER)
		snprintf(text, IMPAIR_FLOW_TEXT, "%s %04x", word, flow->service);
	else if (flow->kind == EDIT_ICMP || flow->kind == EDIT_CDP || flow->kind == EDIT_LLDP)
		snprintf(text, IMPAIR_FLOW_TEXT, "%s", word);
	else
		snprintf(text, IMPAIR_FLOW_TEXT, "%s %u", word, flow->service);
}

static uint64_t key_of(const struct impair_flow *flow)
{
	return (uint64_t)flow->port << 32 | (uint64_t)flow->kind << 16 | flow->service;
}

/* --- their numbers --- */

static size_t place_of(const struct impair_flows *flows, uint64_t key)
{
	struct rng rng = {.state = key};
	size_t i = (size_t)rng_next(&rng) & (flows->room - 1);

	while (flows->items[i].count && flows->items[i].key != key)
		i = (i + 1) & (flows->room - 1);
	return i;
}

/* Twice the room. False: no memory, or enough of it. */
static bool grow(struct impair_flows *flows)
{
	struct impair_flows more = {.room = flows->room ? 2 * flows->room : FLOWS_FIRST};

	if (more.room > 2 * FLOWS_MOST)
		return false;
	more.items = calloc(more.room, sizeof(*more.items));
	if (!more.items)
		return false;
	for (size_t i = 0; i < flows->room; i++)
		if (flows->items[i].count)
			more.items[place_of(&more, flows->items[i].key)] = flows->items[i];
	free(flows->items);
	flows->items = more.items;
	flows->room = more.room;
	return true;
}

static uint64_t count(struct impair_flows *flows, uint64_t key)
{
	size_t i = flows->room ? place_of(flows, key) : 0;

	if (flows->room && flows->items[i].count)
		return ++flows->items[i].count;
	/* At most half full. */
	if (2 * (flows->used + 1) > flows->room) {
		if (!grow(flows))
			return ++flows->rest;
		i = place_of(flows, key);
	}
	flows->used++;
	flows->items[i].key = key;
	return flows->items[i].count = 1;
}

struct impair_flows *impair_flows_new(void)
{
	return calloc(1, sizeof(struct impair_flows));
}

void impair_flows_free(struct impair_flows *flows)
{
	if (flows)
		free(flows->items);
	free(flows);
}

void impair_flow_match(struct impair_rule *rule, const struct port *port, const struct impair_frame *frame)
{
	struct impair_flow *flow = &rule->flow;
	uint64_t key;

	impair_flow_find(port, frame, flow);
	key = key_of(flow);
	flow->number = count(rule->flows, key);
	rule->rng.state = rule->seed ^ key;
	rule->rng.state = rng_next(&rule->rng) ^ flow->number;
}

void impair_flow_touch(struct impair_rule *rule)
{
	struct rng rng = {.state = key_of(&rule->flow)};

	rng.state = rng_next(&rng) ^ rule->flow.number;
	/* A sum, so that it does not matter which of two flows came first. */
	rule->flow_digest += rng_next(&rng);
}
