/* The phone's registrations in a capture: which are bound, until when, and what ended them. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME(to, from) snprintf(to, sizeof(to), "%.*s", (int)sizeof(to) - 1, (from) ? (from) : "")

/* --- requests --- */

static struct capture_sip_open *find_open(struct capture *it, const char *call_id, uint32_t cseq)
{
	for (size_t i = 0; i < CAPTURE_SIP_OPEN; i++) {
		struct capture_sip_open *open = &it->sip.open[i];

		if (open->number && open->cseq == cseq &&
		    !strncmp(open->call_id, call_id, sizeof(open->call_id) - 1))
			return open;
	}
	return NULL;
}

static struct capture_sip_open *new_open(struct capture *it)
{
	struct capture_sip_open *oldest = &it->sip.open[0];

	for (size_t i = 1; i < CAPTURE_SIP_OPEN; i++)
		if (it->sip.open[i].number < oldest->number)
			oldest = &it->sip.open[i];
	return oldest;
}

/* What a REGISTER asks for: the time in its Contact, else in Expires, else an hour (RFC 3261 10.2.1.1). */
static uint32_t asked_time(const struct sip_message *message)
{
	for (unsigned i = 0; i < message->contacts; i++)
		if (message->contact[i].has_expires)
			return message->contact[i].expires_s;
	return message->has & SIP_HAS_EXPIRES ? message->expires_s : 3600;
}

static bool is_keep_alive(const struct sip_message *message)
{
	for (unsigned i = 0; i < message->contacts; i++)
		if (message->contact[i].keep_alive)
			return true;
	return false;
}

static struct capture_line *line_of(struct capture *it, const char *user)
{
	struct capture_sip *sip = &it->sip;

	for (unsigned i = 0; i < sip->lines; i++)
		if (!strcmp(sip->line[i].user, user))
			return &sip->line[i];
	if (sip->lines == CAPTURE_LINES)
		return NULL;
	NAME(sip->line[sip->lines].user, user);
	return &sip->line[sip->lines++];
}

/* The primary line is no longer bound. */
static void end_registration(struct capture *it, const char *why)
{
	it->sip.line[0].bound = false;
	capture_event(it, LADDER_REGISTER, "phone.unregistered",
		      capture_evidence("address", capture_address(it->sip.line[0].server), NULL), "%s", why);
	capture_step(it, LADDER_REGISTER, LADDER_PENDING, "%s", why);
}

/* The line is no longer bound; of the primary line the registration has ended. */
static void unbind(struct capture *it, struct capture_line *line, const char *why)
{
	if (line == &it->sip.line[0])
		end_registration(it, why);
	line->bound = false;
}

static uint16_t port_of(const struct capture_packet *packet, bool of_phone)
{
	bool source = packet->from_phone == of_phone;

	if (packet->has_tcp)
		return source ? packet->tcp.source_port : packet->tcp.destination_port;
	return source ? packet->udp.source_port : packet->udp.destination_port;
}

static uint32_t server_of(const struct capture_packet *packet)
{
	return packet->from_phone ? packet->ip.destination : packet->ip.source;
}

