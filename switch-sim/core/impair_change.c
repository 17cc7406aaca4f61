#include "switch-sim/core/impair.h"

#include <string.h>

#include "wire/edit.h"
#include "wire/tftp.h"

/* The changes that actions make to bytes. */

static ssize_t dhcp(const struct impair_rule *rule, const uint8_t *payload, size_t length, uint8_t *room)
{
	const struct impair_parameters *p = &rule->parameters;

	if (rule->action == IMPAIR_STRIP_DHCP_OPTION)
		return edit_dhcp_strip(payload, length, p->code, room, IMPAIR_FRAME);
	return edit_dhcp_set(payload, length, p->code, p->value, p->value_length, room, IMPAIR_FRAME);
}

static ssize_t voice_vlan(const struct impair_rule *rule, enum edit_kind kind, const uint8_t *payload,
			  size_t length, uint8_t *room)
{
	const struct impair_parameters *p = &rule->parameters;

	if (kind == EDIT_CDP)
		return edit_cdp_voice_vlan(payload, length, p->vlan, room, IMPAIR_FRAME);
	if (kind == EDIT_LLDP)
		return edit_lldp_voice_vlan(payload, length, p->vlan, p->tagged, room, IMPAIR_FRAME);
	return -1;
}

static ssize_t remove_tlv(const struct impair_rule *rule, enum edit_kind kind, const uint8_t *payload,
			  size_t length, uint8_t *room)
{
	const struct impair_parameters *p = &rule->parameters;

	if (kind == EDIT_CDP && !p->lldp)
		return edit_cdp_remove(payload, length, p->type, room, IMPAIR_FRAME);
	if (kind == EDIT_LLDP && p->lldp)
		return edit_lldp_remove(payload, length, (uint8_t)p->type, p->oui, p->subtype, room,
					IMPAIR_FRAME);
	return -1;
}

static ssize_t tftp_error(const struct impair_rule *rule, const uint8_t *payload, size_t length,
			  uint8_t *room)
{
	const struct impair_parameters *p = &rule->parameters;
	struct tftp_packet packet;

	if (tftp_decode(payload, length, &packet, NULL) || packet.opcode != TFTP_DATA)
		return -1;
	tftp_error_packet(&packet, (enum tftp_error_code)p->error, *p->message ? p->message : NULL);
	return tftp_encode(&packet, room, IMPAIR_FRAME);
}

bool impair_fits(const struct impair_rule *rule, const struct impair_frame *frame, uint8_t *room,
		 struct impair_change *change)
{
	const uint8_t *payload;
	struct edit_layout at;
	size_t length;
	uint16_t tci;

	change->length = -1;
	if (edit_locate(frame->data, frame->length, &at))
		return rule->action <= IMPAIR_REORDER || rule->action == IMPAIR_RATE;
	payload = frame->data + at.payload;
	length = at.end - at.payload;
	switch (rule->action) {
	case IMPAIR_DROP:
	case IMPAIR_DELAY:
	case IMPAIR_DUPLICATE:
	case IMPAIR_REORDER:
	case IMPAIR_RATE: return true;
	case IMPAIR_TRUNCATE: return frame->length > rule->parameters.length;
	case IMPAIR_CORRUPT: return at.end > at.network;
	case IMPAIR_STRIP_DHCP_OPTION:
	case IMPAIR_SET_DHCP_OPTION:
		change->length = at.kind == EDIT_UDP ? dhcp(rule, payload, length, room) : -1;
		break;
	case IMPAIR_VOICE_VLAN: change->length = voice_vlan(rule, at.kind, payload, length, room); break;
	case IMPAIR_REMOVE_TLV: change->length = remove_tlv(rule, at.kind, payload, length, room); break;
	case IMPAIR_TFTP_ERROR:
		change->length = at.kind == EDIT_UDP ? tftp_error(rule, payload, length, room) : -1;
		break;
	case IMPAIR_SET_VLAN: return true;
	case IMPAIR_STRIP_VLAN: return ether_tag_peek(frame->data, frame->length, &tci);
	case IMPAIR_FLAP:
	case IMPAIR_ACTIONS: return false;
	}
	return change->length >= 0;
}

/* Different bits of what is carried: of the payload, or of all behind the Ethernet header when that is
 * empty. */
static void corrupt(struct impair_rule *rule, struct impair_frame *frame)
{
	uint32_t flipped[64];
	struct edit_layout at;
	uint64_t first, bits;
	unsigned wanted = rule->parameters.bits;

	if (edit_locate(frame->data, frame->length, &at))
		return;
	first = at.end > at.payload ? at.payload : at.network;
	/* A CDP message without its version, time to live and checksum, when there is more. */
	if (at.kind == EDIT_CDP && at.end - at.payload > 4)
		first = at.payload + 4;
	bits = (at.end - first) * 8;
	if (wanted > bits)
		wanted = (unsigned)bits;
	for (unsigned i = 0; i < wanted;) {
		uint32_t bit = (uint32_t)rng_range(&rule->rng, 0, bits - 1);
		unsigned known = 0;

		while (known < i && flipped[known] != bit)
			known++;
		if (known < i)
			continue;
		flipped[i++] = bit;
		frame->data[first + bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	if (rule->parameters.mend)
		edit_mend(frame->data, frame->length);
}

static bool set_vlan(const struct impair_rule *rule, struct impair_frame *frame)
{
	const struct impair_parameters *p = &rule->parameters;
	uint16_t old = 0, tci;
	bool tagged = ether_tag_peek(frame->data, frame->length, &old);
	ssize_t length;

	tci = ether_tci(p->vlan, p->priority >= 0 ? (uint8_t)p->priority : ether_tci_priority(old));
	if (tagged) {
		wire_put16(frame->data + ETHER_ADDRESSES + 2, tci);
		return true;
	}
	length = ether_tag_insert(frame->data, frame->length, IMPAIR_FRAME, tci);
	if (length > 0)
		frame->length = (size_t)length;
	return length > 0;
}

bool impair_change(struct impair_rule *rule, struct impair_frame *frame, const uint8_t *room,
		   const struct impair_change *change)
{
	ssize_t length;

	if (change->length >= 0) {
		length = edit_payload(frame->data, frame->length, IMPAIR_FRAME, room, (size_t)change->length);
		if (length > 0)
			frame->length = (size_t)length;
		return length > 0;
	}
	if (rule->action == IMPAIR_TRUNCATE)
		frame->length = rule->parameters.length;
	else if (rule->action == IMPAIR_CORRUPT)
		corrupt(rule, frame);
	else if (rule->action == IMPAIR_SET_VLAN)
		return set_vlan(rule, frame);
	else if (rule->action == IMPAIR_STRIP_VLAN) {
		length = ether_tag_strip(frame->data, frame->length, NULL);
		if (length > 0)
			frame->length = (size_t)length;
	}
	return true;
}
