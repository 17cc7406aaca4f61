#ifndef PHONE_SIM_CORE_STEP_RUNNER_H
#define PHONE_SIM_CORE_STEP_RUNNER_H

#include "base/ladder.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/core/steps.h"

/* Executes the tables of steps.h (only here the state changes), and sets the rungs of the ladder. */

/* Evidence of the present step, reported with its rung: key is a constant; the same key replaces the value.
 * Entering a state removes all evidence. */
void phone_note(struct phone *phone, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An event of the step machine: the only way to another state. */
void phone_fire(struct phone *phone, enum step_event event);

/* The present step is done or skipped, or this attempt has failed; the edge table gives the next state. */
void phone_step_done(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_step_skipped(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_step_failed(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The attempt has failed; the failure is shown at rung n, not at the rung of the present state. */
void phone_step_failed_as(struct phone *phone, int n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Show the rung as failed, with this detail, while the step continues. */
void phone_rung_failed(struct phone *phone, int n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Set a rung; reported only if its state or detail changes. */
void phone_rung_set(struct phone *phone, int n, enum ladder_state state, const char *detail);

/* TIMER_RETRY and TIMER_STEP_LIMIT. */
void phone_step_retry_timer(struct phone *phone);
void phone_step_limit_timer(struct phone *phone);

#endif
