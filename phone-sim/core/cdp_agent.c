/* CDP: two frames at boot, then one per minute; the VoIP VLAN query until a VLAN is known; power. */
#include "phone-sim/core/discovery.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/timers.h"
#include "wire/cdp.h"
#include "wire/ipv4.h"

#define PERIOD_US UINT64_C(60000000)
#define ECHO_US	  UINT64_C(1000000) /* delay of the confirmation of an allocation; switches wait 10 s for it */

/* Nothing is plugged into the PC port: the octets of recorded phones. */
static const struct cdp_second_port second_port_down = {.port = 2, .status = 0};

/* Switches send request id 0 before they have received a request; the phone never uses it. */
static void new_request(struct phone *phone)
{
	struct discovery *discovery = &phone->discovery;

	discovery->requested_mw = phone->model->idle_mw;
	if (discovery->request_id)
		discovery->request_id++;
	while (!discovery->request_id)
		discovery->request_id = (uint16_t)rng_range(&phone->rng, 1, 0xfffe);
}

void phone_cdp_start(struct phone *phone)
{
	if (!phone->config.cdp)
		return;
	if (!phone->discovery.request_id)
		new_request(phone);
	phone->discovery.cdp_sent = 0;
}

void phone_cdp_send(struct phone *phone, bool query)
{
	struct discovery *discovery = &phone->discovery;
	struct cdp_message message = {.version = 2, .ttl = CDP_TTL};
	uint8_t frame[CDP_FRAME_MAX];
	char load[PHONE_LOAD_MAX + 8];
	ssize_t length;

	if (!phone->config.cdp)
		return;
	message.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) | CDP_HAS(CDP_CAPABILITIES) |
		      CDP_HAS(CDP_VERSION) | CDP_HAS(CDP_PLATFORM) | CDP_HAS(CDP_DUPLEX) |
		      CDP_HAS(CDP_POWER_CONSUMPTION);
	message.device_id = wire_slice_text(phone->name);
	if (phone->address_set) {
		message.has |= CDP_HAS(CDP_ADDRESS) | CDP_HAS(CDP_MANAGEMENT_ADDRESS);
		cdp_add_ipv4(&message.addresses, phone->dhcp.lease.address);
		message.management_addresses = message.addresses;
	}
	message.port_id = wire_slice_text("Port 1");
	message.capabilities =
	    CDP_CAP_HOST | CDP_CAP_PHONE | (phone->model->pc_port ? CDP_CAP_TWO_PORT_MAC_RELAY : 0);
	snprintf(load, sizeof(load), "%s.loads", phone->active.load);
	message.software_version = wire_slice_text(load);
	message.platform = wire_slice_text(phone->model->platform);
	message.duplex = 1;
	if (phone->model->pc_port) {
		message.has |= CDP_HAS(CDP_SECOND_PORT_STATUS);
		message.second_port = second_port_down;
	}
	message.power_consumption = phone->draw_mw;
	if (query) {
		message.has |= CDP_HAS(CDP_VOIP_QUERY);
		message.voip_query = cdp_voip_query_value;
	}
	if (!phone->config.ac_power) {
		message.has |= CDP_HAS(CDP_POWER_REQUESTED);
		message.power_requested.request_id = discovery->request_id;
		message.power_requested.management_id = discovery->management_id;
		message.power_requested.count = 1;
		message.power_requested.level[0] = discovery->requested_mw;
	}
	length = cdp_frame(&message, &phone->config.mac, frame, sizeof(frame));
	phone_send_frame(phone, frame, length);
	discovery->cdp_sent++;
	phone_timer_in(phone, TIMER_CDP, PERIOD_US);
}

void phone_cdp_timer(struct phone *phone)
{
	phone_cdp_send(phone, phone->discovery.decided && phone->discovery.source == VLAN_FROM_NOBODY);
}

