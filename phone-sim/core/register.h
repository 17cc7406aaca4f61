#ifndef PHONE_SIM_CORE_REGISTER_H
#define PHONE_SIM_CORE_REGISTER_H

#include "phone-sim/core/registrar.h"

/* Step 11, and the registration from then on: register.c has the answers and the timers, register_request.c
 * what is sent. m: a member of the registrar, from 0. */

void register_enter(struct phone *phone);

/* Send a request of that kind, in the member's dialog. */
void register_send(struct phone *phone, unsigned m, enum sip_transaction tx);

/* The same REGISTER once more, with credentials. */
void register_send_authorized(struct phone *phone, unsigned m, enum sip_transaction tx,
			      const char *authorization, bool proxy);

/* "REGISTER keepalive", for traces. */
const char *register_transaction_name(enum sip_transaction tx);

/* A dialog of its own from now on: Call-ID, From tag, CSeq. */
void register_fresh_dialog(struct phone *phone, unsigned m);

void register_response(struct phone *phone, unsigned m, const struct sip_message *message);

/* TIMER_MEMBER_SIP and TIMER_MEMBER_REFRESH */
void register_sip_timer(struct phone *phone, unsigned m);
void register_refresh_timer(struct phone *phone, unsigned m);

/* There is no active call manager any more. */
void register_unregistered(struct phone *phone, const char *why);

/* Seconds to ask member m for. */
uint32_t register_expiry(const struct phone *phone, unsigned m);

/* Seconds since 1970, as the call managers have set the clock. */
int64_t register_wall_clock(const struct phone *phone);

#endif
