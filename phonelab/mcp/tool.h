#ifndef PHONELAB_MCP_TOOL_H
#define PHONELAB_MCP_TOOL_H

#include "phonelab/mcp/mcp.h"

/* The table of tools (tools.c), for the check of arguments and the call (call.c). */

#define TOOL_PARAMETERS 5
#define TOOL_WORDS	12
#define TOOL_LIST	60

enum tool_kind {
	TOOL_NAME,   /* a word or a few; it does not begin with "-", which would be an option */
	TOOL_SCRIPT, /* any text */
	TOOL_SPLIT,  /* a text of words: each becomes an argument */
	TOOL_LINES,  /* a list of texts */
	TOOL_NUMBER, /* an integer */
	TOOL_FLAG,
};

struct tool_parameter {
	const char *name;
	enum tool_kind kind;
	bool required;
	long min, max; /* of a number */
	const char *doc;
	const char *choices[5];
};

/* A word of `words` that begins with $ is the parameter of that name: its text, its words, or an option (option_of). */
struct tool {
	const char *name, *doc;
	struct tool_parameter parameters[TOOL_PARAMETERS + 1];
	const char *words[TOOL_WORDS];
	int seconds; /* the limit, unless the argument `timeout` is given */
	int fine;    /* an exit status that is no error, as 0 */
	json_t *(*call)(struct mcp *mcp, const json_t *arguments); /* in place of words */
};

/* NULL: there is no such tool. */
const struct tool *mcp_tool(const char *name);

#endif
