#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libxml/tree.h>

/* What XML 1.0 can hold: UTF-8 without control characters. */
static bool text_legal(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			return false;
	return xmlCheckUTF8((const xmlChar *)text);
}

/* The last element of that name under parent, made if there is none. */
static xmlNode *ensure(xmlNode *parent, const char *name, size_t length)
{
	char copy[64];

	if (length >= sizeof(copy))
		return NULL;
	memcpy(copy, name, length);
	copy[length] = '\0';
	for (xmlNode *node = xmlGetLastChild(parent); node; node = node->prev)
		if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, copy) == 0)
			return node;
	return xmlNewChild(parent, NULL, (const xmlChar *)copy, NULL);
}

/* Walk and make the elements of a path but the last; *last is that name. */
static xmlNode *descend(xmlNode *parent, const char *path, const char **last)
{
	const char *slash;

	while (parent && (slash = strchr(path, '/'))) {
		parent = ensure(parent, path, (size_t)(slash - path));
		path = slash + 1;
	}
	*last = path;
	return parent;
}

static int put(xmlNode *parent, const char *path, const char *text)
{
	const char *name;

	if (!text_legal(text))
		return -EINVAL;
	parent = descend(parent, path, &name);
	if (!parent)
		return -ENOMEM;
	if (*name == '@')
		return xmlNewProp(parent, (const xmlChar *)name + 1, (const xmlChar *)text) ? 0 : -ENOMEM;
	return xmlNewTextChild(parent, NULL, (const xmlChar *)name, (const xmlChar *)text) ? 0 : -ENOMEM;
}

static int put_value(xmlNode *parent, const struct xml_row *row, const char *base)
{
	char text[24];
	unsigned long value = xml_value_text(row, base, text);

	if (row->greatest && (value < row->least || value > row->greatest))
		return -EINVAL;
	return put(parent, row->path, text);
}

static int put_text(xmlNode *parent, const struct xml_row *row, const char *base)
{
	const char *text = base + row->offset;
	bool marked = row->also && *(const bool *)(const void *)(base + row->also - 1);

	if (strnlen(text, row->size) == row->size)
		return -EINVAL;
	if (!*text && (row->flags & XML_NEEDED))
		return -EINVAL;
	if (!*text && !marked && !(row->flags & XML_ALWAYS))
		return 0;
	return put(parent, row->path, text);
}

static int put_table(xmlNode *element, const struct xml_table *table, const char *base);

static int put_list(xmlNode *parent, const struct xml_row *row, const char *base)
{
	unsigned count = *(const unsigned *)(const void *)(base + row->also);
	const char *name;
	xmlNode *element;
	int err = 0;

	if (count > row->greatest)
		return -EINVAL;
	if (count == 0)
		return 0;
	parent = descend(parent, row->path, &name);
	for (unsigned i = 0; i < count && err == 0; i++) {
		element = parent ? xmlNewChild(parent, NULL, (const xmlChar *)name, NULL) : NULL;
		err = element ? put_table(element, row->items, base + row->offset + i * row->size) : -ENOMEM;
	}
	return err;
}

static int put_row(xmlNode *element, const struct xml_row *row, const char *base)
{
	switch (row->kind) {
	case XML_KIND_TEXT: return put_text(element, row, base);
	case XML_KIND_UNSIGNED:
	case XML_KIND_PORT:
	case XML_KIND_BOOL:
	case XML_KIND_ON:
	case XML_KIND_OFF: return put_value(element, row, base);
	case XML_KIND_LIST: return put_list(element, row, base);
	case XML_KIND_FIXED: return put(element, row->path, row->text);
	}
	return -EINVAL;
}

static int put_table(xmlNode *element, const struct xml_table *table, const char *base)
{
	int err = 0;

	for (size_t i = 0; i < table->rows && err == 0; i++)
		err = put_row(element, &table->row[i], base);
	return err;
}

static int put_extra(xmlNode *root, const struct xml_extra *extra)
{
	xmlNode *element;

	if (!text_legal(extra->text) || (extra->model && !text_legal(extra->model)))
		return -EINVAL;
	element = xmlNewTextChild(root, NULL, (const xmlChar *)extra->name, (const xmlChar *)extra->text);
	if (!element)
		return -ENOMEM;
	if (extra->model && !xmlNewProp(element, (const xmlChar *)"model", (const xmlChar *)extra->model))
		return -ENOMEM;
	return 0;
}

static ssize_t dump(xmlDoc *doc, void *out, size_t size)
{
	xmlChar *text = NULL;
	int length = 0;
	ssize_t err;

	xmlDocDumpFormatMemoryEnc(doc, &text, &length, "UTF-8", 1);
	if (!text)
		return -ENOMEM;
	if ((size_t)length > size) {
		err = -ENOSPC;
	} else {
		memcpy(out, text, (size_t)length);
		err = length;
	}
	xmlFree(text);
	return err;
}

ssize_t xml_file_encode(const struct xml_file *file, const void *config, const struct xml_extra *extra,
			size_t extras, void *out, size_t size)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *root = doc ? xmlNewNode(NULL, (const xmlChar *)file->root) : NULL;
	ssize_t err = -ENOMEM;

	if (root) {
		xmlDocSetRootElement(doc, root);
		err = put_table(root, file->table, config);
		for (size_t i = 0; i < extras && err == 0; i++)
			err = put_extra(root, &extra[i]);
		if (err == 0)
			err = dump(doc, out, size);
	}
	xmlFreeDoc(doc);
	return err;
}
