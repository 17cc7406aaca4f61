#ifndef PHONELAB_LAB_USER_SERVERS_H
#define PHONELAB_LAB_USER_SERVERS_H

#include "phonelab/lab/status.h"

/* The servers and call managers of the user, with `run` or `external` in the topology: `status --json` user_servers[]
 * (docs/formats.md). A new list, or NULL if there are none. */
json_t *user_servers_list(const struct status_source *source);

#endif
