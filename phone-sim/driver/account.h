#ifndef PHONE_SIM_DRIVER_ACCOUNT_H
#define PHONE_SIM_DRIVER_ACCOUNT_H

#include <stdint.h>
#include <jansson.h>

#include "base/ladder.h"

/*
 * What the CPU time of this thread went into, by the step of the ladder that the phone was on for which
 * something was done. Costs one clock reading an event. Time that belongs to no phone in particular goes to
 * the next that is served.
 */
struct account {
	uint64_t charged_ns;	       /* of the thread's CPU time, up to here */
	uint64_t ns[LADDER_STEPS + 1]; /* [0]: making phones: namespace, flash, panel */
};

/* Begin to count now. */
void account_begin(struct account *account);

/* What was used since the last charge was for a phone on that step (0 to 14). */
void account_charge(struct account *account, int step);

/* {"made": 1200, "power": 300, ...} in microseconds, all 15; a new reference. */
json_t *account_json(const struct account *account);

#endif
