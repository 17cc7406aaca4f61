/* DHCP in a capture: what the phone asked for, and the answers that it could not use. */
#include "phonelab/why/capture_internal.h"
#include "phonelab/lab/probe.h"

#include <stdio.h>
#include <string.h>

#include "wire/dhcp.h"

#define UNANSWERED_FAILED 3 /* DISCOVERs or REQUESTs without an answer, as the phone counts them */
#define RELAYED_US	  50000

/* What is wrong with an OFFER or ACK for a phone; "" if nothing is. */
static void find_refusal(const struct capture *it, const struct dhcp_message *message, char *text,
			 size_t size)
{
	char mac[MAC_TEXT];

	mac_format(&message->chaddr, mac);
	if (!mac_equal(&message->chaddr, &it->mac))
		snprintf(text, size, "its hardware address is %s, not the phone's", mac);
	else if (it->dhcp.xid && message->xid != it->dhcp.xid)
		snprintf(text, size,
			 "its transaction is 0x%08x, the phone's is 0x%08x: a late answer, or one to another",
			 message->xid, it->dhcp.xid);
	else if (!(message->has & DHCP_HAS_SERVER))
		snprintf(text, size, "no server identifier");
	else if (!message->yiaddr)
		snprintf(text, size, "no address");
	else if (!(message->has & DHCP_HAS_MASK))
		snprintf(text, size, "no subnet mask");
	else if (message->type == DHCP_ACK && !(message->has & DHCP_HAS_LEASE))
		snprintf(text, size, "no lease time");
	else
		*text = 0;
}

/* A new transaction: remember the former one, to which answers may still come. */
static void new_transaction(struct capture_dhcp *dhcp, uint32_t xid, uint64_t us)
{
	if (dhcp->xid == xid && dhcp->began_us)
		return;
	if (dhcp->began_us) {
		memmove(&dhcp->earlier[1], &dhcp->earlier[0],
			sizeof(dhcp->earlier) - sizeof(dhcp->earlier[0]));
		dhcp->earlier[0].xid = dhcp->xid;
		dhcp->earlier[0].us = dhcp->began_us;
	}
	dhcp->xid = xid;
	dhcp->began_us = us ? us : 1; /* 0: none */
	dhcp->taken = dhcp->other = 0;
	dhcp->answered_us = 0;
	dhcp->offers = 0;
}

/* An answer to a transaction that the phone has given up? Then write the event. */
static bool is_late(struct capture *it, const struct dhcp_message *message)
{
	const char *type = message->type == DHCP_OFFER ? "OFFER" : message->type == DHCP_ACK ? "ACK" : "NAK";
	uint64_t ms;

	for (size_t i = 0; i < CAPTURE_EARLIER; i++) {
		if (!it->dhcp.earlier[i].us || it->dhcp.earlier[i].xid != message->xid)
			continue;
		ms = (it->packet->us - it->dhcp.earlier[i].us) / 1000;
		capture_event(it, LADDER_DHCP, "dhcp.late",
			      capture_evidence("server", capture_address(message->server), "address",
					       capture_address(message->yiaddr), "type", type, "ms",
					       capture_number(ms), NULL),
			      "%s of %s from %s, %llu ms after the first request", type,
			      capture_address(message->yiaddr), capture_address(message->server),
			      (unsigned long long)ms);
		return true;
	}
	return false;
}

static void refuse(struct capture *it, const char *type, uint32_t server, const char *reason)
{
	capture_event(
	    it, LADDER_DHCP, "dhcp.bad",
	    capture_evidence("server", capture_address(server), "type", type, "reason", reason, NULL),
	    "%s refused: %s", type, reason);
}

/* The phone sent another DISCOVER, although an OFFER had come: it could not use the OFFER. */
static void refuse_offer(struct capture *it, uint64_t us)
{
	struct capture_offer *offer = &it->dhcp.offer;
	char reason[WIRE_ODD_TEXT + 1];

	if (!offer->number)
		return;
	if (*offer->reason || *offer->odd)
		snprintf(reason, sizeof(reason), "%s", *offer->reason ? offer->reason : offer->odd);
	else
		snprintf(reason, sizeof(reason),
			 "the phone sent another DISCOVER %llu ms after the OFFER in frame %lu",
			 (unsigned long long)(us - offer->us) / 1000, offer->number);
	refuse(it, "OFFER", offer->server, reason);
	offer->number = 0;
}

