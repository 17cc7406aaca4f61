#ifndef PHONELAB_SUPERVISE_SUPERVISOR_H
#define PHONELAB_SUPERVISE_SUPERVISOR_H

#include "phonelab/lab/trunk_sockets.h"
#include "phonelab/supervise/nics.h"
#include "phonelab/supervise/outer.h"

/*
 * The inner process of a lab: PID 1 of its PID namespace. It renders the files, starts switches, servers and phones in
 * their order, waits for each to be ready, answers lab.sock, and exits on SIGTERM. When it dies, the kernel ends all
 * processes in its namespaces.
 *
 * It writes lines to report: "starting NAME", "held", "up", "died TEXT" (a server died later), "failed TEXT" (the lab
 * has failed; TEXT is several lines with escaped newlines), "missing TEXT" (the same, because a program is not
 * installed), "stopped" (phones have unregistered and unplugged; the outer process now ends the rest).
 */

/* Run until SIGTERM, or until a process that the lab needs has died. options->report and keep are not used. nics: the
 * interfaces of the machine, which are closed when the switches have them. trunks: the sockets that the switches inherit. The exit
 * status. */
int supervisor_run(const struct outer_options *options, struct nics *nics, struct trunk_sockets *trunks,
		   int report);

#endif
