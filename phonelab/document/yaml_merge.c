/* Trees of YAML copied, and changed by others. */
#include "phonelab/document/yaml_tree.h"

#include <string.h>

struct yaml_node *yaml_tree_copy(const struct yaml_node *node, const char *file, struct arena *arena)
{
	struct yaml_node *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *node;
	copy->file = file ? arena_copy(arena, file, strlen(file)) : NULL;
	if (node->text)
		copy->text = arena_copy(arena, node->text, strlen(node->text));
	copy->entries = node->n ? arena_alloc(arena, node->n * sizeof(*copy->entries)) : NULL;
	for (size_t i = 0; i < node->n; i++) {
		if (node->entries[i].key)
			copy->entries[i].key = yaml_tree_copy(node->entries[i].key, file, arena);
		copy->entries[i].value = yaml_tree_copy(node->entries[i].value, file, arena);
	}
	return copy;
}

static void add(struct yaml_node *base, struct yaml_entry entry, struct arena *arena)
{
	struct yaml_entry *entries = arena_alloc(arena, (base->n + 1) * sizeof(*entries));

	if (base->n)
		memcpy(entries, base->entries, base->n * sizeof(*entries));
	entries[base->n++] = entry;
	base->entries = entries;
}

static const char *name_of(const struct yaml_node *node)
{
	const struct yaml_node *name = node->kind == YAML_MAP ? yaml_tree_get(node, "name") : NULL;

	return name && name->kind == YAML_SCALAR ? name->text : NULL;
}

/* Is every element a map with a name? */
static bool named(const struct yaml_node *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!name_of(list->entries[i].value))
			return false;
	return list->n > 0;
}

static void merge_list(struct yaml_node *base, struct yaml_node *changes, struct arena *arena)
{
	for (size_t i = 0; i < changes->n; i++) {
		struct yaml_node *change = changes->entries[i].value, *same = NULL;

		for (size_t j = 0; j < base->n && !same; j++)
			if (!strcmp(name_of(base->entries[j].value), name_of(change)))
				same = base->entries[j].value;
		if (same)
			yaml_tree_merge(same, change, arena);
		else
			add(base, changes->entries[i], arena);
	}
}

void yaml_tree_merge(struct yaml_node *base, struct yaml_node *changes, struct arena *arena)
{
	for (size_t i = 0; i < changes->n; i++) {
		struct yaml_entry *change = &changes->entries[i], *same = NULL;

		for (size_t j = 0; j < base->n && !same; j++)
			if (!strcmp(base->entries[j].key->text, change->key->text))
				same = &base->entries[j];
		if (!same)
			add(base, *change, arena);
		else if (same->value->kind == YAML_MAP && change->value->kind == YAML_MAP)
			yaml_tree_merge(same->value, change->value, arena);
		else if (same->value->kind == YAML_LIST && change->value->kind == YAML_LIST &&
			 named(same->value) && named(change->value))
			merge_list(same->value, change->value, arena);
		else
			*same = *change;
	}
}
