/* The boot again, in memory, with the served files of which one is replaced by the rendered one. */
#include "phonelab/why/retry_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "cucm/sign.h"
#include "phonelab/why/content_internal.h"
#include "phonelab/why/differ_internal.h"
#include "phonelab/why/served.h"

#define OBJECTS 4 /* files that are tried */

/* The folder, in which one file is another. */
struct overlay {
	struct lint_source source; /* first */
	struct lint_source *folder;
	const struct cucm_keys *keys; /* NULL: nothing can be signed */
	const char *plain;	      /* its name */
	struct text bytes;
	bool absent; /* it was not rendered */
};

/* --- the source --- */

static bool is_replaced(const struct overlay *overlay, const char *name)
{
	char plain[160];

	return !strcmp(served_plain(name, plain), overlay->plain);
}

static void give(const struct lint_want *want, const char *bytes, size_t length, struct lint_file *file)
{
	size_t part = want->image && length > LINT_IMAGE_HEAD ? LINT_IMAGE_HEAD : length;

	file->status = length > want->limit ? PHONE_FETCH_TOO_LARGE : PHONE_FETCH_OK;
	file->size = length;
	file->bytes = file->status == PHONE_FETCH_OK ? malloc(part + 1) : NULL;
	if (!file->bytes)
		return;
	memcpy(file->bytes, bytes, part);
	file->length = part;
}

static void get(struct lint_source *source, const struct lint_want *want, struct lint_file *file)
{
	struct overlay *overlay = (struct overlay *)source;
	struct text sealed = {0};
	struct fail ignored = {0};

	if (!is_replaced(overlay, want->name)) {
		overlay->folder->get(overlay->folder, want, file);
	} else if (overlay->absent) {
		file->status = PHONE_FETCH_NOT_FOUND;
		file->http_status = 404;
	} else if (!strcmp(want->name, overlay->plain)) {
		give(want, overlay->bytes.bytes, overlay->bytes.length, file);
	} else if (overlay->keys && !cucm_sign(overlay->keys, want->name, overlay->bytes.bytes,
					       overlay->bytes.length, &sealed, &ignored)) {
		give(want, sealed.bytes, sealed.length, file);
	} else {
		file->status = PHONE_FETCH_NOT_FOUND;
		file->http_status = 404;
	}
	text_free(&sealed);
}

static const char *entry(struct lint_source *source, const char *name)
{
	const struct overlay *overlay = (const struct overlay *)source;

	if (is_replaced(overlay, name))
		return overlay->absent ? NULL : name;
	return overlay->folder->entry(overlay->folder, name);
}

static void forget(struct lint_source *source)
{
	(void)source;
}

/* --- the rendered file --- */

static int take(void *arg, const char *name, const void *bytes, size_t size)
{
	struct overlay *overlay = arg;

	if (!strcmp(name, overlay->plain) && !overlay->bytes.length)
		text_add_bytes(&overlay->bytes, bytes, size);
	return 0;
}

static bool find_rendered(struct overlay *overlay, const struct differ *of)
{
	struct fail ignored = {0};

	if (cucm_each_file(&of->intended->plan, of->it->directory, of->device, take, overlay, &ignored))
		return false;
	if (!overlay->bytes.length &&
	    cucm_each_trust_list(&of->intended->plan, of->it->directory, of->device, take, overlay, &ignored))
		return false;
	overlay->absent = !overlay->bytes.length;
	return !overlay->bytes.failed;
}

/* --- the boot --- */

/* Did the phone pass this step, and no earlier one fail? */
static bool passes(const struct lint_phone *phone, int step)
{
	for (int n = 1; n <= step; n++)
		if (phone->ladder.rung[n - 1].state != LADDER_DONE &&
		    phone->ladder.rung[n - 1].state != LADDER_SKIPPED)
			return false;
	return !phone->stopped || phone->stopped > step;
}

/* Is the way to this call manager complete? */
static bool is_reached(const json_t *walk, const struct content_node *node, unsigned port)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (walk, i, fact)
		if (!strcmp(json_text(fact, "fact"), "walk.ok") &&
		    !strcmp(fact_text(fact, "node"), node->name) &&
		    (unsigned)atoi(fact_text(fact, "port")) == port)
			return true;
	return false;
}

/* The call manager of the lab that the phone calls by its name or address; NULL: none. */
static const struct content_node *node_of(const struct content *of, const char *name)
{
	for (size_t n = 0; n < of->nodes; n++)
		if (!strcmp(name, of->node[n].name) || !strcmp(name, of->node[n].address))
			return &of->node[n];
	return NULL;
}

/* The call managers that the phone has by its file, as in its status. New reference. */
static json_t *managers_of(const struct content *of)
{
	json_t *list = json_array();

	for (unsigned m = 0; m < of->phone->managers; m++) {
		const char *name = of->phone->manager[m].name;
		const struct content_node *node = node_of(of, name);

		json_array_append_new(list, json_pack("{s:s,s:s,s:i}", "name", name, "address",
						      node ? node->address : name, "port",
						      (int)of->phone->manager[m].port));
	}
	return list;
}

/* Has the node the lines that the phone registers? A challenge is not tried. */
static bool has_lines(const struct content_node *node, const struct lint_phone *phone)
{
	const json_t *row;
	size_t i;

	for (unsigned n = 0; n < phone->numbers; n++) {
		bool found = false;

		json_array_foreach (json_object_get(node->rows, "line"), i, row)
			found = found || !strcmp(json_text(row, "number"), phone->number[n]);
		if (!found)
			return false;
	}
	return phone->numbers && json_array_size(json_object_get(node->rows, "device")) && !node->digest;
}

