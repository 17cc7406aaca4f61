#include "phonelab/why/group.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/text.h"

#define RANGES_MOST 8 /* of the names of a group */

/* --- groups --- */

/* The text with a word replaced; a digit before or after it makes it another word. New. */
static char *replaced(const char *from, const char *word, const char *by)
{
	struct text text = {0};
	size_t length = strlen(word);

	for (const char *at = from; length && (at = strstr(at, word));) {
		const char *end = at + length;

		if (isdigit((unsigned char)*end) || *end == '/' ||
		    (at > from && isdigit((unsigned char)at[-1]))) {
			at++;
			continue;
		}
		text_add_bytes(&text, from, (size_t)(at - from));
		text_add(&text, "%s", by);
		from = at = end;
	}
	text_add(&text, "%s", from);
	return text_take(&text);
}

/* The text of a report without what is of its phone alone, so that phones with the same cause have the same text. New. */
static char *general(const char *text, const json_t *report)
{
	const json_t *own = json_object_get(report, "own");
	const char *const words[][2] = {{json_text(report, "phone"), "PHONE"},
					{json_text(own, "port"), "PORT"},
					{json_text(own, "address"), "ADDRESS"}};
	char *result = strdup(text);

	for (size_t i = 0; result && i < sizeof(words) / sizeof(words[0]); i++) {
		char *next = replaced(result, words[i][0], words[i][1]);

		free(result);
		result = next;
	}
	return result;
}

bool why_group_is_own(const json_t *report)
{
	char *object = general(json_text(report, "object"), report);
	bool own = !object || !*object || strcmp(object, json_text(report, "object")) != 0;

	free(object);
	return own;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_text_new(text));
}

static int step_of(const json_t *report)
{
	return (int)json_int(json_object_get(report, "step"), "n");
}

static json_t *line_of(const json_t *report)
{
	static const char *const keys[] = {"cause", "object", "verdict"};
	json_t *line = json_pack("{s:s,s:b}", "phone", json_text(report, "phone"), "healthy",
				 json_is_true(json_object_get(report, "healthy")));

	if (json_is_true(json_object_get(report, "booting")))
		json_object_set_new(line, "booting", json_true());
	if (step_of(report))
		json_object_set_new(line, "step", json_integer(step_of(report)));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set_text(line, keys[i], json_text(report, keys[i]));
	return line;
}

/* Reports with the same key are one group. */
static void add_key(const json_t *report, const char *cause, const char *object, struct text *key)
{
	const char *id = json_text(report, "id");

	if (!*cause)
		text_add(key, "step %d", step_of(report));
	else
		text_add(key, "%s\n%s", object, *id && *object ? id : cause);
}

/* A new group: it has the words of its first phone, and the same in general. */
static json_t *new_group(const json_t *report, const char *cause, const char *object)
{
	static const char *const same[] = {"verdict", "inferred", "alternatives", "measured_from"};
	json_t *group = json_pack("{s:[],s:i}", "phones", "step", step_of(report));

	set_text(group, "cause", json_text(report, "cause"));
	set_text(group, "object", object);
	set_text(group, "general_cause", cause);
	set_text(group, "first_object", json_text(report, "object"));
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (json_object_get(report, same[i]))
			json_object_set(group, same[i], json_object_get(report, same[i]));
	return group;
}

/* Add the report to its group, which is added if the report is the first of it. index: {key: group}. */
static void add_to_group(json_t *groups, json_t *index, const json_t *report)
{
	char *cause = general(json_text(report, "cause"), report);
	char *object = general(json_text(report, "object"), report);
	struct text key = {0};
	json_t *group;

	if (cause && object)
		add_key(report, cause, object, &key);
	group = key.bytes ? json_object_get(index, key.bytes) : NULL;
	if (!group && key.bytes) {
		group = new_group(report, cause, object);
		json_array_append_new(groups, group);
		json_object_set(index, key.bytes, group);
	}
	json_array_append(json_object_get(group, "phones"), json_object_get(report, "phone"));
	if (group && strcmp(json_text(group, "general_cause"), cause) != 0)
		json_object_set_new(group, "differ", json_true());
	text_free(&key);
	free(cause);
	free(object);
}

static int by_size(const void *a, const void *b)
{
	const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
	size_t n = json_array_size(json_object_get(x, "phones"));
	size_t m = json_array_size(json_object_get(y, "phones"));

	if (n != m)
		return n < m ? 1 : -1;
	return strcmp(json_string_value(json_array_get(json_object_get(x, "phones"), 0)),
		      json_string_value(json_array_get(json_object_get(y, "phones"), 0)));
}

/* A group of one phone keeps the words about this phone; so does a group whose causes differ in a value. */
static void finish(json_t *group)
{
	static const char *const only_here[] = {"general_cause", "first_object", "differ"};
	size_t n = json_array_size(json_object_get(group, "phones"));

	json_object_set_new(group, "n", json_integer((json_int_t)n));
	if (n == 1)
		set_text(group, "object", json_text(group, "first_object"));
	else if (!json_object_get(group, "differ"))
		set_text(group, "cause", json_text(group, "general_cause"));
	for (size_t i = 0; i < sizeof(only_here) / sizeof(only_here[0]); i++)
		json_object_del(group, only_here[i]);
}

