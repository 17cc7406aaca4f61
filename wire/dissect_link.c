#include "wire/dissect_private.h"

#include "base/ladder.h"

#include <stdio.h>
#include <string.h>

/* CDP, LLDP and ARP. */

void dissect_arp(struct dissect_view *view, const struct ether_frame *frame)
{
	struct arp_packet packet;
	struct wire_error error;

	view->out->protocol = "arp";
	if (arp_decode(frame->payload.data, frame->payload.length, &packet, &error) < 0) {
		dissect_bad(view, frame->payload.data, &error);
		return;
	}
	dissect_text(view, "operation",
		     packet.operation == ARP_REQUEST ? "request"
		     : packet.operation == ARP_REPLY ? "reply"
						     : "other");
	dissect_mac(view, "sender_mac", &packet.sender_mac);
	dissect_address(view, "sender", packet.sender_ip);
	dissect_address(view, "target", packet.target_ip);
	if (arp_is_probe(&packet) || arp_is_announcement(&packet)) {
		dissect_text(view, "conflict_detection", arp_is_probe(&packet) ? "probe" : "announcement");
		view->out->step = LADDER_DHCP;
	}
}

static void cdp_device(struct dissect_view *view, const struct cdp_message *message)
{
	char text[64];
	struct mac mac;

	wire_slice_print(message->device_id, text, sizeof(text));
	if ((message->has & CDP_HAS(CDP_DEVICE_ID)) && mac_parse_device(&mac, text) == 0)
		dissect_is_phone(view, &mac);
}

static void cdp_capabilities(struct dissect_view *view, uint32_t capabilities)
{
	for (unsigned bit = 0; bit < CDP_CAP_NAMED; bit++)
		if (capabilities & UINT32_C(1) << bit)
			dissect_text(view, "capabilities", cdp_capability_name(bit));
}

static void cdp_power(struct dissect_view *view, const struct cdp_message *message)
{
	if (message->has & CDP_HAS(CDP_POWER_CONSUMPTION))
		dissect_number(view, "power_consumption_mw", message->power_consumption);
	if (message->has & CDP_HAS(CDP_POWER_REQUESTED)) {
		dissect_number(view, "power_request_id", message->power_requested.request_id);
		for (unsigned i = 0; i < message->power_requested.count; i++)
			dissect_number(view, "power_requested_mw", message->power_requested.level[i]);
	}
	if (message->has & CDP_HAS(CDP_POWER_AVAILABLE)) {
		dissect_number(view, "power_request_id", message->power_available.request_id);
		dissect_number(view, "power_management_id", message->power_available.management_id);
		if (message->power_available.count)
			dissect_number(view, "power_available_mw", message->power_available.level[0]);
	}
}

void dissect_cdp(struct dissect_view *view, const struct ether_frame *frame)
{
	struct cdp_message message;
	struct wire_error error;
	uint32_t address;
	bool sum_wrong;

	view->out->protocol = "cdp";
	view->out->step = LADDER_VOICE_VLAN;
	if (cdp_decode_any(frame->payload.data, frame->payload.length, &message, &sum_wrong, &error) < 0) {
		dissect_bad(view, frame->payload.data, &error);
		return;
	}
	dissect_sum(view, sum_wrong, "CDP checksum", frame->payload.data + CDP_CHECKSUM_AT);
	const struct {
		enum cdp_tlv tlv;
		const char *name;
		struct wire_slice text;
	} TEXTS[] = {
	    {CDP_DEVICE_ID, "device_id", message.device_id},
	    {CDP_PORT_ID, "port_id", message.port_id},
	    {CDP_PLATFORM, "platform", message.platform},
	    {CDP_VERSION, "software", message.software_version},
	    {CDP_VTP_DOMAIN, "vtp_domain", message.vtp_domain},
	    {CDP_SYSTEM_NAME, "system_name", message.system_name},
	};

	dissect_number(view, "ttl_s", message.ttl);
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		if (message.has & CDP_HAS(TEXTS[i].tlv))
			dissect_slice(view, TEXTS[i].name, TEXTS[i].text);
	if (cdp_first_ipv4(&message.addresses, &address))
		dissect_address(view, "address", address);
	if (message.has & CDP_HAS(CDP_CAPABILITIES))
		cdp_capabilities(view, message.capabilities);
	if (message.has & CDP_HAS(CDP_NATIVE_VLAN))
		dissect_number(view, "native_vlan", message.native_vlan);
	if (message.has & CDP_HAS(CDP_DUPLEX))
		dissect_text(view, "duplex", message.duplex ? "full" : "half");
	if (message.has & CDP_HAS(CDP_VOIP_QUERY))
		dissect_text(view, "voice_vlan_query", "yes");
	if ((message.has & CDP_HAS(CDP_VOIP_REPLY)) && message.voip_reply.has_vlan)
		dissect_number(view, "voice_vlan", message.voip_reply.vlan);
	cdp_power(view, &message);
	if (message.unknown)
		dissect_number(view, "unknown_tlvs", message.unknown);
	dissect_odd(view, frame->payload.data, &message.odd);
	cdp_device(view, &message);
}

