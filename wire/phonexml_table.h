#ifndef WIRE_PHONEXML_TABLE_H
#define WIRE_PHONEXML_TABLE_H

#include <libxml/tree.h>

#include "wire/phonexml.h"

/*
 * The engine behind wire/phonexml, not for others: a file is a table, one typed row per element or attribute. The
 * same table decodes, encodes, and prints the reference in the documents.
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

/* A value that cannot be used counts as absent: the row's default applies. The flags are the exceptions. */
#define XML_NEEDED  1u	/* without a text here, the item of the list is not used */
#define XML_PRESENT 2u	/* the same, but the text may be empty */
#define XML_ALWAYS  4u	/* text: written though it is empty */
#define XML_CUT	    8u	/* text: of a longer one, the beginning is used */
#define XML_ONLY    16u /* text: the default is the only value */
#define XML_KEY	    32u /* number: of items with the same number, the last counts; default: the next number */

struct xml_table;

struct xml_row {
	const char *path; /* from the table's element: "ports/sipPort", "@priority" */
	enum xml_kind kind;
	unsigned flags;
	size_t offset; /* of the member in the table's struct */
	size_t size;
	unsigned long least;
	unsigned long greatest;
	unsigned long preset; /* default of a number or bool */
	const char *text;     /* TEXT: default, NULL is "". FIXED: what is written */
	const struct xml_table *items;
	size_t
	    also; /* LIST: offset of the count. TEXT: offset + 1 of a bool that is set if the element was there; 0: none */
	const char *remark; /* for the documents: what else is known of phones; NULL: nothing */
};

struct xml_table {
	const struct xml_row *row;
	size_t rows;
};

/* Row makers; T is the struct of the table. */
#define XML_SIZE(T, member) sizeof(((T *)0)->member)
#define XML_TEXT_ROW(T, p, member, f)                                                                        \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_TEXT, .flags = f, .offset = offsetof(T, member),                 \
		.size = XML_SIZE(T, member)                                                                  \
	}
#define XML_NOTED_ROW(T, p, member, remark_)                                                                 \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_TEXT, .offset = offsetof(T, member),                             \
		.size = XML_SIZE(T, member), .remark = remark_                                               \
	}
#define XML_DEFAULT_ROW(T, p, member, f, default_)                                                           \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_TEXT, .flags = f, .offset = offsetof(T, member),                 \
		.size = XML_SIZE(T, member), .text = default_                                                \
	}
#define XML_MARKED_ROW(T, p, member, mark)                                                                   \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_TEXT, .offset = offsetof(T, member),                             \
		.size = XML_SIZE(T, member), .also = offsetof(T, mark) + 1                                   \
	}
#define XML_NUMBER_ROW(T, p, member, low, high, default_)                                                    \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_UNSIGNED, .offset = offsetof(T, member), .least = low,           \
		.greatest = high, .preset = default_                                                         \
	}
#define XML_ENUM_ROW(T, p, member, low, high, default_, remark_)                                             \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_UNSIGNED, .offset = offsetof(T, member), .least = low,           \
		.greatest = high, .preset = default_, .remark = remark_                                      \
	}
#define XML_KEY_ROW(T, p, member, low, high)                                                                 \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_UNSIGNED, .flags = XML_KEY,                                      \
		.offset = offsetof(T, member) + 0 * sizeof(char[offsetof(T, member) ? -1 : 1]),              \
		.least = low, .greatest = high                                                               \
	}
#define XML_PORT_ROW(T, p, member, default_)                                                                 \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_PORT, .offset = offsetof(T, member), .least = 1,                 \
		.greatest = 65535, .preset = default_                                                        \
	}
#define XML_BOOL_ROW(T, p, member, k, default_)                                                              \
	{                                                                                                    \
		.path = p, .kind = k, .offset = offsetof(T, member), .preset = default_                      \
	}
#define XML_LIST_ROW(T, p, member, count, max, table)                                                        \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_LIST, .offset = offsetof(T, member),                             \
		.size = XML_SIZE(T, member[0]) +                                                             \
			0 * sizeof(char[XML_SIZE(T, member[0]) <= XML_ITEM_MAX ? 1 : -1]),                   \
		.greatest = max, .items = table, .also = offsetof(T, count)                                  \
	}
#define XML_FIXED_ROW(p, t)                                                                                  \
	{                                                                                                    \
		.path = p, .kind = XML_KIND_FIXED, .text = t                                                 \
	}
#define XML_TABLE(rows_)                                                                                     \
	{                                                                                                    \
		rows_, sizeof(rows_) / sizeof((rows_)[0])                                                    \
	}
#define XML_ITEM_MAX 1024 /* bytes of an item of a list */

struct xml_decoder;

/*
 * A file: its root element, its table, and what is beyond tables. other is called for every element directly
 * under the root that no row names: true if the element is known. check looks at the whole; negative: refused
 * (xml_refuse_at).
 */
struct xml_file {
	const char *name; /* for the documents */
	const char *root; /* element */
	const struct xml_table *table;
	size_t size_max; /* bytes */
	bool fold_case;	 /* names of elements and attributes in any case */
	bool (*other)(struct xml_decoder *decoder, const char *name, const char *text, const char *model,
		      void *config);
	int (*check)(struct xml_decoder *decoder, void *config);
};

