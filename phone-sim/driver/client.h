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

/* Is the word a verb of client_run? */
bool client_knows(const char *verb);

/* Send the request, print the reply. Exit status: 0; 1 refused or not as expected; 2 a node is missing. */
int client_run(const char *verb, const struct client_options *options);

#endif
