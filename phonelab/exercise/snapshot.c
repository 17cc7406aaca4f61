/* Snapshots of everything in a lab that a person can change, and their differences. */
#include "phonelab/exercise/exercise.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/fault/rows.h"
#include "phonelab/lab/config_lines.h"

#define ASK_MS	  10000
#define FILE_MOST (64u << 20)

/* --- files --- */

static bool ends(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* The text of a configuration that people edit, so that its lines can be compared; of other files a digest and the
 * permissions. */
static json_t *one_file(const char *path, const char *name)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[60];
	unsigned n = 0;
	size_t length = 0;
	struct stat stat_now;
	char *bytes = NULL;
	struct fail ignored = {0};
	json_t *value = NULL;

	if (file_read(path, FILE_MOST, &bytes, &length, &ignored))
		return json_string("unreadable");
	if (ends(name, "dnsmasq.conf"))
		value = json_stringn(bytes, length);
	else if (EVP_Digest(bytes, length, digest, &n, EVP_sha256(), NULL) == 1 && !stat(path, &stat_now)) {
		for (unsigned i = 0; i < 16; i++)
			snprintf(hex + 2 * i, 3, "%02x", digest[i]);
		snprintf(hex + 32, sizeof(hex) - 32, " %03o", (unsigned)stat_now.st_mode & 0777);
		value = json_string(hex);
	}
	free(bytes);
	return value ? value : json_string("unreadable");
}

/* Call each with the path below the run directory of every entry of a folder whose name ends so. */
typedef void entry_fn(const struct lab *lab, json_t *into, const char *name, struct fail *fail);

static void each_entry(const struct lab *lab, const char *folder, const char *end, json_t *into,
		       entry_fn *each, struct fail *fail)
{
	char path[512], name[400];
	struct dirent *entry;
	DIR *dir;

	client_path(lab, folder, path, sizeof(path));
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%.120s/%.250s", folder, entry->d_name);
		if (*entry->d_name != '.' && ends(name, end))
			each(lab, into, name, fail);
	}
	if (dir)
		closedir(dir);
}

static void put_file(const struct lab *lab, json_t *files, const char *name, struct fail *fail)
{
	char path[512];
	struct stat info;

	client_path(lab, name, path, sizeof(path));
	if (lstat(path, &info))
		return;
	if (S_ISDIR(info.st_mode))
		each_entry(lab, name, "", files, put_file, fail);
	else if (S_ISREG(info.st_mode) && !strstr(name, ".sqlite") && !ends(name, "/leases") &&
		 !ends(name, "/ctl") && !ends(name, "/tomcat.pem"))
		json_object_set_new(files, name, one_file(path, name));
}

/* --- switches, services, tables --- */

static json_t *show(const struct lab *lab, const char *socket, const char *first, const char *second,
		    struct fail *fail)
{
	json_t *args = second ? json_pack("[s,s]", first, second) : json_pack("[s]", first);
	json_t *reply =
	    client_call(lab, socket, json_pack("{s:s,s:o}", "do", "show", "args", args), ASK_MS, NULL, fail);
	json_t *text = reply ? json_incref(json_object_get(reply, "text")) : NULL;

	json_decref(reply);
	return text;
}

/* A failure leaves fail->err. */
static void put_switch(const struct lab *lab, json_t *switches, const char *socket, struct fail *fail)
{
	json_t *config = show(lab, socket, "running-config", NULL, fail);
	json_t *ports = show(lab, socket, "interfaces", "status", fail);
	json_t *rules = client_call(lab, socket, json_pack("{s:s}", "do", "impair ls"), ASK_MS, NULL, fail);

	json_object_set_new(switches, strchr(socket, '/') + 1,
			    json_pack("{s:o?,s:o?,s:I}", "configuration", config, "ports", ports, "rules",
				      (json_int_t)json_array_size(json_object_get(rules, "rules"))));
	json_decref(rules);
}

/* Each program has a log of its name: log/NAME.log. */
static void put_program(const struct lab *lab, json_t *programs, const char *log, struct fail *fail)
{
	const char *base = strchr(log, '/') + 1;
	struct fail ignored = {0};
	char name[260];
	json_t *reply;

	(void)fail;
	snprintf(name, sizeof(name), "%.*s", (int)strlen(base) - 4, base);
	reply = client_call(lab, "lab.sock",
			    json_pack("{s:s,s:s,s:s}", "do", "program", "name", name, "action", "state"),
			    ASK_MS, NULL, &ignored);
	if (reply)
		json_object_set(programs, name, json_object_get(reply, "state"));
	json_decref(reply);
}

