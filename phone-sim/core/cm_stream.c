/* The bytes received from the call managers: whole SIP messages are taken out of the TCP stream. */
#include "phone-sim/core/cm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/registrar.h"

void cm_send(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length)
{
	const uint8_t *kept = phone_keep(phone, bytes, length);
	struct phone_action *action = kept ? phone_put(phone, PHONE_DO_SEND) : NULL;

	if (!action)
		return;
	action->send.id = phone->reg.member[m].connection;
	action->send.bytes = kept;
	action->send.length = length;
}

/* A message is dropped; a request gets an error answer. */
static void message_bad(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length,
			const struct wire_error *error)
{
	struct sip_message *message;

	phone_report(phone, "sip.bad", NULL, 0, "%s at byte %zu", error->what, error->offset);
	if (sip_decode_refused(bytes, length, &message))
		return;
	notify_refuse(phone, m, message);
	sip_free(message);
}

/* What was ignored of a message: one event. */
static void report_odd(struct phone *phone, const struct sip_message *message)
{
	const struct sip_odd *odd = message->odd;
	char offset[24], count[24];

	if (!message->odds)
		return;
	snprintf(offset, sizeof(offset), "%zu", odd->offset);
	snprintf(count, sizeof(count), "%u", message->odds);
	phone_report(phone, "sip.odd",
		     (const struct phone_evidence[]){
			 {"header", odd->name}, {"reason", odd->why}, {"offset", offset}, {"count", count}},
		     4, "%s: %s, ignored%s", odd->name, odd->why, message->odds > 1 ? "; and others" : "");
}

static void message_in(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length)
{
	const uint8_t *end;
	struct sip_message *message;
	struct wire_error error = {.what = "no memory"};

	if (sip_decode(bytes, length, &message, &error)) {
		message_bad(phone, m, bytes, length, &error);
		return;
	}
	report_odd(phone, message);
	end = memchr(bytes, '\r', length);
	phone_console(phone, "DEB JAVA-sipio-recv<--- %.*s^M", end ? (int)(end - bytes) : 0,
		      (const char *)bytes);
	if (message->method)
		notify_request(phone, m, message);
	else
		register_response(phone, m, message);
	sip_free(message);
}

/* Handle the whole messages among the received bytes. False if that has ended the connection. */
static bool drain(struct phone *phone, unsigned m, uint32_t connection)
{
	struct member *member = &phone->reg.member[m];
	struct sip_frame frame;
	struct wire_error error = {0};
	size_t used;
	int err;

	while (member->rx_length) {
		err = sip_frame(member->rx, member->rx_length, &frame, &error);
		if (err == -EAGAIN) {
			memmove(member->rx, member->rx + frame.skip, member->rx_length - frame.skip);
			member->rx_length -= frame.skip;
			return true;
		}
		if (err) {
			message_bad(phone, m, member->rx, member->rx_length, &error);
			cm_member_lost(phone, m, CM_LOST_ELSE, "what it sends is not SIP");
			return false;
		}
		for (unsigned i = 0; i < frame.pings && i < 4; i++)
			cm_send(phone, m, (const uint8_t *)"\r\n", 2);
		used = frame.skip + frame.header + frame.body;
		/* The message is decoded into its own copy; handling it may close this connection. */
		message_in(phone, m, member->rx + frame.skip, frame.header + frame.body);
		if (member->connection != connection || !member->rx)
			return false;
		memmove(member->rx, member->rx + used, member->rx_length - used);
		member->rx_length -= used;
	}
	return true;
}

/* A datagram is one message, whatever its Content-Length says (RFC 3261 18.3), or a keep-alive. */
static void datagram_in(struct phone *phone, unsigned m, const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	while (at < length && (bytes[at] == '\r' || bytes[at] == '\n' || !bytes[at]))
		at++;
	if (at < length)
		message_in(phone, m, bytes + at, length - at);
}

void cm_received(struct phone *phone, const struct phone_event *event)
{
	const uint8_t *bytes = event->received.bytes;
	size_t left = event->received.length;
	uint32_t connection = event->received.id;
	unsigned m = cm_of_connection(phone, connection);
	struct member *member;

	if (m == NOBODY || phone->reg.member[m].state != MEMBER_CONNECTED)
		return;
	member = &phone->reg.member[m];
	if (phone->reg.udp) {
		datagram_in(phone, m, bytes, left);
		return;
	}
	if (!member->rx)
		member->rx = malloc(SIP_RX_MAX);
	while (left && member->rx) {
		size_t part = SIP_RX_MAX - member->rx_length < left ? SIP_RX_MAX - member->rx_length : left;

		if (!part) {
			cm_member_lost(phone, m, CM_LOST_ELSE, "a message without end");
			return;
		}
		memcpy(member->rx + member->rx_length, bytes, part);
		member->rx_length += part;
		bytes += part;
		left -= part;
		if (!drain(phone, m, connection))
			return;
	}
	if (!member->rx_length) {
		free(member->rx); /* an idle phone needs no buffer */
		member->rx = NULL;
	}
}
