#ifndef PHONELAB_CLIENT_CLIENT_HERE_H
#define PHONELAB_CLIENT_CLIENT_HERE_H

#include "phonelab/client/client.h"

/* Requests that a command inside a lab of containers answers itself: namespaces always, because only a process in a
 * server's namespace can pass it on; status, if no keeper runs. */

/* Is this request, for the control socket at path, one of those? */
bool client_here(const struct lab *lab, const char *socket, const char *path, const json_t *request);

/* The reply, as that of control_call. */
json_t *client_here_answer(const json_t *request, int *fd, struct fail *fail);

#endif
