#include "phonelab/why/content.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/why/content_internal.h"
#include "phonelab/why/served.h"
#include "wire/trustlist.h"

/* --- facts --- */

/* Facts about a file that the phone uses all the same. */
static bool is_used(const char *fact)
{
	static const char *const names[] = {
	    "content.element",
	    "content.element_missing",
	    "content.value_ignored",
	    "content.of_another_phone",
	    "content.signature_other_name",
	    "content.signature_stale",
	    "content.ctl",
	    "content.ok",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(fact, names[i]))
			return true;
	return false;
}

json_t *content_put(struct content *of, struct content_file *file, const char *name, int step, unsigned line,
		    const char *format, ...)
{
	char object[180], from[260], text[800];
	json_t *fact;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(object, sizeof(object), "file %s", file->plain);
	if (line)
		snprintf(from, sizeof(from), "%s%s:%u", of->shown, file->name, line);
	else
		snprintf(from, sizeof(from), "%s%s", of->shown, file->name);
	fact = fact_add(of->facts, name, object, step, from, "%s", text);
	fact_value(fact, "file", "%s", file->name);
	if (line)
		fact_value(fact, "line", "%u", line);
	file->wrong = file->wrong || strcmp(name, "content.value_ignored");
	file->damaged = file->damaged || !is_used(name);
	return fact;
}

struct content_file *content_find(struct content *of, const char *plain)
{
	for (size_t i = 0; i < of->files; i++)
		if (!strcmp(of->file[i].plain, plain))
			return &of->file[i];
	return NULL;
}

bool content_is_there(const struct content *of, const char *name)
{
	char path[CONTENT_PATH + 300];

	snprintf(path, sizeof(path), "%s%s", of->root, name);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), "%s%s.sgn", of->root, name);
	return !access(path, F_OK);
}

struct wire_slice content_payload(const struct content_file *file)
{
	struct wire_slice payload = {file->bytes, file->length};
	struct trustlist_header header;

	if (file->bytes && sgn_is_signed(file->bytes, file->length))
		sgn_decode(file->bytes, file->length, &header, &payload, NULL);
	return payload;
}

/* --- where the files are --- */

#define FOLDERS_MOST 200 /* below the directory of a program */

