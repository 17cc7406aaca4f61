#include "phonelab/fault_inject.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "cucm/rpc.h"
#include "phonelab/fault_rows.h"
#include "phonelab/fault_vars.h"
#include "phonelab/plan.h"
#include "phonelab/supervisor_program.h"

#define ASK_MS	5000
#define PLUG_US 3000000

/* One thing that was done, other than to files. */
struct undo {
	enum fault_do what;
	char *name; /* CONFIGURE, WIRE: control socket; services: the program; REFUSE, UNPLUG: the device */
	json_t *saved; /* CONFIGURE: lines; SQL: rows by node */
	long number;   /* WIRE: id of the rule; PLUG: pid */
	struct undo *next;
};

struct fault_done {
	struct undo *undos; /* the latest first */
};

static struct undo *note(struct fault_done *done, enum fault_do what, const char *name)
{
	struct undo *undo = calloc(1, sizeof(*undo));

	if (!undo)
		abort();
	undo->what = what;
	undo->name = strdup(name ? name : "");
	undo->next = done->undos;
	done->undos = undo;
	return undo;
}

void fault_done_free(struct fault_done *done)
{
	while (done && done->undos) {
		struct undo *next = done->undos->next;

		free(done->undos->name);
		json_decref(done->undos->saved);
		free(done->undos);
		done->undos = next;
	}
	free(done);
}

static const char *var(const struct fault_place *place, const char *name)
{
	const char *text = json_string_value(json_object_get(place->vars, name));

	return text ? text : "";
}

static json_t *ask(const char *socket, json_t *request, struct fail *fail)
{
	json_t *reply = control_call(socket, request, ASK_MS, NULL, fail);

	json_decref(request);
	return reply;
}

static int tell(const char *socket, json_t *request, struct fail *fail)
{
	json_t *reply = ask(socket, request, fail);

	json_decref(reply);
	return reply ? 0 : -EIO;
}

static void switch_socket(const struct fault_place *place, char path[128])
{
	snprintf(path, 128, PLAN_PREFIX "/switches/%s.sock", var(place, "switch"));
}

/* --- the switch --- */

static json_t *expand_list(const struct fault_place *place, const struct fault_text_list *list,
			   struct fail *fail)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < list->n; i++) {
		char *line = fault_expand(place->vars, list->items[i], fail);

		if (!line) {
			json_decref(lines);
			return NULL;
		}
		json_array_append_new(lines, json_string(line));
		free(line);
	}
	return lines;
}

static int configure(const char *socket, json_t *lines, struct fail *fail)
{
	json_t *reply = ask(socket, json_pack("{s:s,s:O}", "do", "configure", "lines", lines), fail);
	int rc = reply ? 0 : -EIO;

	if (reply && json_integer_value(json_object_get(reply, "errors")))
		rc = fail_set(fail, -EINVAL, "the switch refuses: %s",
			      json_string_value(json_object_get(reply, "text")));
	json_decref(reply);
	return rc;
}

static int do_configure(const struct fault_place *place, struct fault_done *done,
			const struct fault_action *action, struct fail *fail)
{
	json_t *lines = expand_list(place, &action->lines, fail);
	json_t *back = lines ? expand_list(place, &action->undo, fail) : NULL;
	char socket[128];
	int rc = -EINVAL;

	if (back) {
		switch_socket(place, socket);
		rc = configure(socket, lines, fail);
		note(done, FAULT_DO_CONFIGURE, socket)->saved = json_incref(back);
	}
	json_decref(lines);
	json_decref(back);
	return rc;
}

/* The rule as the switch gets it: for the target's port unless it says its own. */
static json_t *rule_of(const struct fault_place *place, const struct fault_action *action, struct fail *fail)
{
	char *text = fault_expand(place->vars, action->rule, fail);
	json_error_t error;
	json_t *rule = text ? json_loads(text, 0, &error) : NULL, *take;

	if (text && !json_is_object(rule))
		fail_set(fail, -EINVAL, "rule: column %d: %s, expected an object of JSON", error.column,
			 error.text);
	free(text);
	if (!json_is_object(rule)) {
		json_decref(rule);
		return NULL;
	}
	if (!json_object_get(rule, "ports") && place->fault->scope <= FAULT_PORT)
		json_object_set_new(rule, "ports", json_pack("[s]", var(place, "port")));
	if (place->count) {
		take = json_object_get(rule, "take");
		if (!take) {
			take = json_object();
			json_object_set_new(rule, "take", take);
		}
		json_object_set_new(take, "count", json_integer(place->count));
	}
	return rule;
}

