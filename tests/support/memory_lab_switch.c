/* The real switch core behind the phones, and the power that it gives them. */
#include "tests/support/memory_lab_internal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define PER_MEMBER 48

unsigned lab_server_port(const struct memory_lab *lab)
{
	return switch_core_ports(lab->sw) - 1;
}

static void to_port(struct memory_lab *lab, unsigned port, const uint8_t *frame, size_t length)
{
	struct item item = {.at_us = lab->now_us + 5, .kind = ITEM_HOST};

	if (port < lab->phones) {
		lab_frame_to_phone(lab, port, 5, frame, length);
	} else if (port == lab_server_port(lab)) {
		item.bytes = lab_copy(frame, length);
		item.length = length;
		lab_push(lab, item);
	}
}

static void power_to_phone(struct memory_lab *lab, const struct switch_action *action)
{
	static const int kinds[] = {
	    [SWITCH_POWER_DETECTED] = -1,
	    [SWITCH_POWER_GRANTED] = PHONE_POWER_GRANTED,
	    [SWITCH_POWER_DENIED] = PHONE_POWER_DENIED,
	    [SWITCH_POWER_OFF] = PHONE_POWER_OFF,
	    [SWITCH_POWER_ADJUSTED] = PHONE_POWER_ADJUSTED,
	};
	struct phone_event event = {.kind = PHONE_POWER_OFF};

	if (action->power.port >= lab->phones || kinds[action->power.state] < 0)
		return;
	event.kind = (enum phone_event_kind)kinds[action->power.state];
	event.power.mw = action->power.mw;
	event.power.reason = "see the switch";
	lab_to_phone(lab, action->power.port, 20, &event, "", 0);
}

static void switch_act(void *arg, const struct switch_action *action)
{
	struct memory_lab *lab = arg;
	struct phone_event event;

	switch (action->kind) {
	case SWITCH_ACTION_SEND:
		for (unsigned n = 0; n < action->send.count; n++)
			if ((int)action->send.ports[n] != action->send.except)
				to_port(lab, action->send.ports[n], action->send.frame, action->send.length);
		break;
	case SWITCH_ACTION_POWER: power_to_phone(lab, action); break;
	case SWITCH_ACTION_LINK:
		event.kind = action->link.up ? PHONE_LINK_UP : PHONE_LINK_DOWN;
		if (action->link.port < lab->phones)
			lab_to_phone(lab, action->link.port, 20, &event, "", 0);
		break;
	case SWITCH_ACTION_EVENT:
		lab_say(lab, "sw1", "%s [%d] %s", action->event.event, action->event.step,
			action->event.detail ? action->event.detail : "");
		json_decref(action->event.evidence);
		break;
	case SWITCH_ACTION_TRACE: break;
	}
}

void lab_switch_make(struct memory_lab *lab)
{
	static const struct switch_vlan_config vlans[] = {{LAB_DATA_VLAN, "DATA"}, {LAB_VOICE_VLAN, "VOICE"}};
	struct switch_config config = {.name = "sw1",
				       .platform = "cisco C9200-48P",
				       .version = "17.9",
				       .mac = {{0x02, 0, 0, 0xaa, 0, 0}},
				       .members = lab->phones / PER_MEMBER + 1,
				       .access = PER_MEMBER,
				       .poe_budget_mw = PER_MEMBER * 30000,
				       .vlans = vlans,
				       .vlan_count = 2,
				       .dhcp_snooping = true,
				       .seed = lab->config.seed};
	unsigned ports = switch_config_ports(&config);
	struct switch_port_config *port = lab_need(calloc(ports, sizeof(*port)));
	uint16_t voice = lab->config.voice_vlan ? lab->config.voice_vlan : LAB_VOICE_VLAN;
	struct fail fail = {0};

	for (unsigned i = 0; i < ports; i++) {
		switch_port_config_init(&port[i], false);
		port[i].access_vlan = LAB_DATA_VLAN;
		port[i].voice_vlan = voice == 0xffff ? 0 : voice;
	}
	port[ports - 1].access_vlan = voice == 0xffff ? LAB_DATA_VLAN : voice;
	port[ports - 1].voice_vlan = 0;
	port[ports - 1].trusted = true;
	config.ports = port;
	if (switch_core_new(&lab->sw, &config, lab->now_us, switch_act, lab, &fail)) {
		fprintf(stderr, "switch: %s\n", fail.text);
		abort();
	}
	free(port);
}

void lab_switch_plug(struct memory_lab *lab, unsigned i)
{
	struct switch_device device = {.power = SWITCH_POWER_PD};
	struct lab_phone *slot = &lab->phone[i];
	struct phone_view view = memory_lab_view(lab, i);

	snprintf(device.node, sizeof(device.node), "%s", slot->name);
	device.mac = slot->mac;
	device.power_class = view.model->poe_class;
	slot->plugged = true;
	switch_core_plug(lab->sw, lab->now_us, slot->port, &device);
}
