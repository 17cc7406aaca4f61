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
	copy->entries = NULL;
	copy->n = 0;
	for (size_t i = 0; i < node->n; i++) {
		struct yaml_entry entry = node->entries[i];

		if (entry.key)
			entry.key = yaml_tree_copy(entry.key, file, arena);
		entry.value = yaml_tree_copy(entry.value, file, arena);
		yaml_tree_add(copy, entry, arena);
	}
	return copy;
}

void yaml_tree_add(struct yaml_node *node, struct yaml_entry entry, struct arena *arena)
{
	struct yaml_entry *old = node->entries;
	size_t n = node->n;

	/* There is room for 8 entries, then for the next power of two. */
	if (!n || (n >= 8 && !(n & (n - 1)))) {
		node->entries = arena_alloc(arena, (n ? n * 2 : 8) * sizeof(*old));
		if (n)
			memcpy(node->entries, old, n * sizeof(*old));
	}
	node->entries[node->n++] = entry;
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
			yaml_tree_add(base, changes->entries[i], arena);
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
			yaml_tree_add(base, *change, arena);
		else if (same->value->kind == YAML_MAP && change->value->kind == YAML_MAP)
			yaml_tree_merge(same->value, change->value, arena);
		else if (same->value->kind == YAML_LIST && change->value->kind == YAML_LIST &&
			 named(same->value) && named(change->value))
			merge_list(same->value, change->value, arena);
		else
			*same = *change;
	}
}
