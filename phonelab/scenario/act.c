/* The actions of a scenario. */
#include "phonelab/scenario/act.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/client/cluster.h"
#include "phonelab/client/relay.h"
#include "phonelab/client/run_program.h"
#include "phonelab/fault/client.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

#define TIMEOUT_STATUS 124 /* of timeout(1), when the time has passed */

#define CALL_MS 20000 /* a server that restarts needs time to exit and to become ready */

static int ask(const struct scenario_hands *hands, const char *socket, json_t *request, struct fail *fail)
{
	json_t *reply = client_call(hands->lab, socket, request, CALL_MS, NULL, fail);

	json_decref(reply);
	return reply ? 0 : -EIO;
}

static int service(const struct scenario_hands *hands, const struct scenario_action *action,
		   struct fail *fail)
{
	return ask(hands, "lab.sock",
		   json_pack("{s:s,s:s,s:s}", "do", "service", "name", action->target, "action",
			     scenario_verb_names[action->verb]),
		   fail);
}

/* Send a verb to the rack for one phone or for all. */
static int rack(const struct scenario_hands *hands, const struct scenario_action *action, struct fail *fail)
{
	const char *verb =
	    action->verb == SCENARIO_RESTART_PHONE ? "restart" : scenario_verb_names[action->verb];
	const struct topology *topology = hands->scenario->topology;
	int err = 0;

	for (size_t i = 0; i < topology->phone_count && !err; i++)
		if (!strcmp(action->target, "all") || !strcmp(action->target, topology->phones[i].name))
			err = ask(hands, "phones/rack.sock",
				  json_pack("{s:s,s:s}", "do", verb, "node", topology->phones[i].name), fail);
	return err;
}

static int configure(const struct scenario_hands *hands, const struct scenario_action *action,
		     struct fail *fail)
{
	json_t *lines = json_array(), *reply;
	char socket[100];
	int err = 0;

	for (size_t i = 0; i < action->configure.lines.n; i++)
		json_array_append_new(lines, json_string(action->configure.lines.items[i]));
	snprintf(socket, sizeof(socket), "switches/%s.sock", action->target);
	reply = client_call(hands->lab, socket, json_pack("{s:s,s:o}", "do", "configure", "lines", lines),
			    CALL_MS, NULL, fail);
	if (!reply)
		err = -EIO;
	else if (json_int(reply, "errors"))
		err = fail_set(fail, -EINVAL, "%s rejected a line: %.300s", action->target,
			       json_text(reply, "text"));
	json_decref(reply);
	return err;
}

static int add_fault(const struct scenario_hands *hands, const struct scenario_fault *fault,
		     struct fail *fail)
{
	const struct fault_target target = {.phone = fault->phone,
					    .port = fault->port,
					    .service = fault->service,
					    .all = fault->all == 1,
					    .erase = fault->flash == FAULT_FLASH_ERASED};

	return fault_add(hands->lab, fault->source, &target, (long)(fault->lasts + 999) / 1000,
			 (long)fault->count, NULL, fail);
}

/* The process that holds the lab has the device table. */
static int set_device(const struct scenario_hands *hands, const struct scenario_action *action,
		      struct fail *fail)
{
	return ask(hands, "lab.sock",
		   json_pack("{s:s,s:s,s:s,s:o,s:b}", "do", "device", "action", "set", "phone",
			     action->target, "set", topology_device_json(&action->set_device.set), "apply",
			     action->set_device.apply == 1),
		   fail);
}

/* Certificates are made here, as `phonelab cucm` does. */
static int change_cluster(const struct scenario_hands *hands, const struct scenario_cucm *cucm,
			  struct fail *fail)
{
	char pair[CUCM_PAIR_NAME];
	struct cluster cluster;
	int err;

	if (cucm->consolidate == 1)
		return cluster_consolidate(hands->lab, fail);
	err = cluster_open(&cluster, hands->lab, cucm->cluster, fail);
	if (!err && cucm->renew)
		err = cluster_renew(&cluster, cucm->renew, cucm->node, cucm->expired == 1, pair, fail);
	else if (!err && cucm->restart)
		err = cluster_restart_tftp(&cluster, fail);
	else if (!err && cucm->update)
		err = cluster_update_ctl(&cluster, fail);
	else if (!err && cucm->reset_itl)
		err = cluster_reset_itl(&cluster, fail);
	else if (!err && cucm->rollback != KEY_UNSET)
		err = cluster_set_rollback(&cluster, cucm->rollback == 1, fail);
	else if (!err)
		err = cluster_set_mixed(&cluster, cucm->mixed_mode == 1, fail);
	cluster_close(&cluster);
	return err;
}

static int move_phone(const struct scenario_hands *hands, const struct scenario_action *action,
		      struct fail *fail)
{
	json_t *reply = NULL;
	int err = cluster_move(hands->lab, action->target, action->move.cluster, &reply, fail);

	json_decref(reply);
	return err;
}

/* --- commands --- */

#define EXEC_WORDS 16

