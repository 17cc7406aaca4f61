#include "wire/dissect_private.h"

#include "base/ladder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The fields of one SIP message. */

static void sip_phone(struct dissect_view *view, const struct sip_message *message, uint32_t source)
{
	struct mac mac;

	for (unsigned i = 0; i < message->contacts; i++) {
		const char *device = message->contact[i].device_name;

		if (!device || mac_parse_device(&mac, device) < 0)
			continue;
		dissect_is_phone(view, &mac);
		if (message->method)
			dissect_has_address(view, &mac, source);
	}
}

static void sip_contacts(struct dissect_view *view, const struct sip_message *message)
{
	for (unsigned i = 0; i < message->contacts; i++) {
		const struct sip_contact *contact = &message->contact[i];

		dissect_text(view, "contact", contact->star ? "*" : contact->uri.text);
		dissect_text(view, "device_name", contact->device_name);
		dissect_text(view, "model", contact->model);
		if (contact->has_expires)
			dissect_number(view, "contact_expires_s", contact->expires_s);
		if (contact->keep_alive)
			dissect_text(view, "keep_alive", "yes");
		if (contact->newreg)
			dissect_text(view, "new_registration", "yes");
	}
}

/* "Expires: malformed, at byte 210 of the message". */
static void sip_ignored(struct dissect_view *view, const struct sip_message *message)
{
	char text[160];

	for (unsigned i = 0; i < message->odds && i < SIP_ODDS_MAX; i++) {
		snprintf(text, sizeof(text), "%s: %s, at byte %zu of the message", message->odd[i].name,
			 message->odd[i].why, message->odd[i].offset);
		dissect_text(view, "ignored", text);
	}
}

static void sip_fields(struct dissect_view *view, const struct sip_message *message)
{
	if (message->method) {
		dissect_text(view, "method", message->method);
		dissect_text(view, "request_uri", message->request_uri.text);
	} else {
		dissect_number(view, "status", message->status);
		dissect_text(view, "reason_phrase", message->reason_phrase);
	}
	dissect_text(view, "from", message->from.uri.text);
	dissect_text(view, "to", message->to.uri.text);
	dissect_text(view, "call_id", message->call_id);
	dissect_number(view, "cseq", message->cseq);
	dissect_text(view, "cseq_method", message->cseq_method);
	sip_contacts(view, message);
	if (message->has & SIP_HAS_EXPIRES)
		dissect_number(view, "expires_s", message->expires_s);
	if (message->has & SIP_HAS_MIN_EXPIRES)
		dissect_number(view, "min_expires_s", message->min_expires_s);
	if (message->has & SIP_HAS_RETRY_AFTER)
		dissect_number(view, "retry_after_s", message->retry_after_s);
	if (message->has & SIP_HAS_CHALLENGE)
		dissect_text(view, "realm", message->challenge.realm);
	dissect_text(view, "event", message->event);
	dissect_text(view, "user_agent", message->user_agent);
	dissect_text(view, "server", message->server);
	dissect_text(view, "reason", message->reason);
	dissect_text(view, "content_type", message->content_type);
	if (message->body.length)
		dissect_number(view, "body_bytes", message->body.length);
	if (message->parts)
		dissect_number(view, "parts", message->parts);
	sip_ignored(view, message);
}

/* What keeps a NAT binding alive on SIP's port and is no message: nothing, line ends (RFC 5626 3.5.1), zeros (SIP
 * servers' pings), a STUN request (RFC 5626 3.5.2). */
static bool is_keep_alive(const uint8_t *bytes, size_t size)
{
	static const uint8_t stun_cookie[] = {0x21, 0x12, 0xa4, 0x42};
	size_t blank = 0;

	while (blank < size &&
	       (bytes[blank] == '\r' || bytes[blank] == '\n' || bytes[blank] == ' ' || !bytes[blank]))
		blank++;
	return blank == size || size < sizeof("SIP/2.0") - 1 ||
	       (size >= 20 && bytes[0] < 4 && !memcmp(bytes + 4, stun_cookie, sizeof(stun_cookie)));
}

bool dissect_starts_sip(struct wire_slice payload)
{
	static const char response[] = "SIP/2.0 ", request[] = " SIP/2.0";
	size_t n = sizeof(response) - 1;
	const uint8_t *end = payload.length > n ? memmem(payload.data, payload.length, "\r\n", 2) : NULL;
	size_t line = end ? (size_t)(end - payload.data) : 0;

	return line > n &&
	       (!memcmp(payload.data, response, n) || !memcmp(payload.data + line - n, request, n));
}

void dissect_sip_datagram(struct dissect_view *view, struct wire_slice payload, uint32_t source)
{
	if (!is_keep_alive(payload.data, payload.length)) {
		dissect_sip_message(view, payload.data, payload.length, source, true);
		return;
	}
	view->out->protocol = "sip";
	view->out->step = LADDER_REGISTER;
	dissect_text(view, "keep_alive", "yes");
	dissect_number(view, "data_bytes", payload.length);
}

void dissect_sip_message(struct dissect_view *view, const uint8_t *bytes, size_t size, uint32_t source,
			 bool fields)
{
	struct sip_message *message = NULL;
	struct wire_error error;
	int err = sip_decode(bytes, size, &message, &error);

	view->out->protocol = "sip";
	view->out->step = LADDER_REGISTER;
	if (err == -EBADMSG)
		dissect_bad(view, bytes, &error);
	if (err < 0)
		return;
	if (fields)
		sip_fields(view, message);
	sip_phone(view, message, source);
	if (view->context->sip)
		view->context->sip(view->context->sip_user, message);
	sip_free(message);
}
