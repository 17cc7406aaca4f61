#ifndef PHONELAB_CLIENT_INSIDE_H
#define PHONELAB_CLIENT_INSIDE_H

#include "phonelab/client/client.h"

/* What runs inside; returns an exit status. */
typedef int inside_fn(void *arg);

/* Call run in a forked process that has entered the lab's namespaces and the network namespace netns (client_enter).
 * Signals are passed on to it; it dies with its parent. Returns what run returned, 128 + the signal that killed it, or
 * EXIT_DEFECT with the reason printed if the namespaces cannot be entered. */
int inside_run(const struct lab *lab, int netns, inside_fn *run, void *arg);

/* The same; when the descriptor until (-1: none) becomes readable, the process inside receives SIGTERM. */
int inside_run_until(const struct lab *lab, int netns, inside_fn *run, void *arg, int until);

/* To be run inside: exec argv (a char *const *) in a new process, and wait. 126, 127: it cannot be run. */
int inside_exec(void *argv);

/* The same in a PID namespace of its own: when the program ends, everything that it started ends too. */
int inside_exec_alone(void *argv);

/* Set PATH for a command inside: the programs of phonelab and those of the administrator are found too. */
void inside_set_path(void);

#endif
