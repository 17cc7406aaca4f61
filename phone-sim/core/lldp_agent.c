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
#define SOURCE_LOCAL	2
#define NO_VLAN		4095		     /* in the policies of recorded phones that have no voice VLAN */
#define HARDWARE	(&PHONE_HARDWARE[2]) /* recorded LLDP has 1 and V1, recorded pages have V01 */
#define NOT_NUMBERED	1		     /* interface numbering of a management address: unknown */

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

/* What an LLDPDU of the phone points to. */
struct texts {
	uint8_t chassis[5], address[4];
	char port[20], description[160], load[PHONE_LOAD_MAX + 8], boot[PHONE_LOAD_MAX + 8],
	    serial[MAC_SERIAL], model[16];
};

/* At most 32 characters, as an inventory TLV holds (TIA-1057 10.2.6). */
static struct wire_slice inventory(const char *text)
{
	struct wire_slice slice = wire_slice_text(text);

	if (slice.length > 32)
		slice.length = 32;
	return slice;
}

/* The identity in the form of recorded phones: port "001122AABB01:P1", description with hardware and load. */
static void add_identity(const struct phone *phone, struct texts *texts, struct lldp_message *message)
{
	const char *load = phone->active.load;
	uint32_t address = phone->discovery.lldp_chassis;

	message->chassis = lldp_ipv4_id(LLDP_CHASSIS_NETWORK, address, texts->chassis);
	snprintf(texts->port, sizeof(texts->port), "%s:P1", phone->name + 3);
	message->port = (struct lldp_id){LLDP_PORT_LOCAL, wire_slice_text(texts->port)};
	message->port_description = wire_slice_text("SW PORT");
	message->system_name = wire_slice_text(phone->name);
	snprintf(texts->load, sizeof(texts->load), "%s.loads", load);
	snprintf(texts->description, sizeof(texts->description), "%s, V%s, %s", phone->model->platform,
		 HARDWARE, texts->load);
	message->system_description = wire_slice_text(texts->description);
	if (address) {
		message->has |= LLDP_HAS_MANAGEMENT;
		memcpy(texts->address, texts->chassis + 1, sizeof(texts->address));
		message->management = (struct lldp_management){
		    .family = 1, .address = {texts->address, 4}, .interface_subtype = NOT_NUMBERED};
	}
	snprintf(texts->boot, sizeof(texts->boot), "sboot%s", strncmp(load, "sip", 3) ? load : load + 3);
	snprintf(texts->model, sizeof(texts->model), "CP-%s", phone->model->name);
	mac_serial(&phone->config.mac, PHONE_SERIAL_SITE, texts->serial);
	message->hardware = inventory(HARDWARE);
	message->firmware = inventory(texts->boot);
	message->software = inventory(texts->load);
	message->serial = inventory(texts->serial);
	message->manufacturer = inventory("Cisco Systems, Inc.");
	message->model = inventory(texts->model);
}

/* The policies for voice and its signalling. */
static void add_policies(const struct phone *phone, struct lldp_message *message)
{
	static const struct lldp_policy policies[] = {
	    {.application = LLDP_APP_VOICE, .vlan = NO_VLAN, .priority = 5, .dscp = 46},
	    {.application = LLDP_APP_VOICE_SIGNALLING, .vlan = NO_VLAN, .priority = 4, .dscp = 32}};
	const struct discovery *discovery = &phone->discovery;

	for (message->policies = 0; message->policies < 2; message->policies++) {
		struct lldp_policy *policy = &message->policy[message->policies];

		*policy = policies[message->policies];
		if (!discovery->decided || discovery->source == VLAN_FROM_NOBODY)
			continue;
		policy->tagged = discovery->vlan > 1;
		policy->vlan = discovery->vlan;
	}
}

static ssize_t build(struct phone *phone, bool shutdown, uint8_t *frame, size_t size)
{
	struct lldp_message message = {0};
	struct texts texts;

	message.has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_PORT_DESCRIPTION |
		      LLDP_HAS_SYSTEM_NAME | LLDP_HAS_SYSTEM_DESCRIPTION | LLDP_HAS_CAPABILITIES |
		      LLDP_HAS_MAC_PHY | LLDP_HAS_MED | LLDP_HAS_POLICY | LLDP_HAS_MED_POWER |
		      LLDP_HAS_HARDWARE | LLDP_HAS_FIRMWARE | LLDP_HAS_SOFTWARE | LLDP_HAS_SERIAL |
		      LLDP_HAS_MANUFACTURER | LLDP_HAS_MODEL | LLDP_HAS_ASSET; /* asset: empty */
	add_identity(phone, &texts, &message);
	message.ttl = TTL;
	message.capabilities = LLDP_CAP_TELEPHONE | (phone->model->pc_port ? LLDP_CAP_BRIDGE : 0);
	message.enabled = message.capabilities;
	message.mac_phy =
	    (struct lldp_mac_phy){.autonegotiation = 3, .pmd = PMD_10_100_1000, .mau = MAU_1000FD};
	message.med_capabilities =
	    LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY | LLDP_MED_CAP_POWER_PD | LLDP_MED_CAP_INVENTORY;
	message.med_class = LLDP_MED_CLASS_3;
	add_policies(phone, &message);
	message.med_power =
	    (struct lldp_med_power){.type = 1,
				    .source = phone->config.ac_power ? SOURCE_LOCAL : SOURCE_PSE,
				    .value = (uint16_t)((phone->model->idle_mw + 99) / 100)};
	add_power(phone, &message);
	return lldp_frame(&message, shutdown, &phone->config.mac, frame, size);
}

