/* Step 11: REGISTER, its answers, and the refreshes that keep the registration alive. */
#include "phone-sim/core/register.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/failover.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/power.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/sip_udp.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "wire/ipv4.h"
#include "wire/sip_build.h"
#include "wire/sip_digest.h"

#define LEAST_REFRESH_S 20 /* the phone treats a shorter grant as a rejection */
#define INTERVAL_TRIES	3  /* answers 423 in a row */
#define CHALLENGES_MAX	3  /* answered in a row */

/* The value of the configuration, or the minimum of this call manager; never the last grant, because the time
 * would shrink with every refresh. */
uint32_t register_expiry(const struct phone *phone, unsigned m)
{
	const struct registrar *reg = &phone->reg;

	return reg->member[m].least_s > reg->register_s ? reg->member[m].least_s : reg->register_s;
}

void register_enter(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	unsigned m = reg->at;

	if (m >= reg->members || reg->member[m].state != MEMBER_CONNECTED) {
		phone_step_failed(phone, "the connection is closed");
		return;
	}
	if (reg->foreign_proxy[0]) {
		phone_step_failed(phone, "no REGISTER: <proxy> of the line is %s, not USECALLMANAGER",
				  reg->foreign_proxy);
		return;
	}
	reg->member[m].expires_s = register_expiry(phone, m);
	reg->member[m].interval_retries = 0;
	register_send(phone, m, SIP_TX_ALARM);
	register_send(phone, m, SIP_TX_REGISTER);
}

void register_unregistered(struct phone *phone, const char *why)
{
	struct registrar *reg = &phone->reg;
	bool shown = reg->shown;

	reg->active = NOBODY;
	reg->shown = false;
	if (!shown)
		return;
	phone_put_text(phone, PHONE_DO_UNREGISTERED, why);
}

/* --- answers --- */

/* A REGISTER was rejected: the attempt of step 11 has failed, or an existing registration has ended. */
static void rejected(struct phone *phone, unsigned m, const char *why, uint32_t retry_after_s)
{
	struct registrar *reg = &phone->reg;

	reg->retry_us = retry_after_s * UINT64_C(1000000);
	phone_message(phone, "Registration Rejected");
	if (phone->state == PHONE_STATE_REGISTER && m == reg->at) {
		reg->alarm = 24;
		reg->last = "phone-reg-rej";
		phone->restart_cause = "Phone-Reg-Rej";
		phone_step_failed(phone, "Registration Rejected by %s: %s", reg->member[m].name, why);
	} else if (m == reg->active) {
		register_unregistered(phone, why);
		phone_fire(phone, STEP_CM_LOST);
	} else {
		reg->coming_home = NOBODY;
		failover_later(phone, m);
	}
}

static void set_clock(struct phone *phone, const struct sip_message *message)
{
	uint64_t date;

	if (phone->reg.clock_by_ntp || !message->date || sip_date_parse(&date, message->date))
		return;
	phone->reg.clock_offset_s = (int64_t)date - (int64_t)(phone->now_us / 1000000);
	phone->reg.clock_known = true;
}

void register_reset_clock(struct phone *phone)
{
	phone->reg.clock_offset_s = phone->config.wall_clock;
	phone->reg.clock_known = phone->config.wall_clock != 0;
	phone->reg.clock_by_ntp = false;
}

int64_t phone_clock(const struct phone *phone)
{
	return phone->reg.clock_known ? register_wall_clock(phone) : 0;
}

int64_t register_wall_clock(const struct phone *phone)
{
	return phone->reg.clock_offset_s + (int64_t)(phone->now_us / 1000000);
}

