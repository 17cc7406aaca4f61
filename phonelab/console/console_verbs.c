/* lab.sock and the sockets of the rack, as a lab on one machine has them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/console/internal.h"
#include "phonelab/lab/inspect.h"
#include "phonelab/lab/plan.h"

#define FORWARD_MS 60000 /* a client has a time limit of its own */
#define ASK_MS	   15000
#define SILENT_MS  500 /* of a closet that has not answered before */

/* --- one closet --- */

struct forward {
	struct control_server *server;
	uint64_t ticket;
};

static void on_forwarded(void *arg, const json_t *reply, const struct fail *fail)
{
	struct forward *forward = arg;

	control_answer(forward->server, forward->ticket, reply ? json_deep_copy(reply) : NULL, fail);
	free(forward);
}

void console_forward(struct console *console, struct control_server *server, uint64_t ticket, size_t closet,
		     const char *socket, const json_t *request, int timeout_ms)
{
	struct forward *forward = malloc(sizeof(*forward));
	struct fail fail = {0};

	if (!forward) {
		fail_set(&fail, -ENOMEM, "out of memory");
		control_answer(server, ticket, NULL, &fail);
		return;
	}
	*forward = (struct forward){server, ticket};
	remote_ask(console->closets[closet].remote, socket, json_deep_copy(request), timeout_ms, on_forwarded,
		   forward);
}

/* --- all closets --- */

struct asked {
	struct console_round *round;
	size_t closet;
};

static void on_asked(void *arg, const json_t *reply, const struct fail *fail)
{
	struct asked *asked = arg;
	struct console_round *round = asked->round;

	round->each(round, asked->closet, reply, fail);
	free(asked);
	if (--round->outstanding)
		return;
	round->last(round);
	json_decref(round->result);
	free(round);
}

void console_ask_all(struct console *console, uint64_t ticket, const json_t *request, int timeout_ms,
		     console_each_fn *each, console_last_fn *last, json_t *result)
{
	struct console_round *round = calloc(1, sizeof(*round));

	if (!round) {
		json_decref(result);
		return;
	}
	*round = (struct console_round){console, ticket, console->n, result, {0}, each, last};
	for (size_t i = 0; i < console->n; i++) {
		struct asked *asked = malloc(sizeof(*asked));

		if (!asked) {
			round->outstanding--;
			continue;
		}
		*asked = (struct asked){round, i};
		remote_ask(console->closets[i].remote, "lab.sock", json_deep_copy(request),
			   console->closets[i].silent ? SILENT_MS : timeout_ms, on_asked, asked);
	}
}

/* Reply with the merged object. */
static void answer_result(struct console_round *round)
{
	control_answer(round->console->lab, round->ticket, json_incref(round->result), &round->fail);
}

static void add_nodes(struct console_round *round, size_t closet, const json_t *reply,
		      const struct fail *fail)
{
	(void)fail;
	merge_nodes(round->console->route, closet, reply, json_object_get(round->result, "nodes"));
}

static void add_inspect(struct console_round *round, size_t closet, const json_t *reply,
			const struct fail *fail)
{
	(void)fail;
	merge_inspect(round->console->route, closet, reply, round->result);
}

/* --- the verbs of lab.sock --- */

static json_t *status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct console *console = arg;

	(void)request;
	(void)fd;
	(void)fail;
	console_status_request(console, control_defer(console->lab));
	return NULL;
}

static json_t *nodes(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct console *console = arg;

	(void)fd;
	(void)fail;
	console_ask_all(console, control_defer(console->lab), request, ASK_MS, add_nodes, answer_result,
			json_pack("{s:[]}", "nodes"));
	return NULL;
}

static json_t *inspect(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct console *console = arg;

	(void)fd;
	(void)fail;
	console_ask_all(
	    console, control_defer(console->lab), request, ASK_MS, add_inspect, answer_result,
	    json_pack("{s:{},s:{},s:o}", "nodes", "phones", "plan", inspect_plan(console->topology)));
	return NULL;
}