static void on_discover(struct capture *it, const struct capture_packet *packet,
			const struct dhcp_message *message)
{
	struct capture_dhcp *dhcp = &it->dhcp;
	int vlan = it->network.vlan > 0 ? it->network.vlan : 0;

	if (dhcp->bound || capture_beyond(it, LADDER_DHCP))
		capture_begin(it, LADDER_DHCP, "DISCOVER");
	else if (!it->begun)
		it->begun = LADDER_DHCP;
	else if (dhcp->discovers && message->xid == dhcp->xid && message->giaddr &&
		 packet->us < dhcp->discovered_us + RELAYED_US)
		return; /* the same, after the relay */
	refuse_offer(it, packet->us);
	dhcp->requesting = false;
	dhcp->requests = 0;
	dhcp->discovers++;
	new_transaction(dhcp, message->xid, packet->us);
	dhcp->discovered_us = packet->us;
	capture_step(it, LADDER_DHCP, LADDER_ACTIVE, "DISCOVER was sent; no OFFER was seen");
	capture_event(it, LADDER_DHCP, "dhcp.discover", NULL, "try %u, VLAN %d", dhcp->discovers, vlan);
	if (dhcp->discovers >= UNANSWERED_FAILED)
		capture_step(it, LADDER_DHCP, LADDER_FAILED,
			     "no answer to %u DISCOVERs in VLAN %d, still asking", dhcp->discovers, vlan);
}

static void on_request(struct capture *it, const struct capture_packet *packet,
		       const struct dhcp_message *message)
{
	struct capture_dhcp *dhcp = &it->dhcp;
	uint32_t server = message->has & DHCP_HAS_SERVER ? message->server : 0;

	if (message->ciaddr)
		return; /* it renews its lease */
	if (dhcp->requests && message->xid == dhcp->xid && message->giaddr &&
	    packet->us < dhcp->requested_us + RELAYED_US)
		return;
	if (dhcp->bound || capture_beyond(it, LADDER_DHCP))
		capture_begin(it, LADDER_DHCP, "REQUEST of an address that the phone had before");
	else if (!it->begun)
		it->begun = LADDER_DHCP;
	new_transaction(dhcp, message->xid, packet->us);
	dhcp->taken = server;
	dhcp->requests++;
	dhcp->requested_us = packet->us;
	dhcp->requesting = true;
	dhcp->offer.number = 0;
	dhcp->discovers = 0;
	capture_step(it, LADDER_DHCP, LADDER_ACTIVE, "OFFER of %s; no ACK was seen",
		     capture_address(message->address));
	if (dhcp->requests == 1)
		capture_event(it, LADDER_DHCP, "dhcp.offer",
			      capture_evidence("address", capture_address(message->address), "server",
					       server ? capture_address(server) : "", NULL),
			      "%s from %s", capture_address(message->address), capture_address(server));
	if (dhcp->requests >= UNANSWERED_FAILED)
		capture_step(it, LADDER_DHCP, LADDER_FAILED, "no answer to %u REQUESTs, still asking",
			     dhcp->requests);
}

/* Another server offers too; the phone has taken the first OFFER. */
static void on_other_offer(struct capture *it, const struct dhcp_message *message)
{
	if (it->dhcp.other == message->server)
		return;
	it->dhcp.other = message->server;
	capture_event(it, LADDER_DHCP, "dhcp.other",
		      capture_evidence("server", capture_address(message->server), "address",
				       capture_address(message->yiaddr), NULL),
		      "OFFER of %s from %s: %s was first", capture_address(message->yiaddr),
		      capture_address(message->server), capture_address(it->dhcp.taken));
}

/* OFFERs of the first server to answer. */
static void count_offer(struct capture *it, const struct dhcp_message *message)
{
	struct capture_dhcp *dhcp = &it->dhcp;

	if (message->xid != dhcp->xid || (dhcp->offers && dhcp->first != message->server))
		return;
	if (!dhcp->offers++) {
		dhcp->answered_us = it->packet->us;
		dhcp->first = message->server;
	}
}

