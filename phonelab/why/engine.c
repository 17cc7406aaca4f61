#include "phonelab/why/engine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/text.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/fact.h"

#define CAUSES	 256 /* of one case */
#define EVIDENCE 16
#define NAMES	 8 /* objects that a sentence names */

/* A candidate with one of its facts. */
struct cause {
	const struct why_candidate *candidate;
	const json_t *fact;
	const json_t *used[1 + WHY_MUST + WHY_SUPPORT]; /* the facts that it rests on, the first is its own */
	size_t used_count;
	const json_t *against; /* the fact that excludes it, or NULL */
};

struct decision {
	json_t *facts;
	const char *phone;
	struct cause cause[CAUSES];
	size_t count;
	const struct cause *order[CAUSES]; /* those that hold, the best first, one for each object */
	size_t holding;
};

/* --- sentences --- */

/* "route cucm-pub" -> "cucm-pub" */
static const char *name_of(const json_t *fact)
{
	const char *object = json_text(fact, "object"), *space = strchr(object, ' ');

	return space ? space + 1 : object;
}

static void add_names(const struct decision *it, const struct cause *cause, struct text *text)
{
	size_t n = 0;

	for (size_t i = 0; i < it->holding && n < NAMES && !cause->candidate->either; i++)
		if (it->order[i]->candidate == cause->candidate)
			text_add(text, "%s%s", n++ ? ", " : "", name_of(it->order[i]->fact));
	if (!n)
		text_add(text, "%s", name_of(cause->fact));
}

/* The role of a file for a phone, with its verb. */
static const char *subject_of(int step, const char *file)
{
	switch (step) {
	case LADDER_CTL: return "The certificate trust list is";
	case LADDER_ITL: return "The identity trust list is";
	case LADDER_CONFIG: return "The configuration file is";
	case LADDER_FIRMWARE:
		return strstr(file, ".loads") ? "The list of the images of the load is"
					      : "An image of the load is";
	case LADDER_DIAL_RULES: return "The dial rules are";
	case LADDER_LOCALE:
		return strstr(file, "tones") ? "The file of the network locale is"
					     : "The file of the locale is";
	case LADDER_SOFTKEYS: return "The softkey template is";
	case LADDER_RINGTONES:
		return strstr(file, "Ringlist") || strstr(file, "RingList") ? "The list of ringtones is"
									    : "A ringtone of the list is";
	default: return "The file is";
	}
}

static void add_value(const struct decision *it, const struct cause *cause, const char *name,
		      struct text *text)
{
	if (!strcmp(name, "name")) {
		add_names(it, cause, text);
	} else if (!strcmp(name, "object") || !strcmp(name, "text")) {
		text_add(text, "%s", json_text(cause->fact, name));
	} else if (!strcmp(name, "phone")) {
		text_add(text, "%s", it->phone);
	} else if (!strcmp(name, "subject")) {
		text_add(text, "%s",
			 subject_of((int)json_int(cause->fact, "step"), fact_text(cause->fact, "file")));
	} else {
		for (size_t i = 0; i < cause->used_count; i++)
			if (*fact_text(cause->used[i], name)) {
				text_add(text, "%s", fact_text(cause->used[i], name));
				return;
			}
		if (!strcmp(name, "switch") || !strcmp(name, "node"))
			text_add(text, "%.*s", (int)strcspn(name_of(cause->fact), " "), name_of(cause->fact));
	}
}

/* One part of a sentence, without [[ ]]. False if a value in it is empty. */
static bool add_part(const struct decision *it, const struct cause *cause, const char *at, const char *end,
		     struct text *text)
{
	bool whole = true;

	while (at < end) {
		size_t length = strcspn(at, "{"), before = text->length, close;
		char name[64];

		if (length > (size_t)(end - at))
			length = (size_t)(end - at);
		text_add(text, "%.*s", (int)length, at);
		at += length;
		if (at >= end)
			break;
		close = strcspn(at, "}");
		snprintf(name, sizeof(name), "%.*s", (int)close - 1, at + 1);
		before = text->length;
		add_value(it, cause, name, text);
		whole = whole && text->length > before;
		at += close + (at[close] == '}');
	}
	return whole;
}

