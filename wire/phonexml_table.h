#ifndef WIRE_PHONEXML_TABLE_H
#define WIRE_PHONEXML_TABLE_H

#include <libxml/tree.h>

#include "wire/phonexml.h"

/*
 * The engine behind wire/phonexml, not for others: a file is a table, one typed row per element or attribute,
 * and the same table decodes and encodes.
 */
enum xml_kind {
	XML_KIND_TEXT,	   /* char[size] */
	XML_KIND_UNSIGNED, /* unsigned, or an enum, from least to greatest */
	XML_KIND_PORT,	   /* uint16_t, from least to greatest */
	XML_KIND_BOOL,	   /* bool: true, false, 1, 0; written true, false */
	XML_KIND_ON,	   /* bool: 1 is enabled, 0 is not */
	XML_KIND_OFF,	   /* bool: 0 is enabled, 1 is not */
	XML_KIND_LIST,	   /* items of the table in items, each size bytes; at most greatest */
	XML_KIND_FIXED,	   /* not read; written as text */
};

#define XML_REQUIRED 1u /* must be there, and not empty */
#define XML_ALWAYS   2u /* text: written though it is empty */

struct xml_table;

struct xml_row {
	const char *path; /* from the table's element: "ports/sipPort", "@priority" */
	enum xml_kind kind;
	unsigned flags;
	size_t offset; /* of the member in the table's struct */
	size_t size;
	unsigned long least;
	unsigned long greatest;
	const struct xml_table *items;
	size_t
	    also; /* LIST: offset of the count. TEXT: offset + 1 of a bool that is set if the element was there; 0: none */
	const char *text; /* FIXED */
};

struct xml_decoder;

struct xml_table {
	const struct xml_row *row;
	size_t rows;
	void (*prepare)(void *item); /* fills in what absent elements mean; NULL: zeros do */
};

/* Row makers; T is the struct of the table. */
#define XML_SIZE(T, member) sizeof(((T *)0)->member)
#define XML_TEXT_ROW(T, p, member, f)                                                                        \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_TEXT, .flags = f, .offset = offsetof(T, member),                 \
		.size = XML_SIZE(T, member)                                                                  \
	}
#define XML_MARKED_ROW(T, p, member, mark)                                                                   \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_TEXT, .offset = offsetof(T, member),                             \
		.size = XML_SIZE(T, member), .also = offsetof(T, mark) + 1                                   \
	}
#define XML_NUMBER_ROW(T, p, member, low, high, f)                                                           \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_UNSIGNED, .flags = f, .offset = offsetof(T, member),             \
		.least = low, .greatest = high                                                               \
	}
#define XML_PORT_ROW(T, p, member)                                                                           \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_PORT, .offset = offsetof(T, member), .least = 1,                 \
		.greatest = 65535                                                                            \
	}
#define XML_BOOL_ROW(T, p, member, k)                                                                        \
	{                                                                                                    \
		.path = p, .kind = k, .offset = offsetof(T, member)                                          \
	}
#define XML_LIST_ROW(T, p, member, count, max, table)                                                        \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_LIST, .offset = offsetof(T, member),                             \
		.size = XML_SIZE(T, member[0]), .greatest = max, .items = table, .also = offsetof(T, count)  \
	}
#define XML_FIXED_ROW(p, t)                                                                                  \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_FIXED, .text = t                                                 \
	}
#define XML_TABLE(rows_, prepare_)                                                                           \
	{                                                                                                    \
		rows_, sizeof(rows_) / sizeof((rows_)[0]), prepare_                                          \
	}

/*
 * A file: the names its root may have, and what is beyond tables. other is called for every element directly
 * under the root that no row names: >0 taken, 0 unknown, negative: refused (xml_refuse). check looks at the
 * whole.
 */
struct xml_file {
	const char *root[2];
	const struct xml_table *table;
	bool fold_case; /* names of elements and attributes in any case */
	int (*other)(struct xml_decoder *decoder, const char *name, const char *text, const char *model,
		     void *config);
	int (*check)(struct xml_decoder *decoder, void *config);
};

#define XML_PATH_MAX 256

/* A decoding under way. */
struct xml_decoder {
	struct phonexml_error *error;
	const struct xml_file *file;
	void *config;
	unsigned unknown;
	unsigned line;
	char path[XML_PATH_MAX]; /* of the element we are at, from the root */
	size_t length;
};

/* Fill the struct at base from one element: attributes, elements, what must be there. 0 or -EBADMSG. */
int xml_fill(struct xml_decoder *decoder, const xmlNode *element, const struct xml_table *table, char *base);

/* Text in quotes for people, cut; what is not printable ASCII becomes a dot. */
void xml_quote(const char *text, char out[96]);

/* Fill the decoder's error with the place it is at; gives back -EBADMSG. */
int xml_refuse(struct xml_decoder *decoder, const char *found, const char *expected);

/* The same for an element of another place: its path from the root. */
int xml_refuse_at(struct xml_decoder *decoder, const char *element, const char *found, const char *expected);

/* Refuse, before the parser reads a byte, a file that would occupy the parser for long: a start tag of more than 4096
 * bytes or 128 attributes, more than 64 namespaces, an encoding other than UTF-8, a DOCTYPE. 0 or -EBADMSG. */
int xml_scan(struct xml_decoder *decoder, const void *bytes, size_t size);

/* Decode into config, which the table's prepare fills first; *unknown counts what was skipped. */
int xml_file_decode(const struct xml_file *file, const void *bytes, size_t size, void *config,
		    unsigned *unknown, struct phonexml_error *error);

/* One more element under the root, that no row can describe. */
struct xml_extra {
	char name[48];
	const char *text;
	const char *model; /* attribute model; NULL none */
};

ssize_t xml_file_encode(const struct xml_file *file, const void *config, const struct xml_extra *extra,
			size_t extras, void *out, size_t size);

/* The codec of a file: TYPE_decode and TYPE_encode of wire/phonexml.h, for struct TYPE. */
#define XML_DECODER(type, file)                                                                              \
	int type##_decode(const void *bytes, size_t size, struct type *config, struct phonexml_error *error) \
	{                                                                                                    \
		struct type read = {0};                                                                      \
		unsigned unknown = 0;                                                                        \
		int err = xml_file_decode(&file, bytes, size, &read, &unknown, error);                       \
                                                                                                             \
		if (err == 0) {                                                                              \
			read.unknown = unknown;                                                              \
			*config = read;                                                                      \
		}                                                                                            \
		return err;                                                                                  \
	}
#define XML_ENCODER(type, file)                                                                              \
	ssize_t type##_encode(const struct type *config, void *out, size_t size)                             \
	{                                                                                                    \
		return xml_file_encode(&file, config, NULL, 0, out, size);                                   \
	}

#endif
