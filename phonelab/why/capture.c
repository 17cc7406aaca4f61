/* Frames of a capture: which are the phone's, and which are there twice. */
#include "phonelab/why/capture_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/dhcp.h"
#include "wire/tftp.h"

#define REPEATED_US                                                                                          \
	20000 /* the copies of a frame at a mirror port; protocols repeat a message later than that */

static void on_sip(void *user, const struct sip_message *message)
{
	capture_sip(user, message);
}

struct capture *capture_new(const struct mac *phone)
{
	struct capture *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	it->mac = *phone;
	mac_format_device(phone, it->phone);
	for (int i = 0; i < 6; i++) {
		snprintf(it->hex + 2 * i, 3, "%02X", phone->octet[i]);
		snprintf(it->hex_lower + 2 * i, 3, "%02x", phone->octet[i]);
	}
	it->network.vlan = it->network.told_vlan = -1;
	it->context = dissect_new();
	it->room = malloc(UINT16_MAX + ETHER_FRAME_MAX);
	it->events = json_array();
	ladder_reset(&it->ladder);
	if (!it->context || !it->room || !it->events) {
		capture_free(it);
		return NULL;
	}
	/* The messages come while a frame is dissected. */
	dissect_watch_sip(it->context, on_sip, it);
	return it;
}

void capture_free(struct capture *it)
{
	if (!it)
		return;
	dissect_free(it->context);
	json_decref(it->events);
	free(it->room);
	free(it);
}

/* --- headers --- */

/* The octets that a cut frame has lost are read as zeros, so that the lengths in its headers hold. */
static const uint8_t *whole(struct capture *it, const struct capture_record *record, size_t *size)
{
	size_t length = record->length;

	*size = record->size;
	if (length <= record->size || length > UINT16_MAX)
		return record->bytes;
	memcpy(it->room, record->bytes, record->size);
	memset(it->room + record->size, 0, length - record->size);
	*size = length;
	return it->room;
}

/* The headers up to TCP or UDP. 0, or -ENOTSUP for an unknown link type. A malformed header ends the reading. */
static int read_headers(const uint8_t *bytes, size_t size, unsigned link_type, struct capture_packet *packet)
{
	bool sum_wrong;
	int err = dissect_read_link(link_type, bytes, size, &packet->ether, NULL);

	if (err == -ENOTSUP)
		return err;
	if (err || packet->ether.kind != ETHER_II || packet->ether.type != ETHER_IPV4)
		return 0;
	packet->has_ip = !ipv4_decode_any(packet->ether.payload.data, packet->ether.payload.length,
					  &packet->ip, &sum_wrong, NULL);
	if (!packet->has_ip || ipv4_is_fragment(&packet->ip))
		return 0;
	packet->has_tcp =
	    packet->ip.protocol == IP_TCP && !tcp_decode_any(&packet->ip, &packet->tcp, &sum_wrong, NULL);
	packet->has_udp =
	    packet->ip.protocol == IP_UDP && !udp_decode_any(&packet->ip, &packet->udp, &sum_wrong, NULL);
	return 0;
}

static struct wire_slice payload_of(const struct capture_packet *packet)
{
	if (packet->has_tcp)
		return packet->tcp.payload;
	return packet->has_udp ? packet->udp.payload : (struct wire_slice){NULL, 0};
}

static bool is_dhcp(const struct capture_packet *packet)
{
	return packet->has_udp && (packet->udp.source_port == DHCP_SERVER_PORT ||
				   packet->udp.destination_port == DHCP_SERVER_PORT);
}

/* --- addresses of the phone --- */

static bool is_address(const struct capture *it, uint32_t address)
{
	for (unsigned i = 0; i < it->addresses; i++)
		if (it->address[i] == address)
			return true;
	return false;
}

static void learn_address(struct capture *it, uint32_t address)
{
	if (!address || address == UINT32_MAX || is_address(it, address))
		return;
	if (it->addresses < CAPTURE_ADDRESSES)
		it->address[it->addresses++] = address;
}

