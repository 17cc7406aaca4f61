#include "switch-sim/core/impair.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/ipv4.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "wire/edit.h"

/* The account of what was touched. */

#define LOGGED_A_SECOND 32 /* events of one rule */
#define FNV_START	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

static uint64_t hash_bytes(uint64_t hash, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ data[i]) * FNV_PRIME;
	return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	return hash_bytes(hash, bytes, sizeof(bytes));
}

static const char *kind_word(enum edit_kind kind)
{
	switch (kind) {
	case EDIT_OTHER: return "frame";
	case EDIT_IPV4: return "IPv4";
	case EDIT_UDP: return "UDP";
	case EDIT_TCP: return "TCP";
	case EDIT_ICMP: return "ICMP";
	case EDIT_CDP: return "CDP";
	case EDIT_LLDP: return "LLDP";
	}
	return "frame";
}

/* "UDP 10.110.0.2:67 > 10.110.0.57:68" */
static void summarize(const struct impair_frame *frame, char *text, size_t size)
{
	char from[MAC_TEXT > IPV4_TEXT ? MAC_TEXT : IPV4_TEXT], to[sizeof(from)];
	const uint8_t *ip, *ports;
	struct edit_layout at;

	if (edit_locate(frame->data, frame->length, &at)) {
		snprintf(text, size, "frame of %zu bytes", frame->length);
		return;
	}
	if (at.kind == EDIT_OTHER || at.kind == EDIT_CDP || at.kind == EDIT_LLDP) {
		mac_format((const struct mac *)(frame->data + 6), from);
		mac_format((const struct mac *)frame->data, to);
		snprintf(text, size, "%s %s > %s", kind_word(at.kind), from, to);
		return;
	}
	ip = frame->data + at.network;
	ports = frame->data + at.transport;
	ipv4_format(wire_get32(ip + 12), from);
	ipv4_format(wire_get32(ip + 16), to);
	if (at.kind == EDIT_UDP || at.kind == EDIT_TCP)
		snprintf(text, size, "%s %s:%u > %s:%u", kind_word(at.kind), from, wire_get16(ports), to,
			 wire_get16(ports + 2));
	else
		snprintf(text, size, "%s %s > %s", kind_word(at.kind), from, to);
}

/* May this touch be reported? The number of events per second is limited. */
static bool may_log(struct impair_rule *rule, uint64_t now_us)
{
	if (now_us - rule->log_from_us >= SECOND || !rule->log_from_us) {
		rule->log_from_us = now_us;
		rule->logged = 0;
	}
	if (rule->logged == LOGGED_A_SECOND) {
		rule->unlogged++;
		return false;
	}
	rule->logged++;
	return true;
}

void impair_touch(struct switch_core *core, struct impair_rule *rule, const struct port *port,
		  const struct impair_frame *frame)
{
	const char *direction = rule->direction == IMPAIR_IN ? "in" : "out";
	uint64_t hash = hash_bytes(FNV_START, frame->data, frame->length);
	char summary[96], digits[20], flow[IMPAIR_FLOW_TEXT];
	json_t *evidence;

	rule->touched++;
	rule->digest = hash_number(rule->digest ? rule->digest : FNV_START, rule->matched);
	rule->digest = hash_number(hash_number(rule->digest, port->index), hash);
	impair_flow_touch(rule);
	if (!may_log(rule, core->now_us))
		return;
	summarize(frame, summary, sizeof(summary));
	snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
	impair_flow_describe(&rule->flow, flow);
	evidence = json_pack("{s:i,s:s,s:s,s:s,s:I,s:I,s:s,s:I,s:I,s:s,s:s}", "rule", (int)rule->id, "name",
			     rule->name, "direction", direction, "action", impair_action_words[rule->action],
			     "match", (json_int_t)rule->matched, "touched", (json_int_t)rule->touched, "flow",
			     flow, "flow_match", (json_int_t)rule->flow.number, "length",
			     (json_int_t)frame->length, "frame", summary, "hash", digits);
	if (evidence && rule->unlogged) {
		json_object_set_new(evidence, "not_told", json_integer((json_int_t)rule->unlogged));
		rule->unlogged = 0;
	}
	core_event(core, port, 0, "impair.touch", evidence, "%s %s: rule %u: %s: %s", port->name, direction,
		   rule->id, impair_action_words[rule->action], summary);
}
