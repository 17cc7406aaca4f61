#ifndef PHONELAB_CONSOLE_CONSOLE_H
#define PHONELAB_CONSOLE_CONSOLE_H

#include "phonelab/closet/route.h"
#include "phonelab/closet/tls.h"
#include "phonelab/topology/topology.h"
#include "base/peer.h"

/*
 * The console makes one lab of the closets. It has a run directory like any lab, in which commands find:
 *
 *   lab.sock, phones/rack.sock, nodes/rack.sock   answered here: requests go to the closet concerned, replies are merged
 *   switches/NAME.sock, nodes/NAME.sock, ...      passed on to the closet that has the socket
 *   closets/NAME.sock                             channels of closet NAME (channel.h), for commands that run there
 *   events.jsonl                                  the events of all closets, each with `closet`; in order per closet
 *   closets.json                                  which node is in which closet (closet_map.h)
 */
struct console_options {
	struct topology *topology; /* with closets */
	const char *name;	   /* of the lab */
	struct tls_files files;
	const struct peer *peers; /* where the keeper of closet number i of the route is */
	struct route *route;
};

/* Serve until SIGTERM or SIGINT, or until `phonelab down`. In a container the run directory is /run/phonelab; elsewhere it is in a
 * mount namespace of this process. The exit status. */
int console_run(const struct console_options *options);

/* The route of the topology: its closets, and the closet of each switch and phone. NULL with the reason. */
struct route *console_route(const struct topology *topology, struct fail *fail);

#endif
