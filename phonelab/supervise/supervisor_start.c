/* Starting a lab: switches, then servers, then phones; each phase starts when the one before it is ready. */
#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "cable/netns.h"
#include "phonelab/lab/external.h"
#include "phonelab/lab/plan.h"

#define PROBE_MS 150 /* the time limit of one check of a server */
#define READY_S	 30  /* until the lab's own parts are ready */

/* --- the children --- */

static struct child *add_child(struct supervisor *supervisor, enum child_kind kind, size_t node,
			       const char *format, const char *name)
{
	struct child *child = &supervisor->children[supervisor->child_count++];

	child->kind = kind;
	child->node = node;
	child->patience_s = READY_S;
	snprintf(child->name, sizeof(child->name), "%s%s", name, format);
	return child;
}

static void add_program(struct supervisor *supervisor, size_t node, const struct server_program *program)
{
	struct child *child = add_child(supervisor, CHILD_PROGRAM, node, "", program->name);

	child->program = program;
	child->patience_s = server_program_patience_s(program);
}

int supervisor_prepare(struct supervisor *supervisor, struct fail *fail)
{
	struct lab_server *lab = &supervisor->lab;
	const struct topology *topology = lab->topology;
	int err = lab_server_read(lab, fail);

	for (size_t i = 0; i < lab->programs.n && !err; i++)
		err = server_program_check(&lab->programs.items[i], fail);
	if (err)
		return err;
	supervisor->children = calloc(topology->switches.n + lab->node_count + lab->programs.n + 3,
				      sizeof(*supervisor->children));
	if (!supervisor->children)
		return fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < topology->switches.n; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];
		bool external = sw->external == 1;
		struct child *child =
		    add_child(supervisor, external ? CHILD_EXTERNAL_SWITCH : CHILD_SWITCH, i, "", sw->name);

		child->trunks = trunk_sockets_of(supervisor->trunks, i);
		if (external)
			child->patience_s = supervisor->options->wait_external_s;
	}
	if (supervisor->options->capture >= 0)
		add_child(supervisor, CHILD_CAPTURE, 0, "", "capture");
	for (size_t i = 0; i < lab->node_count; i++) {
		const struct node *node = &lab->nodes[i];

		if (node->silent)
			continue;
		if (node->external) {
			add_child(supervisor, CHILD_EXTERNAL, i, "", node->name)->patience_s =
			    supervisor->options->wait_external_s;
			continue;
		}
		add_child(supervisor, CHILD_CABLE, i, "-cable", node->name);
		for (size_t p = 0; p < lab->programs.n; p++)
			if (!strcmp(lab->programs.items[p].node, node->name) && node->runs)
				add_program(supervisor, i, &lab->programs.items[p]);
	}
	if (!supervisor->options->dark)
		add_child(supervisor, CHILD_RACK, 0, "", "rack");
	for (size_t i = 0; i < lab->node_count && !err; i++)
		err = netns_new(&lab->nodes[i].netns, fail);
	for (size_t i = 0; i < lab->node_count && !err; i++)
		err = netns_loopback_up(lab->nodes[i].netns, fail);
	return err;
}

/* --- starting a child --- */

static int start_simulator(struct supervisor *supervisor, struct child *child, const char *program,
			   const char *folder, int netns, struct fail *fail)
{
	char path[600], config[200];
	char *argv[] = {path, (char *)"--config", config, NULL};

	snprintf(path, sizeof(path), "%s/%s", supervisor->bin, program);
	snprintf(config, sizeof(config), PLAN_PREFIX "/%s/%s.json", folder, child->name);
	return child_start(supervisor, child, argv, netns, fail);
}

/* Each switch has a network namespace of its own, because their ports have the same names. */
static int start_switch(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	int netns, err = netns_new(&netns, fail);

	if (err)
		return err;
	netns_without_ipv6(netns);
	err = netns_loopback_up(netns, fail);
	if (!err)
		err = start_simulator(supervisor, child, "switch-sim", "switches", netns, fail);
	close(netns);
	return err;
}

static int start_cable(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	const struct node *node = &supervisor->lab.nodes[child->node];
	struct node_cable cable;

	node_cable_arguments(supervisor->lab.topology, node, supervisor->bin, 0, NULL, &cable);
	return child_start(supervisor, child, cable.argv, node->netns, fail);
}

int supervisor_start_child(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	switch (child->kind) {
	case CHILD_SWITCH: return start_switch(supervisor, child, fail);
	case CHILD_RACK: return start_simulator(supervisor, child, "phone-sim", "phones", -1, fail);
	case CHILD_CABLE: return start_cable(supervisor, child, fail);
	case CHILD_CAPTURE: return supervisor_start_capture(supervisor, child, fail);
	case CHILD_PROGRAM:
		return child_start(supervisor, child, child->program->argv,
				   supervisor->lab.nodes[child->node].netns, fail);
	case CHILD_EXTERNAL:
	case CHILD_EXTERNAL_SWITCH:
		child_set_state(child, CHILD_STARTING);
		supervisor_report(supervisor, "waiting", child->name);
		return 0;
	}
	return -EINVAL;
}

/* --- readiness --- */

