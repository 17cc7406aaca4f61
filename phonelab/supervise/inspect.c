/* The verb `inspect` of lab.sock: every node, and the phones that the request names. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "cable/netns.h"
#include "phonelab/lab/external.h"
#include "phonelab/lab/inspect.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/simulated.h"
#include "phonelab/supervise/lab_server.h"

#define ASK_MS 2000 /* a container */
#define PHONES 16   /* the most phones whose namespaces are read */

struct inspection {
	struct inspect_target target;
	json_t *result;
};

static int inspect(void *arg, struct fail *fail)
{
	struct inspection *inspection = arg;

	(void)fail;
	inspection->result = inspect_here(&inspection->target);
	return 0;
}

/* Inspect in that network namespace, which is closed. An object with "errors" if it cannot be entered. */
static json_t *inspect_in(int netns, const struct inspect_target *target)
{
	struct inspection inspection = {.target = *target};
	struct fail fail = {0};

	if (netns_call(netns, inspect, &inspection, &fail)) {
		inspection.result = json_pack("{s:s}", "kind", target->kind);
		inspect_error(inspection.result, "%s", fail.text);
	}
	close(netns);
	return inspection.result;
}

static json_t *unknown(const char *kind, const char *reason)
{
	json_t *object = json_pack("{s:s}", "kind", kind);

	inspect_error(object, "%s", reason);
	return object;
}

/* In a lab of containers its container answers. */
static json_t *ask_container(const struct node *node, const json_t *phones)
{
	struct fail fail = {0};
	char socket[128];
	json_t *reply, *request = json_pack("{s:s,s:O*}", "do", "inspect", "phones", phones);

	plan_node_socket(node->name, socket);
	reply = control_ask(socket, request, ASK_MS, NULL, &fail);
	if (!reply)
		return unknown(node->kind, fail.text);
	json_object_del(reply, "ok");
	return reply;
}

static json_t *inspect_node(const struct lab_server *lab, const struct node *node, const json_t *phones)
{
	struct inspect_target target;
	char interface[16];
	int netns;

	if (node->external)
		return unknown(node->kind, "the user plugs it in");
	if (!lab->host.makes_netns)
		return ask_container(node, phones);
	netns = external_node_netns(lab->topology, node, interface);
	if (netns < 0)
		return unknown(node->kind, "it has no network namespace");
	target = inspect_target_of(node, &lab->programs, phones);
	return inspect_in(netns, &target);
}

/* Only a native lab can enter the namespace of a phone. */
static json_t *inspect_phone(const struct lab_server *lab, const char *phone)
{
	const struct inspect_target target = {.name = phone, .kind = "phone"};
	struct fail fail = {0};
	int netns = -1;
	json_t *reply =
	    lab->host.makes_netns ? netns_of_simulated(lab->topology, phone, &netns, &fail) : NULL;

	json_decref(reply);
	return netns >= 0 ? inspect_in(netns, &target) : NULL;
}

json_t *lab_server_inspect(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;
	json_t *nodes = json_object(), *phones = json_object();
	const json_t *asked = json_object_get(request, "phones"), *one;
	size_t i;

	(void)fd;
	(void)fail;
	for (i = 0; i < lab->node_count; i++)
		json_object_set_new(nodes, lab->nodes[i].name, inspect_node(lab, &lab->nodes[i], asked));
	json_array_foreach (asked, i, one) {
		json_t *object =
		    i < PHONES && json_is_string(one) ? inspect_phone(lab, json_string_value(one)) : NULL;

		if (object)
			json_object_set_new(phones, json_string_value(one), object);
	}
	return json_pack("{s:o,s:o,s:o}", "nodes", nodes, "phones", phones, "plan",
			 inspect_plan(lab->topology));
}
