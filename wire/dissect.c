#include "wire/dissect_private.h"

#include <stdlib.h>

struct dissect_context *dissect_new(void)
{
	return calloc(1, sizeof(struct dissect_context));
}

void dissect_free(struct dissect_context *context)
{
	if (!context)
		return;
	for (size_t i = 0; i < DISSECT_FLOWS; i++)
		free(context->flow[i].data);
	free(context);
}

static void dissect_icmp(struct dissect_view *view, const struct ipv4_packet *packet)
{
	struct wire_reader reader;
	struct wire_error error;
	uint8_t type, code;

	view->out->protocol = "icmp";
	wire_reader_init(&reader, packet->payload.data, packet->payload.length);
	type = wire_read_u8(&reader);
	code = wire_read_u8(&reader);
	wire_read_skip(&reader, 6);
	if (wire_reader_result(&reader, &error) < 0) {
		dissect_bad(view, packet->payload.data, &error);
		return;
	}
	dissect_number(view, "type", type);
	dissect_number(view, "code", code);
}

static void dissect_ipv4(struct dissect_view *view, const struct ether_frame *frame)
{
	struct ipv4_packet packet;
	struct wire_error error;

	view->out->protocol = "ipv4";
	if (ipv4_decode(frame->payload.data, frame->payload.length, &packet, &error) < 0) {
		dissect_bad(view, frame->payload.data, &error);
		dissect_find_phone(view, frame, NULL);
		return;
	}
	dissect_address(view, "source", packet.source);
	dissect_address(view, "destination", packet.destination);
	if (ipv4_is_fragment(&packet))
		dissect_number(view, "fragment_offset", packet.fragment_offset);
	else if (packet.protocol == IP_UDP)
		dissect_udp(view, &packet);
	else if (packet.protocol == IP_TCP)
		dissect_tcp(view, &packet);
	else if (packet.protocol == IP_ICMP)
		dissect_icmp(view, &packet);
	else
		dissect_number(view, "ip_protocol", packet.protocol);
	dissect_find_phone(view, frame, &packet);
}

static void dissect_ether(struct dissect_view *view, const struct ether_frame *frame)
{
	dissect_mac(view, "source_mac", &frame->source);
	dissect_mac(view, "destination_mac", &frame->destination);
	for (unsigned i = 0; i < frame->tags; i++) {
		dissect_number(view, i ? "inner_vlan" : "vlan", ether_tci_vid(frame->tag[i].tci));
		dissect_number(view, i ? "inner_priority" : "priority",
			       ether_tci_priority(frame->tag[i].tci));
	}
	if (cdp_is_frame(frame))
		dissect_cdp(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_LLDP)
		dissect_lldp(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_ARP)
		dissect_arp(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_IPV4)
		dissect_ipv4(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_IPV6)
		view->out->protocol = "ipv6";
	else
		dissect_number(view, "ether_type", frame->type);
	dissect_find_phone(view, frame, NULL);
}

void dissect_frame(struct dissect_context *context, const void *bytes, size_t size, bool cut,
		   struct dissect *out)
{
	struct dissect_view view = {context, out, bytes, size, cut};
	struct ether_frame frame;
	struct wire_error error;

	context->clock++;
	out->protocol = "ethernet";
	out->phone[0] = '\0';
	out->step = 0;
	out->fields = 0;
	out->malformed = false;
	out->error_offset = 0;
	out->error[0] = '\0';
	if (ether_decode(bytes, size, &frame, &error) < 0)
		dissect_bad(&view, bytes, &error);
	else
		dissect_ether(&view, &frame);
	if (cut)
		dissect_text(&view, "cut", "the capture holds only the beginning of the frame");
}