static void lldp_id(struct dissect_view *view, const char *name, const struct lldp_id *id,
		    uint8_t mac_subtype, uint8_t network_subtype)
{
	char text[DISSECT_VALUE_MAX + 1];

	dissect_text(view, name, lldp_id_text(id, mac_subtype, network_subtype, text, sizeof(text)));
}

static void lldp_policies(struct dissect_view *view, const struct lldp_message *message)
{
	const struct lldp_policy *voice = lldp_find_policy(message, LLDP_APP_VOICE);

	for (unsigned i = 0; i < message->policies; i++)
		dissect_text(view, "med_policies", lldp_application_name(message->policy[i].application));
	if (!voice)
		return;
	if (voice->unknown) {
		dissect_text(view, "voice_policy", "unknown");
		return;
	}
	dissect_text(view, "voice_policy", voice->tagged ? "tagged" : "untagged");
	dissect_number(view, "voice_vlan", voice->vlan);
	dissect_number(view, "voice_priority", voice->priority);
	dissect_number(view, "voice_dscp", voice->dscp);
}

static void lldp_power(struct dissect_view *view, const struct lldp_message *message)
{
	if (message->has & LLDP_HAS_POWER) {
		dissect_number(view, "power_class",
			       message->power.class_code ? message->power.class_code - 1u : 0);
		if (message->power.has_at) {
			dissect_number(view, "power_requested_mw", message->power.requested * 100u);
			dissect_number(view, "power_allocated_mw", message->power.allocated * 100u);
		}
	}
	if (message->has & LLDP_HAS_MED_POWER)
		dissect_number(view, "med_power_mw", message->med_power.value * 100u);
}

void dissect_lldp(struct dissect_view *view, const struct ether_frame *frame)
{
	struct lldp_message message;
	struct wire_error error;
	char text[64];
	struct mac mac;

	view->out->protocol = "lldp";
	view->out->step = LADDER_VOICE_VLAN;
	if (lldp_decode(frame->payload.data, frame->payload.length, &message, &error) < 0) {
		dissect_bad(view, frame->payload.data, &error);
		return;
	}
	const struct {
		uint32_t has;
		const char *name;
		struct wire_slice text;
	} TEXTS[] = {
	    {LLDP_HAS_PORT_DESCRIPTION, "port_description", message.port_description},
	    {LLDP_HAS_SYSTEM_NAME, "system_name", message.system_name},
	    {LLDP_HAS_SYSTEM_DESCRIPTION, "system_description", message.system_description},
	    {LLDP_HAS_HARDWARE, "hardware", message.hardware},
	    {LLDP_HAS_FIRMWARE, "firmware", message.firmware},
	    {LLDP_HAS_SOFTWARE, "software", message.software},
	    {LLDP_HAS_SERIAL, "serial", message.serial},
	    {LLDP_HAS_MANUFACTURER, "manufacturer", message.manufacturer},
	    {LLDP_HAS_MODEL, "model", message.model},
	};

	lldp_id(view, "chassis_id", &message.chassis, LLDP_CHASSIS_MAC, LLDP_CHASSIS_NETWORK);
	lldp_id(view, "port_id", &message.port, LLDP_PORT_MAC, LLDP_PORT_NETWORK);
	dissect_number(view, "ttl_s", message.ttl);
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		if (message.has & TEXTS[i].has)
			dissect_slice(view, TEXTS[i].name, TEXTS[i].text);
	if (message.has & LLDP_HAS_PORT_VLAN)
		dissect_number(view, "port_vlan", message.port_vlan);
	if (message.has & LLDP_HAS_MED)
		dissect_number(view, "med_class", message.med_class);
	lldp_policies(view, &message);
	lldp_power(view, &message);
	if (message.unknown)
		dissect_number(view, "unknown_tlvs", message.unknown);
	dissect_odd(view, frame->payload.data, &message.odd);
	if ((message.has & LLDP_HAS_SYSTEM_NAME) &&
	    mac_parse_device(&mac, wire_slice_print(message.system_name, text, sizeof(text))) == 0)
		dissect_is_phone(view, &mac);
}