/* Does the folder have the file of the phone, or of unknown phones? */
static bool serves(const struct content *of, const char *folder)
{
	const char *const names[] = {of->it->name, "XMLDefault"};
	static const char *const ends[] = {".cnf.xml", ".cnf.xml.sgn"};
	char path[CONTENT_PATH + 80];

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%.40s%s", folder, names[i / 2], ends[i % 2]);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

/* The directory of the program, or a folder in it. */
static bool set_user_root(struct content *of, const char *directory)
{
	DIR *list = opendir(directory);
	const struct dirent *entry;
	bool found = serves(of, directory);
	unsigned folders = 0;

	snprintf(of->root, sizeof(of->root), "%.900s/", directory);
	while (list && !found && folders < FOLDERS_MOST && (entry = readdir(list))) {
		if (entry->d_name[0] == '.')
			continue;
		folders++;
		snprintf(of->root, sizeof(of->root), "%.900s/%.200s/", directory, entry->d_name);
		found = serves(of, of->root);
	}
	if (list)
		closedir(list);
	return found;
}

/* The folder of a TFTP service that is a program of the user: it may make other files by itself. */
static bool find_user_root(struct content *of)
{
	struct topology *topology;
	struct fail ignored = {0};
	bool found = false;

	topology = lab_file_intended(of->it->directory, &ignored);
	for (size_t i = 0; topology && i < topology->servers.n && !found; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		if (server->kind != TOPOLOGY_TFTP || !server->owner.run.at || !server->owner.run.directory)
			continue;
		snprintf(of->shown, sizeof(of->shown), "%.30s: ", server->name);
		found = set_user_root(of, server->owner.run.directory);
	}
	topology_free(topology);
	of->foreign = found;
	return found;
}

static bool find_root(struct content *of)
{
	char keys[300];

	snprintf(keys, sizeof(keys), "%skeys", of->it->directory);
	of->kept = access(keys, F_OK);
	snprintf(of->root, sizeof(of->root), "%s" SERVED_ROOT, of->it->directory);
	snprintf(of->shown, sizeof(of->shown), SERVED_ROOT);
	return !access(of->root, R_OK | X_OK) || find_user_root(of);
}

/* --- the files --- */

/* Does the server have ringtones? Then it had a list of them. */
static bool has_ringtones(const struct content *of)
{
	const struct lint_entry *entry;

	for (size_t i = 0; (entry = lint_folder_entry(of->folder, i)); i++) {
		const char *end = strrchr(entry->name, '.');

		if (end && (!strcmp(end, ".rwb") || !strcmp(end, ".raw")))
			return true;
	}
	return false;
}

/* Does the phone fail, or continue without something, because this file is missing? */
static bool is_needed(const struct content *of, const struct content_file *file)
{
	char own[64];

	snprintf(own, sizeof(own), "%.40s.cnf.xml", of->it->name);
	return !strcmp(file->plain, own) || (file->step == LADDER_RINGTONES && has_ringtones(of)) ||
	       (file->step != LADDER_CTL && file->step != LADDER_ITL && file->step != LADDER_CONFIG &&
		of->phone->ladder.rung[file->step - 1].state == LADDER_FAILED);
}

static void check_missing(struct content *of, struct content_file *file)
{
	const char *entry = of->folder->entry(of->folder, file->name);
	json_t *fact;

	if (entry && strcmp(entry, file->name)) {
		fact = content_put(of, file, "content.other_case", file->step, 0,
				   "%s is there as %s: letter case counts", file->name, entry);
		fact_value(fact, "found", "%s", entry);
		fact_value(fact, "expected", "%s", file->name);
		return;
	}
	if (strcmp(file->name, file->plain) && (entry = of->folder->entry(of->folder, file->plain)) &&
	    !strcmp(entry, file->plain)) {
		content_put(of, file, "content.unsigned", file->step, 0,
			    "%s is there, %s is not: the trust list of the phone demands signed files",
			    file->plain, file->name);
		return;
	}
	if (!of->foreign && is_needed(of, file))
		content_put(of, file, "content.missing", file->step, 0, "%s is not there", file->name);
}

static void check_file(struct content *of, struct content_file *file)
{
	static const char config_end[] = ".cnf.xml";
	size_t length = strlen(file->plain);

	content_look(of, file);
	if (!file->bytes) {
		if (!file->found && !file->wrong)
			check_missing(of, file);
		return;
	}
	content_check_signature(of, file);
	if (file->step == LADDER_FIRMWARE)
		content_check_firmware(of, file);
	else if (!file->damaged && (file->refused || of->kept))
		content_check_text(of, file);
	if (length > sizeof(config_end) &&
	    !strcmp(file->plain + length - sizeof(config_end) + 1, config_end) && !file->refused)
		content_check_values(of, file);
}

/* A file that the phone refuses for a reason that is in no other file of the step. */
static void put_refused(struct content *of, struct content_file *file)
{
	bool other = false;

	for (size_t i = 0; i < of->files; i++)
		other =
		    other || (&of->file[i] != file && of->file[i].step == file->step && of->file[i].damaged);
	if (other)
		file->refused = false;
	else
		content_put(of, file, file->line ? "content.malformed" : "content.refused", file->step,
			    file->line, "the phone refuses %s: %s", file->name, file->reason);
}

static void put_good(struct content *of)
{
	for (size_t i = 0; i < of->files; i++) {
		struct content_file *file = &of->file[i];

		if (file->found && !file->refused && !file->wrong)
			content_put(of, file, "content.ok", file->step, 0,
				    "the phone accepts %s (%zu octets)", file->name, file->length);
	}
}

/* "ELEMENT: found FOUND, using USED" */
static void put_ignored_value(struct content *of, struct content_file *file,
			      const struct lint_finding *finding)
{
	const char *found = strstr(finding->text, ": found "), *used = strstr(finding->text, ", using ");
	json_t *fact = content_put(of, file, "content.value_ignored", finding->step, finding->line,
				   "%s of %s", finding->text, file->name);

	if (!found || !used || used < found)
		return;
	fact_value(fact, "element", "%.*s", (int)(found - finding->text), finding->text);
	fact_value(fact, "found", "%.*s", (int)(used - found - 8), found + 8);
	fact_value(fact, "used", "%s", used + 8);
}

/* Values that the phone replaces by its defaults. */
static void put_ignored(struct content *of)
{
	for (size_t i = 0; i < of->phone->findings.count; i++) {
		const struct lint_finding *finding = &of->phone->findings.item[i];
		struct content_file *file;
		char plain[160];

		if (finding->rule != LINT_VALUE_IGNORED)
			continue;
		file = content_find(of, served_plain(finding->file, plain));
		if (file)
			put_ignored_value(of, file, finding);
	}
}

/* A kept folder: the phone cannot boot with it; its own configuration is examined. */
static void list_kept(struct content *of)
{
	struct content_file *file = &of->file[of->files++];

	file->step = LADDER_CONFIG;
	snprintf(file->name, sizeof(file->name), "%.40s.cnf.xml", of->it->name);
	served_plain(file->name, file->plain);
	file->found = content_is_there(of, file->name);
	if (!file->found)
		of->files = 0;
}

static void examine(struct content *of)
{
	struct fail ignored = {0};

	if (lint_folder_open(&of->folder, of->root, &ignored))
		return;
	content_read_flash(of);
	if (of->kept)
		list_kept(of);
	else if (content_boot(of))
		of->files = 0;
	for (size_t i = 0; i < of->files; i++)
		check_file(of, &of->file[i]);
	for (size_t i = 0; i < of->files; i++)
		if (of->file[i].refused && !of->file[i].wrong)
			put_refused(of, &of->file[i]);
	if (of->files && of->phone)
		put_ignored(of);
	put_good(of);
	for (size_t i = 0; i < of->files; i++)
		free(of->file[i].bytes);
	if (of->phone)
		lint_phone_free(of->phone);
	free(of->phone);
	content_free_flash(of);
	lint_source_free(of->folder);
}

void why_content_facts(const struct why_case *it, json_t *facts)
{
	struct content *of;

	if (!*it->directory || (it->step && it->step < LADDER_CTL))
		return;
	of = calloc(1, sizeof(*of));
	if (!of)
		return;
	of->it = it;
	of->facts = facts;
	of->model = phone_model_find(json_text(it->phone, "model"));
	content_read_nodes(of);
	if (find_root(of))
		examine(of);
	content_check_databases(of);
	content_free_nodes(of);
	free(of);
}
