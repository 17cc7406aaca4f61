#ifndef PHONE_SIM_CORE_REGISTER_H
#define PHONE_SIM_CORE_REGISTER_H

#include "phone-sim/core/registrar.h"

/* Step 11, and the registration after it: register.c handles the responses and the timers, register_request.c
 * builds the requests. m: a member of the registrar, from 0. */

/* State REGISTER entered: sends the alarm REFER and REGISTER to reg.at. */
void register_enter(struct phone *phone);

/* Send a request in the member's dialog, without credentials; nothing if it is not connected. */
void register_send(struct phone *phone, unsigned m, enum sip_transaction tx);

/* Repeat the REGISTER with the value of Authorization, or of Proxy-Authorization. */
void register_send_authorized(struct phone *phone, unsigned m, enum sip_transaction tx,
			      const char *authorization, bool proxy);

/* "REGISTER keepalive", for traces. */
const char *register_transaction_name(enum sip_transaction tx);

/* "TCP", "UDP", "TLS": as in Via. */
const char *register_transport(const struct phone *phone);

/* Start a new dialog with the member: Call-ID, From tag, CSeq (RFC 3261 12). */
void register_fresh_dialog(struct phone *phone, unsigned m);

/* A response from the member; dropped unless it answers the pending request (RFC 3261 17.1.3: branch and method;
 * and Call-ID and CSeq number). */
void register_response(struct phone *phone, unsigned m, const struct sip_message *message);

/* TIMER_MEMBER_SIP: the pending request got no final response; the member is lost. */
void register_sip_timer(struct phone *phone, unsigned m);

/* TIMER_MEMBER_REFRESH: send REGISTER to the active member, a keepalive to another one. */
void register_refresh_timer(struct phone *phone, unsigned m);

/* No call manager is active any more; the driver is informed if the phone showed its directory number. */
void register_unregistered(struct phone *phone, const char *why);

/* Seconds of registration to ask member m for: timerRegisterExpires, or the Min-Expires of an earlier 423. */
uint32_t register_expiry(const struct phone *phone, unsigned m);

/* The clock is what it was at first: the phone has lost power. */
void register_reset_clock(struct phone *phone);

/* Seconds since 1970, by NTP, or else from the Date of the last registration. phone_clock: 0 if the phone does not know the date. */
int64_t register_wall_clock(const struct phone *phone);
int64_t phone_clock(const struct phone *phone);

/* --- notify.c --- */

/* A request of the call manager: executes service control, and answers every request. */
void notify_request(struct phone *phone, unsigned m, const struct sip_message *message);

/* Answer a message of sip_decode_refused with its status. */
void notify_refuse(struct phone *phone, unsigned m, const struct sip_message *message);

#endif