static void on_register(struct capture *it, const struct sip_message *message)
{
	const char *user = message->to.uri.user ? message->to.uri.user : "";
	struct capture_sip_open *open = find_open(it, message->call_id, message->cseq);
	struct capture_line *line;

	if (open) {
		open->tries++; /* by UDP */
		return;
	}
	open = new_open(it);
	*open = (struct capture_sip_open){.cseq = message->cseq,
					  .us = it->packet->us,
					  .number = it->packet->number,
					  .keep_alive = is_keep_alive(message),
					  .expires = asked_time(message),
					  .server = server_of(it->packet),
					  .port = port_of(it->packet, false),
					  .tries = 1};
	NAME(open->call_id, message->call_id);
	NAME(open->user, user);
	/* A token to a standby call manager binds nothing. */
	if (open->keep_alive)
		return;
	line = line_of(it, user);
	if (!open->expires) {
		/* The phone gives the registration up, whatever the answer is. */
		if (line && line->bound)
			unbind(it, line, "the phone unregistered (Expires: 0)");
		return;
	}
	/* Another Call-ID is another registration, of a phone that has started again or that changes the call manager. */
	if (line && line->bound && strcmp(line->call_id, open->call_id) != 0)
		unbind(it, line, "the phone registers again");
	if (it->ladder.rung[LADDER_CM_CONNECT - 1].state != LADDER_DONE)
		capture_step(it, LADDER_CM_CONNECT, LADDER_DONE, "%s",
			     capture_address(server_of(it->packet)));
	if (line == &it->sip.line[0])
		capture_step(it, LADDER_REGISTER, LADDER_ACTIVE, "REGISTER was sent; no answer was seen");
}

/* --- answers --- */

/* The time that a 2xx grants (RFC 3261 10.3): of the Contact, of Expires, else what was asked. */
static uint32_t granted_time(const struct sip_message *message, uint32_t asked)
{
	uint32_t most = 0;
	bool any = false;

	for (unsigned i = 0; i < message->contacts; i++)
		if (message->contact[i].has_expires) {
			any = true;
			most = message->contact[i].expires_s > most ? message->contact[i].expires_s : most;
		}
	if (any)
		return most;
	return message->has & SIP_HAS_EXPIRES ? message->expires_s : asked;
}

static void bind(struct capture *it, struct capture_line *line, const struct capture_sip_open *open,
		 uint32_t expires)
{
	bool primary = line == &it->sip.line[0], was = line->bound;

	line->bound = expires > 0;
	line->refused = 0;
	line->us = it->packet->us;
	line->expires = expires;
	line->server = server_of(it->packet);
	line->phone_port = port_of(it->packet, true);
	line->udp = it->packet->has_udp;
	NAME(line->call_id, open->call_id);
	if (!primary)
		return;
	it->sip.doubt = 0;
	it->sip.rejected.number = 0;
	if (line->bound && !was)
		capture_event(it, LADDER_REGISTER, "phone.registered",
			      capture_evidence("address", capture_address(line->server), "directory_number",
					       line->user, NULL),
			      "%s with %s", line->user, capture_address(line->server));
	if (line->bound)
		capture_step(it, LADDER_REGISTER, LADDER_DONE, "200 OK from %s, expires %u s",
			     capture_address(line->server), expires);
	else
		capture_step(it, LADDER_REGISTER, LADDER_FAILED, "200 OK from %s, but it grants 0 s",
			     capture_address(line->server));
}

/* "399 cucm \"device unknown\"": the words in quotes (RFC 3261 20.43), without the last quote; all of it without quotes. */
static const char *warning_text(const char *warning)
{
	const char *quote = warning ? strchr(warning, '"') : NULL;

	return quote ? quote + 1 : warning;
}

static void refused(struct capture *it, struct capture_line *line, const struct sip_message *message)
{
	const char *reason = message->reason_phrase ? message->reason_phrase : "";
	const char *warning = sip_header_find(message, "Warning");

	/* A challenge asks for the same REGISTER with credentials. */
	if (message->status == 401 || message->status == 407)
		capture_step(it, LADDER_REGISTER, LADDER_ACTIVE, "%u: credentials are asked for",
			     message->status);
	if (message->status == 401 || message->status == 407)
		return;
	line->bound = false;
	line->refused = message->status;
	if (line != &it->sip.line[0])
		return;
	it->sip.rejected.number = warning ? it->packet->number : 0;
	it->sip.rejected.status = message->status;
	it->sip.rejected.server = server_of(it->packet);
	NAME(it->sip.rejected.reason, warning_text(warning));
	capture_step(it, LADDER_REGISTER, LADDER_FAILED, "Registration Rejected by %s: %u %.60s%s%.100s",
		     capture_address(server_of(it->packet)), message->status, reason,
		     warning ? "; Warning: " : "", warning ? warning : "");
}

