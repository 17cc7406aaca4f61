#ifndef PHONELAB_SUPERVISE_KEEPER_H
#define PHONELAB_SUPERVISE_KEEPER_H

#include "phonelab/topology/topology.h"

/* The keeper of a lab of containers: it answers lab.sock, applies and reverts faults, and passes requests for the
 * programs of a server on to the container of that server. On SIGTERM it reverts every fault. A keeper that is killed
 * leaves the file `unclean`, by which the next keeper knows that unknown faults may be active. */

/* How the console reaches this closet: the options of `phonelab keeper`; NULL: the defaults of that command. */
struct keeper_tls {
	const char *listen, *ca, *certificate;
};

/* Run until SIGTERM or SIGINT. bin: the folder of phonelab and cable. tls: run `phonelab keeper` too; NULL: do not. The exit
 * status. */
int keeper_run(struct topology *topology, const char *bin, const struct keeper_tls *tls);

#endif
