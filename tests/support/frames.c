#include "tests/support/frames.h"

#include <stdlib.h>
#include <string.h>

#include "wire/ipv4.h"
#include "wire/sip_build.h"

static const struct mac PHONE = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
static const struct mac ROUTER = {{0x02, 0x00, 0x00, 0x00, 0x00, 0x01}};

static size_t checked(ssize_t length)
{
	if (length < 0)
		abort();
	return (size_t)length;
}

size_t frames_udp(uint32_t source, uint16_t source_port, uint32_t destination, uint16_t destination_port,
		  const void *payload, size_t size, uint8_t *out, size_t room)
{
	struct udp_frame frame = {.destination_mac = source == FRAMES_PHONE ? ROUTER : PHONE,
				  .source_mac = source == FRAMES_PHONE ? PHONE : ROUTER,
				  .tagged = true,
				  .tci = ether_tci(110, 3),
				  .source = source,
				  .destination = destination,
				  .source_port = source_port,
				  .destination_port = destination_port,
				  .payload = {payload, size}};

	return checked(udp_frame_encode(&frame, out, room));
}

static void put(uint8_t *to, uint32_t value, int bytes)
{
	for (int i = bytes; i > 0; i--, value >>= 8)
		to[i - 1] = (uint8_t)value;
}

size_t frames_tcp(uint32_t source, uint16_t source_port, uint32_t destination, uint16_t destination_port,
		  uint32_t sequence, uint8_t flags, const void *payload, size_t size, uint8_t *out,
		  size_t room)
{
	uint8_t *segment = calloc(1, 20 + size), *bytes = malloc(room);
	struct ipv4_packet packet = {.dont_fragment = true,
				     .ttl = 64,
				     .protocol = IP_TCP,
				     .source = source,
				     .destination = destination,
				     .payload = {segment, 20 + size}};
	struct ether_frame frame = {.destination = source == FRAMES_PHONE ? ROUTER : PHONE,
				    .source = source == FRAMES_PHONE ? PHONE : ROUTER,
				    .tags = 1,
				    .tag = {{ETHER_VLAN, ether_tci(110, 3)}},
				    .kind = ETHER_II,
				    .type = ETHER_IPV4};
	size_t length;

	put(segment, source_port, 2);
	put(segment + 2, destination_port, 2);
	put(segment + 4, sequence, 4);
	put(segment + 8, flags & TCP_ACK ? 1 : 0, 4);
	segment[12] = 5 << 4;
	segment[13] = flags;
	put(segment + 14, 64240, 2);
	if (size)
		memcpy(segment + 20, payload, size);
	put(segment + 16,
	    ipv4_checksum(segment, 20 + size, ipv4_pseudo_sum(source, destination, IP_TCP, 20 + size)), 2);
	frame.payload.length = checked(ipv4_encode(&packet, bytes, room));
	frame.payload.data = bytes;
	length = checked(ether_encode(&frame, out, room));
	free(segment);
	free(bytes);
	return length;
}

size_t frames_register(int keepalive, char *out, size_t room)
{
	const struct sip_register request = {
	    .kind = keepalive ? SIP_REGISTER_KEEPALIVE : SIP_REGISTER_INITIAL,
	    .origin = {.transport = "TCP",
		       .cm = "10.20.0.11",
		       .phone = "10.110.0.57",
		       .phone_port = 49701,
		       .dn = "2001",
		       .branch = "z9hG4bK4b0e1f2c",
		       .from_tag = "001122aabb0100024c3f6a1b-5d9e",
		       .call_id = "001122aa-bb010002-3b9c1d2e-4f5a6b7c@10.110.0.57",
		       .cseq = 101,
		       .session_id = "0123456789abcdef0123456789abcdef",
		       .date = "Sat, 21 Nov 2026 02:00:00 GMT",
		       .user_agent = "Cisco-CP7841/14.2.1"},
	    .mac = PHONE,
	    .contact_user = "5f7e2b1c-0001",
	    .model = 622,
	    .expires_s = 3600,
	    .active_load = "sip78xx.14-2-1-0001-125.loads",
	    .inactive_load = "sip78xx.12-8-1-0001-455.loads",
	    .alarm = 25,
	    .last = "initialized",
	};

	return checked(sip_build_register(&request, out, room));
}
