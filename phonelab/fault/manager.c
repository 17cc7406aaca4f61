/* Actions of a fault on the call managers: refused REGISTERs, removed bindings, changed rows and settings. */
#include "phonelab/fault/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cucm/config.h"
#include "cucm/rpc.h"
#include "phonelab/fault/rows.h"
#include "phonelab/fault/vars.h"
#include "phonelab/lab/plan.h"

/* Act on a call manager; path: the file of its run directory that each_node names. */
typedef int node_fn(const struct fault_place *place, const char *node, const char *path, const void *arg,
		    struct fail *fail);

static int each_node(const struct fault_place *place, const char *file, node_fn *each, const void *arg,
		     struct fail *fail)
{
	const struct topology *topology = place->host->topology;
	char path[160];
	int err = 0;

	for (size_t i = 0; i < topology->cluster.nodes.n && !err; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		snprintf(path, sizeof(path), PLAN_PREFIX "/cucm/%s/%s", node->name, file);
		if (node->mode == TOPOLOGY_NODE_UP)
			err = each(place, node->name, path, arg, fail);
	}
	return err;
}

static int refuse_at(const struct fault_place *place, const char *node, const char *path, const void *arg,
		     struct fail *fail)
{
	const struct fault_action *action = arg;

	(void)node;
	return cucm_refuse(path, fault_device(place), (int)action->code,
			   action->retry_after > 0 ? (unsigned)action->retry_after : 0,
			   action->phrase ? action->phrase : "Refused", FAULT_ASK_MS, fail);
}

static int accept_at(const struct fault_place *place, const char *node, const char *path, const void *arg,
		     struct fail *fail)
{
	const struct undo *undo = arg;
	int err = cucm_accept(path, undo->name, FAULT_ASK_MS, fail);

	(void)place;
	(void)node;
	/* A node that no longer runs has no table of refused REGISTERs. */
	return err == -ENOENT || err == -ENXIO ? 0 : err;
}

static int forget_at(const struct fault_place *place, const char *node, const char *path, const void *arg,
		     struct fail *fail)
{
	int err = cucm_forget(path, fault_var(place, "phone"), FAULT_ASK_MS, fail);

	(void)node;
	(void)arg;
	return err == -ENOENT ? 0 : err;
}

struct rows_job {
	char *statement;
	json_t *saved; /* rows by node */
};

static int change_rows_at(const struct fault_place *place, const char *node, const char *path,
			  const void *arg, struct fail *fail)
{
	const struct rows_job *job = arg;
	json_t *rows = fault_rows_read(path, fault_var(place, "phone"), fail);

	if (!rows)
		return -EIO;
	json_object_set_new(job->saved, node, rows);
	return fault_rows_run(path, job->statement, fail);
}

static int restore_rows_at(const struct fault_place *place, const char *node, const char *path,
			   const void *arg, struct fail *fail)
{
	const struct undo *undo = arg;
	const json_t *rows = json_object_get(undo->saved, node);

	(void)place;
	return rows ? fault_rows_write(path, undo->name, rows, fail) : 0;
}

int fault_manager_sql(const struct fault_place *place, struct fault_done *done,
		      const struct fault_action *action, struct fail *fail)
{
	struct rows_job job = {.statement = fault_expand(place->vars, action->text, fail)};
	int err;

	if (!job.statement)
		return -EINVAL;
	job.saved = json_object();
	err = each_node(place, "cucm.sqlite", change_rows_at, &job, fail);
	fault_note(done, FAULT_DO_SQL, fault_var(place, "phone"))->saved = job.saved;
	free(job.statement);
	return err;
}

struct setting_job {
	const char *name;
	char *value;
	json_t *saved; /* value by node */
};

static int change_setting_at(const struct fault_place *place, const char *node, const char *path,
			     const void *arg, struct fail *fail)
{
	const struct setting_job *job = arg;
	char *before = fault_rows_setting(path, job->name, fail);

	(void)place;
	if (!before)
		return fail->err;
	json_object_set_new(job->saved, node, json_string(before));
	free(before);
	return config_database_setting(path, job->name, job->value, fail);
}

static int restore_setting_at(const struct fault_place *place, const char *node, const char *path,
			      const void *arg, struct fail *fail)
{
	const struct undo *undo = arg;
	const char *value = json_string_value(json_object_get(undo->saved, node));

	(void)place;
	return value ? config_database_setting(path, undo->name, value, fail) : 0;
}

/* A later fault holds the setting: it restores the value that was there before this one. */
static int restore_setting(const struct fault_place *place, const struct undo *undo, struct fail *fail)
{
	struct undo *later = place->later(place->others, place->number, undo->name);

	if (!later)
		return each_node(place, "cucm.sqlite", restore_setting_at, undo, fail);
	json_object_update(later->saved, undo->saved);
	return 0;
}

int fault_manager_set(const struct fault_place *place, struct fault_done *done,
		      const struct fault_action *action, struct fail *fail)
{
	struct setting_job job = {.name = action->name,
				  .value = fault_expand(place->vars, action->text, fail)};
	int err;

	if (!job.value)
		return -EINVAL;
	job.saved = json_object();
	err = each_node(place, "cucm.sqlite", change_setting_at, &job, fail);
	fault_note(done, FAULT_DO_SETTING, action->name)->saved = job.saved;
	free(job.value);
	return err;
}

struct setting_look {
	const char *name;
	struct text *values;
};

static int read_setting_at(const struct fault_place *place, const char *node, const char *path,
			   const void *arg, struct fail *fail)
{
	const struct setting_look *look = arg;
	char *value = fault_rows_setting(path, look->name, fail);

	(void)place;
	if (!value)
		return fail->err;
	text_add(look->values, "%s%s=%s", look->values->length ? " " : "", node, value);
	free(value);
	return 0;
}

int fault_manager_setting(const struct fault_place *place, const char *name, struct text *values,
			  struct fail *fail)
{
	const struct setting_look look = {.name = name, .values = values};

	return each_node(place, "cucm.sqlite", read_setting_at, &look, fail);
}

int fault_manager_refuse(const struct fault_place *place, struct fault_done *done,
			 const struct fault_action *action, struct fail *fail)
{
	fault_note(done, FAULT_DO_REFUSE, fault_device(place));
	return each_node(place, "rpc", refuse_at, action, fail);
}

int fault_manager_forget(const struct fault_place *place, struct fault_done *done,
			 const struct fault_action *action, struct fail *fail)
{
	(void)done;
	(void)action;
	return each_node(place, "rpc", forget_at, NULL, fail);
}

int fault_manager_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail)
{
	if (undo->what == FAULT_DO_SQL)
		return each_node(place, "cucm.sqlite", restore_rows_at, undo, fail);
	if (undo->what == FAULT_DO_SETTING)
		return restore_setting(place, undo, fail);
	return each_node(place, "rpc", accept_at, undo, fail);
}