/* Expires of the phone's Contact, else the Expires header; never longer than the request. */
static uint32_t granted(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct member *member = &phone->reg.member[m];
	char ip[IPV4_TEXT];
	const struct sip_contact *contact;
	uint32_t seconds = member->expires_s;

	ipv4_format(member->local_address, ip);
	contact = sip_contact_find(message, phone->reg.contact, ip, member->local_port);
	if (contact && contact->has_expires && contact->expires_s < seconds)
		seconds = contact->expires_s;
	else if ((!contact || !contact->has_expires) && message->has & SIP_HAS_EXPIRES &&
		 message->expires_s < seconds)
		seconds = message->expires_s;
	if (contact && contact->newreg && phone->reg.active == m)
		phone_report(phone, "phone.newreg", NULL, 0, "%s had lost the registration", member->name);
	return seconds;
}

/* The first REGISTER asks for all lines of the device (bulkregisterreq); a call manager that has bound them answers
 * with 200 in a remotecc response. Other registrars bind only the line of the To. */
static bool bulk_accepted(const struct sip_message *message)
{
	static const char type[] = "application/x-cisco-remotecc-response+xml", code[] = "<code>200</code>";
	struct wire_slice body = message->body;

	return message->content_type && body.length && strcasestr(message->content_type, type) &&
	       memmem(body.data, body.length, code, sizeof(code) - 1);
}

static void registered(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	uint32_t seconds = granted(phone, m, message);
	char why[64];

	set_clock(phone, message);
	if (m != reg->active)
		reg->lines_bound = bulk_accepted(message);
	if (seconds < reg->delta_s + LEAST_REFRESH_S) {
		snprintf(why, sizeof(why), "200 OK, but for %u s only", seconds);
		register_send(phone, m, SIP_TX_REMOVE);
		rejected(phone, m, why, 0);
		return;
	}
	member->granted_s = seconds;
	member->interval_retries = 0;
	phone_timer_in(phone, TIMER_MEMBER_REFRESH + m, (seconds - reg->delta_s) * UINT64_C(1000000));
	if (phone->state == PHONE_STATE_REGISTER && m == reg->at) {
		reg->active = m;
		phone_note(phone, "expires", "%u", seconds);
		memcpy(phone->registered_hash, phone->config_hash, sizeof(phone->registered_hash));
		phone_step_done(phone, "200 OK from %s, expires %u s", cm_member_text(phone, m), seconds);
	} else if (m == reg->coming_home) {
		failover_home(phone, m);
	}
}

/* The request once more, with credentials. A challenge with stale=true may be answered at once (RFC 7616
 * 3.3), but a call manager that never accepts a nonce must not get requests without a pause. -EPROTO if there
 * are no credentials or they were refused, -EBADMSG if the challenge cannot be answered. */
static int answer_challenge(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	char authorization[SIP_AUTHORIZATION_MAX], uri[32], cm[IPV4_TEXT], cnonce[17];
	struct sip_digest digest = {.username = reg->auth_name,
				    .password = reg->auth_password,
				    .method = "REGISTER",
				    .uri = uri,
				    .cnonce = cnonce};
	ssize_t length;

	if (!(message->has & SIP_HAS_CHALLENGE) || !reg->auth_name[0] ||
	    (member->challenges && !message->challenge.stale) || member->challenges >= CHALLENGES_MAX)
		return -EPROTO;
	ipv4_format(member->address, cm);
	snprintf(uri, sizeof(uri), "sip:%s", cm);
	snprintf(cnonce, sizeof(cnonce), "%08x", (uint32_t)rng_next(&phone->rng));
	if (!message->challenge.nonce || strcmp(member->last_nonce, message->challenge.nonce))
		member->nc = 0;
	snprintf(member->last_nonce, sizeof(member->last_nonce), "%s",
		 message->challenge.nonce ? message->challenge.nonce : "");
	digest.nc = ++member->nc;
	length = sip_digest_authorization(&message->challenge, &digest, authorization, sizeof(authorization));
	if (length <= 0)
		return -EBADMSG;
	register_send_authorized(phone, m, member->tx, authorization, message->challenge.proxy);
	return 0;
}

