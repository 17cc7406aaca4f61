#ifndef PHONELAB_YAML_TREE_H
#define PHONELAB_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "phonelab/arena.h"
#include "phonelab/complaints.h"

/*
 * A YAML file as a tree in which every node knows its line and column. One document; aliases, anchors and
 * tags are refused, because a topology should read as it is written. At most 1 MiB and 12 levels.
 */
enum yaml_kind {
	YAML_SCALAR,
	YAML_LIST,
	YAML_MAP,
};

struct yaml_entry {
	struct yaml_node *key; /* a scalar; NULL in lists */
	struct yaml_node *value;
};

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column; /* from 1 */
	const char *text;      /* scalars: the value, NUL-terminated */
	bool quoted;
	struct yaml_entry *entries;
	size_t n;
};

/* Read path into a tree that lives in arena. NULL when it cannot be read or parsed: then there are
 * complaints. */
struct yaml_node *yaml_tree_read(const char *path, struct arena *arena, struct complaints *complaints);

/* The same of a text in memory; length in bytes. */
struct yaml_node *yaml_tree_parse(const char *text, size_t length, struct arena *arena,
				  struct complaints *complaints);

/* The value of a key of a map, or NULL (also when map is NULL or no map). The first, when it is there twice.
 */
const struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key);

/* "a list", "a map", "nothing", or the text in quotes, for messages; buffer holds it. */
const char *yaml_tree_describe(const struct yaml_node *node, char *buffer, size_t size);

#endif
