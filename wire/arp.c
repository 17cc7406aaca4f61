#include "wire/arp.h"

#include "wire/ether.h"

#define HARDWARE_ETHERNET 1
#define MAC_LENGTH	  6
#define IP_LENGTH	  4

int arp_decode(const uint8_t *data, size_t length, struct arp_packet *packet, struct wire_error *error)
{
	struct arp_packet p;
	struct wire_reader r;

	wire_reader_init(&r, data, length);
	if (wire_read_u16(&r) != HARDWARE_ETHERNET)
		wire_reader_fail_at(&r, 0, "ARP hardware type is not Ethernet");
	if (wire_read_u16(&r) != ETHER_IPV4)
		wire_reader_fail_at(&r, 2, "ARP protocol type is not IPv4");
	if (wire_read_u8(&r) != MAC_LENGTH)
		wire_reader_fail_at(&r, 4, "ARP hardware address length is not 6");
	if (wire_read_u8(&r) != IP_LENGTH)
		wire_reader_fail_at(&r, 5, "ARP protocol address length is not 4");
	p.operation = wire_read_u16(&r);
	wire_read_bytes(&r, p.sender_mac.octet, MAC_LENGTH);
	p.sender_ip = wire_read_u32(&r);
	wire_read_bytes(&r, p.target_mac.octet, MAC_LENGTH);
	p.target_ip = wire_read_u32(&r);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*packet = p;
	return 0;
}

static void write_packet(struct wire_writer *w, const struct arp_packet *packet)
{
	wire_write_u16(w, HARDWARE_ETHERNET);
	wire_write_u16(w, ETHER_IPV4);
	wire_write_u8(w, MAC_LENGTH);
	wire_write_u8(w, IP_LENGTH);
	wire_write_u16(w, packet->operation);
	wire_write_bytes(w, packet->sender_mac.octet, MAC_LENGTH);
	wire_write_u32(w, packet->sender_ip);
	wire_write_bytes(w, packet->target_mac.octet, MAC_LENGTH);
	wire_write_u32(w, packet->target_ip);
}

ssize_t arp_encode(const struct arp_packet *packet, uint8_t *data, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	write_packet(&w, packet);
	return wire_writer_result(&w);
}

struct arp_packet arp_probe(const struct mac *mac, uint32_t ip)
{
	return (struct arp_packet){.operation = ARP_REQUEST, .sender_mac = *mac, .target_ip = ip};
}

struct arp_packet arp_announce(const struct mac *mac, uint32_t ip)
{
	return arp_request(mac, ip, ip);
}

struct arp_packet arp_request(const struct mac *mac, uint32_t ip, uint32_t target)
{
	return (struct arp_packet){
	    .operation = ARP_REQUEST, .sender_mac = *mac, .sender_ip = ip, .target_ip = target};
}

struct arp_packet arp_reply(const struct arp_packet *request, const struct mac *mac)
{
	return (struct arp_packet){
	    .operation = ARP_REPLY,
	    .sender_mac = *mac,
	    .sender_ip = request->target_ip,
	    .target_mac = request->sender_mac,
	    .target_ip = request->sender_ip,
	};
}

bool arp_is_probe(const struct arp_packet *packet)
{
	return packet->operation == ARP_REQUEST && packet->sender_ip == 0 && packet->target_ip != 0;
}

/* RFC 5227 section 3: announcements made as replies must be understood too. */
bool arp_is_announcement(const struct arp_packet *packet)
{
	return packet->sender_ip != 0 && packet->sender_ip == packet->target_ip;
}

bool arp_conflicts(const struct arp_packet *packet, const struct mac *mac, uint32_t ip)
{
	if (mac_equal(&packet->sender_mac, mac))
		return false;
	return packet->sender_ip == ip || (arp_is_probe(packet) && packet->target_ip == ip);
}

ssize_t arp_frame(const struct arp_packet *packet, const struct mac *source, const uint16_t *tci,
		  uint8_t *data, size_t size)
{
	struct ether_frame frame = {
	    .destination = packet->operation == ARP_REPLY ? packet->target_mac : ether_broadcast,
	    .source = *source,
	    .kind = ETHER_II,
	    .type = ETHER_ARP,
	};
	struct wire_writer w;
	ssize_t length;

	if (tci) {
		frame.tags = 1;
		frame.tag[0] = (struct ether_tag){ETHER_VLAN, *tci};
	}
	wire_writer_init(&w, data, size);
	ether_write_begin(&w, &frame);
	write_packet(&w, packet);
	length = wire_writer_result(&w);
	return length < 0 ? length : ether_pad(data, (size_t)length, size);
}

const char *arp_operation_name(uint16_t operation)
{
	return operation == ARP_REQUEST ? "request" : operation == ARP_REPLY ? "reply" : NULL;
}
