#ifndef PHONELAB_SCENARIO_SCHEDULE_H
#define PHONELAB_SCENARIO_SCHEDULE_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/scenario/scenario.h"

/* Called for each scenario when it has finished; result is borrowed. */
typedef void schedule_fn(void *arg, size_t index, const json_t *result);

/*
 * Run scenarios in their order, up to jobs at a time, each in a separate process and lab. Labs share the processors
 * and the ARP table of the kernel; so a scenario waits until the running ones leave room for its phones. folder: the
 * parent folder of the evidence. in: a running lab of containers, in which the scenarios run one at a time; NULL: each
 * has a new lab. Ctrl-C and SIGTERM stop all scenarios; *interrupted is true then. Returns the
 * results in the order of the scenarios (new reference).
 */
json_t *schedule_run(struct scenario *const *scenarios, size_t count, unsigned jobs, const struct lab *in,
		     const char *folder, schedule_fn *ended, void *arg, bool *interrupted);

#endif
