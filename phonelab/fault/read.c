/* Files of faults, and the keys that each action and check needs. */
#include "phonelab/fault/fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "phonelab/document/arena.h"
#include "phonelab/document/braces.h"

/* A key that an action needs: a text, a list that is not empty, a number, or a word. */
struct need {
	const char *key;
	enum { NEED_TEXT, NEED_LIST, NEED_NUMBER, NEED_CHOICE } kind;
	size_t offset;
	unsigned actions; /* bits of enum fault_do */
	const char *what;
};

#define BIT(name) (1u << FAULT_DO_##name)
#define SERVICES  (BIT(STOP) | BIT(KILL) | BIT(PAUSE) | BIT(RESTART))
#define PARTS	  (BIT(TRUNCATE) | BIT(CORRUPT))
#define FILES                                                                                                \
	(PARTS | BIT(EDIT) | BIT(REMOVE) | BIT(WRITE) | BIT(COPY) | BIT(SIGN) | BIT(CHMOD) | BIT(CERTIFY) |  \
	 BIT(ESTRANGE))
#define AT(field) offsetof(struct fault_action, field)

static const struct need needs[] = {
    {"service", NEED_TEXT, AT(service), SERVICES, "it"},
    {"file", NEED_TEXT, AT(file), FILES, "it"},
    {"match", NEED_TEXT, AT(match), BIT(EDIT), "it"},
    {"with", NEED_TEXT, AT(with), BIT(EDIT), "it"},
    {"text", NEED_TEXT, AT(text), BIT(WRITE) | BIT(SQL) | BIT(SETTING), "it"},
    {"from", NEED_TEXT, AT(from), BIT(COPY), "it"},
    {"mode", NEED_TEXT, AT(mode), BIT(CHMOD), "it"},
    {"rule", NEED_TEXT, AT(rule), BIT(WIRE), "it"},
    {"name", NEED_TEXT, AT(name), BIT(SETTING), "it"},
    {"node", NEED_TEXT, AT(node), BIT(PLUG), "it"},
    {"lines", NEED_LIST, AT(lines), BIT(CONFIGURE), "commands of the switch"},
    {"undo", NEED_LIST, AT(undo), BIT(CONFIGURE), "commands of the switch"},
    {"run", NEED_LIST, AT(run), BIT(PLUG), "a program"},
    {"validity", NEED_CHOICE, AT(validity), BIT(CERTIFY), "a validity"},
    {"code", NEED_NUMBER, AT(code), BIT(REFUSE), "a SIP status"},
    {"bytes", NEED_NUMBER, AT(bytes), PARTS, "a number"},
};

static bool has_key(const struct fault_action *action, const struct need *need)
{
	const void *field = (const char *)action + need->offset;

	switch (need->kind) {
	case NEED_TEXT: return *(const char *const *)field;
	case NEED_LIST: return ((const struct fault_text_list *)field)->n;
	case NEED_NUMBER: return *(const int64_t *)field >= 0;
	case NEED_CHOICE: return *(const int *)field >= 0;
	}
	return false;
}

static void check_path(struct complaints *complaints, const void *at, const char *key, const char *path)
{
	if (path && (*path == '/' || strstr(path, "..")))
		complain(complaints, at, key, "found \"%.60s\", expected a path below the run directory",
			 path);
}

static void check_action(struct complaints *complaints, const struct fault_action *action)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if ((needs[i].actions & (1u << action->what)) && !has_key(action, &needs[i]))
			complain(complaints, action->at, needs[i].key, "missing; \"do: %s\" needs %s",
				 fault_do_names[action->what], needs[i].what);
	check_path(complaints, action->at, "file", action->file);
	check_path(complaints, action->at, "from", action->from);
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

static void check_symptom(struct complaints *complaints, const struct fault *fault)
{
	const struct fault_symptom *symptom = &fault->symptom;

	braces_check_regex(complaints, symptom->at, "state", symptom->state);
	braces_check_regex(complaints, symptom->at, "detail", symptom->detail);
	braces_check_regex(complaints, symptom->at, "message", symptom->message);
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
	check_symptom(complaints, fault);
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

static struct fault_set *set_new(void)
{
	struct fault_set *set = calloc(1, sizeof(*set));

	if (!set)
		arena_out_of_memory();
	return set;
}

struct fault_set *fault_set_parse(const char *text, size_t length, const char *name,
				  struct complaints *complaints)
{
	struct fault_set *set = set_new();

	complaints->file = name;
	take(set, yaml_tree_parse(text, length, &set->arena, complaints), complaints);
	if (!complaints->n)
		return set;
	fault_set_free(set);
	return NULL;
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
		complaints_none(&complaints);
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
