/* What the user plugs in: external servers and call managers. */
#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/control.h"
#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/nearest.h"
#include "phonelab/lab/external.h"
#include "phonelab/lab/plan.h"

#define ASK_MS 1500

static const struct node *node_named(const struct supervisor *supervisor, const char *name)
{
	for (size_t i = 0; i < supervisor->lab.node_count; i++)
		if (!strcmp(supervisor->lab.nodes[i].name, name))
			return &supervisor->lab.nodes[i];
	return NULL;
}

static int unknown(const struct supervisor *supervisor, const char *name, struct fail *fail)
{
	const struct topology *topology = supervisor->lab.topology;
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < topology->phone_count; i++)
		if (!strcmp(topology->phones[i].name, name))
			return fail_set(fail, -EINVAL, "%s is a phone of the lab; expected an external node",
					name);
	for (size_t i = 0; i < topology->switches.n; i++)
		nearest_offer(&nearest, topology->switches.items[i].name);
	for (size_t i = 0; i < supervisor->lab.node_count; i++)
		nearest_offer(&nearest, supervisor->lab.nodes[i].name);
	return fail_set(fail, -EINVAL, "unknown node \"%s\"%s%s%s; phonelab status lists the external nodes",
			name, nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
			nearest.best ? "\"?" : "");
}

/* May something be plugged in for this node now? */
static int check(const struct supervisor *supervisor, const struct node *node, struct fail *fail)
{
	json_t *port;
	int err = 0;

	if (node->owner->run.at)
		return fail_set(fail, -EINVAL,
				"%s is not external: the lab runs your program (`run` of the topology)",
				node->name);
	if (!node->external)
		return fail_set(fail, -EINVAL,
				"%s is not external: the lab serves it; to plug in a server of yours, write "
				"`external: true` in the topology",
				node->name);
	if (supervisor->phase < PHASE_SERVERS)
		return fail_set(fail, -EAGAIN, "the switches of the lab are not ready yet; try again");
	port = external_port(supervisor->lab.topology, node);
	if (*json_text(port, "device"))
		err = fail_set(fail, -EBUSY, "%s is attached already: %s is plugged into %s of %s",
			       node->name, json_text(port, "device"), json_text(port, "name"),
			       supervisor->lab.topology->switches.items[node->plugs[0].switch_index].name);
	json_decref(port);
	return err;
}

/* A switch of the user's: the command line of its patch panel. */
static json_t *attach_switch(const struct supervisor *supervisor, size_t i, struct fail *fail)
{
	const struct topology_switch *sw = &supervisor->lab.topology->switches.items[i];
	char socket[128], program[600], config[200];
	struct fail ignored = {0};
	json_t *reply;

	if (sw->external != 1) {
		fail_set(fail, -EINVAL,
			 "%s is not external: the lab runs it; to plug in a switch of yours, write "
			 "`external: true` in "
			 "the topology",
			 sw->name);
		return NULL;
	}
	plan_switch_socket(supervisor->lab.topology, i, socket);
	reply = control_ask(socket, json_pack("{s:s}", "do", "netns"), ASK_MS, NULL, &ignored);
	json_decref(reply);
	if (reply) {
		fail_set(fail, -EBUSY, "%s is attached already", sw->name);
		return NULL;
	}
	snprintf(program, sizeof(program), "%s/switch-sim", supervisor->bin);
	snprintf(config, sizeof(config), PLAN_PREFIX "/switches/%s.json", sw->name);
	supervisor_event(supervisor, "lab.attach", sw->name);
	return json_pack("{s:[s,s,s,s],s:b}", "argv", program, "--config", config, "--panel-only", "switch",
			 true);
}

json_t *verb_attach(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct supervisor *supervisor = arg;
	const char *name = json_text(request, "node");
	const struct node_place place = {
	    .interface = json_string_value(json_object_get(request, "interface")),
	    .has_default = json_is_true(json_object_get(request, "has_default"))};
	const struct node *node = node_named(supervisor, name);
	struct node_cable cable;
	char address[16];
	json_t *argv;

	for (size_t i = 0; i < supervisor->lab.topology->switches.n; i++)
		if (!strcmp(supervisor->lab.topology->switches.items[i].name, name))
			return attach_switch(supervisor, i, fail);
	if (node ? check(supervisor, node, fail) : unknown(supervisor, name, fail))
		return NULL;
	node_cable_arguments(supervisor->lab.topology, node, supervisor->bin, NODE_PLUGGED_IN_S, &place,
			     &cable);
	argv = json_array();
	for (size_t i = 0; cable.argv[i]; i++)
		json_array_append_new(argv, json_string(cable.argv[i]));
	*fd = fcntl(node->netns, F_DUPFD_CLOEXEC, 3);
	supervisor_event(supervisor, "lab.attach", name);
	return json_pack("{s:o,s:s}", "argv", argv, "address", ipv4_format(node->plugs[0].address, address));
}
