/* ARP and DHCP: frames of our own at eth0 of the phone. */
#include "phonelab/lab/probe_internal.h"

#include <string.h>

#include "base/json_text.h"
#include "cable/raw.h"
#include "wire/arp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"

#define ARP_EVERY_US  200000
#define ARP_REQUESTS  3
#define DHCP_EVERY_US 500000
#define DHCP_MESSAGES 2
#define VOICE_TCI     5 /* priority */

/* --- ARP --- */

static void begin_arp(struct probe_run *run, struct probe_check *check)
{
	if (!strcmp(json_text(check->result, "sender"), "0.0.0.0"))
		check->key.here = 0;
	json_object_set_new(check->result, "macs", json_array());
	check->due = run->now;
	check->end = run->now + (ARP_REQUESTS + 1) * ARP_EVERY_US;
}

static void send_arp(struct probe_run *run, struct probe_check *check)
{
	const struct probe_place *place = check->place;
	struct arp_packet packet = arp_request(&place->mac, check->key.here, check->key.there);
	uint16_t tci = ether_tci(place->vlan, VOICE_TCI);
	uint8_t frame[ARP_FRAME];
	ssize_t n = arp_frame(&packet, &place->mac, place->vlan ? &tci : NULL, frame, sizeof(frame));

	if (n > 0 && place->link)
		raw_send(place->link, frame, (size_t)n);
	check->due = ++check->sent < ARP_REQUESTS ? run->now + ARP_EVERY_US : UINT64_MAX;
}

static void on_arp(struct probe_run *run, struct probe_check *check, const uint8_t *frame, size_t length)
{
	const struct wire_slice payload = {frame + ETHER_HEADER, length - ETHER_HEADER};
	json_t *macs = json_object_get(check->result, "macs");
	struct arp_packet packet;
	char text[MAC_TEXT];

	if (wire_get16(frame + ETHER_ADDRESSES) != ETHER_ARP ||
	    arp_decode(payload.data, payload.length, &packet, NULL) || packet.sender_ip != check->key.there ||
	    mac_equal(&packet.sender_mac, &check->place->mac))
		return;
	if (packet.operation != ARP_REPLY && check->key.here)
		return;
	for (unsigned i = 0; i < check->received; i++)
		if (mac_equal(&check->answer[i], &packet.sender_mac))
			return;
	if (check->received == sizeof(check->answer) / sizeof(check->answer[0]))
		return;
	if (!check->received)
		json_object_set_new(check->result, "answer_ms",
				    json_integer((json_int_t)(run->now - check->begun) / 1000));
	check->answer[check->received++] = packet.sender_mac;
	mac_format(&packet.sender_mac, text);
	json_array_append_new(macs, json_string(text));
}

/* These checks wait for further answers until their end. */
static void set_result(struct probe_check *check, const char *answers)
{
	json_object_set_new(check->result, "sent", json_integer(check->sent));
	if (json_array_size(json_object_get(check->result, answers)))
		json_object_set_new(check->result, "result", json_string("ok"));
}

static void finish_arp(struct probe_run *run, struct probe_check *check)
{
	(void)run;
	set_result(check, "macs");
}

const struct probe_action probe_arp = {
    .begin = begin_arp, .due = send_arp, .frame = on_arp, .finish = finish_arp};

/* --- ARP packets of others: the taps see them --- */

static void begin_resolve(struct probe_run *run, struct probe_check *check)
{
	(void)run;
	check->done = true;
}

const struct probe_action probe_resolve = {.begin = begin_resolve};

/* --- DHCP: DISCOVERs, never a REQUEST --- */

static void begin_dhcp(struct probe_run *run, struct probe_check *check)
{
	json_object_set_new(check->result, "offers", json_array());
	json_object_set_new(check->result, "mark", json_integer(check->key.id));
	check->due = run->now;
}

