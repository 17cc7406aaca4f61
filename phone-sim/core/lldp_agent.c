/* The LLDP-MED endpoint of the phone (ANSI/TIA-1057, class III). */
#include "phone-sim/core/discovery.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/timers.h"
#include "wire/lldp.h"

#define INTERVAL_US	UINT64_C(30000000)
#define FAST_US		UINT64_C(1000000)
#define FAST_START	4
#define TTL		180
#define MAU_1000FD	30
#define PMD_10_100_1000 0x6c01 /* 10BASE-T and 100BASE-TX of both duplexes, 1000BASE-T full */
#define SOURCE_PSE	1
#define SOURCE_BOTH	3
#define VOICE_PRIO	5
#define VOICE_DSCP	46

void phone_lldp_start(struct phone *phone)
{
	if (!phone->config.lldp)
		return;
	phone->discovery.fast_starts = FAST_START;
	phone_lldp_send(phone);
}

/* Power via MDI: the requested power and the allocated power. Until the switch has sent an allocation, the
 * allocated power is that of the class (802.3 33.6.4, mirrored values). */
static void add_power(const struct phone *phone, struct lldp_message *message)
{
	static const uint16_t of_class[] = {130, 39, 65, 130, 255};
	const struct discovery *discovery = &phone->discovery;
	unsigned class = phone->model->poe_class;

	if (phone->config.ac_power || class >= sizeof(of_class) / sizeof(of_class[0]))
		return;
	message->has |= LLDP_HAS_POWER;
	message->power = (struct lldp_power){
	    .pair = 1,
	    .class_code = (uint8_t)(class + 1),
	    .has_at = true,
	    .type = class == 4 ? 1 : 3,
	    .source = SOURCE_PSE,
	    .requested = (uint16_t)((phone->model->idle_mw + 99) / 100),
	    .allocated = discovery->lldp_allocated ? discovery->lldp_allocated : of_class[class],
	};
}

static void power_allocated(struct phone *phone, const struct lldp_power *power)
{
	struct discovery *discovery = &phone->discovery;

	if (phone->config.ac_power || !power->has_at || !power->allocated ||
	    power->allocated == discovery->lldp_allocated)
		return;
	discovery->lldp_allocated = power->allocated;
	phone_report(phone, "lldp.power", NULL, 0, "%u mW allocated, %u asked", power->allocated * 100u,
		     phone->model->idle_mw);
	/* The switch withdraws power that the phone does not confirm within 10 s. */
	if (phone->timer[TIMER_LLDP] > phone->now_us + FAST_US)
		phone_timer_in(phone, TIMER_LLDP, FAST_US);
}

static ssize_t build(struct phone *phone, bool shutdown, uint8_t *frame, size_t size)
{
	const struct discovery *discovery = &phone->discovery;
	struct lldp_message message = {0};
	uint8_t address[5];
	uint16_t capabilities = LLDP_CAP_TELEPHONE | (phone->model->pc_port ? LLDP_CAP_BRIDGE : 0);

	message.has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_PORT_DESCRIPTION |
		      LLDP_HAS_SYSTEM_NAME | LLDP_HAS_SYSTEM_DESCRIPTION | LLDP_HAS_CAPABILITIES |
		      LLDP_HAS_MAC_PHY | LLDP_HAS_MED | LLDP_HAS_POLICY | LLDP_HAS_MED_POWER |
		      LLDP_HAS_FIRMWARE;
	message.chassis =
	    lldp_ipv4_id(LLDP_CHASSIS_NETWORK, phone->address_set ? phone->dhcp.lease.address : 0, address);
	message.port = lldp_mac_id(LLDP_PORT_MAC, &phone->config.mac);
	message.ttl = TTL;
	message.port_description = wire_slice_text("Port 1");
	message.system_name = wire_slice_text(phone->name);
	message.system_description = wire_slice_text(phone->model->platform);
	message.capabilities = message.enabled = capabilities;
	message.mac_phy =
	    (struct lldp_mac_phy){.autonegotiation = 3, .pmd = PMD_10_100_1000, .mau = MAU_1000FD};
	message.med_capabilities =
	    LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY | LLDP_MED_CAP_POWER_PD | LLDP_MED_CAP_INVENTORY;
	message.med_class = LLDP_MED_CLASS_3;
	message.policies = 1;
	message.policy[0].application = LLDP_APP_VOICE;
	message.policy[0].unknown = !discovery->decided || discovery->source == VLAN_FROM_NOBODY;
	if (!message.policy[0].unknown) {
		message.policy[0].tagged = discovery->vlan > 1;
		message.policy[0].vlan = discovery->vlan;
		message.policy[0].priority = VOICE_PRIO;
		message.policy[0].dscp = VOICE_DSCP;
	}
	message.med_power.type = 1; /* PD */
	message.med_power.source = SOURCE_BOTH;
	message.med_power.value = (uint16_t)((phone->model->idle_mw + 99) / 100);
	add_power(phone, &message);
	message.firmware = wire_slice_text(phone->active.load);
	if (message.firmware.length > 32)
		message.firmware.length = 32;
	return lldp_frame(&message, shutdown, &phone->config.mac, frame, size);
}

