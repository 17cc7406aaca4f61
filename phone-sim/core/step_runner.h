#ifndef PHONE_SIM_CORE_STEP_RUNNER_H
#define PHONE_SIM_CORE_STEP_RUNNER_H

#include "base/ladder.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/core/steps.h"

/* Runs the tables of steps.h: the only place where the state changes. And the ladder, as it is shown. */

/* Evidence of the present step, shown with its rung: key is a constant; the same key again replaces the
 * value. A state that is entered has none. */
void phone_note(struct phone *phone, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An event of the step machine: the only way to another state. */
void phone_fire(struct phone *phone, enum step_event event);

/* The present step is done or skipped, or this attempt at it failed; the table says what follows. */
void phone_step_done(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_step_skipped(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_step_failed(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* It failed, and shows at another rung than the present state's. */
void phone_step_failed_as(struct phone *phone, int n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The rung shows failed, with this detail, but the step goes on trying. */
void phone_rung_failed(struct phone *phone, int n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A rung in any state; said only when something is new. */
void phone_rung_set(struct phone *phone, int n, enum ladder_state state, const char *detail);

/* TIMER_RETRY and TIMER_STEP_LIMIT. */
void phone_step_retry_timer(struct phone *phone);
void phone_step_limit_timer(struct phone *phone);

#endif
