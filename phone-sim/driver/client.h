#ifndef PHONE_SIM_DRIVER_CLIENT_H
#define PHONE_SIM_DRIVER_CLIENT_H

#include <stdbool.h>

/* `phone-sim status` and its like: what a person asks a running rack. */
struct client_options {
	const char *control;	/* socket of the rack */
	const char *node;	/* one phone; NULL: all */
	bool json;		/* status: the reply as it came */
	bool expect_registered; /* status: 1 unless there are phones and all are registered */
};

/* Whether the word is a verb for client_run(): status, console, messages, reset, restart, erase, unplug,
 * plug, remove, stop. */
bool client_knows(const char *verb);

/* Ask, and print the answer. The exit status: 0, 1 not as expected or refused, 2 a node is missing. */
int client_run(const char *verb, const struct client_options *options);

#endif
