/* Checks from the outside: is a fault active, is it cleared? */
#include <errno.h>
#include <glob.h>
#include <openssl/x509.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json_text.h"
#include "cucm/rpc.h"
#include "phonelab/document/braces.h"
#include "phonelab/fault/client.h"
#include "phonelab/fault/content.h"
#include "phonelab/fault/integrity.h"
#include "phonelab/fault/vars.h"

#define FILE_MOST (64 * 1024 * 1024)

struct look {
	const struct lab *lab;
	const json_t *vars;
	struct fail *fail;
};

/* The text of a file, with a space for each NUL; "" if the file cannot be read, which can be the fault itself. */
static char *look_file(const char *path)
{
	struct fail ignored = {0};
	size_t length;
	char *text;

	if (file_read(path, FILE_MOST, &text, &length, &ignored))
		return strdup("");
	for (size_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
	return text;
}

/* "expired unlisted cucm-pub.lab" */
static char *look_certificate(const struct look *look, const char *path)
{
	struct content content = {0};
	char directory[256], name[128] = "", *text = NULL;
	X509 *certificate = NULL;
	struct fail ignored = {0};
	const char *validity;

	client_path(look->lab, "", directory, sizeof(directory));
	if (!content_read(path, &content, &ignored))
		certificate = content_certificate(&content, NULL);
	if (!certificate) {
		free(content.bytes);
		return strdup("absent");
	}
	validity = X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0	 ? "expired"
		   : X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0 ? "future"
										 : "valid";
	X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
	if (asprintf(&text, "%s %s %s", validity,
		     content_is_listed(directory, &content) ? "listed" : "unlisted", name) < 0)
		text = NULL;
	X509_free(certificate);
	free(content.bytes);
	return text;
}

/* The size in bytes. */
static char *look_size(const char *path)
{
	struct stat info;
	char *text = NULL;

	if (stat(path, &info))
		return strdup("absent");
	return asprintf(&text, "%lld", (long long)info.st_size) < 0 ? NULL : text;
}

static char *look_mode(const char *path)
{
	struct stat info;
	char *text = NULL;

	if (stat(path, &info))
		return strdup("absent");
	return asprintf(&text, "%03o", (unsigned)info.st_mode & 0777) < 0 ? NULL : text;
}

/* What look finds in each file that fits the pattern, or in the file of that name. */
static char *look_each(const char *pattern, char *(*look)(const char *path))
{
	struct text all = {0};
	glob_t found = {0};

	if (!strpbrk(pattern, "*?[") || glob(pattern, 0, NULL, &found))
		return look(pattern);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *one = look(found.gl_pathv[i]);

		text_add(&all, "%s\n", one ? one : "");
		free(one);
	}
	globfree(&found);
	return text_take(&all);
}

