#include "phonelab/fault_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phonelab/why.h"

#define ADD_MS 60000

/* Is it a path, and not an id? */
static bool is_file(const char *what)
{
	return strchr(what, '/') || strstr(what, ".yaml") || strstr(what, ".yml");
}

/* FILE or FILE#ID. */
static const struct fault *of_file(const char *what, struct fault_set **set, struct fail *fail)
{
	const char *hash = strrchr(what, '#');
	char path[512];
	struct complaints complaints = {0};
	const struct fault *fault = NULL;

	snprintf(path, sizeof(path), "%.*s", (int)(hash ? (size_t)(hash - what) : strlen(what)), what);
	*set = fault_set_read(path, &complaints);
	if (!*set) {
		char *text = complaints_text(&complaints);

		fail_set(fail, -EINVAL, "%s", text ? text : "out of memory");
		free(text);
		return NULL;
	}
	if (hash)
		fault = fault_find(*set, hash + 1);
	else if ((*set)->n == 1)
		fault = &(*set)->faults[0];
	if (!fault) {
		if (hash)
			fail_set(fail, -EINVAL, "%s: found no fault \"%s\"", path, hash + 1);
		else
			fail_set(fail, -EINVAL, "%s: found %zu faults, expected FILE#ID to say which", path,
				 (*set)->n);
		fault_set_free(*set);
		*set = NULL;
	}
	return fault;
}

const struct fault *fault_named(const char *what, struct fault_set **set, struct fail *fail)
{
	const struct fault *fault;
	const char *near;

	if (is_file(what))
		return of_file(what, set, fail);
	*set = fault_catalogue();
	fault = fault_find(*set, what);
	if (fault)
		return fault;
	near = fault_suggest(*set, what);
	if (near)
		fail_set(fail, -EINVAL, "found the fault \"%s\", expected \"%s\"", what, near);
	else
		fail_set(fail, -EINVAL,
			 "found the fault \"%s\", expected an id that `phonelab fault ls` lists, or a file",
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
}

/* The text of the file goes along, for the supervisor does not see the user's files. */
static int put_file(json_t *request, const char *what, struct fail *fail)
{
	const char *hash = strrchr(what, '#');
	char path[512], text[48 * 1024];
	size_t n;
	FILE *in;

	snprintf(path, sizeof(path), "%.*s", (int)(hash ? (size_t)(hash - what) : strlen(what)), what);
	in = fopen(path, "re");
	if (!in)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = 0;
	if (!feof(in)) {
		fclose(in);
		return fail_set(fail, -EFBIG, "%s: a file of faults has at most 48 KiB", path);
	}
	fclose(in);
	put(request, "text", text);
	put(request, "file", path);
	return 0;
}

static int add_one(const struct lab *lab, const char *what, const struct fault *fault,
		   const struct fault_target *target, long for_s, long count, long *number, struct fail *fail)
{
	json_t *request = json_pack("{s:s,s:s,s:I,s:I}", "do", "fault-add", "id", fault->id, "for",
				    (json_int_t)for_s, "count", (json_int_t)count),
	       *reply = NULL;

	put_target(request, target);
	if (is_file(what) && put_file(request, what, fail)) {
		json_decref(request);
		return -EINVAL;
	}
	reply = client_call(lab, "lab.sock", request, ADD_MS, NULL, fail);
	if (!reply)
		return -EINVAL;
	if (number)
		*number = (long)json_integer_value(json_object_get(reply, "number"));
	json_decref(reply);
	return 0;
}

static json_t *lab_status_of(const struct lab *lab, struct fail *fail)
{
	return client_call(lab, "lab.sock", json_pack("{s:s}", "do", "status"), 20000, NULL, fail);
}

static int check_scope(const struct fault *fault, const struct fault_target *target, struct fail *fail)
{
	if (target->service && fault->scope != FAULT_SERVICE)
		return fail_set(fail, -EINVAL, "%s is for a %s: found --service %s", fault->id,
				fault_scope_names[fault->scope], target->service);
	if (target->all && fault->scope == FAULT_PORT)
		return fail_set(fail, -EINVAL, "%s is for one port: found --all", fault->id);
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
	int rc;

	if (!fault)
		return -EINVAL;
	rc = check_scope(fault, target, fail);
	if (!rc && (fault->scope != FAULT_PHONE || !target->all))
		rc = add_one(lab, what, fault, target, for_s, count, number, fail);
	else if (!rc) {
		/* One of them for each phone. */
		status = lab_status_of(lab, fail);
		rc = status ? 0 : -EIO;
		one.all = false;
		json_array_foreach(json_object_get(status, "phones"), i, phone)
		{
			one.phone = why_text(phone, "name");
			if (!rc)
				rc = add_one(lab, what, fault, &one, for_s, count, number, fail);
		}
		json_decref(status);
	}
	fault_set_free(set);
	return rc;
}

int fault_clear(const struct lab *lab, const char *which, struct fail *fail)
{
	json_t *request = json_pack("{s:s,s:s}", "do", "fault-clear", "which", which ? which : "all");
	json_t *reply = client_call(lab, "lab.sock", request, ADD_MS, NULL, fail);

	if (!reply)
		return strstr(fail->text, "found no fault") ? -ENOENT : -EIO;
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
	put(request, "id", fault->id);
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
	const char *phone = vars ? why_text(vars, "phone") : "";
	int rc = vars ? 0 : -EIO;

	switch ((enum fault_boot)fault->boot) {
	case FAULT_BOOT_NONE: break;
	case FAULT_BOOT_RESET: rc = rc ? rc : rack(lab, "reset", phone, fail); break;
	case FAULT_BOOT_POWER:
		rc = rc ? rc : rack(lab, "unplug", phone, fail);
		rc = rc ? rc : rack(lab, "plug", phone, fail);
		break;
	}
	json_decref(vars);
	return rc;
}
