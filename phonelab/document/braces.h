#ifndef PHONELAB_DOCUMENT_BRACES_H
#define PHONELAB_DOCUMENT_BRACES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "base/text.h"
#include "phonelab/document/complaints.h"

/*
 * Names in braces: the texts of faults and exercises contain names such as {phone}, which the lab replaces by values.
 * A name is a letter or an underscore, followed by letters, digits and underscores. Everything else between braces is
 * plain text: {8} is a quantifier of a regular expression, {"drop":{}} is JSON.
 */
struct braces_name {
	const char *open;  /* the opening brace */
	const char *name;  /* the name's first character */
	size_t length;	   /* of the name */
	const char *after; /* the character after the closing brace */
};

/* Find the first name in text. Returns false if text contains none. */
bool braces_next(const char *text, struct braces_name *found);

/* The value of a name (length characters, no NUL behind them), or NULL if the name is unknown. */
typedef const char *braces_value_fn(const void *arg, const char *name, size_t length);

/* Append text to out with every name replaced by its value. Returns 0; -EINVAL with the reason if a name is
 * unknown, -ENOMEM if memory fails. out is the caller's in each case. */
int braces_expand(const char *text, braces_value_fn *value, const void *arg, struct text *out,
		  struct fail *fail);

/* Does the extended regular expression match the text? flags: of regcomp, e.g. REG_ICASE. NULL matches every text, a
 * malformed expression none. */
bool regex_matches(const char *regex, int flags, const char *text);

/* Complain unless text is an extended regular expression; a letter stands for each name. NULL is legal: no text. */
void braces_check_regex(struct complaints *complaints, const void *at, const char *key, const char *text);

#endif
