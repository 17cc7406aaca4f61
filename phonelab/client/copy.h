#ifndef PHONELAB_CLIENT_COPY_H
#define PHONELAB_CLIENT_COPY_H

#include "phonelab/client/client.h"

/* Copy the run directory of a lab to a folder that exists, as lab/run_copy.h does; for a lab of containers seen from the host
 * (lab->container) through its container. 0, or a negative errno with the reason on standard error. */
int client_copy(const struct lab *lab, const char *folder);

#endif
