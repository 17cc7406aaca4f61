#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/switch.h"

/*
 * A switch core under rules: the input is lines, the first of which are rules in JSON (one a line, up to an
 * empty line), then operations: a frame from a port, time that passes, a rule cleared, a cable pulled. Every
 * rule that is taken must survive every frame.
 */

#define PORTS 4
#define LINE  1024

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

/* The next line, without its end; false at the empty one and when there is no more. */
static bool next_line(struct input *input, char line[LINE])
{
	size_t length = 0;

	while (input->left) {
		char c = (char)take(input);

		if (c == '\n')
			break;
		if (length < LINE - 1)
			line[length++] = c;
	}
	line[length] = 0;
	return length > 0;
}

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
	case SWITCH_ACTION_POWER:
	case SWITCH_ACTION_LINK: break;
	case SWITCH_ACTION_EVENT:
		*sum += (unsigned)strlen(action->event.detail);
		json_decref(action->event.evidence);
		break;
	case SWITCH_ACTION_TRACE: *sum += (unsigned)strlen(action->trace.text); break;
	}
}

static struct switch_core *start(unsigned *sum)
{
	static const struct switch_vlan_config vlans[] = {{10, "DATA"}, {110, "VOICE"}};
	struct switch_port_config ports[PORTS];
	struct switch_config config = {
	    .name = "fuzz",
	    .platform = "cisco",
	    .version = "fuzzed",
	    .members = 1,
	    .access = PORTS,
	    .vlans = vlans,
	    .vlan_count = 2,
	    .dhcp_snooping = true,
	    .ports = ports,
	};
	struct switch_core *core;
	struct fail fail = {0};

	for (unsigned i = 0; i < PORTS; i++) {
		switch_port_config_init(&ports[i], false);
		ports[i].access_vlan = 10;
		ports[i].voice_vlan = 110;
		ports[i].trusted = i == 0;
		ports[i].security = i == 3;
	}
	if (switch_core_new(&core, &config, 0, act, sum, &fail))
		abort();
	for (unsigned i = 0; i < PORTS; i++)
		switch_core_plug(core, 0, i, &(struct switch_device){.node = "n", .power = SWITCH_POWER_AC});
	return core;
}

static void add_rule(struct switch_core *core, const char *line)
{
	json_t *rule = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	struct fail fail = {0};
	unsigned id;

	if (rule && !switch_core_impair_add(core, 0, rule, &id, &fail) && !id)
		abort();
	json_decref(rule);
}

/* In a block of exactly the promised size, so that a step beyond it is seen. */
static void frame(struct switch_core *core, uint64_t now, unsigned port, struct input *input)
{
	size_t length = take(input) | take(input) << 8;
	uint8_t *room;

	if (length > input->left)
		length = input->left;
	room = malloc(SWITCH_HEADROOM + length);
	if (!room)
		abort();
	memcpy(room + SWITCH_HEADROOM, input->data, length);
	switch_core_frame(core, now, port, room + SWITCH_HEADROOM, length);
	free(room);
	input->data += length;
	input->left -= length;
}

static void step(struct switch_core *core, uint64_t *now, struct input *input)
{
	unsigned operation = take(input), port = take(input) % PORTS;
	struct fail fail = {0};

	switch (operation % 8) {
	case 0: *now += take(input) * UINT64_C(5000); break;
	case 1: switch_core_impair_clear(core, *now, take(input) % 8, &fail); break;
	case 2: switch_core_unplug(core, *now, port); break;
	case 3:
		switch_core_plug(core, *now, port,
				 &(struct switch_device){.node = "n", .power = SWITCH_POWER_AC});
		break;
	default: frame(core, *now, port, input); break;
	}
	switch_core_tick(core, *now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct switch_core *core;
	unsigned sum = 0;
	uint64_t now = 0;
	char line[LINE];

	core = start(&sum);
	while (next_line(&input, line))
		add_rule(core, line);
	while (input.left)
		step(core, &now, &input);
	json_decref(switch_core_impair_list(core, now));
	switch_core_tick(core, now + 3600000000u);
	switch_core_free(core);
	return 0;
}