static char *look_listing(const char *pattern)
{
	struct text names = {0};
	glob_t found = {0};

	if (!glob(pattern, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			text_add(&names, "%s\n", strrchr(found.gl_pathv[i], '/') + 1);
	globfree(&found);
	return text_take(&names);
}

static char *look_signature(const struct look *look, const char *path)
{
	char certificate[256];

	client_path(look->lab, "keys/signer.crt", certificate, sizeof(certificate));
	return strdup(fault_signature_right(path, certificate) ? "right" : "wrong");
}

/* A member of the reply to a request, or the whole reply (NULL): a string, or JSON as text. */
static char *ask(const struct look *look, const char *socket, json_t *request, const char *member)
{
	json_t *reply = client_call(look->lab, socket, request, 10000, NULL, look->fail);
	const json_t *value = member ? json_object_get(reply, member) : reply;
	char *text = NULL;

	if (reply)
		text = json_is_string(value) ? strdup(json_string_value(value))
					     : json_dumps(value, JSON_COMPACT);
	json_decref(reply);
	return text;
}

static char *ask_switch(const struct look *look, json_t *request, const char *member)
{
	char socket[80];

	snprintf(socket, sizeof(socket), "switches/%s.sock", json_text(look->vars, "switch"));
	return ask(look, socket, request, member);
}

static char *look_show(const struct look *look, const char *words)
{
	json_t *args = json_array();
	char copy[200], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		json_array_append_new(args, json_string(word));
	return ask_switch(look, json_pack("{s:s,s:o}", "do", "show", "args", args), "text");
}

/* The phone's latest event of that name: its line of events.jsonl. */
static char *look_event(const struct look *look, const char *name)
{
	char path[256], *line = NULL, *text = strdup("");
	size_t room = 0;
	FILE *in;

	client_path(look->lab, "events.jsonl", path, sizeof(path));
	in = fopen(path, "re");
	while (in && getline(&line, &room, in) > 0) {
		json_t *event = strstr(line, name) ? json_loads(line, 0, NULL) : NULL;

		if (event && !strcmp(json_text(event, "event"), name) &&
		    !strcmp(json_text(event, "node"), json_text(look->vars, "phone"))) {
			free(text);
			line[strcspn(line, "\n")] = 0;
			text = strdup(line);
		}
		json_decref(event);
	}
	free(line);
	if (in)
		fclose(in);
	return text;
}

static char *look_orders(const struct look *look, const char *node)
{
	char file[120], path[256], *text = NULL;
	json_t *params, *result = NULL;

	/* A datagram socket, to which the console has no way. */
	if (client_is_console(look->lab)) {
		fail_set(look->fail, -EOPNOTSUPP,
			 "the orders of %s cannot be read through the console; run the command on the "
			 "machine of core",
			 node);
		return NULL;
	}
	params = json_pack("[s]", "order");
	snprintf(file, sizeof(file), "cucm/%s/rpc", node);
	client_path(look->lab, file, path, sizeof(path));
	if (!cucm_rpc_call(path, "htable.dump", params, 5000, &result, look->fail))
		text = json_dumps(result, JSON_COMPACT);
	json_decref(result);
	json_decref(params);
	return text;
}

/* The call manager's own table, from the status. */
static char *look_binding(const struct look *look, const char *manager)
{
	json_t *status = client_status(look->lab, look->fail);
	const json_t *node, *device;
	bool bound = false;
	size_t i, j;

	json_array_foreach (json_object_get(status, "cluster"), i, node) {
		if (strcmp(json_text(node, "name"), manager))
			continue;
		json_array_foreach (json_object_get(node, "registered"), j, device)
			bound = bound || !strcmp(json_string_value(device), json_text(look->vars, "phone"));
	}
	json_decref(status);
	return status ? strdup(bound ? "bound" : "unbound") : NULL;
}

static char *look_at(const struct look *look, enum fault_look where, const char *what)
{
	char path[400];

	client_path(look->lab, what, path, sizeof(path));
	switch (where) {
	case FAULT_LOOK_FILE: return look_each(path, look_file);
	case FAULT_LOOK_SIZE: return look_each(path, look_size);
	case FAULT_LOOK_SHOW: return look_show(look, what);
	case FAULT_LOOK_PROCESS:
		return ask(look, "lab.sock",
			   json_pack("{s:s,s:s,s:s}", "do", "program", "name", what, "action", "state"),
			   "state");
	case FAULT_LOOK_EVENT: return look_event(look, what);
	case FAULT_LOOK_ORDER: return look_orders(look, what);
	case FAULT_LOOK_DATABASE:
		return ask(look, "lab.sock",
			   json_pack("{s:s,s:s,s:s}", "do", "fault-rows", "node", what, "device",
				     json_text(look->vars, "phone")),
			   "rows");
	case FAULT_LOOK_RULE: return ask_switch(look, json_pack("{s:s}", "do", "impair ls"), NULL);
	case FAULT_LOOK_LISTING: return look_listing(path);
	case FAULT_LOOK_DAMAGE: return strdup(fault_bank_intact(path) ? "intact" : "damaged");
	case FAULT_LOOK_SIGNATURE: return look_signature(look, path);
	case FAULT_LOOK_BINDING: return look_binding(look, what);
	case FAULT_LOOK_CERTIFICATE: return look_certificate(look, path);
	case FAULT_LOOK_MODE: return look_each(path, look_mode);
	case FAULT_LOOK_SETTING:
		return ask(look, "lab.sock", json_pack("{s:s,s:s}", "do", "fault-setting", "name", what),
			   "values");
	}
	return NULL;
}

/* 0 if the check holds as wanted, -EAGAIN with what was found, or another negative errno. */
static int check(const struct look *look, const struct fault_check *check, bool wanted, const char *otherwise)
{
	const char *pattern = check->has ? check->has : check->lacks;
	char *at = fault_expand(look->vars, check->what, look->fail);
	char *regex = at ? fault_expand(look->vars, pattern, look->fail) : NULL;
	char *text = regex ? look_at(look, (enum fault_look)check->look, at) : NULL;
	int err = 0;

	if (!text)
		err = -EIO;
	else if ((regex_matches(regex, REG_NEWLINE | REG_ICASE, text) == (check->has != NULL)) != wanted)
		err = fail_set(look->fail, -EAGAIN, "%s %.80s %s \"%.120s\"; found: %.300s", otherwise, at,
			       check->has ? "has" : "lacks", regex, text);
	free(text);
	free(regex);
	free(at);
	return err;
}

int fault_proof(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
		bool active, struct fail *fail)
{
	struct look look = {.lab = lab, .vars = fault_target_vars(lab, fault, target, fail), .fail = fail};
	int err = look.vars ? 0 : fail->err;

	for (size_t i = 0; i < fault->proof.n && !err; i++)
		err = check(&look, &fault->proof.items[i], active,
			    active ? "not active: expected" : "still active:");
	for (size_t i = 0; i < fault->healed.n && !err && !active; i++)
		err = check(&look, &fault->healed.items[i], true, "not healed: expected");
	json_decref((json_t *)look.vars);
	return err;
}
