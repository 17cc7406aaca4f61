#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/switch.h"

/*
 * A whole switch core is driven by the input: cables in and out, frames of any content, draws, configuration
 * lines, show commands, and time. Each step is an operation, a port, and what the operation takes.
 */

#define PORTS 10 /* two members of four ports and an uplink */

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

/* Every byte and every port that the core hands out is looked at. */
static void act(void *arg, const struct switch_action *action)
{
	unsigned *sum = arg;

	switch (action->kind) {
	case SWITCH_ACTION_SEND:
		for (unsigned i = 0; i < action->send.count; i++)
			if (action->send.ports[i] >= PORTS)
				abort();
		for (size_t i = 0; i < action->send.length; i++)
			*sum += action->send.frame[i];
		break;
	case SWITCH_ACTION_POWER: *sum += action->power.mw + (unsigned)strlen(action->power.reason); break;
	case SWITCH_ACTION_LINK:
		if (action->link.port >= PORTS)
			abort();
		break;
	case SWITCH_ACTION_EVENT:
		*sum += (unsigned)strlen(action->event.detail);
		json_decref(action->event.evidence);
		break;
	case SWITCH_ACTION_TRACE: *sum += (unsigned)strlen(action->trace.text); break;
	}
}

static struct switch_core *start(unsigned *sum, unsigned options)
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
	if (switch_core_new(&core, &config, 0, act, sum, &fail))
		abort();
	return core;
}

/* In a block of exactly the promised size, so that a step beyond it is seen. */
static void frame(struct switch_core *core, uint64_t now, unsigned port, struct input *input)
{
	uint8_t bytes[1600], *room;
	size_t length = take_bytes(input, sizeof(bytes), bytes);

	room = malloc(SWITCH_HEADROOM + length);
	if (!room)
		abort();
	memcpy(room + SWITCH_HEADROOM, bytes, length);
	switch_core_frame(core, now, port, room + SWITCH_HEADROOM, length);
	free(room);
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

	switch_core_plug(core, now, port, &device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct switch_core *core;
	unsigned sum = 0;
	uint64_t now = 0;

	core = start(&sum, take(&input));
	while (input.left) {
		unsigned operation = take(&input), port = take(&input) % PORTS;

		switch (operation % 9) {
		case 0: plug(core, now, port, operation / 9); break;
		case 1: switch_core_unplug(core, now, port); break;
		case 2:
		case 3: frame(core, now, port, &input); break;
		case 4: command(core, now, true, &input); break;
		case 5: command(core, now, false, &input); break;
		case 6: switch_core_draw(core, now, port, take(&input) * 500); break;
		case 7: switch_core_carrier(core, now, port, operation / 9 & 1); break;
		case 8:
			now += take(&input) * UINT64_C(250000);
			switch_core_tick(core, now);
			break;
		}
	}
	json_decref(switch_core_status(core, now));
	switch_core_shutdown(core, now);
	switch_core_free(core);
	return 0;
}