static void put_phones(const struct lab *lab, const json_t *status, json_t *phones, json_t *rows)
{
	json_t *phone, *node;
	size_t i, j;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const char *name = json_text(phone, "name");

		json_object_set_new(phones, name,
				    json_pack("{s:O?,s:O?,s:O?,s:O?,s:O?}", "neighbor",
					      json_object_get(phone, "neighbor"), "voice_vlan",
					      json_object_get(phone, "voice_vlan"), "gateway",
					      json_object_get(phone, "gateway"), "dhcp_server",
					      json_object_get(phone, "dhcp_server"), "directory_number",
					      json_object_get(phone, "directory_number")));
		json_array_foreach (json_object_get(status, "cluster"), j, node) {
			char file[200], path[512], key[200], *text;
			struct fail fail = {0};
			json_t *all;

			snprintf(file, sizeof(file), "cucm/%.60s/cucm.sqlite", json_text(node, "name"));
			snprintf(key, sizeof(key), "%.60s %.60s", json_text(node, "name"), name);
			client_path(lab, file, path, sizeof(path));
			all = fault_rows_read(path, name, &fail);
			text = all ? json_dumps(all, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
			json_object_set_new(rows, key, json_string(text ? text : "unreadable"));
			free(text);
			json_decref(all);
		}
	}
}

json_t *exercise_snapshot(const struct lab *lab, struct fail *fail)
{
	json_t *files = json_object(), *switches = json_object(), *programs = json_object();
	json_t *phones = json_object(), *rows = json_object(), *all;
	struct fail own = {0}; /* *fail may have an earlier error */
	json_t *status = client_status(lab, &own);

	if (status)
		each_entry(lab, "switches", ".sock", switches, put_switch, &own);
	each_entry(lab, "dhcp", "", files, put_file, &own);
	each_entry(lab, "tftp", "", files, put_file, &own);
	each_entry(lab, "cucm", "", files, put_file, &own);
	each_entry(lab, "log", ".log", programs, put_program, &own);
	put_phones(lab, status, phones, rows);
	json_decref(status);
	all = json_pack("{s:o,s:o,s:o,s:o,s:o}", "files", files, "switches", switches, "programs", programs,
			"phones", phones, "rows", rows);
	if (!own.err)
		return all;
	*fail = own;
	json_decref(all);
	return NULL;
}

/* --- differences --- */

static void add_difference(json_t *list, const char *where, const char *name, const char *what,
			   const char *text)
{
	char whole[1200];

	snprintf(whole, sizeof(whole), "%s %s: %s%s%s", where, name, what, *text ? ": " : "", text);
	json_array_append_new(list, json_string(whole));
}

static void compare_lines(json_t *list, const char *where, const char *name, const char *before,
			  const char *after)
{
	json_t *old = config_lines(before), *new = config_lines(after), *value;
	const char *line;

	json_object_foreach (old, line, value)
		if (!json_object_get(new, line))
			add_difference(list, where, name, "missing", line);
	json_object_foreach (new, line, value)
		if (!json_object_get(old, line))
			add_difference(list, where, name, "added", line);
	json_decref(old);
	json_decref(new);
}

static void compare_values(json_t *list, const char *where, const json_t *before, const json_t *after)
{
	json_t *value;
	const char *name;

	json_object_foreach ((json_t *)before, name, value) {
		const json_t *now = json_object_get(after, name);

		if (!now)
			add_difference(list, where, name, "missing", "");
		else if (!json_equal(now, value) && json_is_string(value) && ends(name, "dnsmasq.conf"))
			compare_lines(list, where, name, json_string_value(value), json_string_value(now));
		else if (!json_equal(now, value))
			add_difference(list, where, name, "changed",
				       json_is_string(now) ? json_string_value(now) : "");
	}
	json_object_foreach ((json_t *)after, name, value)
		if (!json_object_get(before, name))
			add_difference(list, where, name, "added", "");
}

json_t *exercise_differences(const json_t *before, const json_t *after, const json_t *may_change)
{
	json_t *list = json_array(), *old, *text;
	const json_t *switches = json_object_get(after, "switches");
	const char *name;
	size_t i;

	json_object_foreach (json_object_get(before, "switches"), name, old) {
		const json_t *now = json_object_get(switches, name);
		char sw[100];

		snprintf(sw, sizeof(sw), "%.*s", (int)strlen(name) - 5, name);
		compare_lines(list, "switch", sw, json_text(old, "configuration"),
			      json_text(now, "configuration"));
		compare_lines(list, "ports", sw, json_text(old, "ports"), json_text(now, "ports"));
		if (!json_equal(json_object_get(old, "rules"), json_object_get(now, "rules")))
			add_difference(list, "switch", sw, "rules in its data plane", "");
	}
	compare_values(list, "file", json_object_get(before, "files"), json_object_get(after, "files"));
	compare_values(list, "service", json_object_get(before, "programs"),
		       json_object_get(after, "programs"));
	compare_values(list, "phone", json_object_get(before, "phones"), json_object_get(after, "phones"));
	compare_values(list, "device table", json_object_get(before, "rows"), json_object_get(after, "rows"));
	for (i = json_array_size(list); i-- > 0;) {
		text = json_array_get(list, i);
		if (exercise_matches_any(may_change, 0, json_string_value(text)))
			json_array_remove(list, i);
	}
	return list;
}
