#ifndef PHONE_SIM_CORE_READY_H
#define PHONE_SIM_CORE_READY_H

#include "phone-sim/core/phone.h"

/* The state behind the ladder: the display shows the directory number, and failed optional steps are retried. */

/* State READY entered: shows the directory number, polls the other call managers, and starts TIMER_HEAL if an
 * optional step has failed. */
void ready_enter(struct phone *phone);

/* Emit PHONE_DO_REGISTERED for the active member. */
void phone_show_registered(struct phone *phone);

/* TIMER_HEAL: run the steps from CONFIG again; the phone stays registered. */
void heal_timer(struct phone *phone);

#endif
