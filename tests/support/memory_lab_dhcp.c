/* The DHCP server of the memory lab. */
#include "tests/support/memory_lab_internal.h"

#include <string.h>

#include "wire/arp.h"
#include "wire/dhcp_option.h"
#include "wire/ipv4.h"

static const struct mac dhcp_mac = {{0x02, 0, 0, 0xbb, 0, 1}};

static unsigned phone_of(const struct memory_lab *lab, const struct mac *mac)
{
	for (unsigned i = 0; i < lab->phones; i++)
		if (mac_equal(&lab->phone[i].mac, mac))
			return i;
	return lab->phones;
}

static uint32_t lease_for(struct memory_lab *lab, unsigned i)
{
	if (!lab->phone[i].lease)
		lab->phone[i].lease = lab->dhcp.next++;
	return lab->phone[i].lease;
}

static void fill_answer(struct memory_lab *lab, const struct dhcp_message *asked, uint8_t type,
			uint32_t address, struct dhcp_message *answer)
{
	const struct lab_dhcp *dhcp = &lab->dhcp;

	memset(answer, 0, sizeof(*answer));
	answer->operation = DHCP_BOOTREPLY;
	answer->xid = asked->xid;
	answer->chaddr = asked->chaddr;
	answer->ciaddr = asked->ciaddr;
	answer->has = DHCP_HAS_TYPE | DHCP_HAS_SERVER;
	answer->type = type;
	answer->server = LAB_DHCP_ADDRESS;
	if (type == DHCP_NAK) {
		answer->has |= DHCP_HAS_MESSAGE;
		strcpy(answer->message, "wrong address");
		return;
	}
	answer->yiaddr = address;
	answer->siaddr = dhcp->siaddr;
	answer->has |= DHCP_HAS_LEASE | DHCP_HAS_DOMAIN;
	if (!dhcp->no_mask) {
		answer->has |= DHCP_HAS_MASK;
		answer->mask = 0xffff0000;
	}
	answer->lease = dhcp->lease_s;
	strcpy(answer->domain, "lab");
	if (!dhcp->no_router) {
		answer->has |= DHCP_HAS_ROUTER;
		answer->routers.count = 1;
		answer->routers.item[0] = 0x0a6e0001;
	}
	if (!dhcp->no_dns) {
		answer->has |= DHCP_HAS_DNS;
		answer->dns.count = 1;
		answer->dns.item[0] = LAB_DHCP_ADDRESS;
	}
	if (dhcp->no_type)
		answer->has &= ~(uint32_t)DHCP_HAS_TYPE;
	if (dhcp->no_server)
		answer->has &= ~(uint32_t)DHCP_HAS_SERVER;
	if (dhcp->option150_count) {
		answer->has |= DHCP_HAS_TFTP_ADDRESS;
		answer->tftp_addresses.count = dhcp->option150_count;
		memcpy(answer->tftp_addresses.item, dhcp->option150, sizeof(dhcp->option150));
	}
	if (dhcp->option66[0]) {
		answer->has |= DHCP_HAS_TFTP_NAME;
		strcpy(answer->tftp_name, dhcp->option66);
	}
}

