/* Actions of a fault on the call managers: refused REGISTERs, removed bindings, changed rows. */
#include "phonelab/fault/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cucm/rpc.h"
#include "phonelab/fault/rows.h"
#include "phonelab/fault/vars.h"
#include "phonelab/lab/plan.h"

typedef int node_fn(const struct fault_place *place, const char *node, const void *arg, struct fail *fail);

static int each_node(const struct fault_place *place, node_fn *each, const void *arg, struct fail *fail)
{
	const struct topology *topology = place->host->topology;
	int err = 0;

	for (size_t i = 0; i < topology->cluster.nodes.n && !err; i++)
		if (topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP)
			err = each(place, topology->cluster.nodes.items[i].name, arg, fail);
	return err;
}

static int refuse_at(const struct fault_place *place, const char *node, const void *arg, struct fail *fail)
{
	const struct fault_action *action = arg;
	char socket[160];

	snprintf(socket, sizeof(socket), PLAN_PREFIX "/cucm/%s/rpc", node);
	return cucm_refuse(socket, fault_device(place), (int)action->code,
			   action->retry_after > 0 ? (unsigned)action->retry_after : 0,
			   action->phrase ? action->phrase : "Refused", FAULT_ASK_MS, fail);
}

static int accept_at(const struct fault_place *place, const char *node, const void *arg, struct fail *fail)
{
	const struct undo *undo = arg;
	char socket[160];
	int err;

	(void)place;
	snprintf(socket, sizeof(socket), PLAN_PREFIX "/cucm/%s/rpc", node);
	err = cucm_accept(socket, undo->name, FAULT_ASK_MS, fail);
	/* A node that no longer runs has no table of refused REGISTERs. */
	return err == -ENOENT || err == -ENXIO ? 0 : err;
}

static int forget_at(const struct fault_place *place, const char *node, const void *arg, struct fail *fail)
{
	char socket[160];
	int err;

	(void)arg;
	snprintf(socket, sizeof(socket), PLAN_PREFIX "/cucm/%s/rpc", node);
	err = cucm_forget(socket, fault_var(place, "phone"), FAULT_ASK_MS, fail);
	return err == -ENOENT ? 0 : err;
}

struct rows_job {
	char *statement;
	json_t *saved; /* rows by node */
};

static void database_of(const char *node, char path[160])
{
	snprintf(path, 160, PLAN_PREFIX "/cucm/%s/cucm.sqlite", node);
}

static int rows_at(const struct fault_place *place, const char *node, const void *arg, struct fail *fail)
{
	const struct rows_job *job = arg;
	char path[160];
	json_t *rows;

	database_of(node, path);
	rows = fault_rows_read(path, fault_var(place, "phone"), fail);
	if (!rows)
		return -EIO;
	json_object_set_new(job->saved, node, rows);
	return fault_rows_run(path, job->statement, fail);
}

int fault_manager_sql(const struct fault_place *place, struct fault_done *done,
		      const struct fault_action *action, struct fail *fail)
{
	struct rows_job job = {.statement = fault_expand(place->vars, action->text, fail)};
	int err;

	if (!job.statement)
		return -EINVAL;
	job.saved = json_object();
	err = each_node(place, rows_at, &job, fail);
	fault_note(done, FAULT_DO_SQL, fault_var(place, "phone"))->saved = job.saved;
	free(job.statement);
	return err;
}

static int undo_sql(const struct undo *undo, struct fail *fail)
{
	const char *node;
	json_t *rows;
	int err = 0;

	json_object_foreach (undo->saved, node, rows) {
		char path[160];

		database_of(node, path);
		if (!err)
			err = fault_rows_write(path, undo->name, rows, fail);
	}
	return err;
}

int fault_manager_refuse(const struct fault_place *place, struct fault_done *done,
			 const struct fault_action *action, struct fail *fail)
{
	fault_note(done, FAULT_DO_REFUSE, fault_device(place));
	return each_node(place, refuse_at, action, fail);
}

int fault_manager_forget(const struct fault_place *place, struct fault_done *done,
			 const struct fault_action *action, struct fail *fail)
{
	(void)done;
	(void)action;
	return each_node(place, forget_at, NULL, fail);
}

int fault_manager_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail)
{
	return undo->what == FAULT_DO_SQL ? undo_sql(undo, fail) : each_node(place, accept_at, undo, fail);
}
