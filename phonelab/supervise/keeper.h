#ifndef PHONELAB_SUPERVISE_KEEPER_H
#define PHONELAB_SUPERVISE_KEEPER_H

#include "phonelab/topology/topology.h"

/*
 * The keeper of a lab of containers: it answers lab.sock, holds the faults in place, and passes on what the
 * programs of the servers are told to their containers. Nobody depends on it: without it the lab runs, and
 * has no faults.
 *
 * Told to end (SIGTERM), it takes every fault back. One that was killed cannot, and leaves the file
 * `unclean`, by which the next one knows that there may be faults of which nobody knows any more.
 */

/* Run until told to end. bin: the folder of cable. The exit status. */
int keeper_run(struct topology *topology, const char *bin);

#endif
