#ifndef PHONE_SIM_CORE_FAILOVER_H
#define PHONE_SIM_CORE_FAILOVER_H

#include "phone-sim/core/registrar.h"

/* After registration: the phone keeps a standby call manager alive and returns to a better one that is
 * reachable again (fallback). */

/* The phone is registered: poll the members of higher priority and the first one behind the active member. */
void failover_start(struct phone *phone);

/* The member has answered a keepalive. */
void failover_alive(struct phone *phone, unsigned m);

/* Connect to a member that is not active, now or after a backoff. */
void failover_poll(struct phone *phone, unsigned m);
void failover_later(struct phone *phone, unsigned m);

/* TIMER_FALLBACK: a better member has been stable long enough; ask it for a token. */
void failover_timer(struct phone *phone);

/* The response to the request for a token; retry_after_us: how long the member asks to wait. */
void failover_token(struct phone *phone, unsigned m, unsigned status, uint64_t retry_after_us);

/* The phone has registered with the member: it becomes the active one. */
void failover_home(struct phone *phone, unsigned m);

/* State READY entered: shows the directory number, polls call managers, arms TIMER_HEAL if needed. */
void ready_enter(struct phone *phone);

/* Emit PHONE_DO_REGISTERED for the active member. */
void phone_show_registered(struct phone *phone);

/* TIMER_HEAL: run the steps from CONFIG again; the phone stays registered. */
void heal_timer(struct phone *phone);

#endif
