#include "wire/dissect_private.h"

#include "base/ladder.h"

#include <stdio.h>
#include <string.h>

#include "wire/dns.h"

/* UDP: DHCP, DNS, TFTP with its ephemeral ports, SIP. */

#define IP_PHONE "Cisco Systems, Inc. IP Phone"

static void addresses(struct dissect_view *view, const char *name, const struct dhcp_addresses *list)
{
	for (unsigned i = 0; i < list->count; i++)
		dissect_address(view, name, list->item[i]);
}

static void dhcp_options(struct dissect_view *view, const struct dhcp_message *message)
{
	const struct {
		uint32_t has;
		const char *name;
		const char *text;
	} TEXTS[] = {
	    {DHCP_HAS_HOST_NAME, "host_name", message->host_name},
	    {DHCP_HAS_DOMAIN, "domain", message->domain},
	    {DHCP_HAS_VENDOR_CLASS, "vendor_class", message->vendor_class},
	    {DHCP_HAS_MESSAGE, "message", message->message},
	    {DHCP_HAS_TFTP_NAME, "option_66", message->tftp_name},
	    {DHCP_HAS_BOOT_FILE, "boot_file", message->boot_file},
	};

	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		if (message->has & TEXTS[i].has)
			dissect_text(view, TEXTS[i].name, TEXTS[i].text);
	if (message->has & DHCP_HAS_ADDRESS)
		dissect_address(view, "requested_address", message->address);
	if (message->has & DHCP_HAS_SERVER)
		dissect_address(view, "server_id", message->server);
	if (message->has & DHCP_HAS_MASK)
		dissect_address(view, "mask", message->mask);
	if (message->has & DHCP_HAS_LEASE)
		dissect_number(view, "lease_s", message->lease);
	addresses(view, "routers", &message->routers);
	addresses(view, "dns", &message->dns);
	addresses(view, "option_150", &message->tftp_addresses);
	for (unsigned i = 0; (message->has & DHCP_HAS_PARAMETERS) && i < message->parameters.length; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%u", message->parameters.data[i]);
		dissect_text(view, "parameters", text);
	}
}

void dissect_dhcp(struct dissect_view *view, struct wire_slice payload)
{
	struct dhcp_message message;
	struct wire_error error;
	const char *type;
	struct mac named;

	view->out->protocol = "dhcp";
	view->out->step = LADDER_DHCP;
	if (dhcp_decode(payload.data, payload.length, &message, &error) < 0) {
		dissect_bad(view, payload.data, &error);
		return;
	}
	type = message.has & DHCP_HAS_TYPE ? dhcp_type_name(message.type) : "bootp";
	dissect_text(view, "type", type ? type : "unknown");
	dissect_number(view, "xid", message.xid);
	dissect_mac(view, "client_mac", &message.chaddr);
	if (message.ciaddr)
		dissect_address(view, "client_address", message.ciaddr);
	if (message.yiaddr)
		dissect_address(view, "your_address", message.yiaddr);
	if (message.siaddr)
		dissect_address(view, "next_server", message.siaddr);
	if (message.giaddr)
		dissect_address(view, "relay", message.giaddr);
	dhcp_options(view, &message);
	dissect_odd(view, payload.data, &message.odd);
	if (((message.has & DHCP_HAS_VENDOR_CLASS) && strstr(message.vendor_class, IP_PHONE)) ||
	    ((message.has & DHCP_HAS_HOST_NAME) && mac_parse_device(&named, message.host_name) == 0)) {
		dissect_is_phone(view, &message.chaddr);
		view->out->step = LADDER_DHCP;
	} else {
		dissect_about(view, &message.chaddr); /* an answer, broadcast or not, is for its client */
	}
	if (message.operation == DHCP_BOOTREPLY && (message.has & DHCP_HAS_TYPE) && message.type == DHCP_ACK)
		dissect_has_address(view, &message.chaddr, message.yiaddr ? message.yiaddr : message.ciaddr);
}

