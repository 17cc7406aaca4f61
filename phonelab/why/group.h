#ifndef PHONELAB_WHY_GROUP_H
#define PHONELAB_WHY_GROUP_H

#include <jansson.h>

struct text;

/*
 * The answers of `why` for many phones, grouped by what they have in common. reports: a list of objects with `phone` and
 * `healthy`, and optional `booting`, `step`, `cause`, `object`, `verdict` (docs/formats.md). A new object:
 *   total, healthy   numbers of phones
 *   booting          names of phones that still boot
 *   groups           [{phones, n, step, cause, object, verdict}], the largest first: the same object and cause; the same
 *                    cause if it has no object; the same step if no cause is named. A cause that names each phone
 *                    itself is the same cause; the group then has PHONE in its place.
 *   phones           [{phone, healthy, booting, step, cause, object, verdict}] in the order of the reports
 */
json_t *why_group(const json_t *reports);

/* The same as text: a line per group, then the names of its phones. */
void why_group_text(const json_t *grouped, struct text *text);

/* "SEP001122AABB01 to SEP001122AABB07, SEP001122AABB10": names in ascending order, up to most ranges. */
void why_group_names(const json_t *names, size_t most, struct text *text);

#endif