static int do_wire(const struct fault_place *place, struct fault_done *done,
		   const struct fault_action *action, struct fail *fail)
{
	json_t *rule = rule_of(place, action, fail), *reply;
	char socket[128];

	if (!rule)
		return -EINVAL;
	switch_socket(place, socket);
	reply = ask(socket, json_pack("{s:s,s:o}", "do", "impair add", "rule", rule), fail);
	if (!reply)
		return -EINVAL;
	note(done, FAULT_DO_WIRE, socket)->number = (long)json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	return 0;
}

/* --- services --- */

static int service_one(const struct fault_place *place, struct fault_done *done, enum fault_do what,
		       const char *name, struct fail *fail)
{
	int rc;

	if (what == FAULT_DO_PAUSE)
		rc = program_pause(place->supervisor, name, fail);
	else if (what == FAULT_DO_RESTART)
		rc = program_restart(place->supervisor, name, fail);
	else
		rc = program_stop(place->supervisor, name, what == FAULT_DO_KILL, fail);
	if (rc != -ENOENT)
		note(done, what, name);
	return rc;
}

static int do_service(const struct fault_place *place, struct fault_done *done,
		      const struct fault_action *action, struct fail *fail)
{
	const struct topology *topology = place->supervisor->topology;
	char *name = fault_expand(place->vars, action->service, fail);
	int rc = name ? 0 : -EINVAL;

	if (name && strcmp(name, FAULT_CALL_MANAGERS) != 0)
		rc = service_one(place, done, (enum fault_do)action->what, name, fail);
	else
		for (size_t i = 0; i < topology->cluster.nodes.n && !rc; i++)
			if (topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP)
				rc = service_one(place, done, (enum fault_do)action->what,
						 topology->cluster.nodes.items[i].name, fail);
	free(name);
	return rc;
}

int fault_wants(const struct fault_done *done, const char *service)
{
	for (const struct undo *undo = done->undos; undo; undo = undo->next) {
		if (strcmp(undo->name, service))
			continue;
		if (undo->what == FAULT_DO_STOP || undo->what == FAULT_DO_KILL)
			return PROGRAM_STOPPED;
		if (undo->what == FAULT_DO_PAUSE)
			return PROGRAM_PAUSED;
	}
	return -1;
}

/* --- the call managers --- */

typedef int node_fn(const struct fault_place *place, const char *node, void *arg, struct fail *fail);

static int each_node(const struct fault_place *place, node_fn *each, void *arg, struct fail *fail)
{
	const struct topology *topology = place->supervisor->topology;
	int rc = 0;

	for (size_t i = 0; i < topology->cluster.nodes.n && !rc; i++)
		if (topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP)
			rc = each(place, topology->cluster.nodes.items[i].name, arg, fail);
	return rc;
}

static const char *device_of(const struct fault_place *place)
{
	return place->fault->scope <= FAULT_PORT ? var(place, "phone") : "all";
}

static int refuse_at(const struct fault_place *place, const char *node, void *arg, struct fail *fail)
{
	const struct fault_action *action = arg;
	char socket[160];

	snprintf(socket, sizeof(socket), PLAN_PREFIX "/cucm/%s/rpc", node);
	return cucm_refuse(socket, device_of(place), (int)action->code,
			   action->retry_after > 0 ? (unsigned)action->retry_after : 0,
			   action->phrase ? action->phrase : "Refused", ASK_MS, fail);
}

static int accept_at(const struct fault_place *place, const char *node, void *arg, struct fail *fail)
{
	const struct undo *undo = arg;
	char socket[160];
	int rc;

	(void)place;
	snprintf(socket, sizeof(socket), PLAN_PREFIX "/cucm/%s/rpc", node);
	rc = cucm_accept(socket, undo->name, ASK_MS, fail);
	/* One that does not run any more has forgotten it. */
	return rc == -ENOENT || rc == -ENXIO ? 0 : rc;
}