/* In a container: a command that is killed on the host runs on. So it has a time limit there as well. */
static const char until_killed[] = "setsid sh -c \"$1\" & p=$!; cat >/dev/null; kill -TERM -$p";

/* The arguments of `phonelab exec NODE -- sh -c LINE`; self is for the first one, and limit for a time limit in
 * containers. background: in containers the command runs until standard input ends. */
static void exec_arguments(const struct lab *lab, const char *node, const char *line, int timeout_ms,
			   bool background, char self[600], char limit[24], const char *argv[EXEC_WORDS])
{
	size_t n = 0;

	self_folder(self, 512);
	strcat(self, "/phonelab");
	snprintf(limit, 24, "%d.%03d", timeout_ms / 1000, timeout_ms % 1000);
	for (const char *const *word =
		 (const char *const[]){self, "--lab", lab->name, "exec", node, "--", NULL};
	     *word; word++)
		argv[n++] = *word;
	if (lab->relay && !background) {
		argv[n++] = "timeout";
		argv[n++] = "--kill-after=1";
		argv[n++] = limit;
	}
	argv[n++] = "sh";
	argv[n++] = "-c";
	if (lab->relay && background) {
		argv[n++] = until_killed;
		argv[n++] = "sh";
	}
	argv[n++] = line;
	argv[n] = NULL;
}

int scenario_in_node(const struct lab *lab, const char *node, const char *line, int timeout_ms, char *output,
		     size_t size)
{
	const char *argv[EXEC_WORDS];
	char self[600], limit[24];

	exec_arguments(lab, node, line, timeout_ms, false, self, limit, argv);
	/* In a container the command is killed there first, so that it has ended when this returns. */
	return run_program(argv, true, timeout_ms + (lab->relay ? 3000 : 0), output, size);
}

/* Run a command in the background; its output is a log of the lab. */
static int background(const struct scenario_hands *hands, const char *node, const char *line,
		      struct fail *fail)
{
	const struct spawn_options options = {.group = true, .input = hands->life};
	const char *argv[EXEC_WORDS];
	char self[600], limit[24];
	pid_t pid;

	exec_arguments(hands->lab, node, line, 0, true, self, limit, argv);
	pid = spawn_program(&options, (char *const *)argv, fail);
	return pid < 0 ? pid : 0;
}

/* Commands may change anything. */
static void note_change(const struct scenario_hands *hands)
{
	json_t *request = json_pack("{s:b}", "touch", true);
	struct fail ignored = {0};

	if (hands->lab->relay)
		json_decref(relay_ask(hands->lab->relay, request, CALL_MS, &ignored));
	json_decref(request);
}

static int run_exec(const struct scenario_hands *hands, const struct scenario_action *action,
		    struct fail *fail)
{
	const struct scenario_exec *exec = &action->exec;
	char output[400], *line;
	int status, err;

	note_change(hands);
	if (exec->background == 1) {
		if (asprintf(&line, "exec >>/run/phonelab/log/exec-%s.log 2>&1; %s", action->target,
			     exec->command) < 0)
			return fail_set(fail, -ENOMEM, "out of memory");
		err = background(hands, action->target, line, fail);
		free(line);
		return err;
	}
	status = scenario_in_node(hands->lab, action->target, exec->command, (int)exec->timeout, output,
				  sizeof(output));
	if (status == exec->status)
		return 0;
	if (status == -ETIME || (hands->lab->relay && status == TIMEOUT_STATUS && exec->status != status))
		return fail_set(fail, -ETIME, "the command did not exit in time: %.300s", output);
	return fail_set(fail, -EIO, "the command exited with status %d, expected %lld: %.300s", status,
			(long long)exec->status, output);
}

int scenario_act(struct scenario_hands *hands, const struct scenario_action *action, struct fail *fail)
{
	switch (action->verb) {
	case SCENARIO_ADD_FAULT: return add_fault(hands, &action->add_fault, fail);
	case SCENARIO_CLEAR_FAULT: return fault_clear(hands->lab, action->target, fail);
	case SCENARIO_STOP:
	case SCENARIO_KILL:
	case SCENARIO_PAUSE:
	case SCENARIO_CONTINUE:
	case SCENARIO_START:
	case SCENARIO_RESTART: return service(hands, action, fail);
	case SCENARIO_UNPLUG:
	case SCENARIO_PLUG:
	case SCENARIO_RESET:
	case SCENARIO_RESTART_PHONE:
	case SCENARIO_ERASE: return rack(hands, action, fail);
	case SCENARIO_CONFIGURE: return configure(hands, action, fail);
	case SCENARIO_SET_DEVICE: return set_device(hands, action, fail);
	case SCENARIO_CUCM: return change_cluster(hands, &action->cucm, fail);
	case SCENARIO_MOVE: return move_phone(hands, action, fail);
	case SCENARIO_DO_EXEC: return run_exec(hands, action, fail);
	case SCENARIO_VERBS: break;
	}
	return fail_set(fail, -EINVAL, "unknown action");
}
