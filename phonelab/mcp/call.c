/* The check of the arguments of a tool, and the command that it runs. */
#include "phonelab/mcp/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

#define TEXT_MOST 4000 /* octets of an argument */
#define WORDS	  120

/* --- arguments --- */

static const struct tool_parameter *find_parameter(const struct tool *tool, const char *name)
{
	for (const struct tool_parameter *it = tool->parameters; it->name; it++)
		if (!strcmp(it->name, name))
			return it;
	return NULL;
}

static bool is_choice(const struct tool_parameter *it, const char *text)
{
	for (size_t i = 0; it->choices[i]; i++)
		if (!strcmp(it->choices[i], text))
			return true;
	return !*it->choices;
}

/* Is it text that a command takes as one argument, not as an option? */
static bool is_plain(const char *text)
{
	if (!text || !*text || *text == '-' || strlen(text) > TEXT_MOST)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ')
			return false;
	return true;
}

static bool are_plain(const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach ((json_t *)list, i, one)
		if (!is_plain(json_string_value(one)))
			return false;
	return json_array_size(list) && json_array_size(list) <= TOOL_LIST;
}

/* What an argument must be, or NULL if it is that. */
static const char *expected(const struct tool_parameter *it, const json_t *value, char text[120])
{
	const char *string = json_string_value(value);

	switch (it->kind) {
	case TOOL_NAME:
		if (is_plain(string) && is_choice(it, string))
			return NULL;
		if (is_plain(string))
			return "one of the values of its schema";
		return "a text without control characters that does not begin with \"-\"";
	case TOOL_SPLIT:
		return is_plain(string) && !strstr(string, " -") ? NULL
								 : "words that do not begin with \"-\"";
	case TOOL_SCRIPT:
		return string && *string && strlen(string) <= TEXT_MOST ? NULL
									: "a text of up to 4000 octets";
	case TOOL_LINES:
		return are_plain(value) ? NULL : "a list of 1 to 60 texts that do not begin with \"-\"";
	case TOOL_NUMBER:
		snprintf(text, 120, "an integer from %ld to %ld", it->min, it->max);
		return json_is_integer(value) && json_integer_value(value) >= it->min &&
			       json_integer_value(value) <= it->max
			   ? NULL
			   : text;
	case TOOL_FLAG: return json_is_boolean(value) ? NULL : "true or false";
	}
	return NULL;
}

/* NULL, or the result that reports the first wrong argument. */
static json_t *check_arguments(const struct tool *tool, const json_t *arguments)
{
	const char *name, *want;
	char text[120];
	json_t *value;

	json_object_foreach ((json_t *)arguments, name, value) {
		const struct tool_parameter *it = find_parameter(tool, name);

		if (!it)
			return mcp_text(true,
					"%s: unknown argument \"%.60s\"; the arguments are in its schema",
					tool->name, name);
		want = expected(it, value, text);
		if (want)
			return mcp_text(true, "%s: argument %s: expected %s", tool->name, name, want);
	}
	for (const struct tool_parameter *it = tool->parameters; it->name; it++)
		if (it->required && !json_object_get(arguments, it->name))
			return mcp_text(true, "%s: argument %s is missing: %s", tool->name, it->name,
					it->doc);
	return NULL;
}

/* --- calling --- */

struct words {
	const char *word[WORDS];
	size_t n;
	char *copy; /* of the text that is split */
	char number[24];
};

/* The option of a command for a flag or a number. */
static const char *option_of(const struct tool_parameter *it)
{
	return it->kind == TOOL_FLAG ? "--json" : "--timeout";
}

static void add_word(struct words *words, const char *word)
{
	if (words->n < WORDS - 1)
		words->word[words->n++] = word;
}

static void add_argument(struct words *words, const struct tool_parameter *it, const json_t *value)
{
	char *rest, *word;
	json_t *one;
	size_t i;

	switch (it->kind) {
	case TOOL_NAME:
	case TOOL_SCRIPT: add_word(words, json_string_value(value)); break;
	case TOOL_SPLIT:
		rest = words->copy = strdup(json_string_value(value));
		while (rest && (word = strsep(&rest, " ")))
			if (*word)
				add_word(words, word);
		break;
	case TOOL_LINES:
		json_array_foreach ((json_t *)value, i, one)
			add_word(words, json_string_value(one));
		break;
	case TOOL_FLAG:
		if (json_is_true(value))
			add_word(words, option_of(it));
		break;
	case TOOL_NUMBER:
		snprintf(words->number, sizeof(words->number), "%lld", (long long)json_integer_value(value));
		add_word(words, option_of(it));
		add_word(words, words->number);
		break;
	}
}

static json_t *run_tool(const struct mcp *mcp, const struct tool *tool, const json_t *arguments)
{
	long long seconds = json_int(arguments, "timeout");
	struct words words = {0};
	json_t *result;

	for (size_t i = 0; i < TOOL_WORDS && tool->words[i]; i++) {
		const char *word = tool->words[i];
		const json_t *value = *word == '$' ? json_object_get(arguments, word + 1) : NULL;

		if (*word != '$')
			add_word(&words, word);
		else if (value)
			add_argument(&words, find_parameter(tool, word + 1), value);
	}
	result = mcp_run(mcp, words.word, (int)(seconds ? seconds : tool->seconds) * 1000, tool->fine);
	free(words.copy);
	return result;
}

/* The lab counts the calls of tools in an exercise; a lab without one does not. */
static void count_call(const struct mcp *mcp)
{
	struct fail ignored = {0};

	json_decref(client_call(mcp->lab, "lab.sock",
				json_pack("{s:s,s:s}", "do", "exercise", "action", "call"), 2000, NULL,
				&ignored));
}

json_t *mcp_call(struct mcp *mcp, const char *name, const json_t *arguments)
{
	const struct tool *tool = mcp_tool(name);
	json_t *wrong;

	if (!tool)
		return NULL;
	count_call(mcp);
	wrong = check_arguments(tool, arguments);
	if (wrong)
		return wrong;
	return tool->call ? tool->call(mcp, arguments) : run_tool(mcp, tool, arguments);
}
