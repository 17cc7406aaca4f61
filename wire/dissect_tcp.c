#include "wire/dissect_private.h"

#include "base/ladder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* TCP: SIP on 5060, put together over segments; HTTP on 6970. */

#define HTTP_PORT  6970
#define STREAM_MAX (2 * SIP_MESSAGE_MAX)

static void flags_text(struct dissect_view *view, uint8_t flags)
{
	static const struct {
		uint8_t flag;
		const char *name;
	} FLAGS[] = {
	    {TCP_SYN, "SYN"}, {TCP_ACK, "ACK"}, {TCP_PSH, "PSH"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"}};

	for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++)
		if (flags & FLAGS[i].flag)
			dissect_text(view, "flags", FLAGS[i].name);
}

static void forget(struct dissect_flow *flow)
{
	free(flow->data);
	flow->data = NULL;
	flow->length = 0;
}

struct dissect_flow *dissect_flow(struct dissect_view *view, const struct ipv4_packet *packet,
				  const struct tcp_segment *segment, bool reverse)
{
	struct dissect_flow *oldest = &view->context->flow[0];
	struct dissect_flow key = {.source = packet->source,
				   .destination = packet->destination,
				   .source_port = segment->source_port,
				   .destination_port = segment->destination_port,
				   .used = view->context->clock};

	if (reverse)
		key = (struct dissect_flow){.source = packet->destination,
					    .destination = packet->source,
					    .source_port = segment->destination_port,
					    .destination_port = segment->source_port};
	for (size_t i = 0; i < DISSECT_FLOWS; i++) {
		struct dissect_flow *flow = &view->context->flow[i];

		if (flow->used && flow->source == key.source && flow->destination == key.destination &&
		    flow->source_port == key.source_port && flow->destination_port == key.destination_port)
			return flow;
		if (flow->used < oldest->used)
			oldest = flow;
	}
	if (reverse)
		return NULL;
	forget(oldest);
	*oldest = key;
	return oldest;
}

/* ---- SIP ---- */

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
}

void dissect_sip_message(struct dissect_view *view, const uint8_t *bytes, size_t size, uint32_t source)
{
	struct sip_message *message = NULL;
	struct wire_error error;
	int rc = sip_decode(bytes, size, &message, &error);

	view->out->protocol = "sip";
	view->out->step = LADDER_REGISTER;
	if (rc == -EBADMSG)
		dissect_bad(view, bytes, &error);
	if (rc < 0)
		return;
	sip_fields(view, message);
	sip_phone(view, message, source);
	sip_free(message);
}

/* Keep what is left of the stream for the next segment. */
static void keep_rest(struct dissect_flow *flow, const uint8_t *rest, size_t length)
{
	uint8_t *data = NULL;

	if (length && length <= STREAM_MAX)
		data = malloc(length);
	if (data)
		memcpy(data, rest, length);
	forget(flow);
	flow->data = data;
	flow->length = data ? length : 0;
	flow->synced = flow->synced && (data || length == 0);
}

/* The messages that the stream holds by now: the fields are the first one's, all are counted. */
static void sip_stream(struct dissect_view *view, struct dissect_flow *flow, const uint8_t *data,
		       size_t length)
{
	struct sip_frame frame;
	struct wire_error error;
	unsigned messages = 0, pings = 0;
	size_t at = 0;
	int rc;

	view->out->protocol = "sip";
	while ((rc = sip_frame(data + at, length - at, &frame, &error)) == 0) {
		at += frame.skip;
		pings += frame.pings;
		if (messages++ == 0)
			dissect_sip_message(view, data + at, frame.header + frame.body, flow->source);
		at += frame.header + frame.body;
	}
	if (rc == -EBADMSG) {
		dissect_bad(view, data + at, &error);
		flow->synced = false;
		keep_rest(flow, NULL, 0);
		return;
	}
	at += frame.skip;
	pings += frame.pings;
	if (messages > 1)
		dissect_number(view, "messages", messages);
	if (pings)
		dissect_number(view, "pings", pings);
	if (length > at)
		dissect_number(view, "incomplete_bytes", length - at);
	keep_rest(flow, data + at, length - at);
}

