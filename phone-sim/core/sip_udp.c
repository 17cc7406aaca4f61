/* SIP over UDP: repeat a request until it is answered (RFC 3261 17.1.2.2, timer E), and answer a repeated request
 * without acting on it twice (17.2.2). Timer F is TIMER_MEMBER_SIP, for TCP and UDP. */
#include "phone-sim/core/sip_udp.h"

#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/timers.h"

#define T1_MS 500 /* if the configuration has 0 */
#define T2_MS 4000

static uint64_t t1_us(const struct phone *phone)
{
	return (phone->xml->timer_t1_ms ? phone->xml->timer_t1_ms : T1_MS) * UINT64_C(1000);
}

static uint64_t t2_us(const struct phone *phone)
{
	return (phone->xml->timer_t2_ms ? phone->xml->timer_t2_ms : T2_MS) * UINT64_C(1000);
}

void udp_request_over(struct phone *phone, unsigned m)
{
	struct member *member = &phone->reg.member[m];

	phone_timer_stop(phone, TIMER_MEMBER_RESEND + m);
	free(member->resend);
	member->resend = NULL;
	member->resend_length = 0;
}

void udp_request_sent(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length)
{
	struct member *member = &phone->reg.member[m];

	udp_request_over(phone, m);
	if (!phone->reg.udp)
		return;
	member->resend = malloc(length);
	if (!member->resend)
		return; /* without memory it is sent only once */
	memcpy(member->resend, bytes, length);
	member->resend_length = length;
	member->resend_us = t1_us(phone);
	phone_timer_in(phone, TIMER_MEMBER_RESEND + m, member->resend_us);
}

/* The call manager has received the request but needs time. */
void udp_request_provisional(struct phone *phone, unsigned m)
{
	struct member *member = &phone->reg.member[m];

	if (!member->resend)
		return;
	member->resend_us = t2_us(phone);
	phone_timer_in(phone, TIMER_MEMBER_RESEND + m, member->resend_us);
}

void udp_resend_timer(struct phone *phone, unsigned m)
{
	struct member *member = &phone->reg.member[m];

	if (!member->resend || member->state != MEMBER_CONNECTED)
		return;
	cm_send(phone, m, member->resend, member->resend_length);
	phone_console(phone, "NOT JAVA-sipio-sent---> once more");
	member->resend_us = 2 * member->resend_us < t2_us(phone) ? 2 * member->resend_us : t2_us(phone);
	phone_timer_in(phone, TIMER_MEMBER_RESEND + m, member->resend_us);
}

bool udp_seen_before(const struct phone *phone, unsigned m, const struct sip_message *request)
{
	const struct member *member = &phone->reg.member[m];

	return phone->reg.udp && member->answered && member->answered_cseq == request->cseq &&
	       request->call_id && !strcmp(member->answered_call_id, request->call_id);
}
