#ifndef PHONE_SIM_CORE_SIP_UDP_H
#define PHONE_SIM_CORE_SIP_UDP_H

#include "phone-sim/core/registrar.h"

/* SIP over UDP: retransmission of requests, and detection of repeated ones (RFC 3261 17.1.2, 17.2.2). Over
 * TCP these functions do nothing. */

/* A request was sent (retain it for retransmission), got a provisional response, or got its final one. */
void udp_request_sent(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length);
void udp_request_provisional(struct phone *phone, unsigned m);
void udp_request_over(struct phone *phone, unsigned m);

/* TIMER_MEMBER_RESEND: send the pending request again. */
void udp_resend_timer(struct phone *phone, unsigned m);

/* Is this the request that the phone answered last? */
bool udp_seen_before(const struct phone *phone, unsigned m, const struct sip_message *request);

#endif
