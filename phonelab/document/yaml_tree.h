#ifndef PHONELAB_DOCUMENT_YAML_TREE_H
#define PHONELAB_DOCUMENT_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "phonelab/document/arena.h"
#include "phonelab/document/complaints.h"

/*
 * A YAML file as a tree in which every node knows its line and column. One document; aliases, anchors and
 * tags are rejected, so that a topology reads as it is written. At most 1 MiB and 12 levels.
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
	const char *file;      /* if not the file of the complaints; else NULL */
	const char *text;      /* scalars: the value, NUL-terminated */
	bool quoted;
	struct yaml_entry *entries;
	size_t n;
};

/* Read path into a tree that lives in arena. NULL with complaints if it cannot be read or
 * parsed. */
struct yaml_node *yaml_tree_read(const char *path, struct arena *arena, struct complaints *complaints);

/* The same of a text in memory; length in bytes. */
struct yaml_node *yaml_tree_parse(const char *text, size_t length, struct arena *arena,
				  struct complaints *complaints);

/* The value of a key of a map, or NULL (also when map is NULL or no map). The first, if it occurs
 * twice. */
const struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key);

/*
 * Merge a tree of changes into a tree. A key replaces the key of the same name; maps within are merged in the same way.
 * In a list, elements with the same `name` are merged and others are appended. All other lists and scalars are
 * replaced. Both trees live in arena.
 */
void yaml_tree_merge(struct yaml_node *base, struct yaml_node *changes, struct arena *arena);

/* Append an entry to a list or a map; the entries live in arena. */
void yaml_tree_add(struct yaml_node *node, struct yaml_entry entry, struct arena *arena);

/* A deep copy in arena, whose nodes are of file. */
struct yaml_node *yaml_tree_copy(const struct yaml_node *node, const char *file, struct arena *arena);

/* "a list", "a map", "nothing", or the text in quotes with "?" for control characters, for messages; in buffer. */
const char *yaml_tree_describe(const struct yaml_node *node, char *buffer, size_t size);

#endif
