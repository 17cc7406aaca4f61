#include "cucm/plan_check.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

int plan_check_word(const char *what, const char *word, const char *marks, size_t most, struct fail *fail)
{
	if (!word || !*word)
		return fail_set(fail, -EINVAL, "%s: found nothing, expected a name", what);
	if (strlen(word) > most)
		return fail_set(fail, -EINVAL, "%s: found \"%.80s\", expected at most %zu characters", what,
				word, most);
	if (strchr(".-", word[0]))
		return fail_set(fail, -EINVAL, "%s: found \"%s\", expected a letter or digit first", what,
				word);
	for (const char *at = word; *at; at++)
		if (!isascii(*at) || (!isalnum((unsigned char)*at) && !strchr(marks, *at)))
			return fail_set(fail, -EINVAL,
					"%s: found \"%s\", expected letters, digits and any of \"%s\"", what,
					word, marks);
	return 0;
}

int plan_check_text(const char *what, const char *text, size_t most, struct fail *fail)
{
	if (!text)
		return 0;
	if (strlen(text) > most)
		return fail_set(fail, -EINVAL, "%s: found \"%.80s\", expected at most %zu octets", what, text,
				most);
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			return fail_set(fail, -EINVAL, "%s: found the control character %u, expected text",
					what, (unsigned char)*text);
	return 0;
}
