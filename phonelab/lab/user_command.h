#ifndef PHONELAB_LAB_USER_COMMAND_H
#define PHONELAB_LAB_USER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/text.h"
#include "phonelab/document/arena.h"

struct yaml_node;

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

/* The arguments of a command as a topology lists them, NULL at the end; in arena. */
char *const *user_command_arguments(struct arena *arena, const char *const *items, size_t n);

/* The variables of a user's program or command, "NAME=TEXT", NULL at the end, in arena: PHONELAB_NODE, PHONELAB_ADDRESS and
 * PHONELAB_DATA, then those of the map environment (NULL: none). */
const char *const *user_command_variables(struct arena *arena, const char *node, uint32_t address,
					  const struct yaml_node *environment);

/* Does a program listen at this port ("udp", "tcp"), by IPv4 or IPv6, in the namespace of this thread? */
bool user_port_bound(const char *kind, unsigned port);

#endif
