/* The verbs of lab.sock. */
#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <string.h>

#include "phonelab/lab/external.h"
#include "phonelab/lab/simulated.h"

/* The process of a switch, of the cable of a server, or of the rack; 0 of what the user plugs in. A silent node has no
 * cable. */
static pid_t pid_of(const struct lab_server *lab, const char *kind, size_t index)
{
	const struct supervisor *supervisor = (const struct supervisor *)lab;
	bool phone = !strcmp(kind, "phone"), sw = !strcmp(kind, "switch");
	enum child_kind ours = phone ? CHILD_RACK : sw ? CHILD_SWITCH : CHILD_CABLE;
	enum child_kind external = sw ? CHILD_EXTERNAL_SWITCH : CHILD_EXTERNAL;

	for (size_t i = 0; i < supervisor->child_count; i++) {
		const struct child *child = &supervisor->children[i];

		if ((child->kind == ours && (phone || child->node == index)) ||
		    (!phone && child->kind == external && child->node == index))
			return child->pid;
	}
	return phone ? 0 : -1;
}

static json_t *verb_netns(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct supervisor *supervisor = arg;
	const char *name = json_string_value(json_object_get(request, "node"));
	char interface[16];

	if (!name) {
		fail_set(fail, -EINVAL, "netns: the name of the node is missing");
		return NULL;
	}
	for (size_t i = 0; i < supervisor->lab.node_count; i++)
		if (!strcmp(supervisor->lab.nodes[i].name, name)) {
			*fd = external_node_netns(supervisor->lab.topology, &supervisor->lab.nodes[i],
						  interface);
			return json_pack("{s:s,s:s}", "interface", interface, "kind",
					 supervisor->lab.nodes[i].kind);
		}
	return netns_of_simulated(supervisor->lab.topology, name, fd, fail);
}

static json_t *verb_stop(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)request;
	(void)fd;
	(void)fail;
	supervisor_stop(arg);
	return json_object();
}

static json_t *verb_release(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct supervisor *supervisor = arg;

	(void)request;
	(void)fd;
	if (!supervisor->held) {
		fail_set(fail, -EPROTO, "release: no phones are held");
		return NULL;
	}
	supervisor->released = true;
	return json_object();
}

static int ready(void *arg, struct fail *fail)
{
	const struct supervisor *supervisor = arg;

	if (supervisor->phase > PHASE_SERVERS || supervisor->held)
		return 0;
	return fail_set(fail, -EAGAIN, "the servers of the lab are not ready yet");
}

static void failed(void *arg, const char *text)
{
	supervisor_event(arg, "lab.failed", text);
}

int supervisor_listen(struct supervisor *supervisor, struct fail *fail)
{
	static const struct control_verb verbs[] = {{"netns", verb_netns},     {"stop", verb_stop},
						    {"release", verb_release}, {"attach", verb_attach},
						    LAB_SERVER_VERBS,	       {NULL, NULL}};

	supervisor->lab.bin = supervisor->bin;
	supervisor->lab.host = (struct fault_host){
	    .makes_netns = true, .program = supervisor_program, .ready = ready, .failed = failed};
	supervisor->lab.pid = pid_of;
	supervisor->lab.events = supervisor->events;
	return lab_server_begin(&supervisor->lab, verbs, fail);
}
