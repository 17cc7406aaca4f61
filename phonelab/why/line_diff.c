#include "phonelab/why/line_diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MOST 20000   /* of a file; later ones are not compared */
#define CELLS_MOST 4000000 /* of the table of common lines; beyond that a stretch counts as replaced */

struct line {
	const char *text;
	size_t length;
	unsigned number;
	bool paired;
};

struct lines {
	struct line *item;
	size_t n;
};

static bool counts(const char *text, size_t length)
{
	return length && (*text != '#' || (length > 1 && text[1] == '!'));
}

static struct lines split(const char *text)
{
	struct lines lines = {.item = calloc(LINES_MOST, sizeof(*lines.item))};
	unsigned number = 0;

	while (lines.item && *text && lines.n < LINES_MOST) {
		const char *begin = text + strspn(text, " \t"), *end = text + strcspn(text, "\n");

		number++;
		text = *end ? end + 1 : end;
		while (end > begin && strchr(" \t\r", end[-1]))
			end--;
		if (begin < end && counts(begin, (size_t)(end - begin)))
			lines.item[lines.n++] =
			    (struct line){.text = begin, .length = (size_t)(end - begin), .number = number};
	}
	return lines;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

/* A stretch of both files: from first[a] and second[b] on, n and m lines. */
struct stretch {
	struct line *a, *b;
	size_t n, m;
};

struct output {
	struct line_change *changes;
	size_t room, count;
	unsigned number; /* of the last line of the second file that was passed */
};

static void copy(char to[LINE_TEXT], const struct line *line)
{
	snprintf(to, LINE_TEXT, "%.*s", (int)(line->length < LINE_TEXT ? line->length : LINE_TEXT - 1),
		 line->text);
}

static void put(struct output *out, const struct line *was, const struct line *found)
{
	struct line_change *change = &out->changes[out->count];

	if (out->count == out->room)
		return;
	*change = (struct line_change){.kind = !found ? LINE_MISSING
					       : was  ? LINE_CHANGED
						      : LINE_ADDED,
				       .number = found ? found->number : out->number};
	if (was)
		copy(change->was, was);
	if (found)
		copy(change->found, found);
	out->count++;
}

/* Do the lines set the same thing? Half of the shorter one stands at the same end of the longer one. */
static bool alike(const struct line *a, const struct line *b)
{
	size_t least = a->length < b->length ? a->length : b->length, front = 0, back = 0;

	while (front < least && a->text[front] == b->text[front])
		front++;
	while (back < least - front && a->text[a->length - 1 - back] == b->text[b->length - 1 - back])
		back++;
	return 2 * (front + back) >= least;
}

/* Lines without a counterpart: a line that is like another one has changed. */
static void put_stretch(struct output *out, struct stretch *of)
{
	for (size_t i = 0; i < of->n; i++) {
		size_t j = 0;

		while (j < of->m && (of->b[j].paired || !alike(&of->a[i], &of->b[j])))
			j++;
		if (j < of->m)
			of->b[j].paired = true;
		put(out, &of->a[i], j < of->m ? &of->b[j] : NULL);
	}
	for (size_t j = 0; j < of->m; j++)
		if (!of->b[j].paired)
			put(out, NULL, &of->b[j]);
	if (of->m)
		out->number = of->b[of->m - 1].number;
}

/* The lengths of the longest common subsequences of all tails; NULL without memory or if the table is too large. */
static uint16_t *common_of(const struct stretch *of)
{
	size_t width = of->m + 1;
	uint16_t *common;

	if ((of->n + 1) * width > CELLS_MOST)
		return NULL;
	common = calloc((of->n + 1) * width, sizeof(*common));
	for (size_t i = of->n; common && i-- > 0;)
		for (size_t j = of->m; j-- > 0;) {
			uint16_t down = common[(i + 1) * width + j], right = common[i * width + j + 1];

			common[i * width + j] = same(&of->a[i], &of->b[j])
						    ? (uint16_t)(common[(i + 1) * width + j + 1] + 1)
						    : (down > right ? down : right);
		}
	return common;
}

static void compare(struct output *out, struct stretch *of)
{
	uint16_t *common = common_of(of);
	size_t i = 0, j = 0, from_i = 0, from_j = 0, width = of->m + 1;

	while (common && i < of->n && j < of->m) {
		if (!same(&of->a[i], &of->b[j])) {
			if (common[(i + 1) * width + j] >= common[i * width + j + 1])
				i++;
			else
				j++;
			continue;
		}
		put_stretch(out, &(struct stretch){of->a + from_i, of->b + from_j, i - from_i, j - from_j});
		out->number = of->b[j].number;
		from_i = ++i;
		from_j = ++j;
	}
	put_stretch(out, &(struct stretch){of->a + from_i, of->b + from_j, of->n - from_i, of->m - from_j});
	free(common);
}

size_t line_diff(const char *first, const char *second, struct line_change *changes, size_t room)
{
	struct lines a = split(first), b = split(second);
	struct output out = {.changes = changes, .room = room};
	struct stretch of = {a.item, b.item, a.n, b.n};

	while (of.n && of.m && same(of.a, of.b)) {
		out.number = of.b->number;
		of = (struct stretch){of.a + 1, of.b + 1, of.n - 1, of.m - 1};
	}
	while (of.n && of.m && same(&of.a[of.n - 1], &of.b[of.m - 1])) {
		of.n--;
		of.m--;
	}
	if (a.item && b.item)
		compare(&out, &of);
	free(a.item);
	free(b.item);
	return out.count;
}

const char *line_kind_name(enum line_kind kind)
{
	switch (kind) {
	case LINE_CHANGED: return "changed";
	case LINE_MISSING: return "missing";
	case LINE_ADDED: return "added";
	}
	return "";
}