static void on_answer(struct capture *it, const struct sip_message *message)
{
	struct capture_sip_open *open = find_open(it, message->call_id, message->cseq);
	bool good = message->status >= 200 && message->status < 300;
	uint32_t expires;
	struct capture_line *line;

	/* Without its request, an answer does not show what was asked. */
	if (!open || message->status < 200)
		return;
	open->number = 0;
	if (open->keep_alive || !open->expires)
		return;
	line = line_of(it, open->user);
	if (!line)
		return;
	expires = good ? granted_time(message, open->expires) : 0;
	capture_event(it, LADDER_REGISTER, "sip.register",
		      capture_evidence("call_manager", capture_address(server_of(it->packet)), "server",
				       capture_address(server_of(it->packet)), "port",
				       capture_number(port_of(it->packet, false)), "user", open->user,
				       "sip_status", capture_number(message->status), "reason",
				       message->reason_phrase ? message->reason_phrase : "", "ms",
				       capture_number((it->packet->us - open->us) / 1000), "expires",
				       good ? capture_number(expires) : "", NULL),
		      "REGISTER %s to %s: %u %.80s", open->user, capture_address(server_of(it->packet)),
		      message->status, message->reason_phrase ? message->reason_phrase : "");
	if (good)
		bind(it, line, open, expires);
	else
		refused(it, line, message);
}

/* The alarm of a phone that connects: "Last=initialized", after whatever ended the registration before. */
static void on_alarm(struct capture *it, const struct sip_message *message)
{
	const uint8_t *body = message->body.data, *end = body + message->body.length;
	const uint8_t *last = message->body.length ? memmem(body, message->body.length, "Last=", 5) : NULL;
	char text[60];
	size_t n = 0;

	if (!last)
		return;
	while (last + n < end && n < sizeof(text) - 1 && last[n] > ' ' && last[n] != '<' && last[n] != '&')
		n++;
	snprintf(text, sizeof(text), "%.*s", (int)n, (const char *)last);
	capture_event(it, LADDER_REGISTER, "phone.message", NULL, "alarm of the phone: %s", text);
}

void capture_sip(struct capture *it, const struct sip_message *message)
{
	const struct capture_packet *packet = it->packet;

	if (message->method && !strcasecmp(message->method, "REGISTER") && packet->from_phone)
		on_register(it, message);
	else if (message->method && !strcasecmp(message->method, "REFER") && packet->from_phone)
		on_alarm(it, message);
	else if (message->status && !strcasecmp(message->cseq_method, "REGISTER") && packet->to_phone)
		on_answer(it, message);
}

/* --- the end of a registration --- */

static bool is_of(const struct capture_line *line, const struct capture_connection *connection)
{
	return !line->udp && line->server == connection->server && line->phone_port == connection->phone_port;
}

void capture_sip_closed(struct capture *it, const struct capture_connection *connection, const char *how)
{
	/* A phone that closes the connection has waited for the answer. */
	const char *how_word = strstr(how, "the phone") ? "no-answer"
			       : strstr(how, "reset")	? "reset"
							: "closed";
	struct capture_line *primary = &it->sip.line[0];
	bool waits = false;

	for (unsigned i = 1; i < it->sip.lines; i++)
		if (is_of(&it->sip.line[i], connection))
			it->sip.line[i].bound = false;
	for (size_t i = 0; i < CAPTURE_SIP_OPEN; i++)
		waits = waits || (it->sip.open[i].number && !it->sip.open[i].keep_alive &&
				  it->sip.open[i].us >= connection->us);
	if (it->sip.lines && primary->bound && is_of(primary, connection)) {
		end_registration(it, how);
		capture_step(it, LADDER_CM_CONNECT, LADDER_PENDING, "%s", how);
	} else if (waits && !primary->bound && it->ladder.rung[LADDER_REGISTER - 1].state == LADDER_ACTIVE) {
		capture_manager_lost(it, LADDER_REGISTER, connection->server, connection->server_port,
				     connection->us, how_word, how);
		capture_step(it, LADDER_REGISTER, LADDER_FAILED, "REGISTER was not answered: %s", how);
	}
}

