#include "phone-sim/core/tftp_transfer.h"

#include <stdio.h>
#include <string.h>

#define BACKOFF_MAX 4 /* doublings */

void tftp_finish(struct tftp_client *client, enum tftp_client_status status, const char *detail)
{
	client->phase = TFTP_PHASE_OVER;
	client->status = status;
	client->deadline_us = UINT64_MAX;
	if (detail)
		snprintf(client->detail, sizeof(client->detail), "%s", detail);
}

void tftp_arm(struct tftp_client *client, uint64_t now_us)
{
	unsigned doublings = client->tries < BACKOFF_MAX ? client->tries : BACKOFF_MAX;

	client->deadline_us = now_us + (client->config.retransmit_us << doublings);
	if (client->config.total_us && client->deadline_us > client->started_us + client->config.total_us)
		client->deadline_us = client->started_us + client->config.total_us;
}

static void put(struct tftp_client_out *out, const struct tftp_client *client, uint16_t port,
		const uint8_t *bytes, size_t length)
{
	if (out->send_count >= TFTP_CLIENT_SEND_MAX || length > sizeof(out->send[0].bytes))
		return;
	out->send[out->send_count].address = client->config.server;
	out->send[out->send_count].port = port;
	memcpy(out->send[out->send_count].bytes, bytes, length);
	out->send[out->send_count].length = length;
	out->send_count++;
}

void tftp_send_again(const struct tftp_client *client, struct tftp_client_out *out)
{
	put(out, client, client->tid ? client->tid : client->config.port, client->last, client->last_length);
}

/* Encode a packet, keep it for repetition, and send it to the transfer's port (or the well-known one). */
static void send_kept(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		      struct tftp_client_out *out)
{
	ssize_t length = tftp_encode(packet, client->last, sizeof(client->last));

	if (length < 0) {
		tftp_finish(client, TFTP_CLIENT_PROTOCOL_ERROR, "the request does not fit into 512 bytes");
		return;
	}
	client->last_length = (size_t)length;
	tftp_send_again(client, out);
	tftp_arm(client, now_us);
}

void tftp_send_error(struct tftp_client *client, uint16_t port, enum tftp_error_code code,
		     const char *message, struct tftp_client_out *out)
{
	struct tftp_packet packet;
	uint8_t bytes[sizeof(out->send[0].bytes)];
	ssize_t length;

	tftp_error_packet(&packet, code, message);
	length = tftp_encode(&packet, bytes, sizeof(bytes));
	if (length > 0)
		put(out, client, port, bytes, (size_t)length);
}

void tftp_send_request(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out)
{
	struct tftp_packet packet = {.opcode = TFTP_RRQ, .mode = TFTP_OCTET, .options = client->asked};

	memcpy(packet.name, client->file, sizeof(packet.name));
	client->phase = TFTP_PHASE_REQUEST;
	client->tid = 0;
	client->block = client->acked = 0;
	client->tries = 0;
	send_kept(client, now_us, &packet, out);
}

void tftp_send_ack(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out)
{
	struct tftp_packet packet = {.opcode = TFTP_ACK, .block = client->block};

	client->acked = client->block;
	send_kept(client, now_us, &packet, out);
}
