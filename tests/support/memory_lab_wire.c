/* The bare wire of the memory lab: what it says by CDP and LLDP, and who answers ARP. */
#include "tests/support/memory_lab_internal.h"

#include <string.h>

#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"

static const struct mac port_mac = {{0x02, 0, 0, 0xaa, 0, 1}};

void lab_wire_say_cdp(struct memory_lab *lab, unsigned i, bool names, uint16_t request_id)
{
	struct cdp_message message = {.version = 2, .ttl = CDP_TTL};
	uint8_t frame[CDP_FRAME_MAX];
	ssize_t length;

	message.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) | CDP_HAS(CDP_CAPABILITIES) |
		      CDP_HAS(CDP_PLATFORM) | CDP_HAS(CDP_NATIVE_VLAN);
	message.device_id = wire_slice_text("wire");
	message.port_id = wire_slice_text("Gi1/0/1");
	message.platform = wire_slice_text("cisco C9200");
	message.capabilities = CDP_CAP_SWITCH;
	message.native_vlan = LAB_DATA_VLAN;
	if (names) {
		message.has |= CDP_HAS(CDP_VOIP_REPLY);
		message.voip_reply = (struct cdp_voip_reply){
		    .has_appliance = true, .has_vlan = true, .appliance = 1, .vlan = lab->wire.cdp_vlan};
	}
	message.has |= CDP_HAS(CDP_POWER_AVAILABLE);
	message.power_available.request_id =
	    lab->wire.cdp_power_id ? (uint16_t)(lab->wire.cdp_power_id - 1) : request_id;
	message.power_available.management_id = (uint16_t)(1 + lab->wire.cdp_frames);
	message.power_available.count = 2;
	message.power_available.level[0] = 4000;
	message.power_available.level[1] = CDP_POWER_NO_PREFERENCE;
	length = cdp_frame(&message, &port_mac, frame, sizeof(frame));
	if (length > 0)
		lab_frame_to_phone(lab, i, lab->wire.at_once ? 0 : lab_latency(lab), frame, (size_t)length);
}

void lab_wire_say_lldp(struct memory_lab *lab, unsigned i)
{
	struct lldp_message message = {0};
	uint8_t frame[LLDP_FRAME_MAX];
	ssize_t length;

	message.has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_SYSTEM_NAME;
	message.chassis = lldp_mac_id(LLDP_CHASSIS_MAC, &port_mac);
	message.port = (struct lldp_id){LLDP_PORT_INTERFACE_NAME, wire_slice_text("Gi1/0/1")};
	message.ttl = 120;
	message.system_name = wire_slice_text("wire");
	if (lab->wire.lldp_allocated) {
		message.has |= LLDP_HAS_POWER;
		message.power = (struct lldp_power){.support = LLDP_POWER_PSE | LLDP_POWER_SUPPORTED,
						    .pair = 1,
						    .class_code = 2,
						    .has_at = true,
						    .type = 2,
						    .source = 1,
						    .requested = lab->wire.lldp_requested,
						    .allocated = lab->wire.lldp_allocated};
	}
	if (!lab->wire.lldp_lacks_capabilities) {
		message.has |= LLDP_HAS_MED;
		message.med_capabilities = LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY;
		message.med_class = LLDP_MED_NETWORK;
	}
	if (!lab->wire.lldp_lacks_policy) {
		message.has |= LLDP_HAS_POLICY;
		message.policies = 1;
		message.policy[0].application = LLDP_APP_VOICE;
		message.policy[0].unknown = lab->wire.lldp_unknown;
		message.policy[0].tagged = lab->wire.lldp_tagged;
		message.policy[0].vlan = lab->wire.lldp_vlan;
		message.policy[0].priority = 5;
		message.policy[0].dscp = 46;
	}
	length = lldp_frame(&message, false, &port_mac, frame, sizeof(frame));
	if (length > 0)
		lab_frame_to_phone(lab, i, lab->wire.at_once ? 0 : lab_latency(lab), frame, (size_t)length);
}

