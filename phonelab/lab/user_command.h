#ifndef PHONELAB_LAB_USER_COMMAND_H
#define PHONELAB_LAB_USER_COMMAND_H

#include <stddef.h>

#include "base/fail.h"
#include "base/text.h"

/* A short command of the user (`ready.command`, `registered.command`). */
struct user_command {
	const char *name; /* in messages */
	char *const *argv;
	const char *directory;		/* NULL: ours */
	const char *const *environment; /* further variables, or NULL */
	int netns;			/* where it runs; -1: in ours */
	int timeout_ms;
};

#define USER_COMMAND_OUTPUT 1000000 /* octets of output that are read; more is an error */

/* Run it to its end and add what it prints to standard output to output (NULL: it is ignored). 0 if it exits with status
 * 0; -ETIMEDOUT if it was ended after timeout_ms; another negative errno with the reason, and with what it printed to
 * standard error. */
int user_command_run(const struct user_command *command, struct text *output, struct fail *fail);

#endif