static void on_offer(struct capture *it, const struct capture_packet *packet,
		     const struct dhcp_message *message)
{
	struct capture_offer *offer = &it->dhcp.offer;

	count_offer(it, message);
	if (it->dhcp.taken && it->dhcp.taken != message->server && message->xid == it->dhcp.xid) {
		on_other_offer(it, message);
		return;
	}
	if (it->dhcp.bound || is_late(it, message))
		return;
	*offer = (struct capture_offer){.server = message->server,
					.address = message->yiaddr,
					.xid = message->xid,
					.us = packet->us,
					.number = packet->number};
	find_refusal(it, message, offer->reason, sizeof(offer->reason));
	if (message->odd.count)
		wire_odd_text(&message->odd.item[0], offer->odd);
	if (*offer->reason) {
		capture_step(it, LADDER_DHCP, LADDER_ACTIVE, "OFFER that the phone cannot use: %s",
			     offer->reason);
		refuse_offer(it, packet->us);
	}
}

static json_t *evidence_of(const struct dhcp_message *message)
{
	uint32_t router = message->routers.count ? message->routers.item[0] : 0;
	uint32_t tftp = message->tftp_addresses.count ? message->tftp_addresses.item[0] : 0;
	uint32_t dns = message->dns.count ? message->dns.item[0] : 0;
	int prefix = message->has & DHCP_HAS_MASK ? ipv4_mask_length(message->mask) : -1;
	char lease[24] = "";

	if (message->has & DHCP_HAS_LEASE)
		snprintf(lease, sizeof(lease), "%u s", message->lease);
	return capture_evidence(
	    "address", capture_address(message->yiaddr), "server", capture_address(message->server), "lease",
	    lease, "prefix", prefix >= 0 ? capture_number((unsigned)prefix) : "", "gateway",
	    router ? capture_address(router) : "", "option150", tftp ? capture_address(tftp) : "", "option66",
	    message->has & DHCP_HAS_TFTP_NAME ? message->tftp_name : "", "siaddr",
	    message->siaddr ? capture_address(message->siaddr) : "", "dns", dns ? capture_address(dns) : "",
	    NULL);
}

static void on_lease(struct capture *it, const struct dhcp_message *message)
{
	uint32_t tftp = message->tftp_addresses.count ? message->tftp_addresses.item[0] : 0;
	const char *name = message->has & DHCP_HAS_TFTP_NAME ? message->tftp_name : "";
	int prefix = message->has & DHCP_HAS_MASK ? ipv4_mask_length(message->mask) : -1;
	const char *address = capture_address(message->yiaddr);

	it->dhcp.bound = true;
	it->dhcp.requesting = false;
	it->dhcp.server = message->server;
	it->dhcp.mask = message->has & DHCP_HAS_MASK ? message->mask : 0;
	it->dhcp.gateway = message->routers.count ? message->routers.item[0] : 0;
	it->address_now = message->yiaddr;
	capture_event(it, LADDER_DHCP, "dhcp.ack", evidence_of(message), "%s/%d from %s", address, prefix,
		      capture_address(message->server));
	if (tftp)
		capture_step(it, LADDER_DHCP, LADDER_DONE, "%s/%d, tftp %s (option 150)", address, prefix,
			     capture_address(tftp));
	else if (*name)
		capture_step(it, LADDER_DHCP, LADDER_DONE, "%s/%d, tftp %.80s (option 66)", address, prefix,
			     name);
	else if (message->siaddr)
		capture_step(it, LADDER_DHCP, LADDER_DONE, "%s/%d, tftp %s (siaddr)", address, prefix,
			     capture_address(message->siaddr));
	else
		capture_step(it, LADDER_DHCP, LADDER_FAILED,
			     "%s/%d, but no file server: neither option 150 nor 66 nor siaddr", address,
			     prefix);
}

static void on_ack(struct capture *it, const struct dhcp_message *message)
{
	char reason[160];

	if (it->dhcp.bound || is_late(it, message))
		return; /* a renewal, or too late */
	find_refusal(it, message, reason, sizeof(reason));
	if (*reason) {
		refuse(it, "ACK", message->server, reason);
		capture_step(it, LADDER_DHCP, LADDER_FAILED, "ACK that the phone cannot use: %s", reason);
		return;
	}
	on_lease(it, message);
}

