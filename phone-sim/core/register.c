/* Step 11: REGISTER, its answers, and the refreshes that keep the registration alive. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/internal.h"
#include "wire/ipv4.h"
#include "wire/sip_build.h"
#include "wire/sip_digest.h"

#define LEAST_REFRESH_S 20 /* a shorter grant is not worth having: the phone takes it as a rejection */
#define INTERVAL_TRIES	3  /* answers 423 in a row */

/* "Cisco-CP7841/14.2.1" of the load sip78xx.14-2-1-0001-125 */
static void user_agent(const struct phone *phone, char *text, size_t size)
{
	const char *version = strchr(phone->active.load, '.');
	char numbers[24] = "";
	size_t at = 0;
	unsigned dashes = 0;

	for (version = version ? version + 1 : ""; *version && at < sizeof(numbers) - 1; version++) {
		if (*version == '-' && ++dashes == 3)
			break;
		numbers[at++] = (char)(*version == '-'			  ? '.'
				       : isalnum((unsigned char)*version) ? *version
									  : '_');
	}
	numbers[at] = '\0';
	snprintf(text, size, "%s/%s", phone->model->user_agent, at ? numbers : "0");
}

static uint32_t hex(struct phone *phone)
{
	return (uint32_t)rng_next(&phone->rng);
}

/* <mac8>-<mac4 and 4 digits>-<8>-<8>@<phone>, and a From tag that begins with the MAC. */
void register_fresh_dialog(struct phone *phone, unsigned m)
{
	struct member *member = &phone->reg.member[m];
	const uint8_t *o = phone->config.mac.octet;
	char ip[IPV4_TEXT];

	ipv4_format(member->local_address, ip);
	snprintf(member->call_id, sizeof(member->call_id), "%02x%02x%02x%02x-%02x%02x%04x-%08x-%08x@%s", o[0],
		 o[1], o[2], o[3], o[4], o[5], hex(phone) & 0xffff, hex(phone), hex(phone), ip);
	snprintf(member->from_tag, sizeof(member->from_tag), "%02x%02x%02x%02x%02x%02x%04x%08x-%08x", o[0],
		 o[1], o[2], o[3], o[4], o[5], hex(phone) & 0xffff, hex(phone), hex(phone));
	member->cseq = 100;
	member->nc = 0;
	member->last_nonce[0] = '\0';
}

/* Texts that a request borrows while it is built. */
struct request_texts {
	char cm[IPV4_TEXT], phone[IPV4_TEXT], branch[32], date[SIP_DATE_TEXT], agent[48];
	char call_id[96], active_load[PHONE_LOAD_MAX + 8], inactive_load[PHONE_LOAD_MAX + 8];
	char content_id[48];
};

static void fill_origin(struct phone *phone, unsigned m, struct sip_origin *origin,
			struct request_texts *texts)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	int64_t clock = phone_wall_clock(phone);

	ipv4_format(member->address, texts->cm);
	ipv4_format(member->local_address, texts->phone);
	snprintf(texts->branch, sizeof(texts->branch), "z9hG4bK%08x%04x", hex(phone), hex(phone) & 0xffff);
	sip_date_format(clock > 0 ? (uint64_t)clock : 0, texts->date);
	user_agent(phone, texts->agent, sizeof(texts->agent));
	snprintf(texts->active_load, sizeof(texts->active_load), "%s.loads", phone->active.load);
	snprintf(texts->inactive_load, sizeof(texts->inactive_load), "%s%s",
		 phone->inactive.load[0] ? phone->inactive.load : "None",
		 phone->inactive.load[0] ? ".loads" : "");
	memset(origin, 0, sizeof(*origin));
	origin->transport = "TCP";
	origin->cm = texts->cm;
	origin->phone = texts->phone;
	origin->phone_port = member->local_port;
	origin->dn = reg->dn;
	origin->display = reg->display[0] ? reg->display : NULL;
	origin->branch = texts->branch;
	origin->from_tag = member->from_tag;
	origin->call_id = member->call_id;
	origin->session_id = reg->session_id;
	origin->date = texts->date;
	origin->user_agent = texts->agent;
}

static ssize_t build_refer(struct phone *phone, unsigned m, enum sip_refer_kind kind,
			   struct request_texts *texts, uint8_t *out, size_t size)
{
	struct sip_refer refer = {.kind = kind};

	fill_origin(phone, m, &refer.origin, texts);
	snprintf(texts->call_id, sizeof(texts->call_id), "%08x-%08x@%s", hex(phone), hex(phone),
		 texts->phone);
	snprintf(texts->content_id, sizeof(texts->content_id), "%08x@%s", hex(phone), texts->phone);
	refer.origin.call_id = texts->call_id;
	refer.origin.cseq = 1000;
	refer.mac = phone->config.mac;
	refer.contact_user = phone->reg.contact;
	refer.content_id = texts->content_id;
	refer.active_load = texts->active_load;
	refer.inactive_load = texts->inactive_load;
	refer.alarm = phone->reg.alarm;
	refer.last = phone->reg.last;
	return sip_build_refer(&refer, out, size);
}

