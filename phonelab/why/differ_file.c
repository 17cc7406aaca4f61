/* The served files that the phone requests. */
#include "phonelab/why/differ_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phone-sim/core/models.h"
#include "phonelab/lab/credentials.h"
#include "phonelab/why/served.h"
#include "phonelab/why/xml_flat.h"
#include "wire/trustlist.h"

#define FILE_MOST     (CUCM_EACH_IMAGE + (64u << 10))
#define ELEMENTS_MOST 24 /* facts of one file */

struct files {
	const struct differ *of;
	char own[64]; /* SEP<MAC>.cnf.xml */
	char *config; /* its rendered text; NULL: none */
	bool removed; /* its passwords are replaced (lab/credentials.h) */
	bool kept;    /* a kept folder: only the plain XML files are there (lab/run_copy.h) */
};

/* --- which files --- */

/* Does the phone request it: is it its own, named in it, requested by every phone, or of its load? */
static bool is_requested(const struct files *files, const char *name)
{
	const char *slash = strchr(name, '/'), *dot = strrchr(name, '.');
	const struct phone_model *model = phone_model_find(json_text(files->of->it->phone, "model"));
	char folder[80];

	if (!strcmp(name, "AppDialRules.xml") || (model && !strcmp(name, model->ring_list)))
		return true;
	if (model && slash && strcmp(slash + 1, model->jar) && strcmp(slash + 1, model->tones))
		return false;
	if (!strcmp(name, "XMLDefault.cnf.xml"))
		return !files->config;
	if (dot && (!strcmp(dot, ".loads") || !strcmp(dot, ".sbn") || !strcmp(name, files->own)))
		return true;
	snprintf(folder, sizeof(folder), ">%.*s<", (int)(slash ? slash - name : (ptrdiff_t)strlen(name)),
		 name);
	return files->config && strstr(files->config, folder);
}

/* --- facts --- */

static json_t *put(const struct files *files, const char *fact_name, const char *name, const char *served,
		   unsigned line, const char *text)
{
	char object[160], from[240];
	json_t *fact;

	snprintf(object, sizeof(object), "file %.140s", name);
	if (line)
		snprintf(from, sizeof(from), SERVED_ROOT "%.180s:%u", served, line);
	else
		snprintf(from, sizeof(from), SERVED_ROOT "%.180s", served);
	if (fact_find(files->of->facts, fact_name, object) && !line)
		return NULL;
	fact = fact_add(files->of->facts, fact_name, object, served_step(name), from, "%s", text);
	fact_value(fact, "file", "%s", served);
	return fact;
}

/* Has an element of this file been reported: by the plain file, of which FILE.sgn is made? */
static bool is_known(const struct files *files, const char *name, const char *element, const char *found)
{
	const json_t *fact;
	char object[160];
	size_t i;

	snprintf(object, sizeof(object), "file %.140s", name);
	json_array_foreach (files->of->facts, i, fact)
		if (!strcmp(json_string_value(json_object_get(fact, "fact")), "diff.file_element") &&
		    !strcmp(json_string_value(json_object_get(fact, "object")), object) &&
		    !strcmp(fact_text(fact, "element"), element) && !strcmp(fact_text(fact, "found"), found))
			return true;
	return false;
}

static void put_element(const struct files *files, const char *name, const char *served, const char *element,
			const json_t *was, const json_t *now)
{
	const char *before = xml_flat_value(was, element), *after = xml_flat_value(now, element);
	bool there = json_object_get(now, element), rendered = json_object_get(was, element);
	char text[900];
	json_t *fact;

	/* The stamp is a digest of the file with its passwords. */
	if (is_known(files, name, element, after) ||
	    (files->removed && !strcmp(element, "device/versionStamp")))
		return;
	if (!there)
		snprintf(text, sizeof(text), "%s lacks %s, was rendered with \"%s\"", served, element,
			 before);
	else if (!rendered)
		snprintf(text, sizeof(text), "%s has %s \"%s\", which was not rendered", served, element,
			 after);
	else
		snprintf(text, sizeof(text), "%s of %s is \"%s\", was rendered as \"%s\"", element, served,
			 after, before);
	fact = put(files, "diff.file_element", name, served, there ? xml_flat_line(now, element) : 1, text);
	fact_value(fact, "kind", "%s", !there ? "missing" : rendered ? "changed" : "added");
	fact_value(fact, "element", "%s", element);
	fact_value(fact, "was", "%s", before);
	fact_value(fact, "expected", "%s", before);
	fact_value(fact, "found", "%s", after);
	fact_value(fact, "line", "%u", xml_flat_line(now, element));
}