static bool answers(const char *socket, struct fail *fail)
{
	json_t *reply = control_ask(socket, json_pack("{s:s}", "do", "status"), PROBE_MS * 10, NULL, fail);

	json_decref(reply);
	return reply != NULL;
}

bool supervisor_child_ready(const struct supervisor *supervisor, const struct child *child, struct fail *fail)
{
	char path[128];

	switch (child->kind) {
	case CHILD_SWITCH:
	case CHILD_EXTERNAL_SWITCH:
		plan_switch_socket(supervisor->lab.topology, child->node, path);
		return answers(path, fail);
	case CHILD_RACK: return answers(PLAN_RACK_SOCKET, fail);
	case CHILD_CAPTURE: return true;
	case CHILD_CABLE:
		return !netns_call(supervisor->lab.nodes[child->node].netns, node_has_addresses,
				   &supervisor->lab.nodes[child->node], fail);
	case CHILD_PROGRAM:
		return !server_program_ready(child->program,
					     supervisor->lab.nodes[child->node].plugs[0].address, PLAN_PREFIX,
					     supervisor->lab.nodes[child->node].netns, PROBE_MS, fail);
	case CHILD_EXTERNAL:
		return external_link_up(supervisor->lab.topology, &supervisor->lab.nodes[child->node], fail);
	}
	return false;
}

/* --- phases --- */

static enum phase phase_of(enum child_kind kind)
{
	switch (kind) {
	case CHILD_SWITCH:
	case CHILD_EXTERNAL_SWITCH: return PHASE_SWITCHES;
	case CHILD_CABLE:
	case CHILD_PROGRAM:
	case CHILD_EXTERNAL:
	case CHILD_CAPTURE: return PHASE_SERVERS;
	case CHILD_RACK: return PHASE_RACK;
	}
	return PHASE_UP;
}

/* A program waits for the cables of its node. */
static bool may_start(const struct supervisor *supervisor, const struct child *child)
{
	if (child->kind != CHILD_PROGRAM)
		return true;
	for (size_t i = 0; i < supervisor->child_count; i++) {
		const struct child *other = &supervisor->children[i];

		if (other->kind == CHILD_CABLE && other->node == child->node)
			return other->state == CHILD_READY;
	}
	return true;
}

/* Start a waiting child, check a starting one. False if the lab has failed. */
static bool advance_child(struct supervisor *supervisor, struct child *child)
{
	struct fail fail = {0};
	char lines[1700], text[2700];

	if (child->state == CHILD_WAITING && may_start(supervisor, child) &&
	    supervisor_start_child(supervisor, child, &fail)) {
		snprintf(text, sizeof(text), "%s cannot be started: %s", child->name, fail.text);
		supervisor_fail(supervisor, false, text);
		return false;
	}
	if (child->state != CHILD_STARTING)
		return true;
	if (supervisor_child_ready(supervisor, child, &fail)) {
		child_set_state(child, CHILD_READY);
		supervisor_event(supervisor, "lab.ready", child->name);
		return true;
	}
	if (clock_now_us() < child->deadline)
		return true;
	if (child->kind == CHILD_EXTERNAL || child->kind == CHILD_EXTERNAL_SWITCH) {
		snprintf(text, sizeof(text),
			 "%s (external): %s after %u seconds; plug it in while the lab starts, with: "
			 "phonelab attach %s "
			 "-- COMMAND, or give it more time with --wait-external SECONDS",
			 child->name, child->kind == CHILD_EXTERNAL ? fail.text : "it is not plugged in",
			 child->patience_s, child->name);
	} else {
		child_last_lines(child, lines, sizeof(lines));
		snprintf(text, sizeof(text),
			 "%s is not ready after %u seconds: %s; the last lines of log/%s.log:\n%s",
			 child->name, child->patience_s, fail.text, child->name, lines);
	}
	supervisor_fail(supervisor, false, text);
	return false;
}

/* The switches are ready: the cables that leave the lab come first. False if the lab has failed. */
static bool attach_nics(struct supervisor *supervisor)
{
	struct fail fail = {0};

	if (nics_attach(supervisor->nics, supervisor->lab.topology, &fail)) {
		supervisor_fail(supervisor, false, fail.text);
		return false;
	}
	nics_close(supervisor->nics);
	return true;
}

void supervisor_advance(struct supervisor *supervisor)
{
	while (supervisor->phase < PHASE_UP) {
		enum phase phase = supervisor->phase;
		bool all = true;

		if (phase == PHASE_RACK && supervisor->options->hold && !supervisor->released) {
			if (!supervisor->held) {
				supervisor->held = true;
				supervisor_event(supervisor, "lab.held", NULL);
				supervisor_report(supervisor, "held", "");
			}
			return;
		}
		for (size_t i = 0; i < supervisor->child_count; i++) {
			struct child *child = &supervisor->children[i];

			if (phase_of(child->kind) != phase)
				continue;
			if (!advance_child(supervisor, child) || supervisor->phase != phase)
				return;
			/* The lab does not wait for a program that a person has stopped. */
			all = all && (child->state == CHILD_READY || child->state == CHILD_DEAD);
		}
		if (!all || (phase == PHASE_SWITCHES && !attach_nics(supervisor)))
			return;
		supervisor_enter(supervisor, phase + 1);
	}
}
