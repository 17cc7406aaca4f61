#ifndef PHONE_SIM_CORE_FAILOVER_H
#define PHONE_SIM_CORE_FAILOVER_H

#include "phone-sim/core/registrar.h"

/* After registration: the standby call manager is kept alive, a better one that has come back is returned
 * to. */

/* Registered: look after the other members. */
void failover_start(struct phone *phone);

/* A keepalive was answered. */
void failover_alive(struct phone *phone, unsigned m);

/* Connect (again) to a member that is not active; the same after a backoff. */
void failover_poll(struct phone *phone, unsigned m);
void failover_later(struct phone *phone, unsigned m);

/* TIMER_FALLBACK */
void failover_timer(struct phone *phone);

/* The answer to the request for a token. */
void failover_token(struct phone *phone, unsigned m, unsigned status, uint64_t retry_after_us);

/* Registered with it: it becomes the active one. */
void failover_home(struct phone *phone, unsigned m);

#endif
