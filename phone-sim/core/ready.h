#ifndef PHONE_SIM_CORE_READY_H
#define PHONE_SIM_CORE_READY_H

#include "phone-sim/core/phone.h"

/* At rest: the display shows the directory number, and what did not work is tried again from time to time. */

void ready_enter(struct phone *phone);
void phone_show_registered(struct phone *phone);
void heal_timer(struct phone *phone); /* TIMER_HEAL */

#endif
