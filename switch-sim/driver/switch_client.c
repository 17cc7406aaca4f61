#include "switch-sim/driver/switch_client.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"

#define SOCKETS	   "/run/phonelab/switches/*.sock"
#define TIMEOUT_MS 10000

char *switch_client_socket(const char *path, struct fail *fail)
{
	char *found = NULL;
	glob_t list;

	if (!path)
		path = getenv("PHONELAB_SWITCH");
	if (path && *path)
		return strdup(path);
	if (glob(SOCKETS, 0, NULL, &list)) {
		fail_set(fail, -ENOENT,
			 "no switch is running here (no socket %s); select one with --control PATH", SOCKETS);
		return NULL;
	}
	if (list.gl_pathc == 1)
		found = strdup(list.gl_pathv[0]);
	else
		fail_set(fail, -EINVAL, "%zu switches are running (%s); select one with --control PATH",
			 list.gl_pathc, SOCKETS);
	globfree(&list);
	return found;
}

int switch_client_run(const char *socket, const char *verb, const char *const *words, unsigned count,
		      struct fail *fail)
{
	json_t *list = json_array(), *request, *reply;
	const char *text;
	int refused;

	for (unsigned i = 0; i < count; i++)
		if (json_array_append_new(list, json_string(words[i]))) {
			json_decref(list);
			return fail_set(fail, -EINVAL, "word %u is not UTF-8", i + 1);
		}
	request = json_pack("{s:s,s:o}", "do", verb, strcmp(verb, "show") ? "lines" : "args", list);
	reply = control_ask(socket, request, TIMEOUT_MS, NULL, fail);
	if (!reply)
		return -EIO;
	text = json_string_value(json_object_get(reply, "text"));
	fputs(text ? text : "", stdout);
	refused = json_integer_value(json_object_get(reply, "errors")) > 0;
	json_decref(reply);
	return refused;
}

/* The request for these words, or NULL with the reason. */
static json_t *impair_request(const char *const *words, unsigned count, struct fail *fail)
{
	json_error_t error;
	json_t *rule;

	if (count == 1 && !strcmp(words[0], "ls"))
		return json_pack("{s:s}", "do", "impair ls");
	if (count == 1 && !strcmp(words[0], "clear"))
		return json_pack("{s:s}", "do", "impair clear");
	if (count == 2 && !strcmp(words[0], "clear")) {
		char *end;
		long id = strtol(words[1], &end, 10);

		if (*words[1] && !*end)
			return json_pack("{s:s,s:I}", "do", "impair clear", "id", (json_int_t)id);
		return json_pack("{s:s,s:s}", "do", "impair clear", "id", words[1]);
	}
	if (count != 2 || strcmp(words[0], "add")) {
		fail_set(fail, -EINVAL, "impair: expected add RULE, ls, or clear [ID|all]");
		return NULL;
	}
	rule = json_loads(words[1], JSON_REJECT_DUPLICATES, &error);
	if (!rule) {
		fail_set(fail, -EINVAL, "impair add: the rule is not JSON: column %d: %s", error.column,
			 error.text);
		return NULL;
	}
	return json_pack("{s:s,s:o}", "do", "impair add", "rule", rule);
}

int switch_client_impair(const char *socket, const char *const *words, unsigned count, struct fail *fail)
{
	json_t *request = impair_request(words, count, fail), *reply;

	if (!request)
		return -EINVAL;
	reply = control_ask(socket, request, TIMEOUT_MS, NULL, fail);
	if (!reply)
		return -EIO;
	json_object_del(reply, "ok");
	json_dumpf(reply, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(reply);
	return 0;
}
