#include "wire/edit.h"

#include <errno.h>
#include <string.h>

#include "wire/cdp.h"
#include "wire/ipv4.h"

#define LLC_SNAP 8 /* AA AA 03, OUI, protocol id */

static void locate_transport(const uint8_t *data, uint8_t protocol, struct edit_layout *layout)
{
	const uint8_t *at = data + layout->transport;
	size_t left = layout->end - layout->transport;

	if (protocol == IP_UDP && left >= UDP_HEADER && wire_get16(at + 4) >= UDP_HEADER &&
	    wire_get16(at + 4) <= left) {
		layout->kind = EDIT_UDP;
		layout->payload = layout->transport + UDP_HEADER;
		layout->end = layout->transport + wire_get16(at + 4);
	} else if (protocol == IP_TCP && left >= 20 && at[12] >> 4 >= 5 && (at[12] >> 4) * 4u <= left) {
		layout->kind = EDIT_TCP;
		layout->payload = layout->transport + (at[12] >> 4) * 4u;
	} else if (protocol == IP_ICMP && left >= 4) {
		layout->kind = EDIT_ICMP;
		layout->payload = layout->transport + 4;
	}
}

static void locate_ipv4(const uint8_t *data, size_t length, struct edit_layout *layout)
{
	const uint8_t *ip = data + layout->network;
	size_t left = length - layout->network, header, total;

	if (left < IPV4_HEADER || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 0xf) * 4u;
	total = wire_get16(ip + 2);
	if (header < IPV4_HEADER || total < header || total > left)
		return;
	layout->kind = EDIT_IPV4;
	layout->transport = layout->payload = layout->network + header;
	layout->end = layout->network + total;
	if (!(wire_get16(ip + 6) & 0x3fff)) /* no fragment */
		locate_transport(data, ip[9], layout);
}

int edit_locate(const uint8_t *data, size_t length, struct edit_layout *layout)
{
	static const uint8_t cdp[LLC_SNAP] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00};
	size_t at = 12;
	uint16_t type;

	for (unsigned tags = 0; tags < ETHER_TAGS && length >= at + ETHER_TAG &&
				(wire_get16(data + at) == ETHER_VLAN || wire_get16(data + at) == ETHER_QINQ);
	     tags++)
		at += ETHER_TAG;
	if (length < at + 2)
		return -EBADMSG;
	type = wire_get16(data + at);
	at += 2;
	*layout = (struct edit_layout){EDIT_OTHER, at, at, at, length};
	if (type == ETHER_IPV4) {
		locate_ipv4(data, length, layout);
	} else if (type == ETHER_LLDP) {
		layout->kind = EDIT_LLDP;
	} else if (type <= ETHER_MTU && type >= LLC_SNAP && type <= length - at) {
		layout->end = at + type;
		if (memcmp(data + at, cdp, sizeof(cdp)))
			return 0;
		layout->kind = EDIT_CDP;
		layout->transport = layout->payload = at + LLC_SNAP;
	}
	return 0;
}

static void mend_transport(uint8_t *data, const struct edit_layout *layout)
{
	bool udp = layout->kind == EDIT_UDP;
	uint8_t *at = data + layout->transport, *sum = at + (udp ? 6 : 16);
	size_t length = layout->end - layout->transport;
	const uint8_t *ip = data + layout->network;
	uint32_t sum_before =
	    ipv4_pseudo_sum(wire_get32(ip + 12), wire_get32(ip + 16), udp ? IP_UDP : IP_TCP, length);
	uint16_t value;

	if (udp && !wire_get16(sum)) /* RFC 768: the sender generated none */
		return;
	wire_put16(sum, 0);
	value = ipv4_checksum(at, length, sum_before);
	wire_put16(sum, udp && !value ? 0xffff : value);
}

static void mend_ipv4(uint8_t *data, const struct edit_layout *layout)
{
	uint8_t *ip = data + layout->network;

	wire_put16(ip + 10, 0);
	wire_put16(ip + 10, ipv4_checksum(ip, (ip[0] & 0xf) * 4u, 0));
}

void edit_mend(uint8_t *data, size_t length)
{
	struct edit_layout layout;
	uint8_t *at;

	if (edit_locate(data, length, &layout))
		return;
	at = data + layout.transport;
	switch (layout.kind) {
	case EDIT_OTHER:
	case EDIT_LLDP: break;
	case EDIT_IPV4: mend_ipv4(data, &layout); break;
	case EDIT_UDP:
	case EDIT_TCP:
		mend_ipv4(data, &layout);
		mend_transport(data, &layout);
		break;
	case EDIT_ICMP:
		mend_ipv4(data, &layout);
		wire_put16(at + 2, 0);
		wire_put16(at + 2, ipv4_checksum(at, layout.end - layout.transport, 0));
		break;
	case EDIT_CDP:
		if (layout.end - layout.payload < 4)
			break;
		wire_put16(at + 2, 0);
		wire_put16(at + 2, cdp_checksum(at, layout.end - layout.payload, false));
		break;
	}
}

ssize_t edit_payload(uint8_t *data, size_t length, size_t size, const uint8_t *payload, size_t payload_length)
{
	struct edit_layout layout;
	ssize_t padded;
	size_t end;

	if (edit_locate(data, length, &layout))
		return -EINVAL;
	end = layout.payload + payload_length;
	if (layout.kind != EDIT_UDP && layout.kind != EDIT_CDP && layout.kind != EDIT_LLDP)
		return -EINVAL;
	if (end > size || payload_length > ETHER_MTU || end - layout.network > ETHER_MTU)
		return -ENOSPC;
	memmove(data + layout.payload, payload, payload_length);
	if (layout.kind == EDIT_UDP) {
		wire_put16(data + layout.transport + 4, (uint16_t)(UDP_HEADER + payload_length));
		wire_put16(data + layout.network + 2, (uint16_t)(end - layout.network));
	} else if (layout.kind == EDIT_CDP) {
		wire_put16(data + layout.network - 2, (uint16_t)(end - layout.network));
	}
	padded = ether_pad(data, end, size);
	if (padded < 0)
		return padded;
	edit_mend(data, (size_t)padded);
	return padded;
}
