#include "phonelab/why/xml_flat.h"

#include <libxml/parser.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"

#define PATH_ROOM  400
#define VALUE_ROOM 300
#define DEPTH_MOST 24
#define ROWS_MOST  20000
#define ALIKE_MOST 500 /* neighbours of one name that have numbers of their own */

static void put(json_t *flat, const char *path, const xmlNode *node, const char *value)
{
	const char *begin = value + strspn(value, " \t\r\n");
	size_t length = strlen(begin);
	char text[VALUE_ROOM];

	while (length && strchr(" \t\r\n", begin[length - 1]))
		length--;
	snprintf(text, sizeof(text), "%.*s", (int)(length < sizeof(text) ? length : sizeof(text) - 1), begin);
	if (json_object_size(flat) < ROWS_MOST)
		json_object_set_new(flat, path,
				    json_pack("[o,I]", json_text_new(text), (json_int_t)xmlGetLineNo(node)));
}

static void put_attributes(json_t *flat, const char *path, const xmlNode *node)
{
	for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
		char deeper[PATH_ROOM + 100];
		xmlChar *value = xmlNodeListGetString(node->doc, attribute->children, 1);

		snprintf(deeper, sizeof(deeper), "%s/@%.90s", path, (const char *)attribute->name);
		put(flat, deeper, node, value ? (const char *)value : "");
		xmlFree(value);
	}
}

/* The number of the element among its neighbours of the same name, from 1. */
static unsigned number_of(const xmlNode *node)
{
	unsigned number = 1;

	for (const xmlNode *other = node->prev; other && number < ALIKE_MOST; other = other->prev)
		number += other->type == XML_ELEMENT_NODE && xmlStrEqual(other->name, node->name);
	return number;
}

static void put_element(json_t *flat, const char *above, const xmlNode *node, unsigned depth)
{
	char path[PATH_ROOM], number[16] = "";
	bool leaf = true;
	xmlChar *value;

	if (number_of(node) > 1)
		snprintf(number, sizeof(number), "[%u]", number_of(node));
	snprintf(path, sizeof(path), "%.300s%s%.80s%s", above, *above ? "/" : "", (const char *)node->name,
		 number);
	put_attributes(flat, path, node);
	for (const xmlNode *child = node->children;
	     child && depth < DEPTH_MOST && json_object_size(flat) < ROWS_MOST; child = child->next) {
		if (child->type != XML_ELEMENT_NODE)
			continue;
		leaf = false;
		put_element(flat, path, child, depth + 1);
	}
	if (!leaf)
		return;
	value = xmlNodeGetContent(node);
	put(flat, path, node, value ? (const char *)value : "");
	xmlFree(value);
}

json_t *xml_flat(const char *text, size_t length)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA |
			    XML_PARSE_BIG_LINES;
	xmlDoc *doc = length < INT32_MAX ? xmlReadMemory(text, (int)length, NULL, NULL, options) : NULL;
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	json_t *flat = root ? json_object() : NULL;

	if (root)
		put_element(flat, "", root, 0);
	xmlFreeDoc(doc);
	return flat;
}

const char *xml_flat_value(const json_t *flat, const char *path)
{
	const char *value = json_string_value(json_array_get(json_object_get(flat, path), 0));

	return value ? value : "";
}

unsigned xml_flat_line(const json_t *flat, const char *path)
{
	return (unsigned)json_integer_value(json_array_get(json_object_get(flat, path), 1));
}
