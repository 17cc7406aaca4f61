#ifndef PHONE_SIM_CORE_CM_H
#define PHONE_SIM_CORE_CM_H

#include "phone-sim/core/registrar.h"

/* Step 10: connections to the call managers in the order of their priority (cm.c), and the bytes that are
 * received on them (cm_stream.c). m: a member of the registrar, from 0. */

/* State CM_CONNECT entered: connects to the first member that has not failed in this round; if all have
 * failed, a new round starts. */
void cm_connect_enter(struct phone *phone);

/* Connect to the next member of this round. TIMER_STEP in CM_CONNECT: after the loss of the only call manager a
 * random delay keeps its phones from returning at the same time. */
void cm_connect_next(struct phone *phone);

/* The member with this connection, or NOBODY. */
unsigned cm_of_connection(const struct phone *phone, uint32_t id);

/* TIMER_MEMBER_CONNECT: poll the member again, or give up resolving or connecting. */
void cm_connect_timer(struct phone *phone, unsigned m);

/* Fill the registrar from the configuration: members, line, credentials, timers. */
void cm_set_up(struct phone *phone);

/* "cucm-pub 10.20.0.11:5060"; valid as long as the actions of this call. */
const char *cm_member_text(struct phone *phone, unsigned m);

/* Close the member's connection and open a new one; resolves its name first if it has no address. */
void cm_connect_member(struct phone *phone, unsigned m);

/* Close the member's connection. abort: with RST, so that no unacknowledged data reaches the call manager. */
void cm_close_member(struct phone *phone, unsigned m, bool abort);

/* Close the connections of all members, or of all but `kept`; the phone is no longer registered. */
void cm_drop_all(struct phone *phone, const char *why, bool abort);
void cm_drop_others(struct phone *phone, unsigned kept, const char *why, bool abort);

/* How a connection was lost, beside PHONE_HOW_ (fetch_facts.h). */
#define CM_DNS_UNKNOWN "dns-unknown" /* the name of the call manager does not exist */
#define CM_DNS_SILENT  "dns-silent"  /* no DNS server has answered */
#define CM_NO_ANSWER   "no-answer"   /* the connection stands, a request got no answer */
#define CM_TLS	       "tls"	     /* TLS has failed: no certificate, no common cipher, not trusted */
#define CM_BUSY	       "503"	     /* the call manager has sent the phone away */
#define CM_LOST_ELSE   "other"	     /* the text says why */

/* The connection of the member failed, how (a static word as above): if it was the active one, the phone connects to the next member;
 * otherwise it polls the member later. */
void cm_member_lost(struct phone *phone, unsigned m, const char *how, const char *why);

/* PHONE_RESOLVED, PHONE_CONNECTED, PHONE_RECEIVED, PHONE_PEER and PHONE_CLOSED of a member. */
void cm_resolved(struct phone *phone, const struct phone_event *event);
void cm_connected(struct phone *phone, const struct phone_event *event);
void cm_received(struct phone *phone, const struct phone_event *event);
void cm_peer(struct phone *phone, const struct phone_event *event);
void cm_closed(struct phone *phone, const struct phone_event *event);

/* Send bytes on the member's connection; by UDP one datagram. */
void cm_send(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length);

#endif