void phone_lldp_send(struct phone *phone)
{
	uint8_t frame[LLDP_FRAME_MAX];
	ssize_t length;

	if (!phone->config.lldp || !phone->discovery.up)
		return;
	length = build(phone, false, frame, sizeof(frame));
	phone_send_frame(phone, frame, length);
	if (phone->discovery.fast_starts)
		phone->discovery.fast_starts--;
	phone_timer_in(phone, TIMER_LLDP, phone->discovery.fast_starts ? FAST_US : INTERVAL_US);
}

void phone_lldp_stop(struct phone *phone, bool shutdown)
{
	uint8_t frame[LLDP_FRAME_MAX];
	ssize_t length;

	phone_timer_stop(phone, TIMER_LLDP);
	if (!shutdown || !phone->config.lldp || !phone->discovery.up)
		return;
	length = build(phone, true, frame, sizeof(frame));
	phone_send_frame(phone, frame, length);
}

static void copy_neighbor(struct phone *phone, const struct lldp_message *message)
{
	const struct lldp_management *management = &message->management;
	struct phone_neighbor far = {0};
	char text[128];

	if (message->has & LLDP_HAS_SYSTEM_NAME)
		wire_slice_print(message->system_name, far.device, sizeof(far.device));
	if (message->port.subtype == LLDP_PORT_INTERFACE_NAME)
		wire_slice_print(message->port.id, far.port, sizeof(far.port));
	if (message->has & LLDP_HAS_MANAGEMENT && management->family == 1 && management->address.length == 4)
		for (unsigned i = 0; i < 4; i++)
			far.address = far.address << 8 | management->address.data[i];
	phone->discovery.lldp = far;
	snprintf(text, sizeof(text), "%s %s", far.device, far.port);
	if (!strcmp(text, phone->discovery.lldp_neighbor))
		return;
	memcpy(phone->discovery.lldp_neighbor, text, sizeof(text));
	phone_report(phone, "lldp.neighbor", NULL, 0, "%s", text);
	phone_trace(phone, PHONE_TRACE_LLDP, "neighbor %s", text);
}

void phone_lldp_frame(struct phone *phone, const uint8_t *payload, size_t length)
{
	struct discovery *discovery = &phone->discovery;
	struct lldp_message message;
	struct wire_error error;
	const struct lldp_policy *voice;
	const char *missing;
	uint16_t vlan;
	bool changed;

	if (!phone->config.lldp || !discovery->up)
		return;
	if (lldp_decode(payload, length, &message, &error)) {
		phone_console(phone, "WRN LLDP-dropped: %s at byte %zu", error.what, error.offset);
		return;
	}
	missing = lldp_phone_missing(&message);
	if (missing) {
		if (!discovery->lldp_dropped++)
			phone_console(phone, "WRN LLDP-dropped: no %s", missing);
		return;
	}
	if (!message.ttl)
		return; /* the neighbour has stopped; its VLAN stays until another one is named */
	/* TIA-1057 11.2.1: the first LLDPDU of a network device starts the fast start. */
	if (!discovery->lldp_received) {
		discovery->lldp_received = true;
		discovery->fast_starts = FAST_START;
		phone_timer_in(phone, TIMER_LLDP, FAST_US);
	}
	copy_neighbor(phone, &message);
	if (message.has & LLDP_HAS_POWER)
		power_allocated(phone, &message.power);
	voice = lldp_find_policy(&message, LLDP_APP_VOICE);
	if (!voice || voice->unknown)
		return;
	/* A policy whose tagged bit is clear means untagged, whatever VLAN it carries (TIA-1057 10.2.3.2). */
	vlan = voice->tagged && voice->vlan > 1 && voice->vlan < 4095 ? voice->vlan : 0;
	changed = !discovery->lldp_named || discovery->lldp_vlan != vlan;
	discovery->lldp_named = true;
	discovery->lldp_vlan = vlan;
	if (changed)
		voice_vlan_received(phone, VLAN_FROM_LLDP);
}