/* Is there an element that both have? Otherwise it is another kind of file. */
static bool has_common(const json_t *before, const json_t *after)
{
	const char *element;
	json_t *value;

	json_object_foreach ((json_t *)before, element, value)
		if (json_object_get(after, element))
			return true;
	return false;
}

/* Returns false if one of them is no XML, or another kind of file. */
static bool compare_xml(const struct files *files, const char *name, const char *served,
			struct wire_slice was, struct wire_slice now)
{
	json_t *before = xml_flat((const char *)was.data, was.length), *value;
	json_t *after = before ? xml_flat((const char *)now.data, now.length) : NULL;
	const char *element;
	size_t count = 0;
	bool both = after && has_common(before, after);

	json_object_foreach (before, element, value)
		if (both &&
		    !json_equal(json_array_get(value, 0),
				json_array_get(json_object_get(after, element), 0)) &&
		    count++ < ELEMENTS_MOST)
			put_element(files, name, served, element, before, after);
	json_object_foreach (after, element, value)
		if (both && !json_object_get(before, element) && count++ < ELEMENTS_MOST)
			put_element(files, name, served, element, before, after);
	json_decref(before);
	json_decref(after);
	return both;
}

/* --- one file --- */

static struct wire_slice payload_of(const char *bytes, size_t length)
{
	struct wire_slice payload = {(const uint8_t *)bytes, length};
	struct trustlist_header header;

	if (sgn_is_signed(bytes, length))
		sgn_decode(bytes, length, &header, &payload, NULL);
	return payload;
}

static void put_content(const struct files *files, const char *name, const char *served,
			struct wire_slice was, struct wire_slice now)
{
	size_t at = 0;
	char text[400];
	json_t *fact;

	while (at < was.length && at < now.length && was.data[at] == now.data[at])
		at++;
	snprintf(text, sizeof(text),
		 "%.200s has %zu octets and differs from octet %zu on; it was rendered with %zu octets",
		 served, now.length, at + 1, was.length);
	fact = put(files, "diff.file_content", name, served, 0, text);
	fact_value(fact, "was", "%zu octets", was.length);
	fact_value(fact, "found", "%zu octets", now.length);
}

static void put_missing(const struct files *files, const char *name, const char *served)
{
	char text[300];

	snprintf(text, sizeof(text), "%.200s was rendered, and is not there", served);
	put(files, "diff.file_missing", name, served, 0, text);
}

static void put_mode(const struct files *files, const char *name, const char *served, mode_t mode)
{
	char text[300];
	json_t *fact;

	snprintf(text, sizeof(text), "%.200s has the mode %04o, was rendered with 0644", served,
		 (unsigned)mode & 07777);
	fact = put(files, "diff.file_mode", name, served, 0, text);
	fact_value(fact, "was", "0644");
	fact_value(fact, "found", "%04o", (unsigned)mode & 07777);
}

