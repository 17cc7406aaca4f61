#ifndef CUCM_SERVICE_DRIVER_PROCESS_H
#define CUCM_SERVICE_DRIVER_PROCESS_H

#include "base/fail.h"

struct event_base;

/* A process with one event loop, which SIGTERM and SIGINT end. SIGPIPE is ignored. */
struct process;

/* 0 or a negative errno with the reason. */
int process_new(struct process **process, struct fail *fail);
void process_free(struct process *process); /* NULL is legal; what uses the loop must be freed before */

struct event_base *process_base(struct process *process);

/* Run until a signal comes. */
void process_run(struct process *process);

#endif
