#include "phonelab/why/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/gather.h"
#include "phonelab/why/group.h"

#define ROUNDS 2
#define PROBED 4 /* phones in a round */

struct survey {
	struct why_source *source;
	struct why_case *cases;
	size_t n;
	json_t *index;	 /* {phone: number of its case} */
	json_t *reports; /* of each case */
	json_t *probed;	 /* {phone: true} */
};

/* --- reports --- */

/* The report of a case, with what is of this phone alone (group.h). */
static json_t *report_of(const struct why_case *it)
{
	json_t *report = why_report_gathered(it);
	const char *sw;
	const json_t *port = why_port(it, &sw);

	json_object_set_new(
	    report, "own",
	    json_pack("{s:s,s:s}", "port", json_text(port, "name"), "address", json_text(it->phone, "ipv4")));
	return report;
}

static size_t number_of(const struct survey *it, const char *phone)
{
	return (size_t)json_int(it->index, phone);
}

/* The phones of the group have the answer of the one that was probed. */
static void adopt(struct survey *it, const json_t *group, const char *from)
{
	static const char *const members[] = {"verdict", "id", "cause", "object", "inferred", "alternatives"};
	const json_t *answer = json_array_get(it->reports, number_of(it, from)), *phone;
	size_t i;

	json_array_foreach (json_object_get(group, "phones"), i, phone) {
		const char *name = json_string_value(phone);
		json_t *report = json_array_get(it->reports, number_of(it, name));

		for (size_t m = 0; strcmp(name, from) && m < sizeof(members) / sizeof(members[0]); m++) {
			json_object_del(report, members[m]);
			if (json_object_get(answer, members[m]))
				json_object_set(report, members[m], json_object_get(answer, members[m]));
		}
		json_object_set_new(report, "measured_from", json_string(from));
	}
}

/* Of several causes that are possible, only one is not of this phone alone: it is what the phones of the group share. */
static void choose_shared(json_t *report)
{
	json_t *alternatives = json_object_get(report, "alternatives"), *one, *shared = NULL;
	size_t i, n = 0;

	json_array_foreach (alternatives, i, one) {
		json_t *alone =
		    json_pack("{s:O*,s:O*,s:O*}", "phone", json_object_get(report, "phone"), "own",
			      json_object_get(report, "own"), "object", json_object_get(one, "object"));

		if (!why_group_is_own(alone)) {
			shared = one;
			n++;
		}
		json_decref(alone);
	}
	if (n != 1)
		return;
	json_object_update(report, shared);
	json_object_set_new(report, "verdict", json_string("likely"));
	json_object_del(report, "alternatives");
}

/* --- rounds --- */

/* Is the cause of the group worth a probe, and was none of its phones probed? */
static bool is_open(const struct survey *it, const json_t *group)
{
	const char *verdict = json_text(group, "verdict");
	const json_t *phone;
	size_t i;

	json_array_foreach (json_object_get(group, "phones"), i, phone)
		if (json_object_get(it->probed, json_string_value(phone)))
			return false;
	return !*json_text(group, "cause") || !strcmp(verdict, "ambiguous") ||
	       json_is_true(json_object_get(group, "inferred"));
}

/* Probe one phone of each open group. How many. */
static size_t probe(struct survey *it, const json_t *grouped)
{
	struct why_case *chosen[PROBED];
	const json_t *of[PROBED], *group;
	size_t i, n = 0;

	json_array_foreach (json_object_get(grouped, "groups"), i, group) {
		const char *name = json_string_value(json_array_get(json_object_get(group, "phones"), 0));

		if (n == PROBED || !is_open(it, group) || !it->cases[number_of(it, name)].facts)
			continue;
		of[n] = group;
		chosen[n++] = &it->cases[number_of(it, name)];
	}
	n = n ? why_gather_probes(it->source, chosen, n) : 0;
	for (i = 0; i < n; i++) {
		json_t *report = report_of(chosen[i]);

		if (json_array_size(json_object_get(of[i], "phones")) > 1)
			choose_shared(report);
		json_object_set_new(it->probed, chosen[i]->name, json_true());
		json_array_set_new(it->reports, number_of(it, chosen[i]->name), report);
		if (!why_group_is_own(report))
			adopt(it, of[i], chosen[i]->name);
	}
	return n;
}

/* --- all of it --- */

static bool open_survey(struct survey *it, struct why_source *source)
{
	const json_t *phones = json_object_get(source->status, "phones"), *phone;
	size_t i;

	*it = (struct survey){.source = source, .n = json_array_size(phones)};
	it->cases = calloc(it->n ? it->n : 1, sizeof(*it->cases));
	if (!it->cases)
		return false;
	it->index = json_object();
	it->reports = json_array();
	it->probed = json_object();
	json_array_foreach (phones, i, phone) {
		it->cases[i].name = json_text(phone, "name");
		json_object_set_new(it->index, it->cases[i].name, json_integer((json_int_t)i));
	}
	return true;
}

static void close_survey(struct survey *it)
{
	for (size_t i = 0; i < it->n; i++)
		why_free(&it->cases[i]);
	json_decref(it->index);
	json_decref(it->reports);
	json_decref(it->probed);
	free(it->cases);
}

json_t *why_survey(struct why_source *source, bool passive)
{
	struct survey it;
	json_t *grouped;

	if (!open_survey(&it, source))
		return NULL;
	why_gather(source, it.cases, it.n, WHY_PASSIVE);
	for (size_t i = 0; i < it.n; i++)
		json_array_append_new(it.reports, report_of(&it.cases[i]));
	grouped = why_group(it.reports);
	for (int round = 0; round < ROUNDS && !passive && probe(&it, grouped); round++) {
		json_decref(grouped);
		grouped = why_group(it.reports);
	}
	close_survey(&it);
	return grouped;
}
