#ifndef PHONELAB_WHY_XML_FLAT_H
#define PHONELAB_WHY_XML_FLAT_H

#include <jansson.h>
#include <stddef.h>

/*
 * An XML file as an object: the path of each element without children and of each attribute, with [VALUE, LINE]:
 *   "device/sipProfile/sipLines/line[2]/name": ["2002", 41], "device/sipProfile/sipLines/line[2]/@button": ["2", 40]
 * The second element of a name among its neighbours has [2], and so on. Blanks around a value do not count. New reference;
 * NULL if the text is not well-formed.
 */
json_t *xml_flat(const char *text, size_t length);

/* The value and the line of an element; "" and 0 if it is not there. */
const char *xml_flat_value(const json_t *flat, const char *path);
unsigned xml_flat_line(const json_t *flat, const char *path);

#endif