void dissect_dns(struct dissect_view *view, struct wire_slice payload)
{
	char name[DNS_NAME_MAX] = "";
	struct wire_reader reader;
	struct wire_error error;
	uint16_t id, flags, questions, answers, type;

	view->out->protocol = "dns";
	view->out->step = LADDER_DHCP;
	wire_reader_init(&reader, payload.data, payload.length);
	id = wire_read_u16(&reader);
	flags = wire_read_u16(&reader);
	questions = wire_read_u16(&reader);
	answers = wire_read_u16(&reader);
	wire_read_skip(&reader, 4);
	if (questions)
		dns_read_name(&reader, name, sizeof(name));
	type = questions ? wire_read_u16(&reader) : 0;
	if (wire_reader_result(&reader, &error) < 0) {
		dissect_bad(view, payload.data, &error);
		return;
	}
	dissect_number(view, "id", id);
	dissect_text(view, "kind", flags & 0x8000 ? "response" : "query");
	if (questions) {
		dissect_text(view, "name", name);
		dissect_number(view, "type", type);
	}
	if (flags & 0x8000) {
		dissect_number(view, "rcode", flags & 0xf);
		dissect_number(view, "answers", answers);
	}
}

/* --- TFTP --- */

static struct dissect_transfer *find_transfer(struct dissect_context *context,
					      const struct ipv4_packet *packet,
					      const struct udp_datagram *datagram)
{
	for (size_t i = 0; i < DISSECT_TRANSFERS; i++) {
		struct dissect_transfer *t = &context->transfer[i];

		if (!t->used)
			continue;
		if ((t->client == packet->source && t->client_port == datagram->source_port &&
		     t->server == packet->destination) ||
		    (t->client == packet->destination && t->client_port == datagram->destination_port &&
		     t->server == packet->source))
			return t;
	}
	return NULL;
}

/* The transfer whose client gets an answer from another address than it asked; NULL: none. */
static struct dissect_transfer *misanswered(struct dissect_context *context, const struct ipv4_packet *packet,
					    const struct udp_datagram *datagram)
{
	struct tftp_packet answer;

	if (tftp_decode(datagram->payload.data, datagram->payload.length, &answer, NULL) < 0 ||
	    (answer.opcode != TFTP_DATA && answer.opcode != TFTP_OACK && answer.opcode != TFTP_ERROR))
		return NULL;
	for (size_t i = 0; i < DISSECT_TRANSFERS; i++) {
		struct dissect_transfer *t = &context->transfer[i];

		if (t->used && t->client == packet->destination &&
		    t->client_port == datagram->destination_port && t->server != packet->source)
			return t;
	}
	return NULL;
}

/* Remember a request: over one of the same ends, or over the one that was not used for longest. */
static struct dissect_transfer *new_transfer(struct dissect_context *context,
					     const struct ipv4_packet *packet,
					     const struct udp_datagram *datagram, const char *file)
{
	struct dissect_transfer *t = find_transfer(context, packet, datagram);

	for (size_t i = 0; !t && i < DISSECT_TRANSFERS; i++)
		if (!context->transfer[i].used)
			t = &context->transfer[i];
	if (!t) {
		t = &context->transfer[0];
		for (size_t i = 1; i < DISSECT_TRANSFERS; i++)
			if (context->transfer[i].used < t->used)
				t = &context->transfer[i];
	}
	*t = (struct dissect_transfer){
	    .client = packet->source, .server = packet->destination, .client_port = datagram->source_port};
	snprintf(t->file, sizeof(t->file), "%.*s", DISSECT_FILE_MAX, file);
	return t;
}

static void tftp_options(struct dissect_view *view, const struct tftp_options *options)
{
	if (options->has & TFTP_HAS_BLKSIZE)
		dissect_number(view, "blksize", options->blksize);
	if (options->has & TFTP_HAS_TSIZE)
		dissect_number(view, "tsize", options->tsize);
	if (options->has & TFTP_HAS_TIMEOUT)
		dissect_number(view, "timeout_s", options->timeout_s);
	if (options->has & TFTP_HAS_WINDOWSIZE)
		dissect_number(view, "windowsize", options->windowsize);
}

