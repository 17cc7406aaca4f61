#ifndef BASE_JSON_CONFIG_H
#define BASE_JSON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "base/fail.h"

/*
 * Strict reading of a JSON configuration: a table of keys states the type, the range and the place of each
 * value in a plain struct. Whatever the table does not know is an error with a suggestion. Reasons read
 *   sw1.json: ports[3].access_vlan: found 5000, expected an integer from 1 to 4094
 *   sw1.json: ports[3].acess_vlan: unknown key, did you mean "access_vlan"?
 */
enum config_type {
	CONFIG_STRING,	/* char *, owned by the struct; min..max is its length in bytes */
	CONFIG_INTEGER, /* int64_t; min..max */
	CONFIG_BOOL,	/* bool */
	CONFIG_MAC,	/* struct mac (base/mac.h) */
	CONFIG_IPV4,	/* struct in_addr */
	CONFIG_CHOICE,	/* int: the index in choices[] */
	CONFIG_OBJECT,	/* a struct in place, as keys says */
	CONFIG_LIST,	/* struct config_list of elements, each as element says; min..max is the count */
	CONFIG_ANY, /* json_t *, a reference owned by the struct: read it further with json_config_object() */
};

/* min and max both 0: no limit. */
struct config_key {
	const char *name; /* NULL ends a table */
	enum config_type type;
	bool required;
	bool nullable; /* null is taken like an absent key: the value that is there stays */
	int64_t min, max;
	size_t offset;	/* offsetof(struct, member) */
	size_t present; /* offsetof of a bool set to true when the key was there and not null; 0: none */
	const char *const *choices;	  /* CONFIG_CHOICE; NULL ends it */
	const struct config_key *keys;	  /* CONFIG_OBJECT */
	const struct config_key *element; /* CONFIG_LIST: one row; its name is not used, its offset is 0 */
	size_t element_size;		  /* CONFIG_LIST: sizeof(an) element */
};

/* A row of a table for struct T; further members of the row may follow: .min = 1, .max = 10. */
#define CONFIG_ROW(key, kind, T, member, ...)                                                                \
	{                                                                                                    \
		.name = key, .type = CONFIG_##kind, .offset = offsetof(T, member), __VA_ARGS__               \
	}

struct config_list {
	void *items; /* count elements of element_size bytes, zeroed before they are read */
	size_t count;
};

/*
 * Read the file at path (at most 64 MiB) into *out. out holds the defaults on entry (all bytes meaningful;
 * strings NULL or malloc'ed). Returns 0, or -ENOENT/-EACCES/... when the file cannot be read, -EINVAL for
 * anything that is not as the table says. On failure what was read is freed: nothing of out needs
 * json_config_free().
 */
int json_config_read(const char *path, const struct config_key *keys, void *out, struct fail *fail);

/* The same from an object in memory. where begins every reason: "sw1.json" or "sw1.json: ports[3]". */
int json_config_object(const json_t *object, const char *where, const struct config_key *keys, void *out,
		       struct fail *fail);

/* Free what the members of out own, and set them to NULL; NULL is legal. */
void json_config_free(const struct config_key *keys, void *out);

#endif
