#include "tests/support/switch_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bench_init(struct bench *bench)
{
	static const struct switch_vlan_config vlans[] = {{10, "DATA"}, {20, "SERVERS"}, {110, "VOICE"}};

	memset(bench, 0, sizeof(*bench));
	memcpy(bench->vlans, vlans, sizeof(vlans));
	bench->config = (struct switch_config){
	    .name = "sw1",
	    .platform = "cisco C9200L-48P-4X",
	    .version = "Cisco IOS Software, switch-sim",
	    .mac = {{0x00, 0x1b, 0x54, 0x00, 0x00, 0x00}},
	    .has_address = true,
	    .address = 0x0a000001,
	    .members = 1,
	    .access = 48,
	    .uplinks = 4,
	    .poe_budget_mw = 370000,
	    .vlan_count = 3,
	    .dhcp_snooping = true,
	    .seed = 1,
	};
	for (unsigned i = 0; i < BENCH_PORTS; i++) {
		switch_port_config_init(&bench->ports[i], i >= BENCH_UPLINK);
		if (i >= BENCH_UPLINK)
			continue;
		bench->ports[i].access_vlan = 10;
		bench->ports[i].voice_vlan = 110;
	}
	bench->ports[47].access_vlan = 110;
	bench->ports[47].voice_vlan = 0;
	bench->ports[47].trusted = true;
	bench->now_us = 1000 * BENCH_SECOND;
}

static void keep_frame(struct bench *bench, const struct switch_action *action)
{
	struct bench_sent *sent = &bench->sent[bench->sent_count];

	assert_true(bench->sent_count < BENCH_SENT);
	assert_true(action->send.length <= sizeof(sent->frame));
	sent->count = 0;
	for (unsigned i = 0; i < action->send.count; i++)
		if (action->send.ports[i] != action->send.except)
			sent->port[sent->count++] = action->send.ports[i];
	assert_true(sent->count > 0);
	memcpy(sent->frame, action->send.frame, action->send.length);
	sent->length = action->send.length;
	bench->sent_count++;
}

static void keep(void *arg, const struct switch_action *action)
{
	struct bench *bench = arg;
	struct bench_power *power;

	switch (action->kind) {
	case SWITCH_ACTION_SEND: keep_frame(bench, action); break;
	case SWITCH_ACTION_POWER:
		assert_true(bench->power_count < BENCH_SENT);
		power = &bench->power[bench->power_count++];
		power->port = action->power.port;
		power->state = action->power.state;
		power->mw = action->power.mw;
		snprintf(power->reason, sizeof(power->reason), "%s", action->power.reason);
		break;
	case SWITCH_ACTION_LINK:
		assert_true(bench->link[action->link.port] != action->link.up);
		bench->link[action->link.port] = action->link.up;
		break;
	case SWITCH_ACTION_EVENT:
		assert_true(bench->event_count < BENCH_EVENTS);
		snprintf(bench->events[bench->event_count++], sizeof(bench->events[0]), "%s %s",
			 action->event.event, action->event.detail);
		json_decref(action->event.evidence);
		break;
	case SWITCH_ACTION_TRACE:
		assert_true(bench->trace_count < BENCH_EVENTS);
		snprintf(bench->traces[bench->trace_count++], sizeof(bench->traces[0]), "%s: %s",
			 log_token_name(action->trace.token), action->trace.text);
		break;
	}
}

void bench_start(struct bench *bench)
{
	struct fail fail = {0};

	bench->config.ports = bench->ports;
	bench->config.vlans = bench->vlans;
	assert_int_equal(switch_core_new(&bench->core, &bench->config, bench->now_us, keep, bench, &fail), 0);
}

void bench_stop(struct bench *bench)
{
	switch_core_free(bench->core);
	bench->core = NULL;
}

void bench_clear(struct bench *bench)
{
	bench->sent_count = bench->power_count = bench->event_count = 0;
}

void bench_advance(struct bench *bench, uint64_t us)
{
	uint64_t end = bench->now_us + us;

	while (switch_core_next(bench->core) <= end) {
		bench->now_us = switch_core_next(bench->core);
		switch_core_tick(bench->core, bench->now_us);
	}
	bench->now_us = end;
}

