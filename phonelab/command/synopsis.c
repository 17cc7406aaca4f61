#include "phonelab/command/synopsis.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "phonelab/command/command.h"

#define PLACES 8

/* One way to write a command: the words at its places. The last place may repeat; behind "--" stands rest. */
struct alternative {
	char place[PLACES][2 * SYNOPSIS_TERM];
	size_t places;
	bool repeats;
	char rest[SYNOPSIS_TERM];
};

static void add_term(struct synopsis_terms *terms, const char *text, size_t length)
{
	struct synopsis_term *term = &terms->items[terms->n];

	if (!length || length >= sizeof(term->text) || terms->n == SYNOPSIS_TERMS)
		return;
	snprintf(term->text, sizeof(term->text), "%.*s", (int)length, text);
	term->literal = !isupper((unsigned char)*text);
	for (size_t i = 0; i < terms->n; i++)
		if (!strcmp(terms->items[i].text, term->text))
			return;
	terms->n++;
}

void synopsis_split(const char *word, struct synopsis_terms *terms)
{
	const char *end = word + strlen(word);

	if (end - word > 3 && !strcmp(end - 3, "..."))
		end -= 3;
	for (const char *at = word; at < end;) {
		size_t length = strcspn(at, "|");

		if (at + length > end)
			length = (size_t)(end - at);
		add_term(terms, at, length);
		at += length + 1;
	}
}

/* The next word of a synopsis, without the brackets that do not belong to it: "[LAB]" is LAB, "SWITCH[:PORT]" stays. *depth
 * counts the brackets that are open behind it. Returns what follows, or NULL at the end. */
static const char *next_word(const char *at, char *word, size_t size, int *depth)
{
	size_t length;
	int opened = 0;

	at += strspn(at, " ");
	if (!*at)
		return NULL;
	while (*at == '[') {
		at++;
		(*depth)++;
	}
	length = strcspn(at, " ");
	snprintf(word, size, "%.*s", (int)length, at);
	for (char *c = word; *c; c++) {
		opened += *c == '[';
		if (*c != ']')
			continue;
		if (!opened) { /* closes a bracket that an earlier word has opened */
			(*depth) -= (int)strlen(c);
			*c = 0;
			break;
		}
		opened--;
	}
	return at + length;
}

static bool takes_value(const struct command *command, const char *name)
{
	for (const struct command_option *option = command->options; option->name; option++)
		if (!strcmp(option->name, name) || (option->brief && !strcmp(option->brief, name)))
			return option->kind != OPTION_FLAG;
	return false;
}

/* Read one alternative. Returns what follows it, or NULL at the end. */
static const char *read_alternative(const struct command *command, const char *at, struct alternative *one)
{
	bool skip = false, rest = false;
	char word[2 * SYNOPSIS_TERM];
	int depth = 0;

	memset(one, 0, sizeof(*one));
	while ((at = next_word(at, word, sizeof(word), &depth))) {
		size_t length = strlen(word);

		if (!strcmp(word, "|")) {
			if (depth <= 0)
				return at;
			continue;
		}
		if (rest) {
			snprintf(one->rest, sizeof(one->rest), "%.*s", (int)sizeof(one->rest) - 1, word);
			rest = false;
		} else if (skip) {
			skip = false;
		} else if (!strcmp(word, "--")) {
			rest = true;
		} else if (*word == '-') {
			skip = takes_value(command, word);
		} else if (one->places < PLACES) {
			snprintf(one->place[one->places++], sizeof(one->place[0]), "%s", word);
			one->repeats = length > 3 && !strcmp(word + length - 3, "...");
		}
	}
	return NULL;
}

/* May the word stand at the place? Any word may, where the place has a value. */
static bool fits(const char *place, const char *word)
{
	struct synopsis_terms terms = {0};

	synopsis_split(place, &terms);
	for (size_t i = 0; i < terms.n; i++)
		if (!terms.items[i].literal || !strcmp(terms.items[i].text, word))
			return true;
	return false;
}

static const char *place_at(const struct alternative *one, size_t at)
{
	if (at < one->places)
		return one->place[at];
	return one->repeats ? one->place[one->places - 1] : NULL;
}

void synopsis_next(const struct command *command, const char *const words[], size_t count,
		   struct synopsis_terms *terms)
{
	struct alternative one;

	terms->n = 0;
	for (const char *at = command->synopsis; at;) {
		bool good = true;

		at = read_alternative(command, at, &one);
		for (size_t i = 0; i < count && good; i++)
			good = place_at(&one, i) && fits(place_at(&one, i), words[i]);
		if (good && place_at(&one, count))
			synopsis_split(place_at(&one, count), terms);
	}
}

void synopsis_rest(const struct command *command, struct synopsis_terms *terms)
{
	struct alternative one;

	terms->n = 0;
	for (const char *at = command->synopsis; at;) {
		at = read_alternative(command, at, &one);
		if (*one.rest)
			synopsis_split(one.rest, terms);
	}
}
