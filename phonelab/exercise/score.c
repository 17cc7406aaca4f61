/* Points: 50 for the repair, 20 for WHERE and 30 for WHAT; in a healthy control 40 and 60. */
#include "phonelab/exercise/exercise.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/document/braces.h"

#define ANSWERS 4

struct answers {
	char text[ANSWERS][200];
	size_t n;
};

static int split(const char *answer, struct answers *answers)
{
	answers->n = 0;
	while (*answer) {
		size_t length = strcspn(answer, ",;");
		size_t blank = strspn(answer, " ");

		if (blank < length) {
			if (answers->n == ANSWERS || length >= sizeof(answers->text[0]))
				return -E2BIG;
			snprintf(answers->text[answers->n++], sizeof(answers->text[0]), "%.*s",
				 (int)(length - blank), answer + blank);
		}
		answer += length + (answer[length] != 0);
	}
	return 0;
}

static size_t words(const char *text)
{
	size_t n = 0;

	for (text += strspn(text, " "); *text; n++) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return n;
}

int exercise_answer_check(const char *what, const char *answer, struct fail *fail)
{
	struct answers answers;

	if (split(answer, &answers) || !answers.n)
		return fail_set(fail, -EINVAL,
				"%s: \"%.60s\" is not a list of 1 to %d answers, separated by commas", what,
				answer, ANSWERS);
	for (size_t i = 0; i < answers.n; i++)
		if (words(answers.text[i]) > EXERCISE_WORDS)
			return fail_set(fail, -EINVAL,
					"%s: \"%.40s...\" has %zu words; an answer has up to %d", what,
					answers.text[i], words(answers.text[i]), EXERCISE_WORDS);
	return 0;
}

bool exercise_matches_any(const json_t *list, int flags, const char *text)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		if (regex_matches(json_string_value(one), flags, text))
			return true;
	}
	return false;
}

/* A number of one or two digits is a choice; a longer number is a directory number. */
static const char *choice_of(const json_t *choices, const char *text, bool *missing)
{
	size_t n = strspn(text, "0123456789"), length = strlen(text);
	const char *choice;

	while (length && text[length - 1] == ' ')
		length--;
	if (!json_array_size(choices) || !n || n > 2 || n != length)
		return text;
	choice = json_string_value(json_array_get(choices, (size_t)atoi(text) - 1));
	*missing = *missing || !choice;
	return choice ? choice : text;
}

char *exercise_answer_resolve(const char *what, const json_t *choices, const char *answer, struct fail *fail)
{
	struct answers answers;
	struct text text = {0};
	bool missing = false;

	if (split(answer, &answers))
		return strdup(answer); /* exercise_answer_check reports it */
	for (size_t i = 0; i < answers.n; i++)
		text_add(&text, "%s%s", i ? ", " : "", choice_of(choices, answers.text[i], &missing));
	if (!missing)
		return text_take(&text);
	text_free(&text);
	fail_set(fail, -EINVAL, "%s: \"%.40s\" is not one of the choices 1 to %zu", what, answer,
		 json_array_size(choices));
	return NULL;
}

struct spelling *exercise_spelling(const json_t *state)
{
	struct spelling *spelling = spelling_new();
	json_t *pair;
	size_t i;

	json_array_foreach (json_object_get(state, "spellings"), i, pair)
		spelling_add(spelling, json_string_value(json_array_get(pair, 0)),
			     json_string_value(json_array_get(pair, 1)));
	return spelling;
}

/* As written, or in the normal spelling. */
static bool is_answer(const json_t *patterns, const char *written, const char *normal)
{
	return exercise_matches_any(patterns, REG_ICASE, written) ||
	       exercise_matches_any(patterns, REG_ICASE, normal);
}

/* Each fault gets an equal part of the points. More answers than faults reduce the points of each. */
static int points_of(const json_t *parts, const struct spelling *spelling, const char *full, const char *half,
		     const char *answer, int points)
{
	char *normal[ANSWERS] = {0};
	struct answers answers;
	size_t n = json_array_size(parts), i;
	int got = 0; /* in halves */
	json_t *part;

	if (!answer || split(answer, &answers))
		return 0;
	for (size_t j = 0; j < answers.n; j++)
		normal[j] = spelling_normalise(spelling, answers.text[j]);
	json_array_foreach (parts, i, part) {
		int best = 0;

		for (size_t j = 0; j < answers.n; j++) {
			bool right = is_answer(json_object_get(part, full), answers.text[j], normal[j]);
			bool partly = is_answer(json_object_get(part, half), answers.text[j], normal[j]);

			best = right ? 2 : partly && !best ? 1 : best;
		}
		got += best;
	}
	for (size_t j = 0; j < answers.n; j++)
		free(normal[j]);
	return points * got / (2 * (int)(answers.n > n ? answers.n : n));
}

bool exercise_says_nothing(const json_t *state, const char *component)
{
	json_t *parts = exercise_nothing_wrong();
	struct spelling *spelling = exercise_spelling(state);
	bool nothing = points_of(parts, spelling, "component", "near", component, 1) > 0;

	spelling_free(spelling);
	json_decref(parts);
	return nothing;
}

struct exercise_mark exercise_score(const json_t *state, bool repaired, const char *component,
				    const char *cause)
{
	const json_t *parts = json_object_get(state, "parts"), *hints = json_object_get(state, "hints");
	bool healthy = json_is_true(json_object_get(state, "healthy"));
	struct spelling *spelling = exercise_spelling(state);
	size_t taken = (size_t)json_int(state, "taken");
	struct exercise_mark mark = {.repair = repaired && !healthy ? 50 : 0};

	mark.component = points_of(parts, spelling, "component", "near", component, healthy ? 40 : 20);
	mark.cause = points_of(parts, spelling, "cause", "close", cause, healthy ? 60 : 30);
	spelling_free(spelling);
	for (size_t i = 0; i < taken; i++)
		mark.hints += (int)json_int(json_array_get(hints, i), "price");
	mark.why = json_is_true(json_object_get(state, "asked")) ? (int)json_int(state, "why") : 0;
	mark.attempts = (int)json_int(state, "attempts") * EXERCISE_ATTEMPT;
	mark.points = mark.repair + mark.component + mark.cause - mark.hints - mark.why - mark.attempts;
	mark.points = mark.points < 0 ? 0 : mark.points;
	mark.passed = repaired && mark.points >= EXERCISE_PASS;
	return mark;
}
