/* The table of tools, the check of their arguments, and the commands that they run. */
#include "phonelab/mcp/mcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"

#define PARAMETERS 5
#define TEMPLATE   12
#define TEXT_MOST  4000 /* octets of an argument */
#define LIST_MOST  60
#define WORDS	   120

enum kind {
	NAME,	/* a word or a few; it does not begin with "-", which would be an option */
	SCRIPT, /* any text */
	SPLIT,	/* a text of words: each becomes an argument */
	LINES,	/* a list of texts */
	NUMBER, /* an integer */
	FLAG,
};

struct parameter {
	const char *name;
	enum kind kind;
	bool required;
	long min, max; /* of a number */
	const char *doc;
	const char *choices[5];
};

/* A word of `words` that begins with $ is the parameter of that name: its text, its words, or an option (option_of). */
struct tool {
	const char *name, *doc;
	struct parameter parameters[PARAMETERS + 1];
	const char *words[TEMPLATE];
	int seconds; /* limit; the argument `timeout` is added */
	int fine;    /* an exit status that is no error, as 0 */
	json_t *(*call)(struct mcp *mcp, const json_t *arguments); /* in place of words */
};

#define PHONE                                                                                                \
	{                                                                                                    \
		"phone", NAME, true, 0, 0, "a phone: its name (SEP...), MAC or directory number",            \
		{                                                                                            \
			0                                                                                    \
		}                                                                                            \
	}

