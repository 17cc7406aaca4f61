#ifndef PHONE_SIM_DRIVER_CLIENT_H
#define PHONE_SIM_DRIVER_CLIENT_H

#include <stdbool.h>

/* `phone-sim status` and the other verbs: requests to a running rack. */
struct client_options {
	const char *control;	/* socket of the rack */
	const char *node;	/* one phone; NULL: all */
	bool json;		/* status: print the reply unchanged */
	bool expect_registered; /* status: 1 unless there are phones and all are registered */
};

/* Is the word a verb of client_run: status, console, messages, reset, restart, erase, unplug, plug, remove,
 * stop? */
bool client_knows(const char *verb);

/* Send the request and print the reply. Returns the exit status: 0; 1 not as expected, or refused; 2 a node
 * is missing. */
int client_run(const char *verb, const struct client_options *options);

#endif