static ssize_t build_register(struct phone *phone, unsigned m, enum sip_transaction tx,
			      const char *authorization, bool proxy, struct request_texts *texts,
			      uint8_t *out, size_t size)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	struct sip_register request = {.kind = SIP_REGISTER_INITIAL};

	fill_origin(phone, m, &request.origin, texts);
	if (tx == SIP_TX_KEEPALIVE)
		request.kind = SIP_REGISTER_KEEPALIVE;
	else if (tx == SIP_TX_REMOVE)
		request.kind = SIP_REGISTER_REMOVE;
	else if (reg->active == m)
		request.kind = SIP_REGISTER_REFRESH;
	request.origin.cseq = ++member->cseq;
	request.origin.authorization = authorization;
	request.origin.proxy_authorization = proxy;
	request.mac = phone->config.mac;
	request.contact_user = reg->contact;
	request.model = phone->model->ccm_model;
	request.expires_s = member->expires_s ? member->expires_s : reg->register_s;
	request.active_load = texts->active_load;
	request.inactive_load = texts->inactive_load;
	request.alarm = reg->alarm;
	request.last = reg->last;
	snprintf(texts->call_id, sizeof(texts->call_id), "%s", member->call_id);
	return sip_build_register(&request, out, size);
}

static void send_built(struct phone *phone, unsigned m, enum sip_transaction tx,
		       const struct request_texts *texts, const uint8_t *bytes, ssize_t len, bool challenged)
{
	struct member *member = &phone->reg.member[m];

	if (len <= 0) {
		phone_event_say(phone, "sip.bad", NULL, 0, "a request cannot be written (%zd)", len);
		if (tx == SIP_TX_REGISTER)
			cm_member_lost(phone, m, "the configuration gives no request that SIP can carry");
		return;
	}
	phone_console(phone, "NOT JAVA-sipio-sent---> %s",
		      tx == SIP_TX_ALARM || tx == SIP_TX_TOKEN ? "REFER" : "REGISTER");
	cm_send(phone, m, bytes, (size_t)len);
	if (tx == SIP_TX_ALARM)
		return; /* its answer changes nothing: nobody waits for it */
	member->tx = tx;
	snprintf(member->tx_call_id, sizeof(member->tx_call_id), "%s", texts->call_id);
	member->tx_cseq = tx == SIP_TX_TOKEN ? 1000 : member->cseq;
	member->tx_challenged = challenged;
	phone_timer_in(phone, TIMER_MEMBER_SIP + m, phone->pace->transaction_us);
}

void register_send(struct phone *phone, unsigned m, enum sip_transaction tx)
{
	struct request_texts texts;
	uint8_t bytes[8192];
	ssize_t len;

	if (phone->reg.member[m].state != MEMBER_CONNECTED)
		return;
	if (tx == SIP_TX_ALARM || tx == SIP_TX_TOKEN)
		len = build_refer(phone, m, tx == SIP_TX_ALARM ? SIP_REFER_ALARM : SIP_REFER_FALLBACK, &texts,
				  bytes, sizeof(bytes));
	else
		len = build_register(phone, m, tx, NULL, false, &texts, bytes, sizeof(bytes));
	send_built(phone, m, tx, &texts, bytes, len, false);
}

void register_enter(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	unsigned m = reg->at;

	if (m >= reg->members || reg->member[m].state != MEMBER_CONNECTED) {
		phone_step_failed(phone, "the connection is gone");
		return;
	}
	reg->member[m].expires_s = reg->register_s;
	reg->member[m].interval_retries = 0;
	register_send(phone, m, SIP_TX_ALARM);
	register_send(phone, m, SIP_TX_REGISTER);
}

void register_unregistered(struct phone *phone, const char *why)
{
	struct registrar *reg = &phone->reg;
	struct phone_action *action;
	bool shown = reg->shown;

	reg->active = NOBODY;
	reg->shown = false;
	if (!shown)
		return;
	action = phone_put(phone, PHONE_DO_UNREGISTERED);
	if (action)
		action->text = phone_keep_text(phone, why);
}

/* ---- answers */

/* The call manager said no. In step 11 the attempt has failed; of a registration that was there nothing is
 * left. */
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

	if (message->date && !sip_date_parse(&date, message->date))
		phone->reg.clock_offset_s = (int64_t)date - (int64_t)(phone->now_us / 1000000);
}

/* What was granted: our Contact's expires, else the Expires header; it only ever lowers what was asked. */
static uint32_t granted(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct member *member = &phone->reg.member[m];
	char ip[IPV4_TEXT];
	const struct sip_contact *contact;
	uint32_t seconds = member->expires_s;

	ipv4_format(member->local_address, ip);
	contact = sip_contact_find(message, phone->reg.contact, ip);
	if (contact && contact->has_expires && contact->expires_s < seconds)
		seconds = contact->expires_s;
	else if ((!contact || !contact->has_expires) && message->has & SIP_HAS_EXPIRES &&
		 message->expires_s < seconds)
		seconds = message->expires_s;
	if (contact && contact->newreg && phone->reg.active == m)
		phone_event_say(phone, "phone.newreg", NULL, 0, "%s had forgotten the registration",
				member->name);
	return seconds;
}

