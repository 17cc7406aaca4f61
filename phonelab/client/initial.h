#ifndef PHONELAB_CLIENT_INITIAL_H
#define PHONELAB_CLIENT_INITIAL_H

#include <jansson.h>
#include <stdint.h>

/* The present state as events, for `phonelab events --initial`: a new list of objects in the form of events.jsonl, each with
 * "initial": true. They are the steps and the registration of each phone, the ports with a link, the programs, and the active
 * faults; the last one is lab.initial. status: the object of `status --json`; faults: the reply of the verb `fault-ls`, or
 * NULL; t: CLOCK_MONOTONIC in microseconds. NULL if memory is short. */
json_t *initial_events(const json_t *status, const json_t *faults, uint64_t t);

#endif
