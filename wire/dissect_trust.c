/* TVS and CAPF without TLS, as behind a program that ends it. */
#include "wire/dissect_private.h"

#include <errno.h>
#include <stdio.h>

#include "wire/capf.h"
#include "wire/tvs.h"

static void tvs_message(struct dissect_view *view, struct wire_slice payload)
{
	struct wire_error error;
	struct tvs message;
	char text[12];
	size_t whole;
	int err = tvs_frame(payload.data, payload.length, &whole, &error);

	view->out->protocol = "tvs";
	if (!err)
		err = tvs_decode(payload.data, whole, &message, &error);
	if (err == -EBADMSG)
		dissect_bad(view, payload.data, &error);
	if (err) {
		dissect_number(view, "data_bytes", payload.length);
		return;
	}
	dissect_text(view, "command", tvs_command_name(message.command));
	dissect_number(view, "session", message.session);
	if (message.device.length)
		dissect_slice(view, "device", message.device);
	if (message.subject.length)
		dissect_slice(view, "subject", message.subject);
	if (message.certificate.length)
		dissect_number(view, "certificate_bytes", message.certificate.length);
	if (message.has & TVS_HAS_STATUS)
		dissect_number(view, "status", message.status);
	for (unsigned i = 0; i < message.roles; i++) {
		snprintf(text, sizeof(text), "%u", message.role[i]);
		dissect_text(view, "roles", text);
	}
	if (message.has & TVS_HAS_TTL)
		dissect_number(view, "ttl_s", message.ttl_s);
}

/* The password stays out. */
static void capf_message(struct dissect_view *view, struct wire_slice payload)
{
	struct wire_error error;
	struct capf message;
	size_t whole;
	int err = capf_frame(payload.data, payload.length, &whole, &error);

	view->out->protocol = "capf";
	if (!err)
		err = capf_decode(payload.data, whole, &message, &error);
	if (err == -EBADMSG)
		dissect_bad(view, payload.data, &error);
	if (err) {
		dissect_number(view, "data_bytes", payload.length);
		return;
	}
	dissect_text(view, "command", capf_command_name(message.command));
	dissect_number(view, "session", message.session);
	if (message.device.length)
		dissect_slice(view, "device", message.device);
	if (message.has & CAPF_HAS_REASON)
		dissect_number(view, "reason", message.reason);
	if (message.has & CAPF_HAS_KEY_TYPE)
		dissect_text(view, "key_type", message.key_type == CAPF_RSA ? "RSA" : "EC");
	if (message.has & CAPF_HAS_KEY_SIZE)
		dissect_number(view, "key_size", message.key_size);
	if (message.has & CAPF_HAS_CERTIFICATE)
		dissect_number(view, "certificate_bytes", message.certificate.length);
}

static bool has_port(const struct tcp_segment *segment, uint16_t port)
{
	return segment->source_port == port || segment->destination_port == port;
}

bool dissect_in_clear(struct dissect_view *view, const struct tcp_segment *segment)
{
	struct wire_slice payload = segment->payload;

	if (has_port(segment, TVS_PORT) && payload.data[0] == TVS_DISCRIMINATOR)
		tvs_message(view, payload);
	else if (has_port(segment, CAPF_PORT) && payload.data[0] == CAPF_DISCRIMINATOR)
		capf_message(view, payload);
	else
		return false;
	return true;
}