static void power_available(struct phone *phone, const struct cdp_power *power)
{
	struct discovery *discovery = &phone->discovery;

	/* It does not answer a request of this phone. */
	if (!power->request_id || power->request_id != discovery->request_id || !power->count)
		return;
	if (discovery->management_id == power->management_id)
		return;
	discovery->management_id = power->management_id;
	if (phone->timer[TIMER_CDP] > phone->now_us + ECHO_US)
		phone_timer_in(phone, TIMER_CDP, ECHO_US);
	phone_report(phone, "cdp.power", NULL, 0, "%u mW available, %u asked", power->level[0],
		     discovery->requested_mw);
}

static void copy_neighbor(struct phone *phone, const struct cdp_message *message)
{
	struct phone_neighbor far = {0};
	char text[128];

	if (message->has & CDP_HAS(CDP_DEVICE_ID))
		wire_slice_print(message->device_id, far.device, sizeof(far.device));
	if (message->has & CDP_HAS(CDP_PORT_ID))
		wire_slice_print(message->port_id, far.port, sizeof(far.port));
	if (!cdp_first_ipv4(&message->management_addresses, &far.address))
		cdp_first_ipv4(&message->addresses, &far.address);
	phone->discovery.cdp = far;
	snprintf(text, sizeof(text), "%s %s", far.device, far.port);
	if (!strcmp(text, phone->discovery.cdp_neighbor))
		return;
	if (*phone->discovery.cdp_neighbor)
		phone->discovery.cdp_odd = (struct wire_odd){0};
	memcpy(phone->discovery.cdp_neighbor, text, sizeof(text));
	phone_console(phone, "NOT CDP-cdpRcvPkt(): deviceId is %s", far.device);
	phone_report(phone, "cdp.neighbor", NULL, 0, "%s", text);
	phone_trace(phone, PHONE_TRACE_CDP, "neighbor %s", text);
}

/* The VLAN that a reply names; 0, 1 and 4095 (and beyond) mean untagged. */
static uint16_t usable_vlan(uint16_t vlan)
{
	return vlan <= 1 || vlan >= 4095 ? 0 : vlan;
}

void phone_cdp_frame(struct phone *phone, const uint8_t *payload, size_t length)
{
	struct discovery *discovery = &phone->discovery;
	struct cdp_message message;
	struct wire_error error;

	if (!phone->config.cdp || !discovery->up)
		return;
	if (cdp_decode(payload, length, &message, &error)) {
		phone_console(phone, "WRN CDP-cdpRcvPkt(): %s at byte %zu, dropped", error.what,
			      error.offset);
		phone_report(phone, "cdp.bad", NULL, 0, "message dropped: %s at offset %zu", error.what,
			     error.offset);
		return;
	}
	discovery->cdp_received = true;
	copy_neighbor(phone, &message);
	phone_report_odd(phone, "cdp.odd", &message.odd, &discovery->cdp_odd);
	if (message.has & CDP_HAS(CDP_POWER_AVAILABLE))
		power_available(phone, &message.power_available);
	if ((message.has & CDP_HAS(CDP_VOIP_REPLY)) && message.voip_reply.has_vlan) {
		uint16_t vlan = usable_vlan(message.voip_reply.vlan);
		bool changed = !discovery->cdp_named || discovery->cdp_vlan != vlan;

		discovery->cdp_named = true;
		discovery->cdp_vlan = vlan;
		discovery->cdp_without = 0;
		if (changed)
			voice_vlan_received(phone, VLAN_FROM_CDP);
	} else if (discovery->decided && discovery->cdp_named) {
		/* Earlier frames named a voice VLAN: ask. If the answer names none, the port has none any more. */
		if (++discovery->cdp_without == 1) {
			phone_cdp_send(phone, true);
			return;
		}
		discovery->cdp_named = false;
		discovery->cdp_vlan = 0;
		voice_vlan_received(phone, VLAN_FROM_CDP);
	}
}
