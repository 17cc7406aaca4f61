#include "phonelab/fault/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/document/file_id.h"
#include "phonelab/fault/target.h"

#define ADD_MS	  60000
#define FILE_MOST (48 * 1024)

/* Standard input is read as it was opened: a command that has become another user may not open it again. */
static int read_text(const char *path, char **text, size_t *length, struct fail *fail)
{
	if (!strcmp(path, "/dev/stdin"))
		return file_read_fd(STDIN_FILENO, path, FILE_MOST, text, length, fail);
	return file_read(path, FILE_MOST, text, length, fail);
}

static struct fault_set *read_set(const char *path, struct fail *fail)
{
	struct complaints complaints = {0};
	struct fault_set *set;
	char *text;
	size_t length;

	if (read_text(path, &text, &length, fail))
		return NULL;
	set = fault_set_parse(text, length, path, &complaints);
	if (set) {
		set->text = arena_copy(&set->arena, text, length);
		set->file = arena_copy(&set->arena, path, strlen(path));
	} else {
		complaints_fail(&complaints, fail);
	}
	free(text);
	return set;
}

const struct fault *fault_named(const char *what, struct fault_set **set, struct fail *fail)
{
	bool file = file_id_is_file(what);
	const struct fault *fault = NULL;
	char path[PATH_MAX];
	const char *id = file_id_split(what, path), *near;

	*set = file ? read_set(path, fail) : fault_catalogue();
	if (!*set)
		return NULL;
	if (!file || id)
		fault = fault_find(*set, file ? id : what);
	else if ((*set)->n == 1)
		fault = &(*set)->faults[0];
	if (fault)
		return fault;
	near = file && !id ? NULL : fault_suggest(*set, file ? id : what);
	if (file && near)
		fail_set(fail, -EINVAL, "%s: the file has no fault \"%s\"; did you mean \"%s\"?", path, id,
			 near);
	else if (file && id)
		fail_set(fail, -EINVAL, "%s: the file has no fault \"%s\"", path, id);
	else if (file)
		fail_set(fail, -EINVAL, "%s: the file contains %zu faults; name one with FILE#ID", path,
			 (*set)->n);
	else if (near)
		fail_set(fail, -EINVAL, "unknown fault \"%s\"; did you mean \"%s\"?", what, near);
	else
		fail_set(fail, -EINVAL,
			 "unknown fault \"%s\"; phonelab fault ls lists the faults; a file is named FILE or "
			 "FILE#ID",
			 what);
	fault_set_free(*set);
	*set = NULL;
	return NULL;
}

static void put(json_t *request, const char *key, const char *text)
{
	if (text)
		json_object_set_new(request, key, json_string(text));
}

static void put_target(json_t *request, const struct fault_target *target)
{
	put(request, "phone", target->phone);
	put(request, "port", target->port);
	put(request, "service", target->service);
	if (target->all)
		json_object_set_new(request, "all", json_true());
	if (target->erase)
		json_object_set_new(request, "erase", json_true());
}

static int add_one(const struct lab *lab, const struct fault_set *set, const struct fault *fault,
		   const struct fault_target *target, long for_s, long count, long *number, struct fail *fail)
{
	json_t *request = json_pack("{s:s,s:s,s:I,s:I}", "do", "fault-add", "id", fault->id, "for",
				    (json_int_t)for_s, "count", (json_int_t)count),
	       *reply = NULL;

	put_target(request, target);
	/* The supervisor cannot read the user's files, so the request carries the text. */
	put(request, "text", set->text);
	put(request, "file", set->file);
	reply = client_call(lab, "lab.sock", request, ADD_MS, NULL, fail);
	if (!reply)
		return -EINVAL;
	if (number)
		*number = (long)json_integer_value(json_object_get(reply, "number"));
	json_decref(reply);
	return 0;
}

int fault_add(const struct lab *lab, const char *what, const struct fault_target *target, long for_s,
	      long count, long *number, struct fail *fail)
{
	struct fault_set *set;
	const struct fault *fault = fault_named(what, &set, fail);
	struct fault_target one = *target;
	json_t *status, *phone;
	size_t i;
	int err;

	if (!fault)
		return -EINVAL;
	if (fault->scope != FAULT_PHONE || !target->all) {
		err = add_one(lab, set, fault, target, for_s, count, number, fail);
	} else {
		/* A fault for each phone. */
		status = client_status(lab, fail);
		err = status ? 0 : -EIO;
		one.all = false;
		json_array_foreach (json_object_get(status, "phones"), i, phone) {
			one.phone = json_text(phone, "name");
			if (!err)
				err = add_one(lab, set, fault, &one, for_s, count, number, fail);
		}
		json_decref(status);
	}
	fault_set_free(set);
	return err;
}

int fault_clear(const struct lab *lab, const char *which, struct fail *fail)
{
	json_t *request = json_pack("{s:s,s:s}", "do", "fault-clear", "which", which ? which : "all");
	json_t *reply = client_call(lab, "lab.sock", request, ADD_MS, NULL, fail);

	if (!reply)
		return fail->err;
	json_decref(reply);
	return 0;
}

json_t *fault_active(const struct lab *lab, struct fail *fail)
{
	json_t *reply = client_call(lab, "lab.sock", json_pack("{s:s}", "do", "fault-ls"), 20000, NULL, fail);

	if (reply)
		json_object_del(reply, "ok");
	return reply;
}

json_t *fault_target_vars(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
			  struct fail *fail)
{
	json_t *request = json_pack("{s:s}", "do", "fault-vars"), *reply, *vars = NULL;

	put_target(request, target);
	put(request, "model", fault->model);
	put(request, "needs", fault->needs >= 0 ? fault_needs_names[fault->needs] : NULL);
	put(request, "id", fault->id);
	put(request, "scope", fault_scope_names[fault->scope]);
	reply = client_call(lab, "lab.sock", request, 20000, NULL, fail);
	if (reply)
		vars = json_incref(json_object_get(reply, "vars"));
	json_decref(reply);
	return vars;
}

static int rack(const struct lab *lab, const char *verb, const char *phone, struct fail *fail)
{
	json_t *reply = client_call(lab, "phones/rack.sock",
				    json_pack("{s:s,s:s}", "do", verb, "node", phone), 10000, NULL, fail);

	json_decref(reply);
	return reply ? 0 : -EIO;
}

int fault_reboot(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
		 struct fail *fail)
{
	json_t *vars = fault_target_vars(lab, fault, target, fail);
	const char *phone = vars ? json_text(vars, "phone") : "";
	bool erases = fault_target_erases(fault, target);
	int err = vars ? 0 : fail->err;

	if (erases && !err)
		err = rack(lab, "erase", phone, fail);
	switch ((enum fault_boot)fault->boot) {
	case FAULT_BOOT_NONE: break;
	case FAULT_BOOT_RESET: err = err || erases ? err : rack(lab, "reset", phone, fail); break;
	case FAULT_BOOT_POWER:
		err = err ? err : rack(lab, "unplug", phone, fail);
		err = err ? err : rack(lab, "plug", phone, fail);
		break;
	}
	json_decref(vars);
	return err;
}