static void send_now(struct phone *phone, bool shutdown)
{
	uint8_t frame[LLDP_FRAME_MAX];
	ssize_t length = build(phone, shutdown, frame, sizeof(frame));

	phone_send_frame(phone, frame, length);
	phone->frames.lldp_out += phone->link;
	phone->discovery.lldp_sent = !shutdown;
}

void phone_lldp_send(struct phone *phone)
{
	struct discovery *discovery = &phone->discovery;
	uint32_t address = phone->address_set ? phone->dhcp.lease.address : 0;

	if (!phone->config.lldp || !discovery->up)
		return;
	/* With another chassis id the phone is another neighbour: the old one ends (IEEE 802.1AB 9.1.2). */
	if (discovery->lldp_sent && discovery->lldp_chassis != address)
		send_now(phone, true);
	discovery->lldp_chassis = address;
	send_now(phone, false);
	if (discovery->fast_starts)
		discovery->fast_starts--;
	phone_timer_in(phone, TIMER_LLDP, discovery->fast_starts ? FAST_US : INTERVAL_US);
}

void phone_lldp_stop(struct phone *phone, bool shutdown)
{
	phone_timer_stop(phone, TIMER_LLDP);
	if (shutdown && phone->config.lldp && phone->discovery.up)
		send_now(phone, true);
}

static void copy_neighbor(struct phone *phone, const struct lldp_message *message)
{
	const struct lldp_management *management = &message->management;
	struct phone_neighbor far = {0};
	char text[128];

	if (message->has & LLDP_HAS_SYSTEM_NAME)
		wire_slice_print(message->system_name, far.device, sizeof(far.device));
	lldp_id_text(&message->port, LLDP_PORT_MAC, LLDP_PORT_NETWORK, far.port, sizeof(far.port));
	if (message->has & LLDP_HAS_MANAGEMENT && management->family == 1 && management->address.length == 4)
		for (unsigned i = 0; i < 4; i++)
			far.address = far.address << 8 | management->address.data[i];
	phone->discovery.lldp = far;
	snprintf(text, sizeof(text), "%s %s", far.device, far.port);
	if (!strcmp(text, phone->discovery.lldp_neighbor))
		return;
	if (*phone->discovery.lldp_neighbor)
		phone->discovery.lldp_odd = (struct wire_odd){0};
	memcpy(phone->discovery.lldp_neighbor, text, sizeof(text));
	phone_report(phone, "lldp.neighbor", NULL, 0, "%s", text);
	phone_trace(phone, PHONE_TRACE_LLDP, "neighbor %s", text);
}

/* Switches send the MED TLVs only after the phone has: one report is enough. */
static void drop_incomplete(struct phone *phone, const struct lldp_message *message, const char *missing)
{
	phone_report_odd(phone, "lldp.odd", &message->odd, &phone->discovery.lldp_odd);
	if (phone->discovery.lldp_dropped++)
		return;
	phone_console(phone, "WRN LLDP-dropped: no %s", missing);
	phone_report(phone, "lldp.incomplete", NULL, 0, "message dropped: no %s", missing);
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
	phone->frames.lldp_in++;
	if (lldp_decode(payload, length, &message, &error)) {
		phone->frames.lldp_in_errors++;
		phone->frames.lldp_discarded++;
		phone_console(phone, "WRN LLDP-dropped: %s at byte %zu", error.what, error.offset);
		phone_report(phone, "lldp.bad", NULL, 0, "message dropped: %s at offset %zu", error.what,
			     error.offset);
		return;
	}
	phone->frames.lldp_tlvs_discarded += message.odd.count + message.odd.dropped;
	phone->frames.lldp_tlvs_unrecognized += message.unknown;
	missing = lldp_phone_missing(&message);
	if (missing) {
		phone->frames.lldp_discarded++;
		drop_incomplete(phone, &message, missing);
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
	phone_report_odd(phone, "lldp.odd", &message.odd, &discovery->lldp_odd);
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
