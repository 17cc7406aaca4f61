#ifndef PHONELAB_WHY_GROUP_H
#define PHONELAB_WHY_GROUP_H

#include <jansson.h>
#include <stdbool.h>

struct text;

/*
 * The answers of `why` for many phones, grouped by what they have in common. reports: a list of objects with `phone` and
 * `healthy`, and optional `booting`, `step`, `id` (of the candidate), `cause`, `object`, `verdict`, `inferred`, `alternatives`
 * (docs/formats.md), `measured_from` (a phone that was probed), and `own`: `port` and `address` of the phone. A new object:
 *   total, healthy   numbers of phones
 *   booting          names of phones that still boot
 *   groups           [{phones, n, step, cause, object, verdict, inferred, alternatives, measured_from}], the largest first: the
 *                    same object and candidate; the same cause if there is no candidate or object; the same step if no cause
 *                    is named. PHONE, PORT and ADDRESS stand for what is of each phone itself. If the causes of a group
 *                    differ in a value, `cause` is that of its first phone.
 *   phones           [{phone, healthy, booting, step, cause, object, verdict}] in the order of the reports
 */
json_t *why_group(const json_t *reports);

/* Is the object of the report of this phone alone: its port, its file, its cable? */
bool why_group_is_own(const json_t *report);

/* The same as text: a line per group, then the names of its phones. */
void why_group_text(const json_t *grouped, struct text *text);

/* "SEP001122AABB01 to SEP001122AABB07, SEP001122AABB10": names in ascending order, up to most ranges. */
void why_group_names(const json_t *names, size_t most, struct text *text);

#endif