/* The files that have a table, in the order of the documents. */
#define XML_FILES 6
extern const struct xml_file xml_file_config, xml_file_default, xml_file_soft_keys, xml_file_dial_template,
    xml_file_app_rules, xml_file_rings;
extern const struct xml_file *const xml_files[XML_FILES];

#define XML_PATH_MAX 256

/* A decoding under way. */
struct xml_decoder {
	struct phonexml_error *error; /* may be NULL */
	const struct xml_file *file;
	void *config;
	unsigned unknown;
	unsigned line;
	const struct xml_row *full; /* the list that is full has been reported */
	char path[XML_PATH_MAX];    /* of the element we are at, from the root */
	size_t length;
};

#define XML_LEAF_MAX 1024 /* bytes of a text that is read */

/* phonexml_value.c: texts to members and back. */

/* Give the row's member of the struct at base its default; next: of a row with XML_KEY. */
void xml_preset(const struct xml_row *row, char *base, unsigned next);

/* The same for all rows of a table. */
void xml_preset_all(const struct xml_table *table, char *base, unsigned next);

/* Store a trimmed text, of which long_text says that it is the beginning only. False: the value cannot be used; the
 * member has its default, and the decoder a warning. */
bool xml_store(struct xml_decoder *decoder, const struct xml_row *row, const char *text, bool long_text,
	       char *base, unsigned next);

/* The row has found (in quotes, if a text) instead of a value that can be used: the member gets its default, the
 * decoder a warning. False. */
bool xml_reject(struct xml_decoder *decoder, const struct xml_row *row, const char *found, char *base,
		unsigned next);

/* The value of a row that is neither text nor list, as it is written, and as a number. */
unsigned long xml_value_text(const struct xml_row *row, const char *base, char out[24]);

/* The values that a row accepts, for people. */
void xml_values_text(const struct xml_row *row, char *text, size_t size);

/* phonexml_decode.c */

/* Fill the struct at base, which is 0, from one element: attributes, elements. False: an XML_NEEDED is missing. */
bool xml_fill(struct xml_decoder *decoder, const xmlNode *element, const struct xml_table *table, char *base,
	      unsigned next);

/* Read an item of a list and put it where it belongs, if it can be used. (phonexml_list.c) */
void xml_read_item(struct xml_decoder *decoder, const xmlNode *element, const struct xml_row *row,
		   char *base);

/* Text in quotes for people, cut; what is not printable ASCII becomes a dot. */
void xml_quote(const char *text, char *out, size_t size);

/* Add a warning about the element that the decoder is at. */
void xml_warn(struct xml_decoder *decoder, const char *found, const char *used);

/* Fill the decoder's error; element is a path from the root. -EBADMSG. */
int xml_refuse_at(struct xml_decoder *decoder, const char *element, const char *found, const char *expected);

/* Refuse, before the parser reads a byte, a file that would occupy the parser for long: more than 128 attributes in a
 * start tag, more than 64 namespaces, an encoding in which markup is not ASCII, a DTD within the file. 0 or -EBADMSG. */
int xml_scan(struct xml_decoder *decoder, const void *bytes, size_t size);

/* Decode into config, which is all 0; *unknown counts what was skipped. */
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
		struct type *read = calloc(1, sizeof(*read));                                                \
		unsigned unknown = 0;                                                                        \
		int err = read ? xml_file_decode(&file, bytes, size, read, &unknown, error) : -ENOMEM;       \
                                                                                                             \
		if (err == 0) {                                                                              \
			read->unknown = unknown;                                                             \
			*config = *read;                                                                     \
		}                                                                                            \
		free(read);                                                                                  \
		return err;                                                                                  \
	}
/* The same for a type whose last member is a long list: items beyond the last one are neither cleared nor copied. Of the
 * quarter of a MiB that a list may have, most files need some KiB. */
#define XML_LIST_DECODER(type, file, list, count)                                                            \
	int type##_decode(const void *bytes, size_t size, struct type *config, struct phonexml_error *error) \
	{                                                                                                    \
		struct type *read = malloc(sizeof(*read));                                                   \
		unsigned unknown = 0;                                                                        \
		int err = -ENOMEM;                                                                           \
                                                                                                             \
		if (read) {                                                                                  \
			memset(read, 0, offsetof(struct type, list));                                        \
			err = xml_file_decode(&file, bytes, size, read, &unknown, error);                    \
		}                                                                                            \
		if (err == 0) {                                                                              \
			read->unknown = unknown;                                                             \
			memcpy(config, read,                                                                 \
			       offsetof(struct type, list) + read->count * sizeof(read->list[0]));           \
		}                                                                                            \
		free(read);                                                                                  \
		return err;                                                                                  \
	}
#define XML_ENCODER(type, file)                                                                              \
	ssize_t type##_encode(const struct type *config, void *out, size_t size)                             \
	{                                                                                                    \
		return xml_file_encode(&file, config, NULL, 0, out, size);                                   \
	}

#endif