struct mac bench_mac(unsigned n)
{
	return n == 255 ? (struct mac){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
			: (struct mac){{2, 0, 0, 0, 0, (uint8_t)n}};
}

void bench_plug(struct bench *bench, unsigned port, enum switch_power_kind kind, unsigned power_class)
{
	struct switch_device device = {.mac = bench_mac(port + 1), .power = kind, .power_class = power_class};

	snprintf(device.node, sizeof(device.node), "node%u", port);
	assert_int_equal(switch_core_plug(bench->core, bench->now_us, port, &device), 0);
}

void bench_bytes(struct bench *bench, unsigned port, const void *bytes, size_t length)
{
	uint8_t *room = malloc(SWITCH_HEADROOM + length);

	/* Exactly as much as was promised, so that the sanitizers see a step too far. */
	memcpy(room + SWITCH_HEADROOM, bytes, length);
	switch_core_frame(bench->core, bench->now_us, port, room + SWITCH_HEADROOM, length);
	free(room);
}

void bench_frame(struct bench *bench, unsigned port, unsigned dst, unsigned src, int tci)
{
	struct mac to = bench_mac(dst), from = bench_mac(src);
	uint8_t frame[64] = {0};
	size_t at = 12;

	memcpy(frame, to.octet, 6);
	memcpy(frame + 6, from.octet, 6);
	if (tci >= 0) {
		frame[at++] = 0x81;
		frame[at++] = 0x00;
		frame[at++] = (uint8_t)(tci >> 8);
		frame[at++] = (uint8_t)tci;
	}
	frame[at++] = 0x88; /* IEEE 802 local experimental */
	frame[at++] = 0xb5;
	memset(frame + at, 0x5a, sizeof(frame) - at);
	bench_bytes(bench, port, frame, tci >= 0 ? 64 : 60);
}

void bench_cdp(struct bench *bench, unsigned port, const struct cdp_message *message, unsigned src)
{
	struct mac mac = bench_mac(src);
	uint8_t frame[CDP_FRAME_MAX];
	ssize_t length = cdp_frame(message, &mac, frame, sizeof(frame));

	assert_true(length > 0);
	bench_bytes(bench, port, frame, (size_t)length);
}

void bench_lldp(struct bench *bench, unsigned port, const struct lldp_message *message, unsigned src)
{
	struct mac mac = bench_mac(src);
	uint8_t frame[LLDP_FRAME_MAX];
	ssize_t length = lldp_frame(message, message->ttl == 0, &mac, frame, sizeof(frame));

	assert_true(length > 0);
	bench_bytes(bench, port, frame, (size_t)length);
}

struct cdp_message bench_phone_cdp(void)
{
	struct cdp_message message = {
	    .has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) | CDP_HAS(CDP_CAPABILITIES) |
		   CDP_HAS(CDP_VERSION) | CDP_HAS(CDP_PLATFORM) | CDP_HAS(CDP_DUPLEX) |
		   CDP_HAS(CDP_VOIP_QUERY) | CDP_HAS(CDP_POWER_CONSUMPTION) | CDP_HAS(CDP_POWER_REQUESTED),
	    .ttl = CDP_TTL,
	    .device_id = wire_slice_text("SEP001122AABB01"),
	    .port_id = wire_slice_text("Port 1"),
	    .capabilities = CDP_CAP_HOST | CDP_CAP_PHONE | CDP_CAP_TWO_PORT_MAC_RELAY,
	    .software_version = wire_slice_text("sip78xx.14-2-1-0001-125"),
	    .platform = wire_slice_text("Cisco IP Phone 7841"),
	    .duplex = 1,
	    .voip_query = cdp_voip_query_value,
	    .power_consumption = 3600,
	    .power_requested = {.request_id = 4660, .count = 1, .level = {3600}},
	};

	return message;
}

struct lldp_message bench_phone_lldp(void)
{
	static const uint8_t nowhere[5] = {1, 0, 0, 0, 0};
	static const uint8_t mac[6] = {0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01};
	struct lldp_message message = {
	    .has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_PORT_DESCRIPTION |
		   LLDP_HAS_SYSTEM_NAME | LLDP_HAS_SYSTEM_DESCRIPTION | LLDP_HAS_CAPABILITIES |
		   LLDP_HAS_MAC_PHY | LLDP_HAS_MED | LLDP_HAS_POLICY | LLDP_HAS_MED_POWER |
		   LLDP_HAS_FIRMWARE | LLDP_HAS_MODEL,
	    .chassis = {LLDP_CHASSIS_NETWORK, {nowhere, 5}},
	    .port = {LLDP_PORT_MAC, {mac, 6}},
	    .ttl = 180,
	    .port_description = wire_slice_text("SW PORT"),
	    .system_name = wire_slice_text("SEP001122AABB01"),
	    .system_description = wire_slice_text("Cisco IP Phone 7841, sip78xx.14-2-1-0001-125"),
	    .capabilities = LLDP_CAP_BRIDGE | LLDP_CAP_TELEPHONE,
	    .enabled = LLDP_CAP_BRIDGE | LLDP_CAP_TELEPHONE,
	    .mac_phy = {3, 0x6c01, 30},
	    .med_capabilities = LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY | LLDP_MED_CAP_POWER_PD |
				LLDP_MED_CAP_INVENTORY,
	    .med_class = LLDP_MED_CLASS_3,
	    .policies = 1,
	    .policy = {{.application = LLDP_APP_VOICE, .unknown = true}},
	    .med_power = {.type = 1, .source = 3, .value = 36},
	    .firmware = wire_slice_text("sip78xx.14-2-1-0001-125"),
	    .model = wire_slice_text("CP-7841"),
	};

