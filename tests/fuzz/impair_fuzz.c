#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/switch.h"
#include "tests/fuzz/support/kept.h"

/*
 * A switch core under rules: the input is lines, the first of which are rules in JSON (one a line, up to an
 * empty line), then operations: a frame from a port, time that passes, a rule cleared, a cable pulled. Every
 * rule that is taken must survive every frame. A switch with plugged cables is kept and copied.
 */

#define PORTS	   4
#define LINE	   1024
#define RULES	   8
#define OPERATIONS 16  /* of an input */
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
	struct world *world = arg;

	world->actions++;
	kept_note(&action->kind, sizeof(action->kind));
	switch (action->kind) {
	case SWITCH_ACTION_SEND:
		for (unsigned i = 0; i < action->send.count; i++)
			assert(action->send.ports[i] < PORTS);
		assert(
		    !__asan_region_is_poisoned((void *)(uintptr_t)action->send.frame, action->send.length));
		kept_note(action->send.frame, action->send.length);
		break;
	case SWITCH_ACTION_POWER:
	case SWITCH_ACTION_LINK: break;
	case SWITCH_ACTION_EVENT:
		kept_note_text(action->event.detail);
		json_decref(action->event.evidence);
		break;
	case SWITCH_ACTION_TRACE: kept_note_text(action->trace.text); break;
	}
}

static struct switch_core *start(struct world *world)
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
	if (switch_core_new(&core, &config, 0, act, world, &fail))
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

static void step(struct world *world, struct input *input)
{
	struct switch_core *core = world->core;
	unsigned operation = take(input), port = take(input) % PORTS;
	struct fail fail = {0};

	world->operations++;
	switch (operation % 8) {
	case 0: world->now += take(input) * UINT64_C(5000); break;
	case 1: switch_core_impair_clear(core, world->now, take(input) % 8, &fail); break;
	case 2: switch_core_unplug(core, world->now, port); break;
	case 3:
		switch_core_plug(core, world->now, port,
				 &(struct switch_device){.node = "n", .power = SWITCH_POWER_AC});
		break;
	default: frame(core, world->now, port, input); break;
	}
	switch_core_tick(core, world->now);
}

static struct kept *kept;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct world *world;

	kept_options(argc, argv);
	kept_begin();
	world = calloc(1, sizeof(*world));
	assert(world);
	world->core = start(world);
	world->actions = 0;
	kept = kept_take(world);
	kept_end();
	switch_core_free(world->core);
	free(world);
	return 0;
}

static void run(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct world *world = kept_copy(kept);
	unsigned rules = 0;
	char line[LINE];

	while (next_line(&input, line) && rules++ < RULES)
		add_rule(world->core, line);
	while (input.left && world->operations < OPERATIONS && world->actions < ACTIONS)
		step(world, &input);
	json_decref(switch_core_impair_list(world->core, world->now));
	switch_core_tick(world->core, world->now + 3600000000u);
	switch_core_free(world->core);
	free(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kept_run(run, data, size);
	return 0;
}