static bool starts(struct wire_slice in, const char *with)
{
	return in.length >= strlen(with) && !memcmp(in.data, with, strlen(with));
}

static bool has(struct wire_slice in, const char *text)
{
	return memmem(in.data, in.length, text, strlen(text)) != NULL;
}

/* Which end is the phone, if the message names it: it asks for its own files, and it registers. 0: neither. */
static uint32_t named_end(const struct capture *it, const struct capture_packet *packet)
{
	struct wire_slice in = payload_of(packet);
	bool request = starts(in, "GET ") || starts(in, "REGISTER ");
	bool response = starts(in, "SIP/2.0 ");

	if (packet->has_udp && packet->udp.destination_port == TFTP_PORT)
		request = true;
	if ((!request && !response) || (!has(in, it->hex) && !has(in, it->hex_lower)))
		return 0;
	if (request)
		return packet->ip.source;
	return has(in, " REGISTER\r\n") ? packet->ip.destination : 0;
}

static void learn_dhcp(struct capture *it, const struct capture_packet *packet)
{
	struct dhcp_message message;

	if (!dhcp_decode(packet->udp.payload.data, packet->udp.payload.length, &message, NULL) &&
	    mac_equal(&message.chaddr, &it->mac) && message.has & DHCP_HAS_TYPE && message.type == DHCP_ACK)
		learn_address(it, message.yiaddr ? message.yiaddr : message.ciaddr);
}

int capture_learn(struct capture *it, const struct capture_record *record)
{
	struct capture_packet packet = {0};
	size_t size;
	const uint8_t *bytes = whole(it, record, &size);
	int err = read_headers(bytes, size, record->link_type, &packet);

	if (err || !packet.has_ip)
		return err;
	if (is_dhcp(&packet))
		learn_dhcp(it, &packet);
	else if (mac_equal(&packet.ether.source, &it->mac))
		learn_address(it, packet.ip.source);
	else if (it->addresses < CAPTURE_ADDRESSES && !is_address(it, packet.ip.source) &&
		 !is_address(it, packet.ip.destination))
		learn_address(it, named_end(it, &packet));
	return 0;
}

/* --- whose frame --- */

static bool is_neighbour_protocol(const struct ether_frame *ether)
{
	return mac_is_group(&ether->destination) && (ether->kind != ETHER_II || ether->type == ETHER_LLDP);
}

/* By MAC; or by address, since behind a router the MAC is the router's. */
static void find_ends(const struct capture *it, struct capture_packet *packet)
{
	packet->from_phone = mac_equal(&packet->ether.source, &it->mac) ||
			     (packet->has_ip && is_address(it, packet->ip.source));
	packet->to_phone =
	    !packet->from_phone && (mac_equal(&packet->ether.destination, &it->mac) ||
				    (packet->has_ip && is_address(it, packet->ip.destination)));
}

static bool can_matter(const struct capture_packet *packet)
{
	return packet->from_phone || packet->to_phone || is_dhcp(packet) ||
	       (packet->ether.kind == ETHER_II && packet->ether.type == ETHER_ARP) ||
	       is_neighbour_protocol(&packet->ether);
}

/* --- frames that are there twice --- */

