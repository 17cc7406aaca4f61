#ifndef SWITCH_SIM_CORE_CLI_H
#define SWITCH_SIM_CORE_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/*
 * The command line that network engineers know: words may be abbreviated as long as they are unambiguous, a
 * wrong one is pointed at. A table of rows, each a pattern of words; <interface>, <range>, <vlan>, <vlans>,
 * <number>, <word> and <line> stand for values.
 */

#define CLI_WORDS 32
#define CLI_LINE  512

/* A line cut into words, "Gi 1/0/1" put together. */
struct cli_line {
	char text[CLI_LINE]; /* the words, one space between */
	unsigned count;
	unsigned start[CLI_WORDS], length[CLI_WORDS];
};

/* The values that a pattern matched. */
struct cli_values {
	struct port *port, *last; /* <interface> (last is the same), or the ends of <range> */
	unsigned number;	  /* <vlan>, <number> */
	uint8_t vlans[512];	  /* <vlans>: bit VID & 7 of octet VID >> 3 */
	char word[CLI_LINE];	  /* <word>, <line> */
};

struct cli_context;
struct cli_row {
	const char *pattern; /* NULL ends the table */
	unsigned modes;	     /* bits; a row is used in these modes */
	/* Do it, and print into context->out; false when it was refused (the reason is printed). NULL:
	 * nothing to do. */
	bool (*run)(struct cli_context *context, const struct cli_values *values);
	int number;	     /* by which run distinguishes rows, or the value that it stores */
	size_t member, size; /* of what run sets, in its struct */
};

struct cli_context {
	struct switch_core *core;
	struct text *out;
	const char *prompt; /* in front of a line that is pointed at: "sw1#" */
	const struct cli_row *row;
	unsigned mode;
	struct port *port, *last; /* the interfaces that are being configured */
	unsigned vlan;		  /* the VLAN */
};

/* Cut words into a line; false when it is too long. */
bool cli_split(struct cli_line *line, const char *const *words, unsigned count);

/* Find the row for the line in one of the modes and run it. False when the line was refused. */
bool cli_run(struct cli_context *context, const struct cli_row *rows, unsigned modes,
	     const struct cli_line *line);

/* Does a row of the modes begin with the first word of the line? */
bool cli_knows(const struct cli_context *context, const struct cli_row *rows, unsigned modes,
	       const struct cli_line *line);

/* The echo of the line with a caret under column, and IOS's words for it. */
void cli_point(struct cli_context *context, const struct cli_line *line, unsigned column);

#endif
