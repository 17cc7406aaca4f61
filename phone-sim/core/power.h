#ifndef PHONE_SIM_CORE_POWER_H
#define PHONE_SIM_CORE_POWER_H

#include "phone-sim/core/phone.h"

/* Steps 1 and 2, reset and restart, and the orderly stop. */

/* State POWER entered: drops all connections, the address and all memory; stops every timer. */
void power_enter(struct phone *phone);

/* PHONE_POWER_*: granted starts a phone without power, denied and off stop it, adjusted is reported. */
void power_event(struct phone *phone, const struct phone_event *event);

/* State BOOT entered: drops all connections and the address, asks the driver for the contents of flash. */
void boot_enter(struct phone *phone);

/* PHONE_FLASH_LOADED: without an intact load the step fails; otherwise the boot time runs. */
void boot_flash_loaded(struct phone *phone, const struct phone_event *event);

/* TIMER_STEP in BOOT: booted, with the inactive load if the active one is corrupt; or flash was silent. */
void boot_timer(struct phone *phone);

/* State DOWN entered, on the way to a reset or a restart: unregisters and waits for the answer, up to 1 s;
 * closes the other connections. The address stays until the phone boots. */
void down_enter(struct phone *phone);

/* TIMER_STEP in DOWN: the time that a restart takes has passed. */
void down_timer(struct phone *phone);

/* In DOWN: member m has answered the unregistration, or its connection is lost. */
void down_farewell_over(struct phone *phone, unsigned m);

/* State STOPPING entered: unregisters and waits for the answer, up to 1 s. */
void stopping_enter(struct phone *phone);

/* TIMER_STOP: the unregistration got no answer. */
void farewell_timer(struct phone *phone);

/* State STOPPED entered: drops all connections and the address, stops every timer, emits PHONE_DO_STOPPED. */
void stopped_enter(struct phone *phone);

#endif