/* Put the segment behind what is there. *data and *length are the stream then; false when it adds nothing. */
static bool join(struct dissect_view *view, struct dissect_flow *flow, const struct tcp_segment *segment,
		 const uint8_t **data, size_t *length)
{
	uint32_t late = flow->next - segment->sequence; /* bytes seen before, when they are few */
	struct wire_slice payload = segment->payload;
	uint8_t *grown;

	if (flow->synced && late != 0 && late < 0x80000000u) {
		dissect_text(view, "note", "retransmission");
		if (late >= payload.length)
			return false;
		payload.data += late;
		payload.length -= late;
	} else if (flow->synced && late != 0) {
		dissect_text(view, "note", "a segment before it is missing in the capture");
		forget(flow);
	}
	flow->synced = true;
	flow->next = segment->sequence + (uint32_t)segment->payload.length;
	*data = payload.data;
	*length = payload.length;
	if (!flow->length)
		return true;
	grown = flow->length + payload.length <= STREAM_MAX
		    ? realloc(flow->data, flow->length + payload.length)
		    : NULL;
	if (!grown) {
		forget(flow);
		return true;
	}
	memcpy(grown + flow->length, payload.data, payload.length);
	flow->data = grown;
	flow->length += payload.length;
	*data = flow->data;
	*length = flow->length;
	return true;
}

/* Could a message begin here? Its first line ends in SIP/2.0, or begins with it. */
static bool begins_message(struct wire_slice payload)
{
	const uint8_t *end = payload.length ? memmem(payload.data, payload.length, "\r\n", 2) : NULL;
	size_t line = end ? (size_t)(end - payload.data) : payload.length;

	return line == 0 || (line >= 8 && memcmp(payload.data, "SIP/2.0 ", 8) == 0) ||
	       memmem(payload.data, line, " SIP/2.0", 8);
}

static void sip_segment(struct dissect_view *view, struct dissect_flow *flow,
			const struct tcp_segment *segment)
{
	bool lost = !flow->synced || (int32_t)(segment->sequence - flow->next) > 0;
	const uint8_t *data;
	size_t length;

	view->out->protocol = "sip";
	view->out->step = LADDER_REGISTER;
	if (lost && !begins_message(segment->payload)) {
		dissect_text(view, "note", "the beginning of this message is not in the capture");
		dissect_number(view, "data_bytes", segment->payload.length);
		forget(flow);
		flow->synced = false;
		return;
	}
	if (join(view, flow, segment, &data, &length))
		sip_stream(view, flow, data, length);
}

/* ---- HTTP ---- */

/* The value of a header line, or an empty slice. */
static struct wire_slice http_header(struct wire_slice text, const char *name)
{
	size_t at = 0, n = strlen(name);

	while (at < text.length) {
		const uint8_t *line = text.data + at;
		const uint8_t *end = memmem(line, text.length - at, "\r\n", 2);
		size_t length = end ? (size_t)(end - line) : text.length - at;

		if (length > n && line[n] == ':' && strncasecmp((const char *)line, name, n) == 0) {
			for (n++; n < length && line[n] == ' '; n++)
				;
			return (struct wire_slice){line + n, length - n};
		}
		if (length == 0)
			break;
		at += length + 2;
	}
	return (struct wire_slice){NULL, 0};
}

static void http_request(struct dissect_view *view, struct dissect_flow *flow, struct dissect_flow *reverse,
			 struct wire_slice payload, uint32_t client)
{
	const char *line = (const char *)payload.data;
	const uint8_t *end = memmem(payload.data, payload.length, "\r\n", 2);
	size_t length = end ? (size_t)(end - payload.data) : payload.length;
	const char *path = memchr(line, ' ', length), *version;
	struct mac phone;

