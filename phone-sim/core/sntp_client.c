/* The clock of the phone by NTP. */
#include "phone-sim/core/sntp_client.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/timers.h"
#include "wire/ipv4.h"
#include "wire/sntp.h"

#define ANSWER_US UINT64_C(2000000)
#define TRIES	  2
#define AGAIN_US  UINT64_C(1024000000)

static void try_server(struct phone *phone);

/* --- the socket --- */

static void hang_up(struct phone *phone)
{
	struct sntp_client *sntp = &phone->sntp;
	struct phone_action *action;

	phone_timer_stop(phone, TIMER_SNTP);
	if (sntp->resolve_id)
		phone_put_cancel(phone, sntp->resolve_id);
	if (sntp->connection) {
		action = phone_put(phone, PHONE_DO_CLOSE);
		action->close.id = sntp->connection;
		action->close.abort = false;
	}
	sntp->resolve_id = sntp->connection = 0;
}

void sntp_stop(struct phone *phone)
{
	hang_up(phone);
	memset(&phone->sntp, 0, sizeof(phone->sntp));
}

static void ask_later(struct phone *phone)
{
	hang_up(phone);
	phone->sntp.asking = false;
	phone_timer_in(phone, TIMER_SNTP, AGAIN_US);
}

static void report_failure(struct phone *phone, const char *why)
{
	const struct sntp_client *sntp = &phone->sntp;
	const struct phone_evidence evidence[] = {
	    {"server", sntp->server[sntp->at].address ? phone_ip_text(phone, sntp->server[sntp->at].address)
						      : sntp->server[sntp->at].name},
	    {"result", why}};

	phone_console(phone, "ERR NTP-%s: %s", sntp->server[sntp->at].name, why);
	phone_report(phone, "ntp.failed", evidence, 2, "%s: %s", sntp->server[sntp->at].name, why);
}

static void server_failed(struct phone *phone, const char *why)
{
	report_failure(phone, why);
	hang_up(phone);
	phone->sntp.at++;
	phone->sntp.tries = 0;
	try_server(phone);
}

static void connect_now(struct phone *phone)
{
	struct sntp_client *sntp = &phone->sntp;
	struct phone_action *action = phone_put(phone, PHONE_DO_CONNECT);

	sntp->connection = phone_new_id(phone);
	action->connect.id = sntp->connection;
	action->connect.ip = sntp->server[sntp->at].address;
	action->connect.port = SNTP_PORT;
	action->connect.udp = true;
	action->connect.timeout_us = ANSWER_US;
}

/* Ask the present server, or the first one after it that may be asked. */
static void try_server(struct phone *phone)
{
	struct sntp_client *sntp = &phone->sntp;

	while (sntp->at < sntp->servers && sntp->server[sntp->at].denied)
		sntp->at++;
	if (sntp->at >= sntp->servers) {
		phone->reg.clock_by_ntp = false;
		ask_later(phone);
		return;
	}
	phone_timer_in(phone, TIMER_SNTP, ANSWER_US);
	if (sntp->server[sntp->at].address)
		connect_now(phone);
	else
		sntp->resolve_id = phone_put_resolve(phone, sntp->server[sntp->at].name);
}

static void ask(struct phone *phone)
{
	struct sntp_client *sntp = &phone->sntp;

	sntp->asking = true;
	sntp->at = sntp->tries = 0;
	try_server(phone);
}

void sntp_use_configuration(struct phone *phone)
{
	struct sntp_client *sntp = &phone->sntp;

	sntp_stop(phone);
	for (unsigned i = 0; i < phone->xml->ntps && i < PHONEXML_NTPS_MAX; i++) {
		memcpy(sntp->server[i].name, phone->xml->ntp[i], sizeof(sntp->server[i].name));
		if (ipv4_parse(&sntp->server[i].address, sntp->server[i].name))
			sntp->server[i].address = 0;
		sntp->servers++;
	}
	if (sntp->servers)
		ask(phone);
	else
		phone->reg.clock_by_ntp = false;
}

/* The transmit timestamp is a random number: the answer repeats it, and the server does not learn the clock of the phone. */
static void send_request(struct phone *phone)
{
	struct sntp_client *sntp = &phone->sntp;
	struct phone_action *action = phone_put(phone, PHONE_DO_SEND);
	uint8_t bytes[SNTP_SIZE];

	sntp->sent = rng_next(&phone->rng) | 1;
	sntp->sent_us = phone->now_us;
	sntp->tries++;
	sntp_encode_request(sntp->sent, bytes, sizeof(bytes));
	action->send.id = sntp->connection;
	action->send.bytes = phone_keep(phone, bytes, sizeof(bytes));
	action->send.length = action->send.bytes ? sizeof(bytes) : 0;
	phone_timer_in(phone, TIMER_SNTP, ANSWER_US);
}

