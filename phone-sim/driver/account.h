#ifndef PHONE_SIM_DRIVER_ACCOUNT_H
#define PHONE_SIM_DRIVER_ACCOUNT_H

#include <stdint.h>
#include <jansson.h>

#include "base/ladder.h"

/* The CPU time of this thread, by the step of the served phone; one clock reading per event. Time that belongs to
 * no phone is charged to the next phone that is served. */
struct account {
	uint64_t charged_ns;	       /* of the thread's CPU time, up to here */
	uint64_t ns[LADDER_STEPS + 1]; /* [0]: creating phones: namespace, flash, panel */
};

/* Start to count now. */
void account_begin(struct account *account);

/* Charge the time since the last charge to a phone on that step (0 to 14). */
void account_charge(struct account *account, int step);

/* No single event may take this long: meanwhile the rack serves no other phone and no control socket. */
#define ACCOUNT_SLOW_MS 100

/* The CPU time in ms from since_ns to the last charge if it exceeds ACCOUNT_SLOW_MS; else 0. */
unsigned account_slow_ms(const struct account *account, uint64_t since_ns);

/* {"made": 1200, "power": 300, ...} in microseconds, all 15; a new reference. */
json_t *account_json(const struct account *account);

#endif