static void on_nak(struct capture *it, const struct dhcp_message *message)
{
	const char *why = message->has & DHCP_HAS_MESSAGE ? message->message : "no reason given";

	capture_event(it, LADDER_DHCP, "dhcp.nak",
		      capture_evidence("server", capture_address(message->server), NULL), "%s", why);
	capture_step(it, LADDER_DHCP, LADDER_FAILED, "the server refused the address (NAK: %s)", why);
	it->dhcp.bound = it->dhcp.requesting = false;
}

/* The other device that has the declined address, from what ARP has shown. */
static const char *rival_of(const struct capture *it, uint32_t address, char text[MAC_TEXT])
{
	for (size_t i = 0; i < CAPTURE_NEIGHBOURS; i++) {
		const struct capture_neighbour *neighbour = &it->network.neighbour[i];

		if (neighbour->number && neighbour->address == address &&
		    !mac_equal(&neighbour->mac, &it->mac)) {
			mac_format(&neighbour->mac, text);
			return text;
		}
	}
	return "another device";
}

static void on_decline(struct capture *it, const struct dhcp_message *message)
{
	uint32_t address = message->address ? message->address : it->address_now;
	const char *text = capture_address(address);
	char mac[MAC_TEXT];

	capture_event(it, LADDER_DHCP, "dhcp.decline", NULL, "%s is in use by %s", text,
		      rival_of(it, address, mac));
	capture_step(it, LADDER_DHCP, LADDER_FAILED, "Duplicate IP: another device has %s", text);
	it->dhcp.bound = it->dhcp.requesting = false;
	it->dhcp.discovers = it->dhcp.requests = 0;
}

/* Is it a dry run of `why` itself (lab/probe.h), or an answer to it? */
static bool is_probe(struct capture_dhcp *dhcp, const struct dhcp_message *message)
{
	unsigned n = sizeof(dhcp->probe) / sizeof(dhcp->probe[0]);

	if (message->operation == DHCP_BOOTREQUEST && (message->has & DHCP_HAS_VENDOR_CLASS) &&
	    strstr(message->vendor_class, PROBE_AGENT)) {
		dhcp->probe[dhcp->probes++ % n] = message->xid;
		return true;
	}
	for (unsigned i = 0; i < n && i < dhcp->probes; i++)
		if (dhcp->probe[i] == message->xid)
			return true;
	return false;
}

void capture_dhcp(struct capture *it, const struct capture_packet *packet)
{
	struct dhcp_message message;
	bool own;

	if (dhcp_decode(packet->udp.payload.data, packet->udp.payload.length, &message, NULL) < 0) {
		if (packet->to_phone && !packet->cut)
			capture_event(it, LADDER_DHCP, "dhcp.bad", NULL, "a message that is no DHCP");
		return;
	}
	if (is_probe(&it->dhcp, &message))
		return;
	own = mac_equal(&message.chaddr, &it->mac);
	/* An answer to the phone's transaction with another hardware address is one that the phone cannot use. */
	if (!own && !(message.operation == DHCP_BOOTREPLY && it->dhcp.xid && message.xid == it->dhcp.xid))
		return;
	it->own += own && !packet->from_phone && !packet->to_phone;
	if (!(message.has & DHCP_HAS_TYPE)) {
		if (message.operation == DHCP_BOOTREPLY && !it->dhcp.bound)
			refuse(it, "OFFER", message.server, "no message type");
		return;
	}
	switch (message.type) {
	case DHCP_DISCOVER: on_discover(it, packet, &message); break;
	case DHCP_OFFER: on_offer(it, packet, &message); break;
	case DHCP_REQUEST: on_request(it, packet, &message); break;
	case DHCP_DECLINE: on_decline(it, &message); break;
	case DHCP_ACK: on_ack(it, &message); break;
	case DHCP_NAK: on_nak(it, &message); break;
	default: break;
	}
}

void capture_dhcp_end(struct capture *it)
{
	struct capture_dhcp *dhcp = &it->dhcp;

	if (dhcp->bound || it->ladder.rung[LADDER_DHCP - 1].state != LADDER_ACTIVE)
		return;
	/* A phone takes an OFFER at once. */
	if (dhcp->offer.number && it->now_us > dhcp->offer.us + CAPTURE_SILENT_US)
		capture_step(it, LADDER_DHCP, LADDER_FAILED, "OFFER of %s; no REQUEST followed",
			     capture_address(dhcp->offer.address));
}
