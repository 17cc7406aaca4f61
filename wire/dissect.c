#include "wire/dissect_private.h"

#include <errno.h>
#include <stdlib.h>

#include "wire/pcapng.h"

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

void dissect_watch_sip(struct dissect_context *context,
		       void (*each)(void *user, const struct sip_message *message), void *user)
{
	context->sip = each;
	context->sip_user = user;
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
	const struct wire_slice in = frame->payload;
	struct ipv4_packet packet;
	struct wire_error error;
	bool sum_wrong;

	view->out->protocol = "ipv4";
	if (ipv4_decode_any(in.data, in.length, &packet, &sum_wrong, &error) < 0) {
		dissect_bad(view, in.data, &error);
		dissect_find_phone(view, frame, NULL);
		return;
	}
	dissect_sum(view, sum_wrong, "IPv4 header checksum", in.data + IPV4_CHECKSUM_AT);
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
	dissect_note_step(view, &packet);
}

static void dissect_ether(struct dissect_view *view, const struct ether_frame *frame)
{
	static const struct mac none;

	if (!mac_equal(&frame->source, &none))
		dissect_mac(view, "source_mac", &frame->source);
	if (!mac_equal(&frame->destination, &none))
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

int dissect_record(struct dissect_context *context, unsigned link_type, const void *bytes, size_t size,
		   bool cut, struct dissect *out)
{
	struct dissect_view view = {context, out, bytes, size, cut};
	struct ether_frame frame;
	struct wire_error error;
	int err = dissect_read_link(link_type, bytes, size, &frame, &error);

	if (err == -ENOTSUP)
		return err;
	context->clock++;
	out->protocol = "ethernet";
	out->phone[0] = '\0';
	out->step = 0;
	out->fields = 0;
	out->malformed = false;
	out->error_offset = 0;
	out->error[0] = '\0';
	if (err < 0)
		dissect_bad(&view, bytes, &error);
	else
		dissect_ether(&view, &frame);
	if (cut)
		dissect_text(&view, "cut", "the capture holds only the beginning of the frame");
	return 0;
}

void dissect_frame(struct dissect_context *context, const void *bytes, size_t size, bool cut,
		   struct dissect *out)
{
	dissect_record(context, PCAPNG_ETHERNET, bytes, size, cut, out);
}
