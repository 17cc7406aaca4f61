#ifndef PHONE_SIM_CORE_SIP_UDP_H
#define PHONE_SIM_CORE_SIP_UDP_H

#include "phone-sim/core/registrar.h"

/* What TCP does by itself: requests that are sent again, and those that come twice (RFC 3261 17.1.2, 17.2.2).
 * Over TCP there is nothing to do. */

void udp_request_sent(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length);
void udp_request_provisional(struct phone *phone, unsigned m);
void udp_request_over(struct phone *phone, unsigned m);

/* TIMER_MEMBER_RESEND */
void udp_resend_timer(struct phone *phone, unsigned m);

bool udp_seen_before(const struct phone *phone, unsigned m, const struct sip_message *request);

#endif