void sntp_timer(struct phone *phone)
{
	const struct sntp_client *sntp = &phone->sntp;

	if (!sntp->asking)
		ask(phone);
	else if (sntp->connection && sntp->tries < TRIES)
		send_request(phone);
	else
		server_failed(phone, sntp->resolve_id ? "DNS timeout" : "no answer");
}

/* --- the answer --- */

/* Set the clock: the server sent its time half a round trip ago (RFC 5905 section 8). */
static void set_clock(struct phone *phone, const struct sntp *message)
{
	const struct sntp_client *sntp = &phone->sntp;
	int64_t there_us = sntp_unix_us(message->transmit) - sntp_unix_us(message->receive);
	int64_t trip_us = (int64_t)(phone->now_us - sntp->sent_us) - there_us;
	int64_t now_us = sntp_unix_us(message->transmit) + (trip_us > 0 ? trip_us / 2 : 0);
	int64_t offset_us = now_us - (int64_t)phone->now_us;
	int64_t offset_s = (offset_us + (offset_us >= 0 ? 500000 : -500000)) / 1000000;
	int64_t step_s = phone->reg.clock_known ? offset_s - phone->reg.clock_offset_s : 0;
	char stratum[8], step[24];
	const struct phone_evidence evidence[] = {
	    {"server", phone_ip_text(phone, sntp->server[sntp->at].address)},
	    {"stratum", stratum},
	    {"step", step}};

	snprintf(stratum, sizeof(stratum), "%u", message->stratum);
	snprintf(step, sizeof(step), "%lld", (long long)step_s);
	phone->reg.clock_offset_s = offset_s;
	phone->reg.clock_known = phone->reg.clock_by_ntp = true;
	phone_console(phone, "NOT NTP-time from %s, stratum %s, step %s s", sntp->server[sntp->at].name,
		      stratum, step);
	phone_report(phone, "clock.set", evidence, 3, "%s: stratum %s, step %s s",
		     sntp->server[sntp->at].name, stratum, step);
}

static void received(struct phone *phone, const uint8_t *bytes, size_t length)
{
	struct sntp_client *sntp = &phone->sntp;
	struct wire_error error;
	struct sntp message;
	char why[40];

	/* Not an answer to this request: it may still come. */
	if (sntp_decode(bytes, length, &message, &error) || message.mode != SNTP_SERVER ||
	    message.originate != sntp->sent)
		return;
	if (!message.stratum) {
		sntp->server[sntp->at].denied = true;
		snprintf(why, sizeof(why), "kiss of death %s", message.kiss);
		server_failed(phone, why);
	} else if (message.leap == SNTP_UNKNOWN || message.stratum >= SNTP_STRATA || !message.transmit ||
		   !message.receive) {
		server_failed(phone, "the server is not synchronized");
	} else {
		set_clock(phone, &message);
		ask_later(phone);
	}
}

static void resolved(struct phone *phone, const struct phone_event *event)
{
	struct sntp_client *sntp = &phone->sntp;

	sntp->resolve_id = 0;
	if (event->resolved.count) {
		sntp->server[sntp->at].address = event->resolved.address[0];
		connect_now(phone);
	} else {
		server_failed(phone, event->resolved.timed_out ? "DNS timeout" : "DNS unknown host");
	}
}

/* Is it about this id? 0 is no id. */
static bool is(uint32_t id, uint32_t of_event)
{
	return id && id == of_event;
}

bool sntp_event(struct phone *phone, const struct phone_event *event)
{
	struct sntp_client *sntp = &phone->sntp;

	if (event->kind == PHONE_RESOLVED && is(sntp->resolve_id, event->resolved.id)) {
		resolved(phone, event);
	} else if (event->kind == PHONE_CONNECTED && is(sntp->connection, event->connected.id)) {
		send_request(phone);
	} else if (event->kind == PHONE_RECEIVED && is(sntp->connection, event->received.id)) {
		received(phone, event->received.bytes, event->received.length);
	} else if (event->kind == PHONE_CLOSED && is(sntp->connection, event->closed.id)) {
		sntp->connection = 0;
		server_failed(phone, event->closed.error ? strerror(event->closed.error) : "closed");
	} else {
		return false;
	}
	return true;
}