static int forget_at(const struct fault_place *place, const char *node, void *arg, struct fail *fail)
{
	char socket[160];
	int rc;

	(void)arg;
	snprintf(socket, sizeof(socket), PLAN_PREFIX "/cucm/%s/rpc", node);
	rc = cucm_forget(socket, var(place, "phone"), ASK_MS, fail);
	return rc == -ENOENT ? 0 : rc;
}

struct rows_job {
	char *statement;
	json_t *saved; /* rows by node */
};

static void database_of(const char *node, char path[160])
{
	snprintf(path, 160, PLAN_PREFIX "/cucm/%s/cucm.sqlite", node);
}

static int rows_at(const struct fault_place *place, const char *node, void *arg, struct fail *fail)
{
	struct rows_job *job = arg;
	char path[160];
	json_t *rows;

	database_of(node, path);
	rows = fault_rows_read(path, var(place, "phone"), fail);
	if (!rows)
		return -EIO;
	json_object_set_new(job->saved, node, rows);
	return fault_rows_run(path, job->statement, fail);
}

static int do_sql(const struct fault_place *place, struct fault_done *done, const struct fault_action *action,
		  struct fail *fail)
{
	struct rows_job job = {.statement = fault_expand(place->vars, action->text, fail)};
	int rc;

	if (!job.statement)
		return -EINVAL;
	job.saved = json_object();
	rc = each_node(place, rows_at, &job, fail);
	note(done, FAULT_DO_SQL, var(place, "phone"))->saved = job.saved;
	free(job.statement);
	return rc;
}

static int undo_sql(const struct undo *undo, struct fail *fail)
{
	const char *node;
	json_t *rows;
	int rc = 0;

	json_object_foreach(undo->saved, node, rows)
	{
		char path[160];

		database_of(node, path);
		if (!rc)
			rc = fault_rows_write(path, undo->name, rows, fail);
	}
	return rc;
}

/* --- cables --- */

/* A box of its own: cable makes its namespace, plugs it in and runs the program. */
static int do_plug(const struct fault_place *place, struct fault_done *done,
		   const struct fault_action *action, struct fail *fail)
{
	json_t *run = expand_list(place, &action->run, fail);
	char *address = run && action->address ? fault_expand(place->vars, action->address, fail) : NULL;
	char path[600], panel[160];
	const char *argv[40];
	size_t n = 0;
	struct child child = {.kind = CHILD_PROGRAM};
	pid_t pid;

	if (!run || (action->address && !address)) {
		json_decref(run);
		return -EINVAL;
	}
	snprintf(child.name, sizeof(child.name), "%s", action->node);
	snprintf(path, sizeof(path), "%s/cable", place->supervisor->options->bin);
	snprintf(panel, sizeof(panel), PLAN_PREFIX "/switches/%s.panel", var(place, "switch"));
	argv[n++] = path;
	argv[n++] = "--netns";
	argv[n++] = "--panel";
	argv[n++] = panel;
	argv[n++] = "--node";
	argv[n++] = action->node;
	argv[n++] = "--port";
	argv[n++] = var(place, "free_port");
	if (address) {
		argv[n++] = "--address";
		argv[n++] = address;
	}
	argv[n++] = "--";
	for (size_t i = 0; i < json_array_size(run) && n < sizeof(argv) / sizeof(argv[0]) - 1; i++)
		argv[n++] = json_string_value(json_array_get(run, i));
	argv[n] = NULL;
	pid = child_fork(&child, fail);
	if (!pid) {
		execv(path, (char *const *)argv);
		_exit(127);
	}
	if (pid > 0)
		note(done, FAULT_DO_PLUG, action->node)->number = pid;
	free(address);
	json_decref(run);
	return pid < 0 ? (int)pid : 0;
}