static json_t *sentence(const struct decision *it, const struct cause *cause, const char *pattern)
{
	struct text text = {0};
	json_t *string;

	for (const char *at = pattern; *at;) {
		const char *open = strstr(at, "[["), *close = open ? strstr(open, "]]") : NULL;
		size_t before;

		add_part(it, cause, at, close ? open : at + strlen(at), &text);
		if (!close)
			break;
		before = text.length;
		if (!add_part(it, cause, open + 2, close, &text) && text.bytes) {
			text.length = before;
			text.bytes[before] = 0;
		}
		at = close + 2;
	}
	string = json_text_new(text.bytes ? text.bytes : "");
	text_free(&text);
	return string;
}

static json_t *object_of(const struct decision *it, const struct cause *cause)
{
	return cause->candidate->object ? sentence(it, cause, cause->candidate->object)
					: json_text_new(json_text(cause->fact, "object"));
}

static json_t *short_of(const struct decision *it, const struct cause *cause)
{
	const char *pattern = cause->candidate->cause;

	return json_pack("{s:s,s:o,s:o}", "id", cause->candidate->id, "cause",
			 sentence(it, cause, pattern ? pattern : "{text}."), "object", object_of(it, cause));
}

/* --- candidates --- */

static bool explains(const struct why_candidate *candidate, int step)
{
	return step >= candidate->first && step <= candidate->last;
}

/* The facts that the conditions find. False if one finds none. */
static bool all_found(struct cause *cause, const char *const *conditions, size_t most, const json_t *facts,
		      bool needed)
{
	for (size_t i = 0; i < most && conditions[i]; i++) {
		const json_t *found = condition_find(conditions[i], facts, cause->fact);

		if (found)
			cause->used[cause->used_count++] = found;
		else if (needed)
			return false;
	}
	return true;
}

static void try(struct decision *it, const struct why_candidate *candidate, const json_t *fact)
{
	struct cause *cause = &it->cause[it->count];

	if (it->count == CAUSES)
		return;
	*cause = (struct cause){.candidate = candidate, .fact = fact, .used = {fact}, .used_count = 1};
	if (!all_found(cause, candidate->must, WHY_MUST, it->facts, true))
		return;
	all_found(cause, candidate->support, WHY_SUPPORT, it->facts, false);
	for (size_t i = 0; i < WHY_MUST_NOT && candidate->must_not[i] && !cause->against; i++)
		cause->against = condition_find(candidate->must_not[i], it->facts, fact);
	it->count++;
}

static void try_all(struct decision *it, const struct why_candidate *const *tables, int step)
{
	for (; *tables; tables++)
		for (const struct why_candidate *candidate = *tables; candidate->id; candidate++) {
			const json_t *fact;
			size_t i;

			if (!explains(candidate, step))
				continue;
			json_array_foreach (it->facts, i, fact)
				if (condition_fits(candidate->fact, fact, fact))
					try(it, candidate, fact);
		}
}

/* --- order --- */

static bool same_object(const struct decision *it, const struct cause *a, const struct cause *b)
{
	json_t *x = object_of(it, a), *y = object_of(it, b);
	bool same = json_equal(x, y) && *json_string_value(x);

	json_decref(x);
	json_decref(y);
	return same;
}

static const struct cause *best_of_object(struct decision *it, const struct cause *cause)
{
	for (size_t i = 0; i < it->holding; i++)
		if (same_object(it, it->order[i], cause))
			return it->order[i];
	return NULL;
}

/* Insert the cause behind those that are worth as much or more. */
static void insert(struct decision *it, const struct cause *cause)
{
	size_t at = it->holding++;

	for (; at && it->order[at - 1]->candidate->rank < cause->candidate->rank; at--)
		it->order[at] = it->order[at - 1];
	it->order[at] = cause;
}

static void put_in_order(struct decision *it)
{
	const struct cause *sorted[CAUSES];
	size_t n;

	for (size_t i = 0; i < it->count; i++)
		if (!it->cause[i].against)
			insert(it, &it->cause[i]);
	n = it->holding;
	memcpy(sorted, it->order, n * sizeof(sorted[0]));
	it->holding = 0;
	for (size_t i = 0; i < n; i++)
		if (!best_of_object(it, sorted[i]))
			it->order[it->holding++] = sorted[i];
}

/* --- the answer --- */

