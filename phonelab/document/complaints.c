#include "phonelab/document/complaints.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/text.h"
#include "phonelab/document/yaml_tree.h"

void complain(struct complaints *complaints, const struct yaml_node *at, const char *key, const char *format,
	      ...)
{
	struct complaint *c;
	va_list args;
	int n = 0;

	if (complaints->n++ >= COMPLAINTS_KEPT)
		return;
	c = &complaints->kept[complaints->n - 1];
	*c = (struct complaint){.order = (unsigned)complaints->n};
	if (at) {
		c->line = at->line;
		c->column = at->column;
		snprintf(c->file, sizeof(c->file), "%s", at->file ? at->file : "");
	}
	if (key)
		n = snprintf(c->text, sizeof(c->text), "%s: ", key);
	va_start(args, format);
	if (n >= 0 && (size_t)n < sizeof(c->text))
		vsnprintf(c->text + n, sizeof(c->text) - (size_t)n, format, args);
	va_end(args);
}

static int by_place(const void *a, const void *b)
{
	const struct complaint *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

char *complaints_text(struct complaints *complaints)
{
	size_t kept = complaints->n < COMPLAINTS_KEPT ? complaints->n : COMPLAINTS_KEPT;
	struct text text = {0};

	qsort(complaints->kept, kept, sizeof(complaints->kept[0]), by_place);
	for (size_t i = 0; i < kept; i++) {
		const struct complaint *c = &complaints->kept[i];

		if (c->line)
			text_add(&text, "%s:%u:%u: %s\n", *c->file ? c->file : complaints->file, c->line,
				 c->column, c->text);
		else
			text_add(&text, "%s: %s\n", complaints->file, c->text);
	}
	if (complaints->n > kept)
		text_add(&text, "%s: and %zu more\n", complaints->file, complaints->n - kept);
	return text_take(&text);
}

int complaints_fail(struct complaints *complaints, struct fail *fail)
{
	char *text = complaints_text(complaints);

	fail_set(fail, -EINVAL, "%s", text ? text : "out of memory");
	free(text);
	return -EINVAL;
}

void complaints_none(struct complaints *complaints)
{
	struct fail fail = {0};

	if (!complaints->n)
		return;
	complaints_fail(complaints, &fail);
	fputs(fail.text, stderr);
	abort();
}