static void keep_first(struct lab_payload *first, struct wire_slice payload)
{
	if (first->length || payload.length > sizeof(first->bytes))
		return;
	memcpy(first->bytes, payload.data, payload.length);
	first->length = payload.length;
}

static void on_cdp(struct memory_lab *lab, unsigned i, const struct ether_frame *frame)
{
	struct cdp_message message;

	if (cdp_decode(frame->payload.data, frame->payload.length, &message, NULL))
		abort();
	keep_first(&lab->wire.first_cdp, frame->payload);
	if (!lab->wire.lldp_frames)
		lab->wire.cdp_was_first = true;
	lab->wire.cdp_frames++;
	lab->wire.cdp_request_id = message.power_requested.request_id;
	lab->wire.cdp_management_id = message.power_requested.management_id;
	if (message.has & CDP_HAS(CDP_POWER_REQUESTED) && !message.power_requested.request_id)
		lab->wire.zero_request_ids++;
	if (message.has & CDP_HAS(CDP_VOIP_QUERY))
		lab->wire.cdp_queries++;
	if (lab->wire.cdp && message.has & CDP_HAS(CDP_VOIP_QUERY))
		lab_wire_say_cdp(lab, i, lab->wire.cdp_names, message.power_requested.request_id);
}

static void on_lldp(struct memory_lab *lab, const struct ether_frame *frame, const uint8_t *bytes,
		    size_t length)
{
	struct lldp_message message;

	if (lldp_decode(frame->payload.data, frame->payload.length, &message, NULL))
		abort();
	keep_first(&lab->wire.first_lldp, frame->payload);
	lab->wire.lldp_frames++;
	if (!message.ttl) {
		lab->wire.lldp_shutdowns++;
		return;
	}
	if (length <= sizeof(lab->wire.lldp_last)) {
		memcpy(lab->wire.lldp_last, bytes, length);
		lab->wire.lldp_last_length = length;
	}
	lab->wire.lldp_pmd = message.mac_phy.pmd;
	lab->wire.lldp_confirmed = message.power.allocated;
	lab->wire.lldp_requested = message.power.requested;
}

static void on_arp(struct memory_lab *lab, unsigned i, const struct ether_frame *frame)
{
	static const struct mac other = {{0x02, 0, 0, 0xcc, 0, 1}};
	struct arp_packet packet, reply;
	uint16_t tci = frame->tags ? frame->tag[0].tci : 0;
	uint8_t bytes[ARP_FRAME];
	ssize_t length;

	if (arp_decode(frame->payload.data, frame->payload.length, &packet, NULL))
		return;
	lab->wire.arp_announcements += arp_is_announcement(&packet);
	if (!arp_is_probe(&packet) || !lab->dhcp.conflicts)
		return;
	lab->dhcp.conflicts--;
	reply = arp_reply(&packet, &other);
	length = arp_frame(&reply, &other, frame->tags ? &tci : NULL, bytes, sizeof(bytes));
	if (length > 0)
		lab_frame_to_phone(lab, i, 200, bytes, (size_t)length);
}

void lab_wire_frame(struct memory_lab *lab, unsigned i, const uint8_t *bytes, size_t length)
{
	struct ether_frame frame;

	if (ether_decode(bytes, length, &frame, NULL))
		abort();
	if (cdp_is_frame(&frame)) {
		on_cdp(lab, i, &frame);
	} else if (frame.type == ETHER_LLDP) {
		on_lldp(lab, &frame, bytes, length);
		if (lab->wire.lldp)
			lab_wire_say_lldp(lab, i);
	} else if (frame.type == ETHER_ARP) {
		on_arp(lab, i, &frame);
	} else if (frame.type == ETHER_IPV4) {
		lab_dhcp_frame(lab, bytes, length, 0);
	}
}
