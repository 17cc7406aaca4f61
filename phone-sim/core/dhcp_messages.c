/* The DHCP messages and ARP packets of the phone, and the lease of an OFFER or ACK. */
#include "phone-sim/core/dhcp_client.h"

#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "wire/arp.h"
#include "wire/ipv4.h"

static const uint8_t parameters[] = {
    DHCP_OPTION_MASK,	DHCP_OPTION_TFTP_NAME,	  DHCP_OPTION_DNS,	   DHCP_OPTION_ROUTER,
    DHCP_OPTION_DOMAIN, DHCP_OPTION_TFTP_ADDRESS, DHCP_OPTION_ARP_TIMEOUT,
};

static void fill(struct phone *phone, uint8_t type, struct dhcp_message *message)
{
	struct dhcp_client *client = &phone->dhcp;
	uint64_t seconds;

	/* The REQUEST for an offer has the same "secs" as its DISCOVER (RFC 2131 4.4.1). */
	if (client->state != DHCP_STATE_REQUESTING)
		client->sent_us = phone->now_us;
	seconds = (client->sent_us - client->started_us) / 1000000;
	memset(message, 0, sizeof(*message));
	message->operation = DHCP_BOOTREQUEST;
	message->xid = client->xid;
	message->seconds = (uint16_t)(seconds > 0xffff ? 0xffff : seconds);
	message->chaddr = phone->config.mac;
	message->has = DHCP_HAS_TYPE | DHCP_HAS_CLIENT_ID | DHCP_HAS_HOST_NAME | DHCP_HAS_VENDOR_CLASS;
	message->type = type;
	message->client_id.length = 7;
	message->client_id.data[0] = 1;
	memcpy(message->client_id.data + 1, phone->config.mac.octet, 6);
	strcpy(message->host_name, phone->name);
	strcpy(message->vendor_class, phone->model->vendor_class);
	if (type == DHCP_DECLINE)
		return;
	message->has |= DHCP_HAS_PARAMETERS | DHCP_HAS_MAX_SIZE;
	message->parameters.length = sizeof(parameters);
	memcpy(message->parameters.data, parameters, sizeof(parameters));
	message->max_size = 1500;
}

/* RFC 2131 table 5: which message contains the address and the server, and where. */
void dhcp_send(struct phone *phone, uint8_t type)
{
	struct dhcp_client *client = &phone->dhcp;
	struct dhcp_message message;
	struct udp_frame udp = {
	    .destination_mac = ether_broadcast,
	    .source_mac = phone->config.mac,
	    .tagged = phone->discovery.vlan != 0,
	    .tci = ether_tci(phone->discovery.vlan, 0),
	    .id = (uint16_t)rng_next(&phone->rng),
	    .destination = UINT32_MAX,
	    .source_port = DHCP_CLIENT_PORT,
	    .destination_port = DHCP_SERVER_PORT,
	};
	uint8_t payload[DHCP_MAX], frame[DHCP_MAX + 64];
	ssize_t length;

	fill(phone, type, &message);
	if (client->state == DHCP_STATE_RENEWING || client->state == DHCP_STATE_REBINDING) {
		message.ciaddr = client->lease.address;
		udp.source = client->lease.address;
		if (client->state == DHCP_STATE_RENEWING) {
			udp.destination = client->lease.server;
			udp.destination_mac = client->server_mac;
		}
	} else if (type != DHCP_DISCOVER) {
		message.has |= DHCP_HAS_ADDRESS | DHCP_HAS_SERVER;
		message.address = client->offer.address;
		message.server = client->offer.server;
	}
	length = dhcp_encode(&message, payload, sizeof(payload));
	if (length <= 0)
		return;
	udp.payload = (struct wire_slice){payload, (size_t)length};
	length = udp_frame_encode(&udp, frame, sizeof(frame));
	phone_send_frame(phone, frame, length);
}

void dhcp_send_arp(struct phone *phone, bool announce)
{
	struct arp_packet packet = announce ? arp_announce(&phone->config.mac, phone->dhcp.lease.address)
					    : arp_probe(&phone->config.mac, phone->dhcp.offer.address);
	uint16_t tci = ether_tci(phone->discovery.vlan, 0);
	uint8_t frame[ARP_FRAME];
	ssize_t length =
	    arp_frame(&packet, &phone->config.mac, phone->discovery.vlan ? &tci : NULL, frame, sizeof(frame));

	phone_send_frame(phone, frame, length);
}

/* A time of the message in microseconds; 0xffffffff is infinity (RFC 2131 3.3). */
static uint64_t duration(uint32_t seconds)
{
	return seconds == UINT32_MAX ? UINT64_MAX : seconds * UINT64_C(1000000);
}

const char *dhcp_read_lease(const struct dhcp_message *message, struct dhcp_lease *lease)
{
	int prefix = ipv4_mask_length(message->mask);

	memset(lease, 0, sizeof(*lease));
	if (!message->yiaddr || message->yiaddr >= 0xe0000000)
		return "no usable address";
	if (!(message->has & DHCP_HAS_MASK))
		return "no subnet mask";
	if (prefix < 1)
		return "an invalid subnet mask";
	lease->address = message->yiaddr;
	lease->server = message->server;
	lease->siaddr = message->siaddr;
	lease->prefix = (unsigned)prefix;
	if (message->has & DHCP_HAS_ROUTER && message->routers.count)
		lease->gateway = message->routers.item[0];
	if (message->has & DHCP_HAS_DNS)
		for (unsigned i = 0; i < message->dns.count && i < PHONE_DNS_MAX; i++)
			lease->dns[lease->dns_count++] = message->dns.item[i];
	if (message->has & DHCP_HAS_DOMAIN)
		memcpy(lease->domain, message->domain, sizeof(lease->domain));
	if (message->has & DHCP_HAS_TFTP_NAME)
		memcpy(lease->tftp_name, message->tftp_name, sizeof(lease->tftp_name));
	if (message->has & DHCP_HAS_TFTP_ADDRESS)
		for (unsigned i = 0; i < message->tftp_addresses.count && i < PHONE_SERVERS_MAX; i++)
			lease->tftp[lease->tftp_count++] = message->tftp_addresses.item[i];
	lease->lease_us = message->has & DHCP_HAS_LEASE ? duration(message->lease) : 0;
	lease->t1_us = lease->lease_us == UINT64_MAX ? UINT64_MAX : lease->lease_us / 2;
	lease->t2_us = lease->lease_us == UINT64_MAX ? UINT64_MAX : lease->lease_us / 8 * 7;
	/* 0 would be a renewal at every ACK, as fast as the server answers. */
	if (message->has & DHCP_HAS_T2 && message->t2 && duration(message->t2) < lease->lease_us)
		lease->t2_us = duration(message->t2);
	if (message->has & DHCP_HAS_T1 && message->t1 && duration(message->t1) < lease->lease_us)
		lease->t1_us = duration(message->t1);
	if (lease->t1_us > lease->t2_us)
		lease->t1_us = lease->t2_us;
	return NULL;
}

void dhcp_put_address(struct phone *phone)
{
	const struct dhcp_lease *lease = &phone->dhcp.lease;
	struct phone_action *action = phone_put(phone, PHONE_DO_SET_ADDRESS);

	phone->address_set = true;
	action->address.ip = lease->address;
	action->address.prefix = lease->prefix;
	action->address.gateway = lease->gateway;
	memcpy(action->address.dns, lease->dns, sizeof(lease->dns));
	action->address.dns_count = lease->dns_count;
	action->address.domain = phone_keep_text(phone, lease->domain);
	action->address.hostname = phone->name;
}
