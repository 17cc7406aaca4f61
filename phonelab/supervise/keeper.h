#ifndef PHONELAB_SUPERVISE_KEEPER_H
#define PHONELAB_SUPERVISE_KEEPER_H

#include "phonelab/topology/topology.h"

/* The keeper of a lab of containers: it answers lab.sock, applies and reverts faults, and passes requests for the
 * programs of a server on to the container of that server. On SIGTERM it reverts every fault. A keeper that is killed
 * leaves the file `unclean`, by which the next keeper knows that unknown faults may be active. */

/* Run until SIGTERM or SIGINT. bin: the folder of cable. The exit status. */
int keeper_run(struct topology *topology, const char *bin);

#endif
