/* The lines of the log of the user's program that belong to a phone. */
#include "phonelab/why/user.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/mac.h"

#define TAIL	 (256l << 10) /* bytes of the log that are read */
#define TAIL_OF	 4096	      /* its last lines that are considered */
#define WORDS	 12
#define WORD_MAX 128

/* --- choosing --- */

static bool word_in(const char *line, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; size && i + size <= length; i++)
		if (!strncasecmp(line + i, word, size) &&
		    (!i || !isalnum((unsigned char)line[i - 1]) || !isalnum((unsigned char)*word)) &&
		    (i + size == length || !isalnum((unsigned char)line[i + size])))
			return true;
	return false;
}

static bool any_word_in(const char *line, size_t length, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (word_in(line, length, words[i]))
			return true;
	return false;
}

struct place {
	const char *at;
	size_t length;
	unsigned long number;
	bool tells, chosen;
};

/* The last lines that are not empty, the newest at the end. How many. */
static size_t split(const char *tail, unsigned long first, struct place *places)
{
	size_t n = 0;

	for (const char *at = tail; *at; first++) {
		size_t length = strcspn(at, "\n");

		if (length && n == TAIL_OF)
			memmove(places, places + 1, --n * sizeof(*places));
		if (length)
			places[n++] = (struct place){.at = at, .length = length, .number = first};
		at += length + (at[length] == '\n');
	}
	return n;
}

/* Choose from the newest on, up to `left` of them; what is still left. */
static size_t choose(struct place *places, size_t n, bool telling, size_t left)
{
	for (size_t i = n; i > 0 && left; i--) {
		if (places[i - 1].chosen || (telling && !places[i - 1].tells))
			continue;
		places[i - 1].chosen = true;
		left--;
	}
	return left;
}

size_t why_log_choose(const char *tail, unsigned long first, const char *const words[], size_t word_count,
		      struct why_log_line lines[WHY_LOG_LINES])
{
	struct place *places = calloc(TAIL_OF, sizeof(*places));
	size_t n = places ? split(tail, first, places) : 0, count = 0, left;

	for (size_t i = 0; i < n; i++)
		places[i].tells = any_word_in(places[i].at, places[i].length, words, word_count);
	left = choose(places, n, true, WHY_LOG_LINES - 2); /* the end of a log has its last words */
	choose(places, n, false, left + 2);
	for (size_t i = 0; i < n && count < WHY_LOG_LINES; i++) {
		if (!places[i].chosen)
			continue;
		lines[count].number = places[i].number;
		snprintf(lines[count++].text, sizeof(lines[0].text), "%.*s",
			 places[i].length < sizeof(lines[0].text) ? (int)places[i].length
								  : (int)sizeof(lines[0].text) - 1,
			 places[i].at);
	}
	free(places);
	return count;
}

/* --- of a case --- */

/* How a log may name the phone: its device name, its MAC in four notations, its address. */
static size_t words_of(const struct why_case *it, const struct why_user *user, char words[WORDS][WORD_MAX])
{
	size_t n = 0;
	struct mac mac;

	snprintf(words[n++], WORD_MAX, "%.100s", it->name);
	if (!mac_parse_device(&mac, it->name)) {
		const uint8_t *o = mac.octet;

		mac_format(&mac, words[n++]);
		snprintf(words[n++], WORD_MAX, "%02x%02x%02x%02x%02x%02x", o[0], o[1], o[2], o[3], o[4],
			 o[5]);
		snprintf(words[n++], WORD_MAX, "%02x-%02x-%02x-%02x-%02x-%02x", o[0], o[1], o[2], o[3], o[4],
			 o[5]);
		snprintf(words[n++], WORD_MAX, "%02x%02x.%02x%02x.%02x%02x", o[0], o[1], o[2], o[3], o[4],
			 o[5]);
	}
	if (*json_text(it->phone, "ipv4"))
		snprintf(words[n++], WORD_MAX, "%.100s", json_text(it->phone, "ipv4"));
	/* A file with a common name is asked for by every phone. */
	if (user->asked && strstr(user->asked->file, it->name))
		snprintf(words[n++], WORD_MAX, "%.120s", user->asked->file);
	if (user->asked && *user->asked->user)
		snprintf(words[n++], WORD_MAX, "%.100s", user->asked->user);
	return n;
}

/* Read the end of a log; *first: the number of its first line there. NULL if there is none; free it. */
static char *read_tail(const char *path, unsigned long *first)
{
	FILE *in = fopen(path, "re");
	struct stat st = {0};
	char *text = NULL;
	off_t skip;
	size_t n = 0;
	int c;

	*first = 1;
	if (!in)
		return NULL;
	skip = fstat(fileno(in), &st) || st.st_size < TAIL ? 0 : st.st_size - TAIL;
	/* Lines count from the beginning; the first one after the skipped bytes is not whole. */
	for (off_t i = 0; skip && (c = getc(in)) != EOF && (i < skip || c != '\n'); i++)
		*first += c == '\n';
	*first += skip != 0;
	text = malloc(TAIL + 1);
	if (text)
		n = fread(text, 1, TAIL, in);
	if (text)
		text[n] = 0;
	fclose(in);
	return text;
}

size_t why_user_log(const struct why_case *it, const struct why_user *user,
		    struct why_log_line lines[WHY_LOG_LINES])
{
	char words[WORDS][WORD_MAX] = {""}, path[400], *tail;
	const char *list[WORDS];
	unsigned long first;
	size_t n = words_of(it, user, words);

	for (size_t i = 0; i < n; i++)
		list[i] = words[i];
	snprintf(path, sizeof(path), "%.255slog/%.64s.log", it->directory, json_text(user->server, "name"));
	tail = *it->directory ? read_tail(path, &first) : NULL;
	n = tail ? why_log_choose(tail, first, list, n, lines) : 0;
	free(tail);
	return n;
}
