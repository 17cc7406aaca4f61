#ifndef PHONELAB_CLIENT_INSIDE_H
#define PHONELAB_CLIENT_INSIDE_H

#include <sys/types.h>

#include "phonelab/client/client.h"

/* What runs inside; returns an exit status. */
typedef int inside_fn(void *arg);

/*
 * Fork a process, have it enter the lab's namespaces and the network namespace netns (client_enter), and run
 * there. It is a process of its own because nobody comes back from a PID namespace. Signals to end are passed
 * on to it; it dies with us. The status that run gave, 128 + a signal, or EXIT_DEFECT with the reason printed
 * when it cannot enter.
 */
int inside_run(const struct lab *lab, int netns, inside_fn *run, void *arg);

/* The same for a program: exec argv in a new process, and wait. To be called inside. 126, 127: it cannot be
 * run. */
int inside_exec(char *const *argv);

#endif