static void challenged(struct phone *phone, unsigned m, const struct sip_message *message)
{
	int err = answer_challenge(phone, m, message);
	char why[64];

	snprintf(why, sizeof(why), "%u %s", message->status, sip_reason_phrase(message->status));
	if (err)
		rejected(phone, m, err == -EPROTO ? why : "a challenge that cannot be answered", 0);
}

/* The unregistration is finished, also if it was refused: then the member has no registration of this phone. */
static void removed(struct phone *phone, unsigned m)
{
	const struct registrar *reg = &phone->reg;

	if (phone->state == PHONE_STATE_STOPPING && m == reg->active)
		phone_fire(phone, STEP_DONE);
	else if (phone->state == PHONE_STATE_DOWN)
		down_farewell_over(phone, m);
	else if (reg->active != NOBODY && m != reg->active)
		failover_alive(phone, m);
}

static void interval_too_brief(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct member *member = &phone->reg.member[m];

	if (!(message->has & SIP_HAS_MIN_EXPIRES) || ++member->interval_retries > INTERVAL_TRIES) {
		rejected(phone, m, "423 Interval Too Brief", 0);
		return;
	}
	member->least_s = message->min_expires_s;
	member->expires_s = register_expiry(phone, m);
	register_fresh_dialog(phone, m);
	register_send(phone, m, SIP_TX_REGISTER);
}

static void unavailable(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct member *member = &phone->reg.member[m];
	uint32_t seconds = message->has & SIP_HAS_RETRY_AFTER ? message->retry_after_s : 0;

	if (seconds) {
		member->retry_after_us = phone->now_us + seconds * UINT64_C(1000000);
		phone->reg.retry_us = seconds * UINT64_C(1000000);
	}
	cm_member_lost(phone, m, CM_BUSY, "503 Service Unavailable");
}

static void register_answer(struct phone *phone, unsigned m, const struct sip_message *message)
{
	unsigned status = message->status;
	char why[160];

	if (status >= 200 && status < 300)
		registered(phone, m, message);
	else if (status == 401 || status == 407)
		challenged(phone, m, message);
	else if (status == 423)
		interval_too_brief(phone, m, message);
	else if (status == 503)
		unavailable(phone, m, message);
	else {
		snprintf(why, sizeof(why), "%u %s", status,
			 message->reason_phrase ? message->reason_phrase : sip_reason_phrase(status));
		rejected(phone, m, why, message->has & SIP_HAS_RETRY_AFTER ? message->retry_after_s : 0);
	}
}

/* Does it answer the pending request? If not, it is dropped: silently only if it is the answer to the alarm, or the
 * answer to the last request once more. */
static bool answers_request(struct phone *phone, unsigned m, const struct sip_message *message)
{
	const struct member *member = &phone->reg.member[m];
	const char *branch = message->via.branch ? message->via.branch : "";
	bool refer = member->tx == SIP_TX_TOKEN, last = !strcasecmp(branch, member->tx_branch);

	if (message->vias == 1 && !strcasecmp(branch, member->alarm_branch))
		return false;
	if (last && message->vias == 1 && member->tx == SIP_TX_NONE)
		return false;
	if (last && message->vias == 1 && message->cseq == member->tx_cseq &&
	    !strcmp(message->call_id, member->tx_call_id) &&
	    !strcmp(message->cseq_method, refer ? "REFER" : "REGISTER"))
		return true;
	phone_report(phone, "sip.bad", NULL, 0, "%u to %u %s, branch %s%s: answers no pending request",
		     message->status, message->cseq, message->cseq_method, branch,
		     message->vias == 1 ? "" : ", more than one Via");
	return false;
}

