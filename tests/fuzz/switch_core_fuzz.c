#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/switch.h"
#include "tests/fuzz/support/kept.h"
#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/ether.h"
#include "wire/lldp.h"

/*
 * A whole switch core is driven by the input: cables in and out, frames of any content, draws, configuration
 * lines, show commands, and time. The first byte chooses the options, and whether the switch starts without cables or
 * with neighbours that it knows; a switch of each kind is kept and copied. Each step is an operation, a port, and what
 * the operation takes.
 */

#define PORTS	   10 /* two members of four ports and an uplink */
#define OPTIONS	   8
#define OPERATIONS 24  /* of an input */
#define ACTIONS	   100 /* an input ends when the switch has done so much */

struct world {
	struct switch_core *core;
	uint64_t now;
	unsigned operations, actions;
};

struct input {
	const uint8_t *data;
	size_t left;
};

static unsigned take(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

static size_t take_bytes(struct input *input, size_t most, void *to)
{
	size_t length = take(input) | take(input) << 8;

	if (length > most)
		length %= most + 1;
	if (length > input->left)
		length = input->left;
	memcpy(to, input->data, length);
	input->data += length;
	input->left -= length;
	return length;
}

/* Every byte and every port that the core hands out is valid. */
static void act(void *arg, const struct switch_action *action)
{
	struct world *world = arg;

	world->actions++;
	kept_note(&action->kind, sizeof(action->kind));
	switch (action->kind) {
	case SWITCH_ACTION_SEND:
		for (unsigned i = 0; i < action->send.count; i++)
			assert(action->send.ports[i] < PORTS);
		assert(
		    !__asan_region_is_poisoned((void *)(uintptr_t)action->send.frame, action->send.length));
		kept_note(action->send.ports, action->send.count * sizeof(*action->send.ports));
		kept_note(action->send.frame, action->send.length);
		break;
	case SWITCH_ACTION_POWER:
		kept_note(&action->power.mw, sizeof(action->power.mw));
		kept_note_text(action->power.reason);
		break;
	case SWITCH_ACTION_LINK: assert(action->link.port < PORTS); break;
	case SWITCH_ACTION_EVENT:
		kept_note_text(action->event.detail);
		json_decref(action->event.evidence);
		break;
	case SWITCH_ACTION_TRACE: kept_note_text(action->trace.text); break;
	}
}

static struct switch_core *start(struct world *world, unsigned options)
{
	static const struct switch_vlan_config vlans[] = {{10, "DATA"}, {20, ""}, {110, "VOICE"}};
	struct switch_port_config ports[PORTS];
	struct switch_config config = {
	    .name = "fuzz",
	    .platform = "cisco",
	    .version = "fuzzed",
	    .has_address = true,
	    .address = 0x0a000001,
	    .members = 2,
	    .access = 4,
	    .uplinks = 1,
	    .poe_budget_mw = 40000,
	    .vlans = vlans,
	    .vlan_count = 3,
	    .dhcp_snooping = options & 1,
	    .arp_suppression = options & 2,
	    .real_pace = options & 4,
	    .ports = ports,
	};
	struct switch_core *core;
	struct fail fail = {0};

	for (unsigned i = 0; i < PORTS; i++) {
		switch_port_config_init(&ports[i], i % 5 == 4);
		ports[i].access_vlan = i & 1 ? 10 : 110;
		ports[i].voice_vlan = i & 1 ? 110 : 0;
		ports[i].poe_priority = (enum switch_poe_priority)(1 + i % 3);
		ports[i].trusted = i == 0;
	}
	if (switch_core_new(&core, &config, 0, act, world, &fail))
		abort();
	return core;
}

/* In a block of exactly the promised size, so that a step beyond it is seen. */
static void receive(struct switch_core *core, uint64_t now, unsigned port, const uint8_t *bytes,
		    size_t length)
{
	uint8_t *room = malloc(SWITCH_HEADROOM + length);

	assert(room);
	memcpy(room + SWITCH_HEADROOM, bytes, length);
	switch_core_frame(core, now, port, room + SWITCH_HEADROOM, length);
	free(room);
}

static void frame(struct switch_core *core, uint64_t now, unsigned port, struct input *input)
{
	static uint8_t bytes[1600];
	size_t length = take_bytes(input, sizeof(bytes), bytes);

	receive(core, now, port, bytes, length);
}

static void command(struct switch_core *core, uint64_t now, bool show, struct input *input)
{
	char line[600], *text;
	const char *one = line;

	line[take_bytes(input, sizeof(line) - 1, line)] = 0;
	if (show) {
		text = switch_core_show(core, now, &one, 1);
	} else {
		const char *lines[] = {"interface range Gi1/0/1 - 4", line, line};

		/* Once for a row of interfaces, once for what it makes of the mode. */
		text = switch_core_configure(core, now, lines, 3, NULL);
	}
	free(text);
}

static void plug(struct switch_core *core, uint64_t now, unsigned port, unsigned how)
{
	struct switch_device device = {
	    .node = "fuzz", .power = (enum switch_power_kind)(how % 3), .power_class = how / 3 % 5};

	/* Classes end at 4, so that 15 ways are left: the others are an interface of the machine. */
	device.nic = how >= 15;
	device.loop_id = how;
	switch_core_plug(core, now, port, &device);
	if (device.nic)
		switch_core_carrier(core, now, port, true);
}

static void step(struct world *world, struct input *input)
{
	struct switch_core *core = world->core;
	unsigned operation = take(input), port = take(input) % PORTS;

	world->operations++;
	switch (operation % 9) {
	case 0: plug(core, world->now, port, operation / 9); break;
	case 1: switch_core_unplug(core, world->now, port); break;
	case 2:
	case 3: frame(core, world->now, port, input); break;
	case 4: command(core, world->now, true, input); break;
	case 5: command(core, world->now, false, input); break;
	case 6: switch_core_draw(core, world->now, port, take(input) * 500); break;
	case 7: switch_core_carrier(core, world->now, port, operation / 9 & 1); break;
	case 8:
		world->now += take(input) * UINT64_C(250000);
		switch_core_tick(core, world->now);
		break;
	}
}

/* --- kept switches --- */

static struct kept *kept[2][OPTIONS]; /* without and with neighbours, by options */

/* A device at the port says who it is, in both protocols, and uses an address. */
static void introduce(struct switch_core *core, uint64_t now, unsigned port)
{
	const struct mac mac = {{2, 0, 0, 0, 1, (uint8_t)port}};
	struct cdp_message cdp = {.version = 2, .ttl = 180};
	struct lldp_message lldp = {.ttl = 120};
	struct arp_packet arp = arp_announce(&mac, 0x0a000010 + port);
	uint8_t bytes[CDP_FRAME_MAX > LLDP_FRAME_MAX ? CDP_FRAME_MAX : LLDP_FRAME_MAX];
	ssize_t length;

	cdp.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID);
	cdp.device_id = wire_slice_text("SEP020000000100");
	cdp.port_id = wire_slice_text("Port 1");
	length = cdp_frame(&cdp, &mac, bytes, sizeof(bytes));
	assert(length > 0);
	receive(core, now, port, bytes, (size_t)length);
	lldp.has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL;
	lldp.chassis = lldp_mac_id(LLDP_CHASSIS_MAC, &mac);
	lldp.port = lldp_mac_id(LLDP_PORT_MAC, &mac);
	length = lldp_frame(&lldp, false, &mac, bytes, sizeof(bytes));
	assert(length > 0);
	receive(core, now, port, bytes, (size_t)length);
	length = arp_frame(&arp, &mac, NULL, bytes, sizeof(bytes));
	assert(length > 0);
	receive(core, now, port, bytes, (size_t)length);
}

static void keep(unsigned options)
{
	struct world *world;

	kept_begin();
	world = calloc(1, sizeof(*world));
	assert(world);
	world->core = start(world, options);
	kept[0][options] = kept_take(world);
	for (unsigned port = 0; port < PORTS; port += 2)
		plug(world->core, world->now, port, 7);
	world->now += 5000000;
	switch_core_tick(world->core, world->now);
	for (unsigned port = 0; port < PORTS; port += 2)
		introduce(world->core, world->now, port);
	world->actions = 0;
	kept[1][options] = kept_take(world);
	kept_end();
	switch_core_free(world->core);
	free(world);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	kept_options(argc, argv);
	for (unsigned options = 0; options < OPTIONS; options++)
		keep(options);
	return 0;
}

static void run(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned which = take(&input);
	struct world *world = kept_copy(kept[which / OPTIONS & 1][which % OPTIONS]);

	while (input.left && world->operations < OPERATIONS && world->actions < ACTIONS)
		step(world, &input);
	json_decref(switch_core_status(world->core, world->now));
	switch_core_shutdown(world->core, world->now);
	switch_core_free(world->core);
	free(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kept_run(run, data, size);
	return 0;
}