void capture_sip_alive(struct capture *it, const struct capture_connection *connection)
{
	if (it->sip.doubt && it->sip.lines && is_of(&it->sip.line[0], connection))
		it->sip.doubt = 0;
}

void capture_sip_doubt(struct capture *it)
{
	if (it->sip.lines && it->sip.line[0].bound && !it->sip.doubt)
		it->sip.doubt = it->packet->number;
}

bool capture_registered(const struct capture *it, uint64_t us)
{
	const struct capture_line *primary = &it->sip.line[0];

	return it->sip.lines && primary->bound && !it->sip.doubt &&
	       us < primary->us + (uint64_t)primary->expires * 1000000;
}

/* The primary line is bound; another line may not be. */
static void check_lines(struct capture *it)
{
	for (unsigned i = 1; i < it->sip.lines; i++)
		if (it->sip.line[i].refused)
			capture_step(it, LADDER_REGISTER, LADDER_FAILED, "%s is registered, %s is not: %u",
				     it->sip.line[0].user, it->sip.line[i].user, it->sip.line[i].refused);
}

/* A phone that connected, but whose messages the capture does not show. */
static void check_unread(struct capture *it)
{
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		const struct capture_connection *connection = &it->connection[i];
		const char *why = connection->sip ? (it->cut ? "its messages are cut in the capture" : NULL)
				  : connection->server_port != SIP_PORT
				      ? "its messages are encrypted, or are not SIP: the capture does not "
					"show a registration"
				      : NULL;

		if (connection->number && connection->state == CAPTURE_OPEN && connection->down.segments &&
		    why && capture_is_manager(connection))
			capture_step(it, LADDER_REGISTER, LADDER_ACTIVE, "connected to %s port %u; %s",
				     capture_address(connection->server), connection->server_port, why);
	}
}

static void silent(struct capture *it, const struct capture_sip_open *open)
{
	char why[120];

	snprintf(why, sizeof(why), "no answer to REGISTER of %s", open->user);
	capture_manager_lost(it, LADDER_REGISTER, open->server, open->port, open->us, "no-answer", why);
	capture_step(it, LADDER_REGISTER, LADDER_FAILED, "%s", why);
}

static void check_silence(struct capture *it)
{
	const struct capture_line *primary = &it->sip.line[0];

	for (size_t i = 0; i < CAPTURE_SIP_OPEN; i++) {
		const struct capture_sip_open *open = &it->sip.open[i];

		if (open->number && !open->keep_alive && open->expires &&
		    !strcmp(open->user, primary->user) && !primary->bound &&
		    it->now_us > open->us + CAPTURE_SILENT_US)
			silent(it, open);
	}
}

static void expire(struct capture *it)
{
	char why[100];

	snprintf(why, sizeof(why), "the registration expired after %u s, and no REGISTER refreshed it",
		 it->sip.line[0].expires);
	end_registration(it, why);
}

void capture_sip_end(struct capture *it)
{
	const struct capture_line *primary = &it->sip.line[0];

	if (!it->sip.lines) {
		check_unread(it);
		return;
	}
	if (primary->bound && it->sip.doubt)
		capture_step(it, LADDER_REGISTER, LADDER_PENDING,
			     "the phone may have started again in frame %lu: no message of the registration "
			     "followed",
			     it->sip.doubt);
	else if (primary->bound && !capture_registered(it, it->now_us))
		expire(it);
	else if (primary->bound)
		check_lines(it);
	else
		check_silence(it);
}
