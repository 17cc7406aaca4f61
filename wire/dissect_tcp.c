#include "wire/dissect_private.h"

#include "base/ladder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TCP: SIP on 5060, put together over segments; HTTP on 6970; TLS. */

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

static struct dissect_flow *find_flow(struct dissect_context *context, uint32_t source, uint32_t destination,
				      uint16_t source_port, uint16_t destination_port)
{
	for (size_t i = 0; i < DISSECT_FLOWS; i++) {
		struct dissect_flow *flow = &context->flow[i];

		if (flow->used && flow->source == source && flow->destination == destination &&
		    flow->source_port == source_port && flow->destination_port == destination_port)
			return flow;
	}
	return NULL;
}

static struct dissect_flow *oldest_flow(struct dissect_context *context)
{
	struct dissect_flow *oldest = &context->flow[0];

	for (size_t i = 1; i < DISSECT_FLOWS; i++)
		if (context->flow[i].used < oldest->used)
			oldest = &context->flow[i];
	return oldest;
}

struct dissect_flow *dissect_flow(struct dissect_view *view, const struct ipv4_packet *packet,
				  const struct tcp_segment *segment, bool reverse)
{
	struct dissect_context *context = view->context;
	struct dissect_flow *flow;

	if (reverse)
		return find_flow(context, packet->destination, packet->source, segment->destination_port,
				 segment->source_port);
	flow = find_flow(context, packet->source, packet->destination, segment->source_port,
			 segment->destination_port);
	if (flow)
		return flow;
	flow = oldest_flow(context);
	forget(flow);
	*flow = (struct dissect_flow){.source = packet->source,
				      .destination = packet->destination,
				      .source_port = segment->source_port,
				      .destination_port = segment->destination_port,
				      .used = context->clock};
	return flow;
}

/* --- SIP --- */

/* Keep the rest of the stream for the next segment. */
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

/* The messages that the stream holds by now: the fields are the first one's; all are counted, and each may
 * tell who the phone is or be malformed. */
static void sip_stream(struct dissect_view *view, struct dissect_flow *flow, const uint8_t *data,
		       size_t length)
{
	struct sip_frame frame;
	struct wire_error error;
	unsigned messages = 0, pings = 0;
	size_t at = 0;
	int err;

	view->out->protocol = "sip";
	while ((err = sip_frame(data + at, length - at, &frame, &error)) == 0) {
		at += frame.skip;
		pings += frame.pings;
		dissect_sip_message(view, data + at, frame.header + frame.body, flow->source, !messages++);
		at += frame.header + frame.body;
	}
	if (err == -EBADMSG) {
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

/* --- segments --- */

/* Is the segment of a connection of SIP: by its port, or because SIP was read in this direction of the connection? */
static bool is_sip(struct dissect_view *view, const struct ipv4_packet *packet,
		   const struct tcp_segment *segment)
{
	const struct dissect_flow *flow;

	if (segment->source_port == SIP_PORT || segment->destination_port == SIP_PORT)
		return true;
	if (!segment->payload.length || segment->source_port == DISSECT_HTTP_PORT ||
	    segment->destination_port == DISSECT_HTTP_PORT)
		return false;
	if (dissect_starts_sip(segment->payload))
		return true;
	flow = find_flow(view->context, packet->source, packet->destination, segment->source_port,
			 segment->destination_port);
	return flow && flow->sip;
}

void dissect_tcp(struct dissect_view *view, const struct ipv4_packet *packet)
{
	struct dissect_flow *flow, *reverse;
	struct tcp_segment segment;
	struct wire_error error;
	bool sip, http, tls, sum_wrong;

	view->out->protocol = "tcp";
	if (tcp_decode_any(packet, &segment, &sum_wrong, &error) < 0) {
		dissect_bad(view, packet->payload.data, &error);
		return;
	}
	dissect_sum(view, sum_wrong, "TCP checksum", packet->payload.data + TCP_CHECKSUM_AT);
	dissect_number(view, "source_port", segment.source_port);
	dissect_number(view, "destination_port", segment.destination_port);
	flags_text(view, segment.flags);
	sip = is_sip(view, packet, &segment);
	http = segment.source_port == DISSECT_HTTP_PORT || segment.destination_port == DISSECT_HTTP_PORT;
	if (sip && (segment.flags & (TCP_SYN | TCP_RST)))
		view->out->step = LADDER_CM_CONNECT;
	tls = !sip && !http &&
	      dissect_is_tls(find_flow(view->context, packet->source, packet->destination,
				       segment.source_port, segment.destination_port),
			     &segment);
	if (!sip && !http && !tls) {
		dissect_number(view, "data_bytes", segment.payload.length);
		return;
	}
	flow = dissect_flow(view, packet, &segment, false);
	flow->used = view->context->clock;
	flow->sip = sip;
	reverse = dissect_flow(view, packet, &segment, true);
	if (segment.flags & (TCP_SYN | TCP_RST)) {
		forget(flow);
		flow->file[0] = '\0';
		flow->synced = (segment.flags & TCP_SYN) != 0;
		flow->next = segment.sequence + 1;
	}
	if (tls)
		dissect_tls(view, flow, packet, &segment);
	else if (segment.payload.length == 0)
		view->out->step = http ? dissect_file_step(flow->file) : view->out->step;
	else if (http)
		dissect_http(view, flow, reverse, segment.payload, packet->source);
	else
		sip_segment(view, flow, &segment);
}
