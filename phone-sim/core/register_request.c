/* Requests to call managers: the four kinds of REGISTER, and REFER. */
#include "phone-sim/core/register.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/sip_udp.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "wire/ipv4.h"
#include "wire/sip_build.h"

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
}

const char *register_transport(const struct phone *phone)
{
	return phone->reg.udp ? "UDP" : phone->reg.tls ? "TLS" : "TCP";
}

/* Texts that a request points to while it is built. */
struct request_texts {
	char cm[IPV4_TEXT], phone[IPV4_TEXT], branch[32], date[SIP_DATE_TEXT], agent[48];
	char call_id[96], active_load[PHONE_LOAD_MAX + 8], inactive_load[PHONE_LOAD_MAX + 8];
	char content_id[48], tag[64];
};

static void fill_origin(struct phone *phone, unsigned m, struct sip_origin *origin,
			struct request_texts *texts)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	int64_t clock = register_wall_clock(phone);

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
	origin->transport = register_transport(phone);
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
	snprintf(texts->tag, sizeof(texts->tag), "%08x%08x", hex(phone), hex(phone));
	refer.origin.from_tag = texts->tag; /* not the dialog of REGISTER */
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
	request.download_status = phone->download_status;
	snprintf(texts->call_id, sizeof(texts->call_id), "%s", member->call_id);
	return sip_build_register(&request, out, size);
}

const char *register_transaction_name(enum sip_transaction tx)
{
	static const char *const names[] = {
	    [SIP_TX_NONE] = "none",	    [SIP_TX_ALARM] = "REFER alarm",
	    [SIP_TX_REGISTER] = "REGISTER", [SIP_TX_KEEPALIVE] = "REGISTER keepalive",
	    [SIP_TX_TOKEN] = "REFER token", [SIP_TX_REMOVE] = "REGISTER remove",
	};

	return names[tx];
}

/* Build and send a request. authorization: the answer to a challenge, or NULL. */
static void send_request(struct phone *phone, unsigned m, enum sip_transaction tx, const char *authorization,
			 bool proxy)
{
	struct member *member = &phone->reg.member[m];
	bool refer = tx == SIP_TX_ALARM || tx == SIP_TX_TOKEN;
	struct request_texts texts;
	uint8_t bytes[8192];
	ssize_t length;

	if (refer)
		length = build_refer(phone, m, tx == SIP_TX_ALARM ? SIP_REFER_ALARM : SIP_REFER_FALLBACK,
				     &texts, bytes, sizeof(bytes));
	else
		length = build_register(phone, m, tx, authorization, proxy, &texts, bytes, sizeof(bytes));
	if (length <= 0) {
		phone_report(phone, "sip.bad", NULL, 0, "a request cannot be written (%zd)", length);
		if (tx == SIP_TX_REGISTER)
			cm_member_lost(phone, m, CM_LOST_ELSE,
				       "the configuration gives no request that SIP can carry");
		return;
	}
	phone_console(phone, "DEB JAVA-sipio-sent---> %.*s^M", (int)strcspn((const char *)bytes, "\r"),
		      (const char *)bytes);
	cm_send(phone, m, bytes, (size_t)length);
	if (phone->state == PHONE_STATE_REGISTER && m == phone->reg.at) {
		phone_note(phone, "call_manager", "%s", member->name);
		phone_note(phone, "call_id", "%s", member->call_id);
		phone_note(phone, "cseq", "%u", member->cseq);
		phone_note(phone, "user", "%s", phone->reg.dn);
	}
	phone_trace(phone, PHONE_TRACE_SIP, "%s %s sent", member->name, register_transaction_name(tx));
	if (tx == SIP_TX_ALARM) {
		memcpy(member->alarm_branch, texts.branch, sizeof(member->alarm_branch));
		return; /* its answer changes nothing: the phone does not wait for it */
	}
	memcpy(member->tx_branch, texts.branch, sizeof(member->tx_branch));
	member->tx = tx;
	member->tx_sent_us = phone->now_us;
	snprintf(member->tx_call_id, sizeof(member->tx_call_id), "%s", texts.call_id);
	member->tx_cseq = tx == SIP_TX_TOKEN ? 1000 : member->cseq;
	member->challenges = authorization ? member->challenges + 1 : 0;
	phone_timer_in(phone, TIMER_MEMBER_SIP + m, phone->pace->transaction_us);
	udp_request_sent(phone, m, bytes, (size_t)length);
}

void register_send(struct phone *phone, unsigned m, enum sip_transaction tx)
{
	if (phone->reg.member[m].state == MEMBER_CONNECTED)
		send_request(phone, m, tx, NULL, false);
}

void register_send_authorized(struct phone *phone, unsigned m, enum sip_transaction tx,
			      const char *authorization, bool proxy)
{
	send_request(phone, m, tx, authorization, proxy);
}