/* lint accepts any call manager and any line: one of the lab must be reached, and have the lines. */
static bool is_taken(const struct content *of, const json_t *model)
{
	const struct lint_phone *phone = of->phone;
	json_t *managers = managers_of(of), *walk = retry_walk_to(of->it, model, managers);
	bool taken = false;

	for (unsigned m = 0; m < phone->managers && !retry_has_deviation(walk); m++) {
		const struct content_node *node = node_of(of, phone->manager[m].name);

		taken = taken || (node && is_reached(walk, node, phone->manager[m].port) &&
				  (of->it->step == LADDER_CM_CONNECT || has_lines(node, phone)));
	}
	json_decref(managers);
	json_decref(walk);
	return taken;
}

static bool needs_managers(int step)
{
	return step == LADDER_CM_CONNECT || step == LADDER_REGISTER;
}

static bool succeeds(struct content *of, struct lint_source *folder, const json_t *model)
{
	bool good;

	of->folder = folder;
	of->files = 0;
	good = !content_boot(of) && passes(of->phone, of->it->step) &&
	       (!needs_managers(of->it->step) || is_taken(of, model));
	if (of->phone)
		lint_phone_free(of->phone);
	free(of->phone);
	of->phone = NULL;
	return good;
}

/* --- each file --- */

/* The disk, read by this process, has what the server cannot give. */
static bool is_server_only(const json_t *facts, const char *object)
{
	return fact_is(facts, "content.unreadable", object);
}

static void try_file(struct content *of, const struct differ *rendered, const struct cucm_keys *keys,
		     const char *object, const char *blamed, const json_t *model, json_t *facts)
{
	struct lint_source *folder = of->folder;
	struct overlay overlay = {
	    .source = {.get = get, .entry = entry, .free = forget, .address = folder->address},
	    .folder = folder,
	    .keys = keys,
	    .plain = object + 5};
	char text[400];

	/* The retry shows something only if the step fails without the repair. */
	if (find_rendered(&overlay, rendered) &&
	    (is_server_only(facts, object) || !succeeds(of, folder, model)) &&
	    succeeds(of, &overlay.source, model)) {
		snprintf(
		    text, sizeof(text),
		    "with %s as it was rendered, and every other file as it is, a phone in memory passes "
		    "the step %s",
		    overlay.plain, ladder_step_name(of->it->step));
		retry_ok(facts, object, blamed, of->it->step, text);
	}
	of->folder = folder;
	lint_source_free(&overlay.source);
	text_free(&overlay.bytes);
}

static bool is_of_file(const json_t *fact)
{
	const char *name = json_text(fact, "fact");

	return !strncmp(json_text(fact, "object"), "file ", 5) &&
	       ((!strncmp(name, "content.", 8) && strcmp(name, "content.ok") &&
		 strcmp(name, "content.value_ignored")) ||
		!strncmp(name, "diff.file_", 10));
}

static void try_files(struct content *of, const struct differ *rendered, const struct cucm_keys *keys,
		      const json_t *model, json_t *facts)
{
	const char *tried[OBJECTS];
	size_t n = 0, count = json_array_size(facts);

	for (size_t i = 0; i < count && n < OBJECTS; i++) {
		const json_t *fact = json_array_get(facts, i);
		const char *object = json_text(fact, "object");
		bool known = !is_of_file(fact) || retry_is_contradicted(of->it, facts, object);

		for (size_t j = 0; j < n; j++)
			known = known || !strcmp(tried[j], object);
		if (known)
			continue;
		tried[n++] = object;
		try_file(of, rendered, keys, object, json_text(fact, "fact"), model, facts);
	}
}

static bool has_file_facts(const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (is_of_file(fact))
			return true;
	return false;
}

/* With the intended lab read, and the folder open. */
static void try_rendered(struct content *of, const struct differ *rendered, const json_t *model,
			 json_t *facts)
{
	struct fail ignored = {0};
	struct cucm_keys *keys = NULL;

	if (cucm_keys_open(&keys, of->it->directory, NULL, &ignored))
		return;
	content_read_flash(of);
	content_read_nodes(of);
	try_files(of, rendered, keys, model, facts);
	content_free_nodes(of);
	cucm_keys_close(keys);
	content_free_flash(of);
}

void retry_files(const struct why_case *it, const json_t *model, json_t *facts)
{
	/* A wrong file leads the walk to a wrong call manager: then the way counts that the repaired file gives. */
	bool open = needs_managers(it->step) ? model != NULL : !retry_has_deviation(facts);
	struct content *of =
	    open && has_file_facts(facts) && !differ_in_exercise(it) ? calloc(1, sizeof(*of)) : NULL;
	struct differ rendered = {.it = it};
	struct fail ignored = {0};
	struct intended intended;

	if (!of)
		return;
	of->it = it;
	of->facts = facts;
	of->model = phone_model_find(json_text(it->phone, "model"));
	snprintf(of->root, sizeof(of->root), "%s" SERVED_ROOT, it->directory);
	if (!intended_read(&intended, it->directory, &ignored)) {
		rendered.intended = &intended;
		rendered.device = intended_device(&intended, it->name);
		if (rendered.device && !intended.plan.foreign_devices &&
		    !lint_folder_open(&of->folder, of->root, &ignored)) {
			try_rendered(of, &rendered, model, facts);
			lint_source_free(of->folder);
		}
		intended_free(&intended);
	}
	free(of);
}
