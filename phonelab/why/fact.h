#ifndef PHONELAB_WHY_FACT_H
#define PHONELAB_WHY_FACT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * The facts of a case: a list of objects. A fact states what is so, never what it means:
 *   fact    its name, "area.what": "dhcp.silent", "walk.trunk_lacks_vlan"
 *   object  what it is about, by its canonical name: "route cucm-pub", "trunk access Te1/1/1"; "" if nothing in particular
 *   step    of the ladder, 0: of none
 *   t       when it was so, microseconds as in events; absent: while `why` asked
 *   from    where a person can see it: "events.jsonl:123", "cucm-pub: ip route"
 *   text    one clause that names the object and the measured value
 *   values  texts for the sentence of a cause
 */

/* Append a fact, and return it (borrowed from the list), NULL without memory. The format is its text. */
json_t *fact_add(json_t *facts, const char *name, const char *object, int step, const char *from,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Set values[name] of a fact, or when it was so. A fact that is NULL is legal. */
void fact_value(json_t *fact, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fact_time(json_t *fact, long long us);

/* The first fact of that name, and of that object unless it is NULL; NULL: there is none. */
const json_t *fact_find(const json_t *facts, const char *name, const char *object);

/* Is there one? */
bool fact_is(const json_t *facts, const char *name, const char *object);

/* The text of a value, "" if there is none. */
const char *fact_text(const json_t *fact, const char *value);

#endif
