#ifndef PHONELAB_TOPOLOGY_KEYS_H
#define PHONELAB_TOPOLOGY_KEYS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

#include "phonelab/topology/topology.h"

/*
 * The one table of keys. The parser, its messages and suggestions, and the JSON Schema are all driven by it,
 * so that they cannot drift.
 */
enum key_type {
	KEY_TEXT,     /* any text of min..max bytes                    const char * */
	KEY_NAME,     /* letters, digits, hyphens                      const char * */
	KEY_NUMBER,   /* digits * # +: a directory number              const char * */
	KEY_LOAD,     /* the name of a firmware load                   const char * */
	KEY_FLAG,     /* true, false, on, off, yes, no                 int */
	KEY_INTEGER,  /*                                               int64_t */
	KEY_WATTS,    /* 370W, 15400mW                                 int64_t, mW */
	KEY_DURATION, /* 90s, 30m, 1h, 7d                              int64_t, s */
	KEY_TIME,     /* 500ms, 2s, 1.5s, 3m                           int64_t, ms */
	KEY_CHOICE,   /* one of choices                                int */
	KEY_VLAN,     /* 1 to 4094, or "none" where min is -1          int */
	KEY_IPV4,     /* 10.110.0.2                                    uint32_t */
	KEY_SUBNET,   /* 10.110.0.0/24                                 struct topology_prefix */
	KEY_RANGE,    /* 10.110.0.50-10.110.0.250                      struct topology_range */
	KEY_MAC,      /* 00:11:22:aa:bb:01                             struct topology_mac */
	KEY_PORT,     /* Gi1/0/5, or sw1 Gi1/0/5                       struct topology_port */
	KEY_PORTS,    /* Gi1/0/5 or Gi1/0/1-8                          struct topology_port */
	KEY_FROM,     /* from 2001                                     int64_t */
	KEY_MODEL,    /* a switch or phone model, per choices          const char * */
	KEY_OBJECT,   /* a map                                         the struct of its shape */
	KEY_TREE,     /* a map of whatever keys                        const struct yaml_node * */
	KEY_OTHERS,   /* every other key, a number min..max            list of struct topology_option */
};

#define KEY_REQUIRED 1u
#define KEY_LIST     2u /* a list: the field is { T *items; size_t n; } */
#define KEY_ONE	     4u /* with KEY_LIST: a single value stands for a list of one */

struct key {
	const char *name;
	enum key_type type;
	unsigned flags;
	size_t offset;
	int64_t min, max;
	const char *fallback;	    /* the default, as one would write it; NULL: none */
	const char *const *choices; /* NULL at the end */
	const struct shape *shape;
	const char *doc;
};

/* A map: its keys, and the struct that it fills. The struct begins with `const struct yaml_node *at`. */
struct shape {
	const char *name;
	size_t size;
	const struct key *keys; /* a NULL name at the end */
	const char *doc;
};

struct complaints;

/* Fill object (zeroed, of the shape's size) from the tree of a file, as the shape says. What is wrong is
 * complained of; all memory is the arena's. */
void shape_decode(const struct shape *shape, const struct yaml_node *root, struct arena *arena,
		  struct complaints *complaints, void *object);

/* The JSON Schema (draft 2020-12) of files of that shape: a new object. */
json_t *shape_schema(const struct shape *shape, const char *title);

/* The shape of a whole topology. */
extern const struct shape topology_shape;

/* Bytes of one value of a key's type (of one element, for a list). */
size_t key_size(const struct key *key);

/* What a value of this key should be, in words: "a power such as 370W, from 0W to 2000W". */
void key_expected(const struct key *key, char *text, size_t size);

/* Read one scalar into value (key_size bytes). 0, or -EINVAL when it is not what the key expects. */
int key_parse(const struct key *key, const char *text, struct arena *arena, void *value);

/* The JSON Schema of topologies (draft 2020-12): a new object. */
json_t *topology_schema(void);

/* The reference of topologies as Markdown: a table of keys for each shape. */
void topology_markdown(FILE *out);

/* The same of any shape and those within it. */
void shape_markdown(const struct shape *shape, FILE *out);

/* The number of single-letter changes between two words, at most limit + 1. */
size_t key_distance(const char *a, const char *b, size_t limit);

#endif
