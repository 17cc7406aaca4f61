#ifndef PHONELAB_CLIENT_INSIDE_H
#define PHONELAB_CLIENT_INSIDE_H

#include "phonelab/client/client.h"

/* What runs inside; returns an exit status. */
typedef int inside_fn(void *arg);

/* Call run in a forked process that has entered the lab's namespaces and the network namespace netns (client_enter).
 * Signals are passed on to it; it dies with its parent. Returns what run returned, 128 + the signal that killed it, or
 * EXIT_DEFECT with the reason printed if the namespaces cannot be entered. */
int inside_run(const struct lab *lab, int netns, inside_fn *run, void *arg);

/* To be run inside: exec argv (a char *const *) in a new process, and wait. 126, 127: it cannot be run. */
int inside_exec(void *argv);

#endif