static uint64_t add_hash(uint64_t hash, const uint8_t *data, size_t size)
{
	for (; size >= 8; data += 8, size -= 8) {
		uint64_t word;

		memcpy(&word, data, 8);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	for (; size; data++, size--)
		hash = (hash ^ *data) * UINT64_C(0x100000001b3);
	return hash;
}

/* What is the same in each copy of a frame: VLAN tags, MACs and time to live may differ. */
static uint64_t hash_of(const struct capture_packet *packet)
{
	const uint32_t header[] = {packet->ip.source, packet->ip.destination,
				   (uint32_t)packet->ip.id << 16 | packet->ip.fragment_offset,
				   packet->ip.protocol};
	uint64_t hash = 1;

	if (!packet->has_ip)
		return add_hash(add_hash(2, packet->ether.source.octet, sizeof(packet->ether.source.octet)),
				packet->ether.payload.data, packet->ether.payload.length);
	hash = add_hash(hash, (const uint8_t *)header, sizeof(header));
	return add_hash(hash, packet->ip.payload.data, packet->ip.payload.length);
}

static bool is_repeated(struct capture *it, const struct capture_packet *packet)
{
	uint64_t hash = hash_of(packet);

	for (size_t i = 0; i < CAPTURE_SEEN; i++)
		if (it->hash[i] == hash && packet->us <= it->hash_us[i] + REPEATED_US)
			return true;
	it->hash[it->hashed % CAPTURE_SEEN] = hash;
	it->hash_us[it->hashed++ % CAPTURE_SEEN] = packet->us;
	return false;
}

/* --- one frame --- */

static void on_tcp(struct capture *it, struct capture_packet *packet)
{
	struct capture_connection *connection = capture_tcp(it, packet);

	if (!strcmp(packet->seen->protocol, "http"))
		capture_http(it, packet, connection);
	else if (connection && packet->to_phone && connection->server_port == CAPTURE_HTTP_PORT &&
		 packet->tcp.flags & (TCP_FIN | TCP_RST))
		capture_http(it, packet, connection);
}

static void on_incoming(struct capture *it, const struct capture_packet *packet)
{
	size_t octets = IPV4_HEADER + packet->ip.payload.length;

	if (octets > it->network.largest_in)
		it->network.largest_in = octets;
	if (it->dhcp.mask && (packet->ip.source & it->dhcp.mask) != (it->address_now & it->dhcp.mask))
		it->network.router = packet->ether.source;
}

/* The protocols that a frame of the phone carries. */
static void on_own(struct capture *it, struct capture_packet *packet)
{
	if (packet->from_phone && packet->has_ip && packet->ip.source)
		it->address_now = packet->ip.source;
	if (packet->to_phone && packet->has_ip)
		on_incoming(it, packet);
	capture_vlan(it, packet);
	if (packet->from_phone) {
		capture_step(it, LADDER_POWER, LADDER_DONE, "the phone sends frames");
		capture_step(it, LADDER_BOOT, LADDER_DONE, "the phone sends frames");
	}
	if (packet->has_tcp)
		on_tcp(it, packet);
	else if (packet->has_udp && !is_dhcp(packet))
		capture_tftp(it, packet);
	else if (packet->to_phone && packet->has_ip && packet->ip.protocol == IP_ICMP)
		capture_icmp(it, packet);
}

int capture_add(struct capture *it, const struct capture_record *record)
{
	struct capture_packet packet = {.number = record->number, .cut = record->length > record->size};
	size_t size;
	const uint8_t *bytes = whole(it, record, &size);
	int err = read_headers(bytes, size, record->link_type, &packet);

	if (err)
		return err;
	if (!it->frames++)
		it->first_ns = record->time_ns;
	packet.us = record->time_ns > it->first_ns ? (record->time_ns - it->first_ns) / 1000 : 0;
	/* A capture that several programs wrote may be out of order. */
	if (packet.us > it->now_us)
		it->now_us = packet.us;
	find_ends(it, &packet);
	if (!can_matter(&packet))
		return 0;
	if (is_repeated(it, &packet)) {
		it->repeated++;
		return 0;
	}
	it->own += packet.from_phone || packet.to_phone;
	it->cut += packet.cut && (packet.from_phone || packet.to_phone);
	it->packet = &packet;
	packet.seen = &it->seen;
	dissect_record(it->context, record->link_type, bytes, size, packet.cut, &it->seen);
	if (is_neighbour_protocol(&packet.ether))
		capture_neighbour_frame(it, &packet);
	if (packet.ether.kind == ETHER_II && packet.ether.type == ETHER_ARP)
		capture_arp(it, &packet);
	if (is_dhcp(&packet)) {
		capture_vlan(it, &packet);
		capture_dhcp(it, &packet);
	}
	if (packet.from_phone || packet.to_phone)
		on_own(it, &packet);
	it->packet = NULL;
	return 0;
}
