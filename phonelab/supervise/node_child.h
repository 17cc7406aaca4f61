#ifndef PHONELAB_SUPERVISE_NODE_CHILD_H
#define PHONELAB_SUPERVISE_NODE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"

struct event_base;
struct event;

/* A process of a node: the cable, a simulator, a server's program. What it prints goes to our standard output
 * and to log/NAME.log. */
struct node_child {
	const char *name;
	char *const *argv;
	bool server; /* a server's: it is stopped, paused and killed together with what it forks */
	bool bare;   /* it needs no capability: the ambient ones are removed */
	pid_t pid;   /* 0: it does not run */
	int out;     /* what it prints, or -1 */
	int log;     /* the log file, or -1 */
	struct event *readable;
};

/* Start it. 0 or a negative errno with the reason. */
int node_child_start(struct node_child *child, struct event_base *base, struct fail *fail);

/* Send the signal if it runs. SIGTERM also resumes a paused program. */
void node_child_signal(const struct node_child *child, int number);

/* Copy what it has printed so far to standard output and to its log. */
void node_child_pass_on(struct node_child *child);

/* It was reaped: copy the rest of its output and close its descriptors. */
void node_child_ended(struct node_child *child);

/* End it with that signal, and SIGKILL after some seconds; returns when it has ended. */
void node_child_end(struct node_child *child, int number);

#endif
