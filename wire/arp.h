#ifndef WIRE_ARP_H
#define WIRE_ARP_H

#include "wire/ether.h"

/* ARP for IPv4 over Ethernet (RFC 826), and its use for address conflict detection (RFC 5227). IPv4 addresses
 * are uint32_t in host order everywhere in wire/. */

enum arp_operation {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

#define ARP_LENGTH 28 /* bytes of a packet */
#define ARP_FRAME  64 /* room for a whole frame: header, one tag, packet, padding to ETHER_MIN */

struct arp_packet {
	uint16_t operation; /* enum arp_operation; others are kept as they came */
	struct mac sender_mac;
	uint32_t sender_ip;
	struct mac target_mac;
	uint32_t target_ip;
};

/* Decode the payload of an ETHER_ARP frame; bytes behind the packet (padding) are ignored. 0, or -EBADMSG:
 * truncated, or other than IPv4 over Ethernet. */
int arp_decode(const uint8_t *data, size_t length, struct arp_packet *packet, struct wire_error *error);

/* Encode the packet alone. Its length, or -ENOSPC. */
ssize_t arp_encode(const struct arp_packet *packet, uint8_t *data, size_t size);

/* The packets of RFC 5227: a probe (2.1.1: sender address zero) asks whether ip is taken; an announcement
 * (2.3) says that mac has it now. */
struct arp_packet arp_probe(const struct mac *mac, uint32_t ip);
struct arp_packet arp_announce(const struct mac *mac, uint32_t ip);

/* An ordinary request of mac/ip for the address target, and the reply of mac to a request (its own address is
 * the one asked for). */
struct arp_packet arp_request(const struct mac *mac, uint32_t ip, uint32_t target);
struct arp_packet arp_reply(const struct arp_packet *request, const struct mac *mac);

bool arp_is_probe(const struct arp_packet *packet);
bool arp_is_announcement(const struct arp_packet *packet);

/* While mac probes for ip: does this packet show that another device has the address, or probes for it as well? (RFC
 * 5227 2.1.1) */
bool arp_conflicts(const struct arp_packet *packet, const struct mac *mac, uint32_t ip);

/* A whole frame from source, untagged, or tagged when tci is not NULL; replies go to the target, all else is
 * broadcast. Padded to ETHER_MIN. The length, or -ENOSPC. */
ssize_t arp_frame(const struct arp_packet *packet, const struct mac *source, const uint16_t *tci,
		  uint8_t *data, size_t size);

/* "request", "reply", or NULL. */
const char *arp_operation_name(uint16_t operation);

#endif