/* The largest first. */
static json_t *sorted(json_t *groups)
{
	size_t n = json_array_size(groups);
	json_t **list = calloc(n ? n : 1, sizeof(*list)), *to = json_array();

	for (size_t i = 0; list && i < n; i++)
		list[i] = json_array_get(groups, i);
	if (list)
		qsort(list, n, sizeof(*list), by_size);
	for (size_t i = 0; list && i < n; i++) {
		finish(list[i]);
		json_array_append(to, list[i]);
	}
	free(list);
	return to;
}

json_t *why_group(const json_t *reports)
{
	json_t *groups = json_array(), *index = json_object(), *booting = json_array();
	json_t *phones = json_array(), *report, *grouped;
	size_t i, healthy = 0;

	json_array_foreach (reports, i, report) {
		json_array_append_new(phones, line_of(report));
		if (json_is_true(json_object_get(report, "healthy")))
			healthy++;
		else if (json_is_true(json_object_get(report, "booting")))
			json_array_append(booting, json_object_get(report, "phone"));
		else
			add_to_group(groups, index, report);
	}
	grouped =
	    json_pack("{s:I,s:I,s:o,s:o,s:o}", "total", (json_int_t)json_array_size(reports), "healthy",
		      (json_int_t)healthy, "booting", booting, "groups", sorted(groups), "phones", phones);
	json_decref(groups);
	json_decref(index);
	return grouped;
}

/* --- text --- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is b the device name after a: SEP001122AABB09, SEP001122AABB0A? */
static bool is_next(const char *a, const char *b)
{
	char *end_a, *end_b;
	unsigned long long x, y;

	if (strncmp(a, "SEP", 3) || strncmp(b, "SEP", 3))
		return false;
	x = strtoull(a + 3, &end_a, 16);
	y = strtoull(b + 3, &end_b, 16);
	return !*end_a && !*end_b && y == x + 1;
}

void why_group_names(const json_t *names, size_t most, struct text *text)
{
	size_t n = json_array_size(names), ranges = 0, i = 0, last;
	const char **list = calloc(n ? n : 1, sizeof(*list));

	for (size_t j = 0; list && j < n; j++)
		list[j] = json_string_value(json_array_get(names, j));
	if (list)
		qsort(list, n, sizeof(*list), by_name);
	for (; list && i < n && ranges < most; i = last + 1, ranges++) {
		for (last = i; last + 1 < n && is_next(list[last], list[last + 1]);)
			last++;
		text_add(text, "%s%s", ranges ? ", " : "", list[i]);
		if (last > i)
			text_add(text, "%s%s", last > i + 1 ? " to " : ", ", list[last]);
	}
	if (list && i < n)
		text_add(text, ", and %zu more", n - i);
	free(list);
}

static const char *plural(long long n)
{
	return n == 1 ? "" : "s";
}

static void add_causes(const json_t *group, struct text *text)
{
	const json_t *alternatives = json_object_get(group, "alternatives"), *one;
	const char *cause = json_text(group, "cause"), *object = json_text(group, "object");
	int step = (int)json_int(group, "step");
	size_t i;

	if (json_array_size(alternatives))
		json_array_foreach (alternatives, i, one)
			text_add(text, "%s%s (%s)", i ? " Or: " : "one of these: ", json_text(one, "cause"),
				 json_text(one, "object"));
	else if (*cause)
		text_add(text, "%s%s%s%s", cause, *object ? " (" : "", object, *object ? ")" : "");
	else if (step)
		text_add(text, "no cause found at step %d, %s", step, ladder_step_name(step));
	else
		text_add(text, "no cause found");
}

static void add_group(const json_t *group, struct text *text)
{
	long long n = json_int(group, "n");
	const char *from = json_text(group, "measured_from");

	text_add(text, "%lld phone%s: ", n, plural(n));
	add_causes(group, text);
	text_add(text, "\n  ");
	why_group_names(json_object_get(group, "phones"), RANGES_MOST, text);
	if (n > 1 && *from)
		text_add(text, "; measured from %s", from);
	text_add(text, "\n");
}

void why_group_text(const json_t *grouped, struct text *text)
{
	const json_t *booting = json_object_get(grouped, "booting"), *group;
	long long healthy = json_int(grouped, "healthy");
	size_t i;

	json_array_foreach (json_object_get(grouped, "groups"), i, group)
		add_group(group, text);
	if (json_array_size(booting)) {
		text_add(text, "%zu phone%s still boot%s: ", json_array_size(booting),
			 plural((long long)json_array_size(booting)),
			 json_array_size(booting) == 1 ? "s" : "");
		why_group_names(booting, RANGES_MOST, text);
		text_add(text, "\n");
	}
	text_add(text, "%lld phone%s %s healthy.\n", healthy, plural(healthy), healthy == 1 ? "is" : "are");
}