static const struct tool tools[] = {
    {.name = "ticket",
     .doc = "Read the ticket of the exercise: the complaint, the choices of answers if it has any, and the "
	    "number of hints.",
     .words = {"exercise", "show", "--json"},
     .seconds = 20},
    {.name = "status",
     .doc = "The steps of every phone, the ports and power of the switches, the call managers and services.",
     .parameters = {{"json", FLAG, false, 0, 0, "return all details as JSON", {0}}},
     .words = {"status", "$json"},
     .seconds = 20},
    {.name = "show",
     .doc = "Run a show command on a switch, such as: power inline, vlan brief, interfaces status, "
	    "running-config, logging, "
	    "cdp neighbors detail, mac address-table, ip dhcp snooping binding.",
     .parameters = {{"switch", NAME, true, 0, 0, "the name of the switch, such as sw1", {0}},
		    {"command", SPLIT, true, 0, 0, "the words after \"show\"", {0}}},
     .words = {"show", "$switch", "$command"},
     .seconds = 20},
    {.name = "configure",
     .doc = "Configure a switch, one command per line, from the global mode: [\"interface Gi1/0/1\", \"no "
	    "shutdown\"].",
     .parameters = {{"switch", NAME, true, 0, 0, "the name of the switch", {0}},
		    {"lines", LINES, true, 0, 0, "commands, in order", {0}}},
     .words = {"configure", "$switch", "$lines"},
     .seconds = 20},
    {.name = "exec",
     .doc = "Run a shell command in the namespaces of a node: a phone, a server, a router or a switch. The "
	    "files of the "
	    "servers are below /run/phonelab, files of last night, if any, below /run/phonelab/backup. The "
	    "control sockets of "
	    "the lab are not there.",
     .parameters =
	 {{"node", NAME, true, 0, 0, "the node, such as dhcp, tftp, cucm-pub or SEP001122AABB01", {0}},
	  {"command", SCRIPT, true, 0, 0, "for sh -c", {0}},
	  {"timeout", NUMBER, false, 1, 60, "limit in seconds (default: 10)", {0}}},
     .words = {"exec", "--confined", "$node", "--", "sh", "-c", "$command"},
     .seconds = 10},
    {.name = "service",
     .doc = "Start, stop or restart the program of a server, or read its state.",
     .parameters = {{"program", NAME, true, 0, 0, "such as dhcp, tftp, tftp-http or cucm-pub", {0}},
		    {"action", NAME, true, 0, 0, "what to do", {"start", "stop", "restart", "status", NULL}}},
     .words = {"service", "$program", "$action"},
     .seconds = 30},
    {.name = "messages",
     .doc = "The status messages that a phone shows.",
     .parameters = {PHONE},
     .words = {"messages", "$phone"},
     .seconds = 20},
    {.name = "console",
     .doc = "The console log of a phone.",
     .parameters = {PHONE},
     .words = {"console", "$phone"},
     .seconds = 20},
    {.name = "capture",
     .doc = "Capture frames at a phone, a server, a port or all ports of a switch, until the limits are "
	    "reached. Returns the "
	    "name of the capture and its first frames, decoded; decode reads the others.",
     .parameters = {{"at", NAME, true, 0, 0, "NODE, SWITCH or SWITCH:PORT, such as sw1:Gi1/0/1", {0}},
		    {"duration", NUMBER, false, 1, 30, "seconds (default: 5)", {0}},
		    {"count", NUMBER, false, 1, 5000, "frames (default: 500)", {0}},
		    {"reset", NAME, false, 0, 0, "a phone to reset when the capture has begun", {0}}},
     .call = mcp_capture},
    {.name = "decode",
     .doc = "Decode frames of a capture: one JSON object per line.",
     .parameters = {{"file", NAME, true, 0, 0, "the name that capture returned", {0}},
		    {"first", NUMBER, false, 1, 1000000, "the first frame (default: 1)", {0}},
		    {"count", NUMBER, false, 1, 500, "frames (default: 50)", {0}}},
     .call = mcp_decode},
    {.name = "plug",
     .doc = "Plug the cable of a phone into its port.",
     .parameters = {PHONE},
     .words = {"plug", "$phone"},
     .seconds = 20},
    {.name = "unplug",
     .doc = "Unplug the cable of a phone.",
     .parameters = {PHONE},
     .words = {"unplug", "$phone"},
     .seconds = 20},
    {.name = "reset",
     .doc = "Reset a phone: it boots again.",
     .parameters = {PHONE},
     .words = {"reset", "$phone"},
     .seconds = 20},
    {.name = "hint",
     .doc = "Read the next hint of the exercise, which costs points.",
     .words = {"exercise", "hint"},
     .seconds = 20},
    {.name = "check",
     .doc = "Check the repair and your answer. If the lab is not repaired, the check costs points and says "
	    "where the lab "
	    "differs; else the exercise is finished.",
     .parameters =
	 {{"component",
	   NAME,
	   true,
	   0,
	   0,
	   "where the fault is: a port, a phone, a server, a switch; none if nothing is wrong; or the number "
	   "of a "
	   "choice. Separate several faults with commas.",
	   {0}},
	  {"cause",
	   NAME,
	   true,
	   0,
	   0,
	   "what is wrong, in a few words; nothing if nothing is wrong; or the number of a choice",
	   {0}},
	  {"patience", NUMBER, false, 1, 120, "seconds for every phone to register (default: 30)", {0}}},
     .words = {"exercise", "check", "--component", "$component", "--cause", "$cause", "$patience"},
     .seconds = 200,
     .fine = 1},
};
#define TOOLS (sizeof(tools) / sizeof(tools[0]))

/* --- schemas --- */

static json_t *schema_of_parameter(const struct parameter *it)
{
	json_t *schema = NULL;

	switch (it->kind) {
	case NAME:
	case SCRIPT:
	case SPLIT: schema = json_pack("{s:s}", "type", "string"); break;
	case LINES:
		schema = json_pack("{s:s,s:{s:s},s:i,s:i}", "type", "array", "items", "type", "string",
				   "minItems", 1, "maxItems", LIST_MOST);
		break;
	case NUMBER:
		schema = json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", (json_int_t)it->min,
				   "maximum", (json_int_t)it->max);
		break;
	case FLAG: schema = json_pack("{s:s}", "type", "boolean"); break;
	}
	json_object_set_new(schema, "description", json_string(it->doc));
	if (*it->choices) {
		json_t *list = json_array();

		for (size_t i = 0; it->choices[i]; i++)
			json_array_append_new(list, json_string(it->choices[i]));
		json_object_set_new(schema, "enum", list);
	}
	return schema;
}