static int undo_plug(const struct undo *undo)
{
	kill(-(pid_t)undo->number, SIGKILL);
	while (waitpid((pid_t)undo->number, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static int rack(const char *verb, const char *device, struct fail *fail)
{
	return tell(PLAN_RACK_SOCKET, json_pack("{s:s,s:s}", "do", verb, "node", device), fail);
}

/* --- all of them --- */

static int do_one(const struct fault_place *place, struct fault_done *done, struct fault_action *action,
		  struct fail *fail)
{
	enum fault_do what = (enum fault_do)action->what;

	switch (what) {
	case FAULT_DO_CONFIGURE: return do_configure(place, done, action, fail);
	case FAULT_DO_WIRE: return do_wire(place, done, action, fail);
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
	case FAULT_DO_RESTART: return do_service(place, done, action, fail);
	case FAULT_DO_EDIT:
	case FAULT_DO_REMOVE:
	case FAULT_DO_TRUNCATE:
	case FAULT_DO_CORRUPT:
	case FAULT_DO_WRITE:
	case FAULT_DO_COPY:
	case FAULT_DO_CHMOD: return fault_files_do(place->files, place->number, action, place->vars, fail);
	case FAULT_DO_REFUSE:
		note(done, what, device_of(place));
		return each_node(place, refuse_at, action, fail);
	case FAULT_DO_FORGET: return each_node(place, forget_at, NULL, fail);
	case FAULT_DO_SQL: return do_sql(place, done, action, fail);
	case FAULT_DO_PLUG: return do_plug(place, done, action, fail);
	case FAULT_DO_UNPLUG:
		note(done, what, var(place, "phone"));
		return rack("unplug", var(place, "phone"), fail);
	}
	return -EINVAL;
}

static int undo_one(const struct fault_place *place, struct undo *undo, fault_wanted_fn *wanted, void *arg,
		    struct fail *fail)
{
	struct fail ignored;
	int want;

	switch (undo->what) {
	case FAULT_DO_CONFIGURE: return configure(undo->name, undo->saved, fail);
	case FAULT_DO_WIRE:
		/* It may have gone by its own count. */
		tell(undo->name, json_pack("{s:s,s:I}", "do", "impair clear", "id", (json_int_t)undo->number),
		     &ignored);
		return 0;
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
		want = wanted(arg, undo->name);
		if (want == PROGRAM_STOPPED)
			return program_stop(place->supervisor, undo->name, false, fail);
		return want == PROGRAM_PAUSED ? program_pause(place->supervisor, undo->name, fail)
					      : program_run(place->supervisor, undo->name, fail);
	case FAULT_DO_RESTART:
		want = wanted(arg, undo->name);
		return want == PROGRAM_STOPPED ? 0 : program_restart(place->supervisor, undo->name, fail);
	case FAULT_DO_REFUSE: return each_node(place, accept_at, undo, fail);
	case FAULT_DO_SQL: return undo_sql(undo, fail);
	case FAULT_DO_PLUG: return undo_plug(undo);
	case FAULT_DO_UNPLUG: return rack("plug", undo->name, fail);
	case FAULT_DO_EDIT:
	case FAULT_DO_REMOVE:
	case FAULT_DO_TRUNCATE:
	case FAULT_DO_CORRUPT:
	case FAULT_DO_WRITE:
	case FAULT_DO_COPY:
	case FAULT_DO_CHMOD:
	case FAULT_DO_FORGET: break;
	}
	return 0;
}

static int nobody(void *arg, const char *service)
{
	(void)arg;
	(void)service;
	return -1;
}

int fault_undo(const struct fault_place *place, struct fault_done *done, fault_wanted_fn *wanted, void *arg,
	       struct fail *fail)
{
	/* Files first: who is restarted reads what was there before. */
	int rc = fault_files_undo(place->files, place->number, fail);

	for (struct undo *undo = done->undos; undo; undo = undo->next) {
		struct fail ignored;
		int code = undo_one(place, undo, wanted ? wanted : nobody, arg, rc ? &ignored : fail);

		rc = rc ? rc : code;
	}
	fault_done_free(done);
	return rc;
}

int fault_inject(const struct fault_place *place, struct fault_done **out, struct fail *fail)
{
	struct fault_done *done = calloc(1, sizeof(*done));
	struct fail ignored;
	int rc = done ? 0 : -ENOMEM;

	for (size_t i = 0; i < place->fault->inject.n && !rc; i++)
		rc = do_one(place, done, &place->fault->inject.items[i], fail);
	if (rc && done) {
		fault_undo(place, done, NULL, NULL, &ignored);
		done = NULL;
	}
	*out = done;
	return rc;
}
