/* Files of faults, and the keys that each action and check needs. */
#include "phonelab/fault/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "phonelab/document/braces.h"
#include "phonelab/document/yaml_tree.h"
#include "phonelab/fault/keys.h"

struct need {
	const char *key;
	size_t offset;
};

#define NEED(field)                                                                                          \
	{                                                                                                    \
#field, offsetof(struct fault_action, field)                                                 \
	}

/* The texts that an action needs. */
static const struct need *needs_of(enum fault_do what)
{
	static const struct need none[] = {{0}}, service[] = {NEED(service), {0}}, file[] = {NEED(file), {0}};
	static const struct need wire[] = {NEED(rule), {0}}, text[] = {NEED(text), {0}};
	static const struct need edit[] = {NEED(file), NEED(match), NEED(with), {0}};
	static const struct need write[] = {NEED(file), NEED(text), {0}},
				 copy[] = {NEED(file), NEED(from), {0}};
	static const struct need mode[] = {NEED(file), NEED(mode), {0}}, plug[] = {NEED(node), {0}};

	switch (what) {
	case FAULT_DO_CONFIGURE:
	case FAULT_DO_REFUSE:
	case FAULT_DO_FORGET:
	case FAULT_DO_UNPLUG: return none;
	case FAULT_DO_WIRE: return wire;
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
	case FAULT_DO_RESTART: return service;
	case FAULT_DO_EDIT: return edit;
	case FAULT_DO_REMOVE:
	case FAULT_DO_TRUNCATE:
	case FAULT_DO_CORRUPT: return file;
	case FAULT_DO_WRITE: return write;
	case FAULT_DO_COPY: return copy;
	case FAULT_DO_CHMOD: return mode;
	case FAULT_DO_SQL: return text;
	case FAULT_DO_PLUG: return plug;
	}
	return none;
}

static void check_action(struct complaints *complaints, const struct fault_action *action)
{
	const char *name = fault_do_names[action->what];

	for (const struct need *need = needs_of((enum fault_do)action->what); need->key; need++) {
		const char *value;

		memcpy(&value, (const char *)action + need->offset, sizeof(value));
		if (!value)
			complain(complaints, action->at, need->key, "missing; \"do: %s\" needs it", name);
	}
	if (action->what == FAULT_DO_CONFIGURE && (!action->lines.n || !action->undo.n))
		complain(complaints, action->at, action->lines.n ? "undo" : "lines",
			 "missing; \"do: %s\" needs commands of the switch", name);
	if (action->what == FAULT_DO_PLUG && !action->run.n)
		complain(complaints, action->at, "run", "missing; \"do: %s\" needs a program", name);
	if (action->what == FAULT_DO_REFUSE && action->code < 0)
		complain(complaints, action->at, "code", "missing; \"do: %s\" needs a SIP status", name);
	if ((action->what == FAULT_DO_TRUNCATE || action->what == FAULT_DO_CORRUPT) && action->bytes < 0)
		complain(complaints, action->at, "bytes", "missing; \"do: %s\" needs a number", name);
	if (action->file && (*action->file == '/' || strstr(action->file, "..")))
		complain(complaints, action->at, "file",
			 "found \"%.60s\", expected a path below the run directory", action->file);
	if (action->from && (*action->from == '/' || strstr(action->from, "..")))
		complain(complaints, action->at, "from",
			 "found \"%.60s\", expected a path below the run directory", action->from);
	braces_check_regex(complaints, action->at, "match", action->match);
}

static void check_look(struct complaints *complaints, const struct fault_check *check)
{
	if (!check->has == !check->lacks)
		complain(complaints, check->at, NULL, "found %s, expected either has or lacks",
			 check->has ? "both" : "neither");
	braces_check_regex(complaints, check->at, "has", check->has);
	braces_check_regex(complaints, check->at, "lacks", check->lacks);
}

static void check_fault(struct complaints *complaints, const struct fault_set *set, const struct fault *fault)
{
	for (size_t i = 0; i < fault->inject.n; i++)
		check_action(complaints, &fault->inject.items[i]);
	for (size_t i = 0; i < fault->proof.n; i++)
		check_look(complaints, &fault->proof.items[i]);
	for (size_t i = 0; i < fault->healed.n; i++)
		check_look(complaints, &fault->healed.items[i]);
	braces_check_regex(complaints, fault->at, "model", fault->model);
	braces_check_regex(complaints, fault->symptom.at, "state", fault->symptom.state);
	braces_check_regex(complaints, fault->symptom.at, "detail", fault->symptom.detail);
	braces_check_regex(complaints, fault->symptom.at, "message", fault->symptom.message);
	for (const struct fault *other = set->faults; other < fault; other++)
		if (!strcmp(other->id, fault->id))
			complain(complaints, fault->at, "id", "found \"%s\" a second time, expected it once",
				 fault->id);
}

/* Append the faults of a tree to the set. */
static void take(struct fault_set *set, const struct yaml_node *root, struct complaints *complaints)
{
	struct fault_file file = {0};
	struct fault *all;
	size_t before = set->n;

	if (!root)
		return;
	shape_decode(&fault_file_shape, root, &set->arena, complaints, &file);
	if (complaints->n)
		return;
	all = arena_alloc(&set->arena, (before + file.faults.n) * sizeof(*all));
	if (before)
		memcpy(all, set->faults, before * sizeof(*all));
	memcpy(all + before, file.faults.items, file.faults.n * sizeof(*all));
	set->faults = all;
	set->n = before + file.faults.n;
	for (size_t i = before; i < set->n; i++)
		check_fault(complaints, set, &set->faults[i]);
}

static struct fault_set *finish(struct fault_set *set, const struct complaints *complaints)
{
	if (!complaints->n)
		return set;
	fault_set_free(set);
	return NULL;
}

static struct fault_set *set_new(void)
{
	struct fault_set *set = calloc(1, sizeof(*set));

	if (!set)
		abort(); /* as the arena does */
	return set;
}

struct fault_set *fault_set_read(const char *path, struct complaints *complaints)
{
	struct fault_set *set = set_new();

	complaints->file = path;
	take(set, yaml_tree_read(path, &set->arena, complaints), complaints);
	return finish(set, complaints);
}

struct fault_set *fault_set_parse(const char *text, size_t length, const char *name,
				  struct complaints *complaints)
{
	struct fault_set *set = set_new();

	complaints->file = name;
	take(set, yaml_tree_parse(text, length, &set->arena, complaints), complaints);
	return finish(set, complaints);
}

struct fault_set *fault_catalogue(void)
{
	struct fault_set *set = set_new();
	struct complaints complaints = {0};
	const char *text, *name;
	size_t length;

	for (size_t i = 0; (text = fault_catalogue_text(i, &name, &length)); i++) {
		complaints.file = name;
		take(set, yaml_tree_parse(text, length, &set->arena, &complaints), &complaints);
		if (complaints.n) {
			char *all = complaints_text(&complaints);

			fputs(all ? all : "", stderr);
			abort(); /* part of the program: a test reads it */
		}
	}
	return set;
}

void fault_set_free(struct fault_set *set)
{
	if (!set)
		return;
	arena_free(&set->arena);
	free(set);
}

const struct fault *fault_find(const struct fault_set *set, const char *id)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->faults[i].id, id))
			return &set->faults[i];
	return NULL;
}

const char *fault_suggest(const struct fault_set *set, const char *id)
{
	struct nearest nearest = nearest_to(id);

	for (size_t i = 0; i < set->n; i++)
		nearest_offer(&nearest, set->faults[i].id);
	return nearest.best;
}
