/* The result of a check, as the lab reports it. */
#include "phonelab/exercise/exercise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

char *exercise_answer_of(const json_t *state, const json_t *answer, const char *what, struct fail *fail)
{
	return exercise_answer_resolve(what, json_object_get(json_object_get(state, "choices"), what),
				       json_text(answer, what), fail);
}

static bool has_text(const json_t *list, const char *text)
{
	json_t *one;
	size_t i;

	json_array_foreach ((json_t *)list, i, one)
		if (!strcmp(json_string_value(one), text))
			return true;
	return false;
}

/* Where the lab differs, but not how, because that would be the answer. The state of phones is not redacted. */
static json_t *redacted(const json_t *differences)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach ((json_t *)differences, i, one) {
		const char *line = json_string_value(one);
		char text[400];

		if (!strncmp(line, "phone SEP", 9))
			snprintf(text, sizeof(text), "%.390s", line);
		else
			snprintf(text, sizeof(text), "%.*s differs", (int)strcspn(line, ":"), line);
		if (!has_text(list, text))
			json_array_append_new(list, json_string(text));
	}
	return list;
}

/* The faults for the explanation, without the patterns of the answers. */
static json_t *explained(const json_t *state)
{
	json_t *list = json_array(), *part;
	size_t i;

	json_array_foreach (json_object_get(state, "parts"), i, part)
		json_array_append_new(
		    list,
		    json_pack("{s:O,s:O,s:O,s:O,s:O}", "title", json_object_get(part, "title"), "phone",
			      json_object_get(part, "phone"), "what", json_object_get(part, "what"), "find",
			      json_object_get(part, "find"), "repair", json_object_get(part, "repair")));
	return list;
}

/* --- what an agent has left --- */

/*
 * Two differences with the same key concern the same change: a line of a configuration; else the object. The text of a
 * port follows from everything else, and a file that was broken may be broken in another way.
 */
static void key_of(const char *difference, char key[300])
{
	const char *colon = strstr(difference, ": "), *what = colon ? colon + 2 : "";
	size_t length = strlen(difference);

	if (!strncmp(difference, "ports ", 6) && strchr(what, ':')) {
		const char *port = strchr(what, ':') + 2;

		snprintf(key, 300, "%.*s %.*s", (int)(colon - difference), difference,
			 (int)strcspn(port, " "), port);
		return;
	}
	if (!strncmp(what, "changed", 7) || !strcmp(what, "missing") || !strcmp(what, "added"))
		length = (size_t)(colon - difference);
	snprintf(key, 300, "%.*s", (int)length, difference);
}

static bool has_key(const json_t *differences, const char *key)
{
	char other[300];
	json_t *one;
	size_t i;

	json_array_foreach ((json_t *)differences, i, one) {
		key_of(json_string_value(one), other);
		if (!strcmp(other, key))
			return true;
	}
	return false;
}

json_t *exercise_collateral(const json_t *broken, const json_t *differences)
{
	json_t *list = json_array(), *one;
	char key[300];
	size_t i;

	json_array_foreach ((json_t *)differences, i, one) {
		key_of(json_string_value(one), key);
		/* What a phone does follows from the rest. */
		if (strncmp(key, "phone", 5) != 0 && !has_key(broken, key))
			json_array_append(list, one);
	}
	return list;
}

/* --- the result --- */

/* What only a finished exercise reports. */
static void put_end(json_t *result, const json_t *state, const json_t *answer, const json_t *differences,
		    const char *component)
{
	json_object_set(result, "explanation", json_object_get(state, "explanation"));
	json_object_set_new(result, "parts", explained(state));
	json_object_set(result, "healthy", json_object_get(state, "healthy"));
	json_object_set_new(result, "answered", json_boolean(answer));
	json_object_set_new(result, "nothing", json_boolean(exercise_says_nothing(state, component)));
	json_object_set_new(result, "collateral",
			    exercise_collateral(json_object_get(state, "broken"), differences));
}

json_t *exercise_result(const json_t *state, const json_t *answer, const json_t *differences, bool ends)
{
	struct fail ignored = {0}; /* the answer was checked before */
	char *component = exercise_answer_of(state, answer, "component", &ignored),
	     *cause = exercise_answer_of(state, answer, "cause", &ignored);
	bool repaired = !json_array_size(differences);
	struct exercise_mark mark = exercise_score(state, repaired, component, cause);
	json_t *result;

	/* The trainee may answer again, so neither the reply nor the results contain the mark of this answer. */
	if (!ends)
		mark =
		    (struct exercise_mark){.hints = mark.hints, .why = mark.why, .attempts = mark.attempts};
	result = json_pack("{s:b,s:b,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "repaired", repaired, "passed",
			   mark.passed, "points", repaired ? mark.points : 0, "repair", mark.repair,
			   "component", mark.component, "cause", mark.cause, "hints", mark.hints, "why",
			   mark.why, "attempts", mark.attempts);
	if (!repaired)
		json_object_set_new(result, "said", redacted(differences));
	if (ends)
		put_end(result, state, answer, differences, component);
	free(component);
	free(cause);
	return result;
}
