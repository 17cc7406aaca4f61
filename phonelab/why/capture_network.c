/* What a capture shows of the network beside the phone: neighbours, VLANs, address conflicts, ICMP. */
#include "phonelab/why/capture_internal.h"

#include <stdlib.h>
#include <string.h>

#include "wire/arp.h"
#include "wire/cursor.h"

#define ICMP_UNREACHABLE     3
#define ICMP_FRAGMENT_NEEDED 4

/* --- ARP --- */

static void note_conflict(struct capture *it, const struct capture_packet *packet, const struct mac *before,
			  const struct arp_packet *arp)
{
	if (it->network.conflict.number)
		return;
	it->network.conflict.address = arp->sender_ip;
	it->network.conflict.mac[0] = *before;
	it->network.conflict.mac[1] = arp->sender_mac;
	it->network.conflict.number = packet->number;
}

/* Another device claims an address that the phone needs: its own, its gateway's, a server's. */
static bool matters(const struct capture *it, uint32_t address)
{
	if (address == it->address_now || address == it->dhcp.gateway)
		return true;
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++)
		if (it->connection[i].number && it->connection[i].server == address)
			return true;
	for (size_t i = 0; i < it->requests; i++)
		if (it->request[i].server == address)
			return true;
	return false;
}

void capture_arp(struct capture *it, const struct capture_packet *packet)
{
	struct capture_network *network = &it->network;
	struct capture_neighbour *entry = NULL;
	struct arp_packet arp;

	if (arp_decode(packet->ether.payload.data, packet->ether.payload.length, &arp, NULL) < 0 ||
	    !arp.sender_ip)
		return;
	for (size_t i = 0; i < CAPTURE_NEIGHBOURS && !entry; i++)
		if (network->neighbour[i].number && network->neighbour[i].address == arp.sender_ip)
			entry = &network->neighbour[i];
	if (entry && !mac_equal(&entry->mac, &arp.sender_mac)) {
		if (matters(it, arp.sender_ip) && entry->number >= it->begun_at)
			note_conflict(it, packet, &entry->mac, &arp);
	}
	if (!entry)
		entry = &network->neighbour[network->neighbours++ % CAPTURE_NEIGHBOURS];
	*entry = (struct capture_neighbour){arp.sender_ip, arp.sender_mac, packet->number};
}

/* --- CDP and LLDP --- */

static void on_switch(struct capture *it, const struct capture_packet *packet)
{
	const char *vlan = dissect_value(packet->seen, "voice_vlan");
	const char *policy = dissect_value(packet->seen, "voice_policy");
	int told;

	if (!vlan)
		return;
	told = policy && !strcmp(policy, "untagged") ? 0 : atoi(vlan);
	if (told == it->network.told_vlan && it->ladder.rung[LADDER_VOICE_VLAN - 1].state == LADDER_DONE)
		return;
	it->network.told_vlan = told;
	capture_step(it, LADDER_VOICE_VLAN, LADDER_DONE, "VLAN %s by %s", vlan, packet->seen->protocol);
}

static void on_phone(struct capture *it, const struct capture_packet *packet)
{
	const char *ttl = dissect_value(packet->seen, "ttl_s"),
		   *chassis = dissect_value(packet->seen, "chassis_id");

	if (dissect_value(packet->seen, "voice_vlan_query")) {
		/* A phone that knows its VLAN does not ask for it. */
		if (capture_beyond(it, LADDER_VOICE_VLAN))
			capture_begin(it, LADDER_VOICE_VLAN, "CDP query for the voice VLAN");
		else if (!it->begun)
			it->begun = LADDER_VOICE_VLAN;
		it->network.asked_vlan = packet->number;
		capture_step(it, LADDER_VOICE_VLAN, LADDER_ACTIVE,
			     "the phone asked by CDP; no answer was seen");
	} else if (ttl && chassis && !strcmp(ttl, "0") && strcmp(chassis, "0.0.0.0") != 0) {
		/* LLDP's shutdown. That of the chassis identifier before the phone had its address ends no registration. */
		capture_sip_doubt(it);
	}
}

void capture_neighbour_frame(struct capture *it, const struct capture_packet *packet)
{
	if (packet->from_phone)
		on_phone(it, packet);
	else
		on_switch(it, packet);
}

void capture_vlan(struct capture *it, const struct capture_packet *packet)
{
	if (!packet->from_phone || !packet->has_ip)
		return;
	it->network.vlan = packet->ether.tags ? ether_tci_vid(packet->ether.tag[0].tci) : 0;
	it->network.vlan_number = packet->number;
}

/* --- ICMP --- */

static void on_unreachable(struct capture *it, const struct capture_packet *packet, unsigned code,
			   const struct wire_slice in)
{
	struct wire_reader reader;
	uint32_t from, to;
	uint16_t mtu, phone_port, port;
	uint8_t protocol;
	size_t header;

	wire_reader_init(&reader, in.data, in.length);
	wire_read_skip(&reader, 6);
	mtu = wire_read_u16(&reader);
	header = (size_t)(wire_read_u8(&reader) & 15) * 4;
	wire_read_skip(&reader, 8);
	protocol = wire_read_u8(&reader);
	wire_read_skip(&reader, 2);
	from = wire_read_u32(&reader);
	to = wire_read_u32(&reader);
	wire_read_skip(&reader, header > 20 ? header - 20 : 0);
	phone_port = wire_read_u16(&reader);
	port = wire_read_u16(&reader);
	if (!wire_reader_ok(&reader))
		return;
	it->network.unreachable.count++;
	it->network.unreachable.by = packet->ip.source;
	it->network.unreachable.to = to;
	it->network.unreachable.code = code;
	it->network.unreachable.tcp = protocol == IP_TCP;
	it->network.unreachable.port = port;
	it->network.unreachable.mtu = code == ICMP_FRAGMENT_NEEDED ? mtu : 0;
	it->network.unreachable.number = packet->number;
	if (from != it->address_now)
		return;
	for (size_t i = 0; i < CAPTURE_CONNECTIONS && code != ICMP_FRAGMENT_NEEDED; i++) {
		struct capture_connection *connection = &it->connection[i];

		if (connection->number && connection->state == CAPTURE_SYN && connection->server == to &&
		    connection->phone_port == phone_port && connection->server_port == port)
			capture_connection_failed(it, connection, "unreachable");
	}
}

void capture_icmp(struct capture *it, const struct capture_packet *packet)
{
	const struct wire_slice in = packet->ip.payload;

	if (in.length >= 8 && in.data[0] == ICMP_UNREACHABLE)
		on_unreachable(it, packet, in.data[1], in);
}