static void add_evidence(json_t *list, const struct cause *cause)
{
	for (size_t i = 0; i < cause->used_count && json_array_size(list) < EVIDENCE; i++) {
		json_t *known;
		bool twice = false;
		size_t j;

		json_array_foreach (list, j, known)
			twice = twice || known == cause->used[i];
		if (!twice)
			json_array_append(list, (json_t *)cause->used[i]);
	}
}

/* Was the same candidate ruled out for the same object before? */
static bool is_listed(const struct decision *it, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (it->cause[j].against && it->cause[j].candidate == it->cause[i].candidate &&
		    same_object(it, &it->cause[j], &it->cause[i]))
			return true;
	return false;
}

static json_t *ruled_out(const struct decision *it)
{
	json_t *list = json_array();

	for (size_t i = 0; i < it->count; i++) {
		json_t *object;

		if (!it->cause[i].against || is_listed(it, i))
			continue;
		object = short_of(it, &it->cause[i]);
		json_object_set_new(object, "because",
				    json_incref(json_object_get(it->cause[i].against, "text")));
		json_array_append_new(list, object);
	}
	return list;
}

/* Is it another cause of the same worth? Several objects of one candidate are one cause. */
static bool rivals(const struct cause *best, const struct cause *other)
{
	return other->candidate->rank == best->candidate->rank &&
	       (other->candidate != best->candidate || best->candidate->either);
}

/* The fact that a retry succeeds with the object of the cause repaired, and nothing else; NULL: there is none. */
static const json_t *proof_of(const struct decision *it, const struct cause *cause)
{
	json_t *object = object_of(it, cause);
	const json_t *proof = fact_find(it->facts, "retry.ok", json_string_value(object));

	json_decref(object);
	return proof;
}

static void set_best(const struct decision *it, json_t *answer)
{
	const struct cause *best = it->order[0];
	json_t *evidence = json_array(), *objects = json_array(), *alternatives = json_array(),
	       *also = json_array();
	const json_t *proof = proof_of(it, best);
	const char *verdict = proof ? "proven" : "likely";

	for (size_t i = 0; i < it->holding; i++) {
		const struct cause *cause = it->order[i];
		bool same = cause == best || (cause->candidate == best->candidate && !rivals(best, cause));

		if (same)
			json_array_append_new(objects, object_of(it, cause));
		if (same || rivals(best, cause))
			add_evidence(evidence, cause);
		if (!same)
			json_array_append_new(rivals(best, cause) ? alternatives : also, short_of(it, cause));
	}
	if (proof && !json_array_size(alternatives))
		json_array_append(evidence, (json_t *)proof);
	if (json_array_size(alternatives)) {
		verdict = "ambiguous";
		json_array_insert_new(alternatives, 0, short_of(it, best));
	}
	if (best->candidate->rank < WHY_INFERRED) {
		json_object_set(answer, "evidence", evidence);
		json_object_set_new(answer, "hint", sentence(it, best, best->candidate->cause));
		json_decref(evidence);
		json_decref(objects);
		json_decref(alternatives);
		json_decref(also);
		return;
	}
	json_object_update_new(answer, short_of(it, best));
	json_object_update_new(answer,
			       json_pack("{s:s,s:o,s:o,s:o,s:o}", "verdict", verdict, "objects", objects,
					 "evidence", evidence, "alternatives", alternatives, "also", also));
	if (best->candidate->look)
		json_object_set_new(answer, "look", sentence(it, best, best->candidate->look));
}

static void mark_facts_of_step(json_t *facts, int step)
{
	json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (step && json_int(fact, "step") == step)
			json_object_set_new(fact, "now", json_true());
}

json_t *why_decide(const struct why_candidate *const *tables, json_t *facts, int step, const char *phone)
{
	struct decision *it = calloc(1, sizeof(*it));
	json_t *answer = json_pack("{s:s,s:[]}", "verdict", step ? "undecided" : "healthy", "evidence");

	if (!it)
		return answer;
	it->facts = facts;
	it->phone = phone;
	mark_facts_of_step(facts, step);
	try_all(it, tables, step);
	put_in_order(it);
	if (it->holding)
		set_best(it, answer);
	json_object_set_new(answer, "ruled_out", ruled_out(it));
	free(it);
	return answer;
}
