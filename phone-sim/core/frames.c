/* What comes in on eth0: CDP and LLDP untagged, ARP and DHCP of the phone's own VLAN. */
#include "phone-sim/core/frames.h"

#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/discovery.h"
#include "phone-sim/core/internal.h"
#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/ether.h"
#include "wire/ipv4.h"

static bool own_vlan(const struct phone *phone, const struct ether_frame *frame)
{
	uint16_t vlan = frame->tags ? ether_tci_vid(frame->tag[0].tci) : 0;

	return frame->tags <= 1 && vlan == phone->discovery.vlan;
}

static void datagram_in(struct phone *phone, const uint8_t *bytes, size_t length)
{
	struct udp_frame udp;

	if (udp_frame_decode(bytes, length, &udp, NULL))
		return;
	if (udp.destination_port == DHCP_CLIENT_PORT && udp.source_port == DHCP_SERVER_PORT)
		dhcp_client_datagram(phone, &udp.source_mac, udp.payload.data, udp.payload.length);
}

void frames_in(struct phone *phone, const uint8_t *bytes, size_t length)
{
	struct ether_frame frame;

	if (phone->state <= PHONE_STATE_BOOT || phone->state >= PHONE_STATE_STOPPED ||
	    ether_decode(bytes, length, &frame, NULL) || mac_equal(&frame.source, &phone->config.mac))
		return;
	if (cdp_is_frame(&frame)) {
		phone_cdp_frame(phone, frame.payload.data, frame.payload.length);
		return;
	}
	if (frame.kind != ETHER_II)
		return;
	if (frame.type == ETHER_LLDP) {
		phone_lldp_frame(phone, frame.payload.data, frame.payload.length);
		return;
	}
	if (!own_vlan(phone, &frame) ||
	    (!mac_is_group(&frame.destination) && !mac_equal(&frame.destination, &phone->config.mac)))
		return;
	if (frame.type == ETHER_ARP)
		dhcp_client_arp(phone, frame.payload.data, frame.payload.length);
	else if (frame.type == ETHER_IPV4)
		datagram_in(phone, bytes, length);
}