static void tftp_fields(struct dissect_view *view, const struct tftp_packet *packet)
{
	dissect_text(view, "opcode", tftp_opcode_name(packet->opcode));
	switch (packet->opcode) {
	case TFTP_RRQ:
	case TFTP_WRQ:
		dissect_text(view, "mode", packet->mode == TFTP_OCTET ? "octet" : "netascii");
		tftp_options(view, &packet->options);
		break;
	case TFTP_OACK: tftp_options(view, &packet->options); break;
	case TFTP_DATA: dissect_number(view, "data_bytes", packet->data_size);
	/* fall through */
	case TFTP_ACK: dissect_number(view, "block", packet->block); break;
	case TFTP_ERROR:
		dissect_number(view, "error_code", packet->error_code);
		dissect_text(view, "message", packet->message);
		break;
	}
}

static void dissect_tftp(struct dissect_view *view, const struct ipv4_packet *ip,
			 const struct udp_datagram *datagram, struct dissect_transfer *transfer)
{
	struct tftp_packet packet;
	struct wire_error error;
	struct mac phone;

	view->out->protocol = "tftp";
	if (transfer)
		view->out->step = dissect_file_step(transfer->file);
	if (tftp_decode(datagram->payload.data, datagram->payload.length, &packet, &error) < 0) {
		dissect_bad(view, datagram->payload.data, &error);
		return;
	}
	if (packet.opcode == TFTP_RRQ || packet.opcode == TFTP_WRQ)
		transfer = new_transfer(view->context, ip, datagram, packet.name);
	else if (transfer && transfer->client == ip->destination && transfer->server != ip->source)
		dissect_address(view, "asked", transfer->server);
	else if (transfer && transfer->client == ip->destination && !transfer->server_port)
		transfer->server_port = datagram->source_port;
	tftp_fields(view, &packet);
	dissect_odd(view, datagram->payload.data, &packet.odd);
	if (!transfer)
		return;
	transfer->used = view->context->clock;
	dissect_text(view, "file", transfer->file);
	view->out->step = dissect_file_step(transfer->file);
	if (dissect_find_device(transfer->file, &phone)) {
		dissect_is_phone(view, &phone);
		dissect_has_address(view, &phone, transfer->client);
	}
	if (dissect_value(view->out, "asked"))
		dissect_text(view, "note", "the answer is not from the address that was asked");
	else if (transfer->server_port && packet.opcode != TFTP_RRQ && packet.opcode != TFTP_WRQ &&
		 transfer->server_port !=
		     (transfer->client == ip->source ? datagram->destination_port : datagram->source_port))
		dissect_text(view, "note", "not the transfer's TID");
}

void dissect_udp(struct dissect_view *view, const struct ipv4_packet *packet)
{
	struct dissect_transfer *transfer;
	struct udp_datagram datagram;
	struct wire_error error;
	uint16_t source, destination;
	bool sum_wrong;

	view->out->protocol = "udp";
	if (udp_decode_any(packet, &datagram, &sum_wrong, &error) < 0) {
		dissect_bad(view, packet->payload.data, &error);
		return;
	}
	dissect_sum(view, sum_wrong, "UDP checksum", packet->payload.data + UDP_CHECKSUM_AT);
	source = datagram.source_port;
	destination = datagram.destination_port;
	dissect_number(view, "source_port", source);
	dissect_number(view, "destination_port", destination);
	transfer = find_transfer(view->context, packet, &datagram);
	if (source == DHCP_SERVER_PORT || destination == DHCP_SERVER_PORT)
		dissect_dhcp(view, datagram.payload);
	else if (source == DNS_PORT || destination == DNS_PORT)
		dissect_dns(view, datagram.payload);
	else if (destination == TFTP_PORT || transfer)
		dissect_tftp(view, packet, &datagram, transfer);
	else if (source == SIP_PORT || destination == SIP_PORT || dissect_starts_sip(datagram.payload))
		dissect_sip_datagram(view, datagram.payload, packet->source);
	else if ((transfer = misanswered(view->context, packet, &datagram)))
		dissect_tftp(view, packet, &datagram, transfer);
	else
		dissect_number(view, "data_bytes", datagram.payload.length);
}