/* The MAC is the phone's: a switch would reject another one. The client identifier is our own. */
static ssize_t make_discover(const struct probe_run *run, const struct probe_check *check, uint8_t *data,
			     size_t size)
{
	static const uint8_t asked[] = {DHCP_OPTION_MASK,	 DHCP_OPTION_ROUTER, DHCP_OPTION_DNS,
					DHCP_OPTION_DOMAIN,	 DHCP_OPTION_LEASE,  DHCP_OPTION_TFTP_NAME,
					DHCP_OPTION_TFTP_ADDRESS};
	struct dhcp_message message = {
	    .operation = DHCP_BOOTREQUEST,
	    .xid = check->key.id,
	    .seconds = (uint16_t)((run->now - check->begun) / 1000000),
	    .flags = DHCP_FLAG_BROADCAST,
	    .chaddr = check->place->mac,
	    .has = DHCP_HAS_TYPE | DHCP_HAS_PARAMETERS | DHCP_HAS_VENDOR_CLASS | DHCP_HAS_CLIENT_ID,
	    .type = DHCP_DISCOVER,
	    .vendor_class = "Cisco Systems, Inc. IP Phone " PROBE_AGENT,
	    .client_id = {.length = sizeof(PROBE_AGENT)},
	};

	memcpy(message.client_id.data + 1, PROBE_AGENT, sizeof(PROBE_AGENT) - 1); /* type 0: a name */
	message.parameters.length = sizeof(asked);
	memcpy(message.parameters.data, asked, sizeof(asked));
	return dhcp_encode(&message, data, size);
}

static void send_discover(struct probe_run *run, struct probe_check *check)
{
	uint16_t vlan = (uint16_t)json_int(check->result, "vlan");
	uint8_t message[DHCP_MAX], frame[RAW_FRAME_MAX];
	ssize_t n = make_discover(run, check, message, sizeof(message));
	struct udp_frame udp = {.destination_mac = ether_broadcast,
				.source_mac = check->place->mac,
				.tagged = vlan != 0,
				.tci = ether_tci(vlan, VOICE_TCI),
				.destination = UINT32_MAX,
				.source_port = DHCP_CLIENT_PORT,
				.destination_port = DHCP_SERVER_PORT,
				.payload = {message, n > 0 ? (size_t)n : 0}};

	n = n > 0 ? udp_frame_encode(&udp, frame, sizeof(frame)) : n;
	if (n > 0 && check->place->link)
		raw_send(check->place->link, frame, (size_t)n);
	check->due = ++check->sent < DHCP_MESSAGES ? run->now + DHCP_EVERY_US : UINT64_MAX;
}

static json_t *addresses(const struct dhcp_addresses *list)
{
	json_t *texts = json_array();
	char text[IPV4_TEXT];

	for (unsigned i = 0; i < list->count; i++)
		json_array_append_new(texts, json_string(ipv4_format(list->item[i], text)));
	return texts;
}

static json_t *offer_object(const struct dhcp_message *offer, uint32_t from, long long ms)
{
	char server[IPV4_TEXT], sender[IPV4_TEXT], address[IPV4_TEXT];

	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:i,s:o,s:o,s:o,s:o}", "server",
			 ipv4_format(offer->server, server), "from", ipv4_format(from, sender), "address",
			 ipv4_format(offer->yiaddr, address), "ms", (json_int_t)ms, "lease",
			 (json_int_t)offer->lease, "prefix", ipv4_mask_length(offer->mask), "router",
			 addresses(&offer->routers), "dns", addresses(&offer->dns), "option150",
			 addresses(&offer->tftp_addresses), "tftp_name", json_text_new(offer->tftp_name));
}

static void on_dhcp(struct probe_run *run, struct probe_check *check, const uint8_t *frame, size_t length)
{
	json_t *offers = json_object_get(check->result, "offers"), *known, *offer;
	struct dhcp_message message;
	struct udp_frame udp;
	size_t i;

	if (udp_frame_decode(frame, length, &udp, NULL) || udp.destination_port != DHCP_CLIENT_PORT ||
	    dhcp_decode(udp.payload.data, udp.payload.length, &message, NULL) ||
	    message.xid != check->key.id || message.operation != DHCP_BOOTREPLY || message.type != DHCP_OFFER)
		return;
	offer = offer_object(&message, udp.source, (long long)(run->now - check->begun) / 1000);
	json_array_foreach (offers, i, known)
		if (!strcmp(json_text(known, "server"), json_text(offer, "server"))) {
			json_decref(offer);
			return;
		}
	json_array_append_new(offers, offer);
}

static void finish_dhcp(struct probe_run *run, struct probe_check *check)
{
	(void)run;
	set_result(check, "offers");
}

const struct probe_action probe_dhcp = {
    .begin = begin_dhcp, .due = send_discover, .frame = on_dhcp, .finish = finish_dhcp};
