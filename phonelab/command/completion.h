#ifndef PHONELAB_COMMAND_COMPLETION_H
#define PHONELAB_COMMAND_COMPLETION_H

#include <jansson.h>
#include <stdbool.h>

#include "base/text.h"
#include "phonelab/client/client.h"
#include "phonelab/command/command.h"
#include "phonelab/command/synopsis.h"

/*
 * Completion of command lines, for every shell: the scripts of completion/ ask `phonelab completion words -- WORD...`. The
 * commands and options are those of the table of commands; the places of the other arguments are those of the synopsis.
 */

/* What the shell adds to the offered words. */
enum completion_add {
	COMPLETION_NOTHING,
	COMPLETION_FILES,
	COMPLETION_FOLDERS,
	COMPLETION_COMMAND, /* the rest of the line is a command of its own */
};

/* The completion of one word. */
struct completion {
	const struct command *command; /* whose argument it is; command_global before a command is named */
	const char *const *place;      /* the arguments before it that are no options */
	size_t places;
	const char *word;   /* what is typed of it */
	const char *before; /* "--phone=", or "dhcp," of a list: in front of what is offered */
	const char *lab;    /* of --lab or PHONELAB_LAB; NULL: the only one */
	char **all;	    /* all words, to ask again in a container */
	struct text *out;
	enum completion_add add;
	size_t command_at; /* COMPLETION_COMMAND: the index of its first word in all */

	/* What was read of the lab; NULL as long as no value needs it. */
	struct lab running;
	json_t *status;
	struct topology *topology;
	bool sought, found, asked;
};

/* Offer a text if it begins with what is typed. A text that a shell would have to quote is not offered. about: what it is,
 * for shells that show that; may be NULL. */
void completion_offer(struct completion *completion, const char *text, const char *about);

/* Offer the values with that name in a synopsis or an option: "PHONE", "NODE", "FILE". False if no row of the table has the
 * name: nothing is offered then. */
bool completion_value(struct completion *completion, const char *name);

/* Offer the keys that a device has and no word before has given, "label="; behind the "=" the values of the key. */
void completion_settings(struct completion *completion);

/* Release what was read of the lab. */
void completion_end(struct completion *completion);

#endif
