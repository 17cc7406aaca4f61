#ifndef PHONELAB_COMMAND_PHONE_H
#define PHONELAB_COMMAND_PHONE_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/command/command.h"

/* A phone of a running lab, for the commands about one phone. */
struct phone_subject {
	struct lab lab;
	json_t *status;
	const char *name; /* borrowed from status */
};

/* Find the phone that the first word names: by device name, MAC or directory number. 0, or an exit status with the reason
 * printed. The caller releases the status in either case. */
int phone_find(const struct command_line *line, struct phone_subject *subject);

/* Send a request about the phone to the rack. The reply, or NULL with *status set and the reason printed. */
json_t *phone_call_rack(const struct phone_subject *subject, const char *verb, int *status);

#endif
