#ifndef PHONELAB_DOCUMENT_KEYS_H
#define PHONELAB_DOCUMENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

#include "base/mac.h"
#include "phonelab/document/arena.h"
#include "phonelab/document/complaints.h"
#include "phonelab/document/yaml_tree.h"

/*
 * The table of keys of a document. It drives the parser, its messages, the JSON Schema and the reference in Markdown,
 * so that they agree.
 */
enum key_type {
	KEY_TEXT,     /* any text of min..max bytes                    const char * */
	KEY_NAME,     /* letters, digits, hyphens                      const char * */
	KEY_NUMBER,   /* digits * # +: a directory number              const char * */
	KEY_LOAD,     /* the name of a firmware load                   const char * */
	KEY_TOKEN,    /* letters, digits, characters of choices[0]     const char * */
	KEY_FLAG,     /* true, false, on, off, yes, no                 int */
	KEY_INTEGER,  /*                                               int64_t */
	KEY_WATTS,    /* 370W, 15400mW                                 int64_t, mW */
	KEY_DURATION, /* 90s, 30m, 1h, 7d                              int64_t, s */
	KEY_TIME,     /* 500ms, 2s, 1.5s, 3m                           int64_t, ms */
	KEY_CHOICE,   /* one of choices                                int */
	KEY_VLAN,     /* 1 to 4094, or "none" where min is -1          int */
	KEY_IPV4,     /* 10.110.0.2                                    uint32_t */
	KEY_SUBNET,   /* 10.110.0.0/24                                 struct key_prefix */
	KEY_RANGE,    /* 10.110.0.50-10.110.0.250                      struct key_range */
	KEY_MAC,      /* 00:11:22:aa:bb:01                             struct key_mac */
	KEY_PORT,     /* Gi1/0/5, or sw1 Gi1/0/5                       struct key_port */
	KEY_PORTS,    /* Gi1/0/5 or Gi1/0/1-8                          struct key_port */
	KEY_FROM,     /* from 2001                                     int64_t */
	KEY_WORD,     /* one of choices, stored as text                const char * */
	KEY_OBJECT,   /* a map                                         the struct of its shape */
	KEY_TREE,     /* a map with any keys                             const struct yaml_node * */
	KEY_OTHERS,   /* every other key, a number min..max            list of struct key_option */
};

#define KEY_VLAN_NONE (-1) /* "none": no voice VLAN */
#define KEY_UNSET     (-1) /* of a number or a flag without a value */

/* The structs that scalar keys fill. Addresses are IPv4 in host byte order. */
struct key_prefix {
	uint32_t address;
	int length;
};

struct key_range {
	uint32_t first, last;
};

/* A port of a switch: member 1.., access port (Gi) or uplink (Te), number 1... */
struct key_port {
	const char *switch_name; /* NULL: the only switch, or the one whose key this is */
	int member;		 /* 0: no port given */
	bool uplink;
	int number;
	int last; /* of a range Gi1/0/1-8; else the number */
};

struct key_mac {
	bool has;
	struct mac mac;
};

struct key_option {
	int code;
	const char *value;
};

#define KEY_REQUIRED 1u
#define KEY_LIST     2u /* a list: the field is a KEY_LIST_OF */
#define KEY_ONE	     4u /* with KEY_LIST: a single value stands for a list of one */

/* The field of a list. */
#define KEY_LIST_OF(type)                                                                                    \
	struct {                                                                                             \
		type *items;                                                                                 \
		size_t n;                                                                                    \
	}

struct key {
	const char *name;
	enum key_type type;
	unsigned flags;
	size_t offset;
	int64_t min, max;
	const char *fallback;	    /* the default, as written in YAML; NULL: none */
	const char *const *choices; /* NULL at the end */
	const struct shape *shape;
	const char *doc;
};

/* A row of a table of keys: a value without choices, or a map of a shape. */
#define KEY_ROW(name, type, flags, offset, min, max, doc)                                                    \
	{                                                                                                    \
		name, type, flags, offset, min, max, NULL, NULL, NULL, doc                                   \
	}
#define KEY_MAP(name, flags, offset, min, max, shape, doc)                                                   \
	{                                                                                                    \
		name, KEY_OBJECT, flags, offset, min, max, NULL, NULL, shape, doc                            \
	}

/* A map: its keys, and the struct that it fills. The struct begins with `const struct yaml_node *at`. */
struct shape {
	const char *name;
	size_t size;
	const struct key *keys; /* a NULL name at the end */
	const char *doc;
};

/* Define a shape, with its rows of keys behind doc. */
#define KEY_SHAPE(variable, name, type, doc, ...)                                                            \
	const struct shape variable = {name, sizeof(struct type), (const struct key[]){__VA_ARGS__, {0}}, doc}

/* Fill object (zeroed, of the shape's size) from the tree of a file. Errors become complaints; all memory is the
 * arena's. */
void shape_decode(const struct shape *shape, const struct yaml_node *root, struct arena *arena,
		  struct complaints *complaints, void *object);

/* Copy every value of changes that its file gave to object. Both are structs of the shape. */
void shape_merge(const struct shape *shape, const void *changes, void *object);

/* The JSON Schema (draft 2020-12) of files of that shape: a new object. */
json_t *shape_schema(const struct shape *shape, const char *title);

/* Bytes of one value of a key's type (of one element, for a list). */
size_t key_size(const struct key *key);

/* The expected value of a key as text: "a power such as 370W, from 0W to 2000W". */
void key_expected(const struct key *key, char *text, size_t size);

/* Read one scalar into value (key_size bytes). 0, or -EINVAL when it is not what the key expects. */
int key_parse(const struct key *key, const char *text, struct arena *arena, void *value);

/* The reference of a shape and of the shapes within it as Markdown: a table of keys for each shape. */
void shape_markdown(const struct shape *shape, FILE *out);

#endif