	version = path ? memmem(path + 1, length - (size_t)(path + 1 - line), " HTTP/1.", 8) : NULL;
	if (!version) {
		dissect_bad(view, payload.data, &(struct wire_error){0, "request line without HTTP/1.x"});
		return;
	}
	dissect_slice(view, "method", (struct wire_slice){payload.data, (size_t)(path - line)});
	path += path[1] == '/' ? 2 : 1;
	snprintf(flow->file, sizeof(flow->file), "%.*s", (int)(version - path), path);
	if (reverse)
		snprintf(reverse->file, sizeof(reverse->file), "%.*s", DISSECT_FILE_MAX, flow->file);
	if (http_header(payload, "Host").length)
		dissect_slice(view, "host", http_header(payload, "Host"));
	if (http_header(payload, "User-Agent").length)
		dissect_slice(view, "user_agent", http_header(payload, "User-Agent"));
	if (dissect_find_device(flow->file, &phone)) {
		dissect_is_phone(view, &phone);
		dissect_has_address(view, &phone, client);
	}
}

static void http_response(struct dissect_view *view, struct wire_slice payload)
{
	const char *line = (const char *)payload.data;
	char text[4] = "";
	struct wire_slice length = http_header(payload, "Content-Length");

	if (payload.length >= 12)
		snprintf(text, sizeof(text), "%.3s", line + 9);
	if (strspn(text, "0123456789") != 3) {
		dissect_bad(view, payload.data, &(struct wire_error){0, "status line without a status"});
		return;
	}
	dissect_number(view, "status",
		       (uint64_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0')));
	if (length.length)
		dissect_slice(view, "content_length", length);
}

void dissect_http(struct dissect_view *view, struct dissect_flow *flow, struct dissect_flow *reverse,
		  struct wire_slice payload, uint32_t client)
{
	bool from_server = flow->source_port == HTTP_PORT;
	struct mac phone;

	view->out->protocol = "http";
	if (from_server && payload.length >= 7 && memcmp(payload.data, "HTTP/1.", 7) == 0)
		http_response(view, payload);
	else if (!from_server && payload.length >= 4 &&
		 (memcmp(payload.data, "GET ", 4) == 0 || memcmp(payload.data, "HEAD", 4) == 0))
		http_request(view, flow, reverse, payload, client);
	else
		dissect_number(view, "data_bytes", payload.length);
	if (from_server && !flow->file[0] && reverse)
		snprintf(flow->file, sizeof(flow->file), "%.*s", DISSECT_FILE_MAX, reverse->file);
	if (!flow->file[0])
		return;
	dissect_text(view, "file", flow->file);
	view->out->step = dissect_file_step(flow->file);
	if (dissect_find_device(flow->file, &phone))
		dissect_is_phone(view, &phone);
}

/* ---- segments ---- */

void dissect_tcp(struct dissect_view *view, const struct ipv4_packet *packet)
{
	struct dissect_flow *flow, *reverse;
	struct tcp_segment segment;
	struct wire_error error;
	bool sip, http;

	view->out->protocol = "tcp";
	if (tcp_decode(packet, &segment, &error) < 0) {
		dissect_bad(view, packet->payload.data, &error);
		return;
	}
	dissect_number(view, "source_port", segment.source_port);
	dissect_number(view, "destination_port", segment.destination_port);
	flags_text(view, segment.flags);
	sip = segment.source_port == SIP_PORT || segment.destination_port == SIP_PORT;
	http = segment.source_port == HTTP_PORT || segment.destination_port == HTTP_PORT;
	if (sip && (segment.flags & (TCP_SYN | TCP_RST)))
		view->out->step = LADDER_CM_CONNECT;
	if (!sip && !http) {
		dissect_number(view, "data_bytes", segment.payload.length);
		return;
	}
	flow = dissect_flow(view, packet, &segment, false);
	flow->used = view->context->clock;
	reverse = dissect_flow(view, packet, &segment, true);
	if (segment.flags & (TCP_SYN | TCP_RST)) {
		forget(flow);
		flow->file[0] = '\0';
		flow->synced = (segment.flags & TCP_SYN) != 0;
		flow->next = segment.sequence + 1;
	}
	if (segment.payload.length == 0)
		view->out->step = http ? dissect_file_step(flow->file) : view->out->step;
	else if (http)
		dissect_http(view, flow, reverse, segment.payload, packet->source);
	else
		sip_segment(view, flow, &segment);
}