json_t *mcp_tools(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < TOOLS; i++) {
		json_t *properties = json_object(), *required = json_array();

		for (const struct parameter *it = tools[i].parameters; it->name; it++) {
			json_object_set_new(properties, it->name, schema_of_parameter(it));
			if (it->required)
				json_array_append_new(required, json_string(it->name));
		}
		json_array_append_new(list, json_pack("{s:s,s:s,s:{s:s,s:o,s:o,s:b}}", "name", tools[i].name,
						      "description", tools[i].doc, "inputSchema", "type",
						      "object", "properties", properties, "required",
						      required, "additionalProperties", 0));
	}
	return list;
}

/* --- arguments --- */

static const struct parameter *find_parameter(const struct tool *tool, const char *name)
{
	for (const struct parameter *it = tool->parameters; it->name; it++)
		if (!strcmp(it->name, name))
			return it;
	return NULL;
}

static bool is_choice(const struct parameter *it, const char *text)
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
	return json_array_size(list) && json_array_size(list) <= LIST_MOST;
}

/* What an argument must be, or NULL if it is that. */
static const char *expected(const struct parameter *it, const json_t *value, char text[120])
{
	const char *string = json_string_value(value);

	switch (it->kind) {
	case NAME:
		if (is_plain(string) && is_choice(it, string))
			return NULL;
		if (is_plain(string))
			return "one of the values of its schema";
		return "a text without control characters that does not begin with \"-\"";
	case SPLIT:
		return is_plain(string) && !strstr(string, " -") ? NULL
								 : "words that do not begin with \"-\"";
	case SCRIPT:
		return string && *string && strlen(string) <= TEXT_MOST ? NULL
									: "a text of up to 4000 octets";
	case LINES: return are_plain(value) ? NULL : "a list of 1 to 60 texts that do not begin with \"-\"";
	case NUMBER:
		snprintf(text, 120, "an integer from %ld to %ld", it->min, it->max);
		return json_is_integer(value) && json_integer_value(value) >= it->min &&
			       json_integer_value(value) <= it->max
			   ? NULL
			   : text;
	case FLAG: return json_is_boolean(value) ? NULL : "true or false";
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
		const struct parameter *it = find_parameter(tool, name);

		if (!it)
			return mcp_text(true,
					"%s: unknown argument \"%.60s\"; the arguments are in its schema",
					tool->name, name);
		want = expected(it, value, text);
		if (want)
			return mcp_text(true, "%s: argument %s: expected %s", tool->name, name, want);
	}
	for (const struct parameter *it = tool->parameters; it->name; it++)
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
static const char *option_of(const struct parameter *it)
{
	return it->kind == FLAG ? "--json" : "--timeout";
}

static void add_word(struct words *words, const char *word)
{
	if (words->n < WORDS - 1)
		words->word[words->n++] = word;
}

static void add_argument(struct words *words, const struct parameter *it, const json_t *value)
{
	char *rest, *word;
	json_t *one;
	size_t i;

	switch (it->kind) {
	case NAME:
	case SCRIPT: add_word(words, json_string_value(value)); break;
	case SPLIT:
		rest = words->copy = strdup(json_string_value(value));
		while (rest && (word = strsep(&rest, " ")))
			if (*word)
				add_word(words, word);
		break;
	case LINES:
		json_array_foreach ((json_t *)value, i, one)
			add_word(words, json_string_value(one));
		break;
	case FLAG:
		if (json_is_true(value))
			add_word(words, option_of(it));
		break;
	case NUMBER:
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

	for (size_t i = 0; i < TEMPLATE && tool->words[i]; i++) {
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
	json_t *wrong;

	for (size_t i = 0; i < TOOLS; i++) {
		if (strcmp(tools[i].name, name))
			continue;
		count_call(mcp);
		wrong = check_arguments(&tools[i], arguments);
		if (wrong)
			return wrong;
		return tools[i].call ? tools[i].call(mcp, arguments) : run_tool(mcp, &tools[i], arguments);
	}
	return NULL;
}