static void registered(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	uint32_t seconds = granted(phone, m, message);
	char why[64];

	set_clock(phone, message);
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
		memcpy(phone->registered_hash, phone->config_hash, sizeof(phone->registered_hash));
		phone_step_done(phone, "200 OK from %s (%s), expires %u s", member->name,
				phone_ip_text(phone, member->address), seconds);
	} else if (m == reg->coming_home) {
		failover_home(phone, m);
	}
}

static void challenged(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	char authorization[SIP_AUTHORIZATION_MAX], uri[32], cm[IPV4_TEXT], cnonce[17], why[64];
	struct sip_digest digest = {.username = reg->auth_name,
				    .password = reg->auth_password,
				    .method = "REGISTER",
				    .uri = uri,
				    .cnonce = cnonce};
	struct request_texts texts;
	uint8_t bytes[8192];
	enum sip_transaction tx = member->tx;
	ssize_t len;

	snprintf(why, sizeof(why), "%u %s", message->status, sip_reason_phrase(message->status));
	if (!(message->has & SIP_HAS_CHALLENGE) || (member->tx_challenged && !message->challenge.stale) ||
	    !reg->auth_name[0] || tx == SIP_TX_TOKEN) {
		rejected(phone, m, why, 0);
		return;
	}
	ipv4_format(member->address, cm);
	snprintf(uri, sizeof(uri), "sip:%s", cm);
	snprintf(cnonce, sizeof(cnonce), "%08x", hex(phone));
	if (!message->challenge.nonce || strcmp(member->last_nonce, message->challenge.nonce))
		member->nc = 0;
	snprintf(member->last_nonce, sizeof(member->last_nonce), "%s",
		 message->challenge.nonce ? message->challenge.nonce : "");
	digest.nc = ++member->nc;
	len = sip_digest_authorization(&message->challenge, &digest, authorization, sizeof(authorization));
	if (len <= 0) {
		rejected(phone, m, "a challenge that cannot be answered", 0);
		return;
	}
	len = build_register(phone, m, tx, authorization, message->challenge.proxy, &texts, bytes,
			     sizeof(bytes));
	send_built(phone, m, tx, &texts, bytes, len, true);
}

static void interval_too_brief(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct member *member = &phone->reg.member[m];

	if (!(message->has & SIP_HAS_MIN_EXPIRES) || ++member->interval_retries > INTERVAL_TRIES) {
		rejected(phone, m, "423 Interval Too Brief", 0);
		return;
	}
	member->expires_s = message->min_expires_s;
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
	cm_member_lost(phone, m, "503 Service Unavailable");
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

void register_response(struct phone *phone, unsigned m, const struct sip_message *message)
{
	struct member *member = &phone->reg.member[m];
	enum sip_transaction tx = member->tx;

	if (tx == SIP_TX_NONE || message->status == 100 || message->cseq != member->tx_cseq ||
	    strcmp(message->call_id, member->tx_call_id))
		return;
	phone_timer_stop(phone, TIMER_MEMBER_SIP + m);
	if (tx != SIP_TX_REGISTER || (message->status != 401 && message->status != 407))
		member->tx = SIP_TX_NONE;
	switch (tx) {
	case SIP_TX_NONE:
	case SIP_TX_ALARM: break;
	case SIP_TX_REGISTER: register_answer(phone, m, message); break;
	case SIP_TX_KEEPALIVE:
		if (message->status >= 200 && message->status < 300)
			failover_alive(phone, m);
		else
			cm_member_lost(phone, m, "the keepalive was refused");
		break;
	case SIP_TX_TOKEN:
		failover_token(phone, m, message->status,
			       message->has & SIP_HAS_RETRY_AFTER ? message->retry_after_s * UINT64_C(1000000)
								  : 0);
		break;
	case SIP_TX_REMOVE:
		if (phone->state == PHONE_STATE_STOPPING && m == phone->reg.active)
			phone_fire(phone, STEP_DONE);
		else if (phone->reg.active != NOBODY && m != phone->reg.active)
			failover_alive(phone, m);
		break;
	}
}

/* ---- time */

void register_sip_timer(struct phone *phone, unsigned m)
{
	struct registrar *reg = &phone->reg;
	char why[64];

	snprintf(why, sizeof(why), "no answer to %s in %u s",
		 reg->member[m].tx == SIP_TX_TOKEN ? "REFER" : "REGISTER",
		 (unsigned)(phone->pace->transaction_us / 1000000));
	if (m == reg->active || (phone->state == PHONE_STATE_REGISTER && m == reg->at)) {
		reg->alarm = 17;
		reg->last = "registration-timeout";
		phone->restart_cause = "KeepaliveTO";
	}
	cm_member_lost(phone, m, why);
}

void register_refresh_timer(struct phone *phone, unsigned m)
{
	struct registrar *reg = &phone->reg;

	if (m == reg->active) {
		reg->member[m].expires_s = reg->register_s;
		register_send(phone, m, SIP_TX_REGISTER);
	} else if (reg->active != NOBODY) {
		register_send(phone, m, SIP_TX_KEEPALIVE);
	}
}
