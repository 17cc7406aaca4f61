#include "phonelab/document/braces.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <string.h>

static bool begins_name(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

bool braces_next(const char *text, struct braces_name *found)
{
	for (const char *open = strchr(text, '{'); open; open = strchr(open + 1, '{')) {
		const char *end = open + 1;

		if (!begins_name(*end))
			continue;
		while (begins_name(*end) || isdigit((unsigned char)*end))
			end++;
		if (*end != '}')
			continue;
		*found = (struct braces_name){open, open + 1, (size_t)(end - open - 1), end + 1};
		return true;
	}
	return false;
}

int braces_expand(const char *text, braces_value_fn *value, const void *arg, struct text *out,
		  struct fail *fail)
{
	struct braces_name found;

	for (; braces_next(text, &found); text = found.after) {
		const char *replacement = value(arg, found.name, found.length);

		if (!replacement)
			return fail_set(fail, -EINVAL, "unknown name {%.*s}", (int)found.length, found.name);
		text_add_bytes(out, text, (size_t)(found.open - text));
		text_add_bytes(out, replacement, strlen(replacement));
	}
	text_add_bytes(out, text, strlen(text));
	return out->failed ? fail_set(fail, -ENOMEM, "out of memory") : 0;
}

bool regex_matches(const char *pattern, int flags, const char *text)
{
	regex_t regex;
	bool matches;

	if (!pattern)
		return true;
	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | flags))
		return false;
	matches = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return matches;
}

static const char *letter(const void *arg, const char *name, size_t length)
{
	(void)arg;
	(void)name;
	(void)length;
	return "x";
}

void braces_check_regex(struct complaints *complaints, const void *at, const char *key, const char *text)
{
	struct text plain = {0};
	struct fail fail = {0};
	char why[100];
	regex_t regex;
	int err;

	if (!text)
		return;
	if (braces_expand(text, letter, NULL, &plain, &fail)) {
		complain(complaints, at, key, "found \"%.60s\", expected less: %s", text, fail.text);
	} else if ((err = regcomp(&regex, plain.bytes, REG_EXTENDED | REG_NOSUB | REG_NEWLINE))) {
		regerror(err, &regex, why, sizeof(why));
		complain(complaints, at, key, "found \"%.60s\" (%s), expected a regular expression", text,
			 why);
	} else {
		regfree(&regex);
	}
	text_free(&plain);
}
