#ifndef PHONELAB_SCENARIO_SCHEDULE_H
#define PHONELAB_SCENARIO_SCHEDULE_H

#include <jansson.h>

#include "phonelab/scenario/scenario.h"

/* Called for each as it ends; result is borrowed. */
typedef void schedule_fn(void *arg, size_t index, const json_t *result);

/*
 * Run scenarios, at most jobs at a time, each in a process and a lab of its own: first come, first served.
 * Labs share one ARP table in the kernel and the processors, so those of many phones wait until there is room
 * for them, and nobody overtakes who waits. keep: the folder under which each leaves its evidence. Ctrl-C and
 * SIGTERM end what runs, in order. The results, in the order of the scenarios (new reference); *interrupted
 * tells whether it was ended.
 */
json_t *schedule_run(struct scenario *const *scenarios, size_t count, unsigned jobs, const char *keep,
		     schedule_fn *ended, void *arg, bool *interrupted);

#endif
