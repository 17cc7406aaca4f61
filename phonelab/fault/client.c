#include "phonelab/fault/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_text.h"

#define ADD_MS	  60000
#define TEXT_ROOM (48 * 1024)

bool fault_is_file(const char *what)
{
	return strchr(what, '/') || strstr(what, ".yaml") || strstr(what, ".yml");
}

/* The whole file as text, /dev/stdin included: whoever became another user may not open that one. */
static int read_text(const char *path, char text[TEXT_ROOM], struct fail *fail)
{
	bool own = !strcmp(path, "/dev/stdin");
	FILE *in = own ? stdin : fopen(path, "re");
	bool all;
	size_t n;

	if (!in)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	n = fread(text, 1, TEXT_ROOM - 1, in);
	text[n] = 0;
	all = feof(in);
	if (!own)
		fclose(in);
	return all ? 0 : fail_set(fail, -EFBIG, "%s: a file of faults has at most 48 KiB", path);
}

static struct fault_set *read_set(const char *path, struct fail *fail)
{
	struct complaints complaints = {0};
	char text[TEXT_ROOM], *wrong;
	struct fault_set *set;

	if (read_text(path, text, fail))
		return NULL;
	set = fault_set_parse(text, strlen(text), path, &complaints);
	if (set) {
		set->text = arena_copy(&set->arena, text, strlen(text));
		set->file = arena_copy(&set->arena, path, strlen(path));
		return set;
	}
	wrong = complaints_text(&complaints);
	fail_set(fail, -EINVAL, "%s", wrong ? wrong : "out of memory");
	free(wrong);
	return NULL;
}

/* FILE or FILE#ID. */
static const struct fault *of_file(const char *what, struct fault_set **set, struct fail *fail)
{
	const char *hash = strrchr(what, '#');
	const struct fault *fault = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%.*s", (int)(hash ? (size_t)(hash - what) : strlen(what)), what);
	*set = read_set(path, fail);
	if (!*set)
		return NULL;
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

	if (fault_is_file(what))
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

static int add_one(const struct lab *lab, const struct fault_set *set, const struct fault *fault,
		   const struct fault_target *target, long for_s, long count, long *number, struct fail *fail)
{
	json_t *request = json_pack("{s:s,s:s,s:I,s:I}", "do", "fault-add", "id", fault->id, "for",
				    (json_int_t)for_s, "count", (json_int_t)count),
	       *reply = NULL;

	put_target(request, target);
	/* The text of a file goes along, for who holds the faults does not see the user's files. */
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
	int err;

	if (!fault)
		return -EINVAL;
	err = check_scope(fault, target, fail);
	if (!err && (fault->scope != FAULT_PHONE || !target->all))
		err = add_one(lab, set, fault, target, for_s, count, number, fail);
	else if (!err) {
		/* One of them for each phone. */
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
	const char *phone = vars ? json_text(vars, "phone") : "";
	int err = vars ? 0 : -EIO;

	switch ((enum fault_boot)fault->boot) {
	case FAULT_BOOT_NONE: break;
	case FAULT_BOOT_RESET: err = err ? err : rack(lab, "reset", phone, fail); break;
	case FAULT_BOOT_POWER:
		err = err ? err : rack(lab, "unplug", phone, fail);
		err = err ? err : rack(lab, "plug", phone, fail);
		break;
	}
	json_decref(vars);
	return err;
}
