#ifndef PHONE_SIM_CORE_POWER_H
#define PHONE_SIM_CORE_POWER_H

#include "phone-sim/core/phone.h"

/* Steps 1 and 2, and the ways down: power, boot, reset and restart, the orderly stop. */

void power_enter(struct phone *phone);
void power_event(struct phone *phone, const struct phone_event *event);

void boot_enter(struct phone *phone);
void boot_flash_loaded(struct phone *phone, const struct phone_event *event);
void boot_timer(struct phone *phone); /* TIMER_STEP */

void down_enter(struct phone *phone);
void down_timer(struct phone *phone); /* TIMER_STEP */
/* The call manager has answered the unregistration, or its connection is lost. */
void down_farewell_over(struct phone *phone, unsigned m);

void stopping_enter(struct phone *phone);
void farewell_timer(struct phone *phone); /* TIMER_STOP: no answer to the unregistration */
void stopped_enter(struct phone *phone);

#endif