static json_t *netns(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct console *console = arg;
	const char *node = json_text(request, "node");

	(void)fd;
	fail_set(fail, -EXDEV, "%s is in closet %s; this command does not work in a lab of closets", node,
		 route_name(console->route, route_node(console->route, node)));
	return NULL;
}

/* Programs, the device table, the rows and settings of the call managers are in core. Other verbs of a lab, such as `release`, are for
 * the machine of the lab. */
static json_t *of_core(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct console *console = arg;
	size_t core = route_core(console->route);

	(void)fd;
	if (!console_status_check(&console->closets[core], fail))
		console_forward(console, console->lab, control_defer(console->lab), core, "lab.sock", request,
				FORWARD_MS);
	return NULL;
}

/* --- the rack --- */

/* A request about one phone. */
static json_t *any_of_rack(struct console *console, struct control_server *server, const char *socket,
			   const json_t *request, struct fail *fail)
{
	int closet = route_rack_request(console->route, request);

	if (closet < 0)
		fail_set(fail, -EINVAL, "\"%s\": the request names no phone", json_text(request, "do"));
	else if (!strcmp(json_text(request, "do"), "netns"))
		netns(console, request, NULL, fail);
	else if (!console_status_check(&console->closets[closet], fail))
		console_forward(console, server, control_defer(server), (size_t)closet, socket, request,
				FORWARD_MS);
	return NULL;
}

static void add_phones(struct console_round *round, size_t closet, const json_t *reply,
		       const struct fail *fail)
{
	json_t *phones = json_object_get(round->result, "phones"), *phone;
	size_t i;

	(void)fail;
	json_array_foreach (json_object_get(reply, "phones"), i, phone)
		if (route_node(round->console->route, json_text(phone, "name")) == closet)
			json_array_append_new(phones, json_deep_copy(phone));
}

static void answer_phones(struct console_round *round)
{
	control_answer(round->console->rack, round->ticket, json_incref(round->result), &round->fail);
}

static json_t *in_rack(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct console *console = arg;

	(void)fd;
	if (strcmp(json_text(request, "do"), "status") || *json_text(request, "node"))
		return any_of_rack(console, console->rack, "phones/rack.sock", request, fail);
	console_ask_all(console, control_defer(console->rack), request, ASK_MS, add_phones, answer_phones,
			json_pack("{s:[]}", "phones"));
	return NULL;
}

/* The node of the rack measures for `why`. */
static json_t *in_probes(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct console *console = arg;

	(void)fd;
	return any_of_rack(console, console->probes, "nodes/rack.sock", request, fail);
}

int console_verbs_listen(struct console *console, struct fail *fail)
{
	static const struct control_verb lab[] = {{"alive", control_alive},
						  {"status", status},
						  {"nodes", nodes},
						  {"inspect", inspect},
						  {"netns", netns},
						  {"fault-add", console_fault_add},
						  {"fault-vars", console_fault_vars},
						  {"fault-ls", console_fault_ls},
						  {"fault-clear", console_fault_clear},
						  {"exercise", console_exercise},
						  {"program", of_core},
						  {"service", of_core},
						  {"device", of_core},
						  {"fault-rows", of_core},
						  {"fault-setting", of_core},
						  {NULL, NULL}};
	static const struct control_verb rack[] = {{CONTROL_ANY, in_rack}, {NULL, NULL}};
	static const struct control_verb probes[] = {{CONTROL_ANY, in_probes}, {NULL, NULL}};
	int err = file_make_directory(PLAN_PREFIX "/phones", fail);

	if (!err)
		err = file_make_directory(PLAN_PREFIX "/nodes", fail);
	if (!err)
		err = control_server_new(&console->lab, console->base, PLAN_PREFIX "/lab.sock", lab, console,
					 fail);
	if (!err)
		err =
		    control_server_new(&console->rack, console->base, PLAN_RACK_SOCKET, rack, console, fail);
	if (!err)
		err = control_server_new(&console->probes, console->base, PLAN_PREFIX "/nodes/rack.sock",
					 probes, console, fail);
	return err;
}