	return message;
}

static bool left_by(const struct bench_sent *sent, unsigned port)
{
	for (unsigned i = 0; i < sent->count; i++)
		if (sent->port[i] == port)
			return true;
	return false;
}

unsigned bench_sent_to(const struct bench *bench, unsigned port)
{
	unsigned count = 0;

	for (unsigned i = 0; i < bench->sent_count; i++)
		count += left_by(&bench->sent[i], port);
	return count;
}

const struct bench_sent *bench_last_to(const struct bench *bench, unsigned port)
{
	for (unsigned i = bench->sent_count; i-- > 0;)
		if (left_by(&bench->sent[i], port))
			return &bench->sent[i];
	fail_msg("nothing was sent to port %u", port);
	return NULL;
}

bool bench_last_tag(const struct bench *bench, unsigned port, uint16_t *tci)
{
	const struct bench_sent *sent = bench_last_to(bench, port);

	return ether_tag_peek(sent->frame, sent->length, tci);
}

static bool is_cdp(const struct bench_sent *sent, struct ether_frame *frame)
{
	return !ether_decode(sent->frame, sent->length, frame, NULL) && cdp_is_frame(frame);
}

static bool is_lldp(const struct bench_sent *sent, struct ether_frame *frame)
{
	return !ether_decode(sent->frame, sent->length, frame, NULL) && frame->kind == ETHER_II &&
	       frame->type == ETHER_LLDP;
}

static unsigned count_of(const struct bench *bench, unsigned port,
			 bool (*is)(const struct bench_sent *, struct ether_frame *))
{
	struct ether_frame frame;
	unsigned count = 0;

	for (unsigned i = 0; i < bench->sent_count; i++)
		count += left_by(&bench->sent[i], port) && is(&bench->sent[i], &frame);
	return count;
}

unsigned bench_count_cdp(const struct bench *bench, unsigned port)
{
	return count_of(bench, port, is_cdp);
}

unsigned bench_count_lldp(const struct bench *bench, unsigned port)
{
	return count_of(bench, port, is_lldp);
}

struct cdp_message bench_last_cdp(const struct bench *bench, unsigned port)
{
	struct cdp_message message = {0};
	struct ether_frame frame;

	for (unsigned i = bench->sent_count; i-- > 0;)
		if (left_by(&bench->sent[i], port) && is_cdp(&bench->sent[i], &frame)) {
			assert_int_equal(cdp_decode(frame.payload.data, frame.payload.length, &message, NULL),
					 0);
			return message;
		}
	fail_msg("no CDP was sent to port %u", port);
	return message;
}

struct lldp_message bench_last_lldp(const struct bench *bench, unsigned port)
{
	struct lldp_message message = {0};
	struct ether_frame frame;

	for (unsigned i = bench->sent_count; i-- > 0;)
		if (left_by(&bench->sent[i], port) && is_lldp(&bench->sent[i], &frame)) {
			assert_int_equal(
			    lldp_decode(frame.payload.data, frame.payload.length, &message, NULL), 0);
			return message;
		}
	fail_msg("no LLDP was sent to port %u", port);
	return message;
}

bool bench_event(const struct bench *bench, const char *text)
{
	for (unsigned i = 0; i < bench->event_count; i++)
		if (strstr(bench->events[i], text))
			return true;
	return false;
}

const struct bench_power *bench_last_power(const struct bench *bench, unsigned port)
{
	for (unsigned i = bench->power_count; i-- > 0;)
		if (bench->power[i].port == port)
			return &bench->power[i];
	return NULL;
}

char *bench_show(struct bench *bench, const char *command)
{
	char *text = switch_core_show(bench->core, bench->now_us, &command, 1);

	assert_non_null(text);
	return text;
}

void bench_configure(struct bench *bench, const char *const *lines)
{
	unsigned count = 0, errors;
	char *text;

	while (lines[count])
		count++;
	text = switch_core_configure(bench->core, bench->now_us, lines, count, &errors);
	assert_string_equal(text, "");
	assert_int_equal(errors, 0);
	free(text);
}