/* The answer to a REGISTER of step 11. */
static void report_answer(struct phone *phone, unsigned m, const struct sip_message *message)
{
	const struct member *member = &phone->reg.member[m];
	const char *reason = message->reason_phrase ? message->reason_phrase : "";
	char port[8], status[8], ms[24], seconds[12];
	const struct phone_evidence evidence[] = {{"call_manager", member->name},
						  {"server", phone_ip_text(phone, member->address)},
						  {"port", port},
						  {"user", phone->reg.dn},
						  {"sip_status", status},
						  {"reason", reason},
						  {"ms", ms},
						  {"expires", seconds}};
	bool good = message->status >= 200 && message->status < 300;

	snprintf(port, sizeof(port), "%u", member->port);
	snprintf(status, sizeof(status), "%u", message->status);
	snprintf(ms, sizeof(ms), "%llu", (unsigned long long)(phone->now_us - member->tx_sent_us) / 1000);
	snprintf(seconds, sizeof(seconds), "%u", good ? granted(phone, m, message) : 0);
	phone_report(phone, "sip.register", evidence, good ? 8 : 7, "REGISTER %s to %s: %u %s", phone->reg.dn,
		     cm_member_text(phone, m), message->status, reason);
}

void register_response(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct member *member = &phone->reg.member[m];
	enum sip_transaction tx = member->tx;
	bool challenge = message->status == 401 || message->status == 407;

	if (!answers_request(phone, m, message))
		return;
	if (message->status < 200) {
		udp_request_provisional(phone, m);
		return;
	}
	phone_trace(phone, PHONE_TRACE_SIP, "%s %s --%u--> answered (%llu ms)", member->name,
		    register_transaction_name(tx), message->status,
		    (unsigned long long)(phone->now_us - member->tx_sent_us) / 1000);
	udp_request_over(phone, m);
	phone_timer_stop(phone, TIMER_MEMBER_SIP + m);
	if (phone->state == PHONE_STATE_REGISTER && m == phone->reg.at) {
		phone_note(phone, "sip_status", "%u", message->status);
		if (tx == SIP_TX_REGISTER)
			report_answer(phone, m, message);
	}
	if (!challenge || (tx != SIP_TX_REGISTER && tx != SIP_TX_REMOVE))
		member->tx = SIP_TX_NONE;
	switch (tx) {
	case SIP_TX_NONE:
	case SIP_TX_ALARM: break;
	case SIP_TX_REGISTER: register_answer(phone, m, message); break;
	case SIP_TX_KEEPALIVE:
		if (message->status >= 200 && message->status < 300)
			failover_alive(phone, m);
		else
			cm_member_lost(phone, m, CM_LOST_ELSE, "the keepalive was refused");
		break;
	case SIP_TX_TOKEN:
		failover_token(phone, m, message->status,
			       message->has & SIP_HAS_RETRY_AFTER ? message->retry_after_s * UINT64_C(1000000)
								  : 0);
		break;
	case SIP_TX_REMOVE:
		if (challenge && !answer_challenge(phone, m, message))
			break;
		member->tx = SIP_TX_NONE;
		removed(phone, m);
		break;
	}
}

/* --- time --- */

void register_sip_timer(struct phone *phone, unsigned m)
{
	struct registrar *reg = &phone->reg;
	char why[64];

	phone_trace(phone, PHONE_TRACE_SIP, "%s %s --timeout--> lost", reg->member[m].name,
		    register_transaction_name(reg->member[m].tx));
	snprintf(why, sizeof(why), "no answer to %s in %u s",
		 reg->member[m].tx == SIP_TX_TOKEN ? "REFER" : "REGISTER",
		 (unsigned)(phone->pace->transaction_us / 1000000));
	if (m == reg->active || (phone->state == PHONE_STATE_REGISTER && m == reg->at)) {
		reg->alarm = 17;
		reg->last = "registration-timeout";
		phone->restart_cause = "KeepaliveTO";
	}
	cm_member_lost(phone, m, CM_NO_ANSWER, why);
}

void register_refresh_timer(struct phone *phone, unsigned m)
{
	struct registrar *reg = &phone->reg;

	if (m == reg->active) {
		reg->member[m].expires_s = register_expiry(phone, m);
		register_send(phone, m, SIP_TX_REGISTER);
	} else if (reg->active != NOBODY) {
		register_send(phone, m, SIP_TX_KEEPALIVE);
	}
}