static void send_answer(struct memory_lab *lab, const struct udp_frame *asked,
			const struct dhcp_message *answer, unsigned from)
{
	uint8_t payload[DHCP_MAX], frame[DHCP_MAX + 64];
	unsigned i = phone_of(lab, &answer->chaddr);
	struct udp_frame udp = {
	    .destination_mac = answer->type == DHCP_NAK ? ether_broadcast : answer->chaddr,
	    .source_mac = dhcp_mac,
	    .tagged = !lab->sw && asked->tagged,
	    .tci = asked->tci,
	    .source = LAB_DHCP_ADDRESS,
	    .destination = answer->type == DHCP_NAK ? UINT32_MAX : answer->yiaddr,
	    .source_port = DHCP_SERVER_PORT,
	    .destination_port = DHCP_CLIENT_PORT,
	};
	const struct lab_dhcp *dhcp = &lab->dhcp;
	ssize_t length = dhcp_encode(answer, payload, sizeof(payload));

	if (length <= 0 || (size_t)length + dhcp->options_length > sizeof(payload))
		abort();
	memmove(payload + OPTIONS_AT + dhcp->options_length, payload + OPTIONS_AT,
		(size_t)length - OPTIONS_AT);
	memcpy(payload + OPTIONS_AT, dhcp->options, dhcp->options_length);
	length += (ssize_t)dhcp->options_length;
	udp.payload = (struct wire_slice){payload, (size_t)length};
	length = udp_frame_encode(&udp, frame, sizeof(frame));
	if (length <= 0)
		abort();
	if (lab->sw)
		lab_frame_to_port(lab, from, lab_latency(lab) + dhcp->delay_us, frame, (size_t)length);
	else
		lab_frame_to_phone(lab, i, dhcp->delay_us + (lab->wire.at_once ? 0 : lab_latency(lab)), frame,
				   (size_t)length);
}

static void count_discover(struct lab_dhcp *dhcp, const struct dhcp_message *message, uint64_t now_us)
{
	if (dhcp->discovers < 32)
		dhcp->discover_us[dhcp->discovers] = now_us;
	dhcp->discovers++;
	dhcp->discover_s = message->seconds;
	dhcp->parameter_count = message->parameters.length < 16 ? message->parameters.length : 16;
	memcpy(dhcp->parameters, message->parameters.data, dhcp->parameter_count);
	snprintf(dhcp->vendor_class, sizeof(dhcp->vendor_class), "%s", message->vendor_class);
	snprintf(dhcp->host_name, sizeof(dhcp->host_name), "%s", message->host_name);
}

void lab_dhcp_frame(struct memory_lab *lab, const uint8_t *bytes, size_t length, unsigned from)
{
	struct lab_dhcp *dhcp = &lab->dhcp;
	struct udp_frame udp;
	struct dhcp_message message, answer;
	unsigned i;

	if (udp_frame_decode(bytes, length, &udp, NULL) || udp.destination_port != DHCP_SERVER_PORT ||
	    dhcp_decode(udp.payload.data, udp.payload.length, &message, NULL))
		return;
	i = phone_of(lab, &message.chaddr);
	if (i == lab->phones)
		return;
	if (message.type == DHCP_DISCOVER)
		count_discover(dhcp, &message, lab->now_us);
	else if (message.type == DHCP_REQUEST && !message.ciaddr)
		dhcp->request_s = message.seconds;
	if (!dhcp->up || (dhcp->lose && dhcp->lose--))
		return;
	if (message.type == DHCP_DECLINE) {
		dhcp->declines++;
		lab->phone[i].lease = 0;
		return;
	}
	if (message.type == DHCP_DISCOVER) {
		fill_answer(lab, &message, DHCP_OFFER, lease_for(lab, i), &answer);
	} else if (message.type == DHCP_REQUEST && message.ciaddr) {
		*(udp.destination == UINT32_MAX ? &dhcp->rebinds : &dhcp->renewals) += 1;
		if (dhcp->no_renewal)
			return;
		fill_answer(lab, &message, dhcp->nak ? (dhcp->nak--, DHCP_NAK) : DHCP_ACK, message.ciaddr,
			    &answer);
	} else if (message.type == DHCP_REQUEST) {
		dhcp->requests++;
		fill_answer(lab, &message, dhcp->nak ? (dhcp->nak--, DHCP_NAK) : DHCP_ACK, lease_for(lab, i),
			    &answer);
	} else {
		return;
	}
	send_answer(lab, &udp, &answer, from);
	if (!dhcp->two || answer.type != DHCP_OFFER)
		return;
	answer.server = LAB_DHCP_ADDRESS + 1;
	dhcp->delay_us += 20000;
	send_answer(lab, &udp, &answer, from);
	dhcp->delay_us -= 20000;
}