/* NAME, or NAME.sgn, against the rendered content. */
static void compare_served(const struct files *files, const char *name, const char *end, const void *bytes,
			   size_t size)
{
	struct wire_slice was = {bytes, size}, now;
	char served[200], path[DIFFER_PATH], *text = NULL;
	struct fail ignored = {0};
	size_t length = 0;
	struct stat info;

	snprintf(served, sizeof(served), "%.180s%s", name, end);
	snprintf(path, sizeof(path), "%s" SERVED_ROOT "%s", files->of->it->directory, served);
	if (lstat(path, &info)) {
		put_missing(files, name, served);
		return;
	}
	if (S_ISREG(info.st_mode) && (info.st_mode & 07777) != 0644)
		put_mode(files, name, served, info.st_mode);
	if (!S_ISREG(info.st_mode) || file_read(path, FILE_MOST, &text, &length, &ignored))
		return;
	now = payload_of(text, length);
	if (!wire_slice_equal(was, now) && !compare_xml(files, name, served, was, now))
		put_content(files, name, served, was, now);
	free(text);
}

static bool is_there(const struct files *files, const char *name)
{
	char path[DIFFER_PATH];

	snprintf(path, sizeof(path), "%s" SERVED_ROOT "%s", files->of->it->directory, name);
	return !access(path, F_OK);
}

static int keep_own(void *arg, const char *name, const void *bytes, size_t size)
{
	struct files *files = arg;

	if (!strcmp(name, files->own) && !files->config)
		files->config = strndup(bytes, size);
	return 0;
}

static int compare_file(void *arg, const char *name, const void *bytes, size_t size)
{
	const struct files *files = arg;
	const char *dot = strrchr(name, '.');
	/* Firmware is signed in itself, and archives and rings have a signed form too. */
	bool firmware = dot && (!strcmp(dot, ".loads") || !strcmp(dot, ".sbn"));

	if (!is_requested(files, name) || (files->kept && (!dot || strcmp(dot, ".xml") || strchr(name, '/'))))
		return 0;
	compare_served(files, name, "", bytes, size);
	if (!firmware && !files->kept &&
	    (is_there(files, name) || files->of->intended->plan.itl != CUCM_ITL_NONE))
		compare_served(files, name, ".sgn", bytes, size);
	return 0;
}

/* The trust lists: their signatures are the matter of content. */
static void compare_lists(const struct files *files)
{
	const struct differ *of = files->of;
	bool lists = of->intended->plan.itl != CUCM_ITL_NONE, mixed = of->intended->plan.mixed;
	char own[64], ctl[64], text[200];

	snprintf(own, sizeof(own), "ITL%.40s.tlv", of->it->name);
	snprintf(ctl, sizeof(ctl), "CTL%.40s.tlv", of->it->name);
	if (lists && of->device && !of->device->absent && !is_there(files, own))
		put_missing(files, own, own);
	if (lists && !is_there(files, "ITLFile.tlv"))
		put_missing(files, "ITLFile.tlv", "ITLFile.tlv");
	snprintf(text, sizeof(text), "%s was not rendered: the cluster is not in mixed mode", ctl);
	if (mixed && of->device && !of->device->absent && !is_there(files, ctl))
		put_missing(files, ctl, ctl);
	if (!mixed && is_there(files, ctl))
		put(files, "diff.file_added", ctl, ctl, 0, text);
	snprintf(text, sizeof(text), "%s was not rendered", own);
	if (!lists && is_there(files, own))
		put(files, "diff.file_added", own, own, 0, text);
}

void differ_files(const struct differ *of)
{
	struct files files = {.of = of};
	struct fail ignored = {0};
	char root[DIFFER_PATH], keys[DIFFER_PATH];

	snprintf(root, sizeof(root), "%s" SERVED_ROOT, of->it->directory);
	snprintf(keys, sizeof(keys), "%skeys", of->it->directory);
	snprintf(files.own, sizeof(files.own), "%.40s.cnf.xml", of->it->name);
	files.kept = access(keys, F_OK);
	snprintf(keys, sizeof(keys), "%s" CREDENTIALS_REMOVED, of->it->directory);
	files.removed = !access(keys, F_OK);
	if (!of->device || access(root, F_OK))
		return;
	cucm_each_file(&of->intended->plan, of->it->directory, of->device, keep_own, &files, &ignored);
	cucm_each_file(&of->intended->plan, of->it->directory, of->device, compare_file, &files, &ignored);
	if (!files.kept)
		compare_lists(&files);
	free(files.config);
}
