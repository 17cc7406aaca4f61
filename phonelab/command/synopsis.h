#ifndef PHONELAB_COMMAND_SYNOPSIS_H
#define PHONELAB_COMMAND_SYNOPSIS_H

#include <stdbool.h>
#include <stddef.h>

struct command;

/*
 * The synopsis of a command, "ls | show ID | add ID|FILE | clear [NUMBER|ID|all]", read as a grammar. A word in lower case
 * is literal, a word in capitals is the name of a value. Options, and their values, are skipped: they are in the command's
 * table. Nothing else has to be kept for completion, so a new command is completed as soon as it is in the table.
 */

#define SYNOPSIS_TERM  40
#define SYNOPSIS_TERMS 16

/* One of the things that may stand at a place: "show", or "ID". */
struct synopsis_term {
	char text[SYNOPSIS_TERM];
	bool literal;
};

struct synopsis_terms {
	struct synopsis_term items[SYNOPSIS_TERMS];
	size_t n;
};

/* What may stand as the next argument that is no option, behind these words. No term: nothing may. */
void synopsis_next(const struct command *command, const char *const words[], size_t count,
		   struct synopsis_terms *terms);

/* What stands behind "--": CMD in "NODE -- CMD...". No term: the command has no "--". */
void synopsis_rest(const struct command *command, struct synopsis_terms *terms);

/* The terms of one word: "fast|real", "NODE|SWITCH[:PORT]", "FILE...". They are added to those in terms, each once. */
void synopsis_split(const char *word, struct synopsis_terms *terms);

#endif
