#ifndef PHONE_SIM_CORE_CM_H
#define PHONE_SIM_CORE_CM_H

#include "phone-sim/core/registrar.h"

/* Step 10: connections to the call managers in the order of their priority (cm.c), and the byte streams after
 * that (cm_stream.c). m: a member of the registrar, from 0. */

void cm_connect_enter(struct phone *phone);

/* TIMER_STEP: so that the phones of a call manager that died do not all return at once. */
void cm_connect_spread_timer(struct phone *phone);

/* TIMER_MEMBER_CONNECT */
void cm_connect_timer(struct phone *phone, unsigned m);

/* Members, line and credentials from the configuration. */
void cm_set_up(struct phone *phone);

/* "cucm-pub 10.20.0.11:5060", in the arena */
const char *cm_member_text(struct phone *phone, unsigned m);

void cm_connect_member(struct phone *phone, unsigned m);
void cm_close_member(struct phone *phone, unsigned m, bool abort);
/* All connections end, and so does the registration as the phone sees it. abort: nothing that was sent and
 * not acknowledged may reach the call manager any more. cm_drop_others keeps one open. */
void cm_drop_all(struct phone *phone, const char *why, bool abort);
void cm_drop_others(struct phone *phone, unsigned kept, const char *why, bool abort);

/* The connection is gone or dead: what follows depends on whether it was the active one. */
void cm_member_lost(struct phone *phone, unsigned m, const char *why);

/* The driver's words. */
void cm_resolved(struct phone *phone, const struct phone_event *event);
void cm_connected(struct phone *phone, const struct phone_event *event);
void cm_received(struct phone *phone, const struct phone_event *event);
void cm_closed(struct phone *phone, const struct phone_event *event);

void cm_send(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length);

#endif
