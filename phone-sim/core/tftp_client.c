#include "phone-sim/core/tftp_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phone-sim/core/tftp_transfer.h"

#define RETRANSMIT_US UINT64_C(500000)
#define RETRIES	      6
#define RESTARTS_MAX  1	  /* requests without options after one with */
#define MESSAGE_SHOWN 120 /* characters of the text of an ERROR */

const char *tftp_client_detail(const struct tftp_client *client)
{
	return client->detail;
}

int tftp_client_error_code(const struct tftp_client *client)
{
	return client->error_code;
}

uint32_t tftp_client_other_address(const struct tftp_client *client)
{
	return client->other_address;
}

const char *tftp_client_dropped(const struct tftp_client *client)
{
	return client->dropped;
}

const struct wire_odd *tftp_client_odd(const struct tftp_client *client)
{
	return &client->odd;
}

uint64_t tftp_client_received(const struct tftp_client *client)
{
	return client->received;
}

static void ask_options(struct tftp_client *client, bool options)
{
	struct tftp_options *asked = &client->asked;

	memset(asked, 0, sizeof(*asked));
	client->blksize = TFTP_BLKSIZE_DEFAULT;
	client->windowsize = 1;
	if (!options)
		return;
	if (client->config.blksize) {
		asked->has |= TFTP_HAS_BLKSIZE;
		asked->blksize = client->config.blksize;
	}
	if (client->config.tsize)
		asked->has |= TFTP_HAS_TSIZE;
	if (client->config.windowsize > 1) {
		asked->has |= TFTP_HAS_WINDOWSIZE;
		asked->windowsize = client->config.windowsize;
	}
}

struct tftp_client *tftp_client_new(const struct tftp_client_config *config)
{
	struct tftp_client *client;
	size_t length = config->file ? strlen(config->file) : 0;

	if (!length || length > TFTP_NAME_MAX ||
	    (config->blksize && (config->blksize < TFTP_BLKSIZE_MIN || config->blksize > TFTP_BLKSIZE_MAX))) {
		errno = EINVAL;
		return NULL;
	}
	client = calloc(1, sizeof(*client));
	if (!client)
		return NULL;
	client->config = *config;
	memcpy(client->file, config->file, length + 1);
	client->config.file = client->file;
	if (!client->config.retransmit_us)
		client->config.retransmit_us = RETRANSMIT_US;
	if (!client->config.retries)
		client->config.retries = RETRIES;
	client->error_code = -1;
	ask_options(client, true);
	client->deadline_us = UINT64_MAX;
	return client;
}

void tftp_client_free(struct tftp_client *client)
{
	free(client);
}

static void begin(struct tftp_client_out *out)
{
	out->send_count = 0;
	out->data = NULL;
	out->data_length = 0;
	out->retransmitted = false;
}

static void end(const struct tftp_client *client, struct tftp_client_out *out)
{
	out->deadline_us = client->deadline_us;
	out->status = client->status;
}

void tftp_client_start(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out)
{
	begin(out);
	if (client->phase == TFTP_PHASE_NEW) {
		client->started_us = now_us;
		tftp_send_request(client, now_us, out);
	}
	end(client, out);
}

/* RFC 2347: some servers answer options with ERROR 8 (or, being old, with 0 or 4): ask again without. */
static bool restart_plain(struct tftp_client *client, uint64_t now_us, unsigned code,
			  struct tftp_client_out *out)
{
	if (client->phase != TFTP_PHASE_REQUEST || !client->asked.has || client->restarts >= RESTARTS_MAX)
		return false;
	if (code != TFTP_ERROR_OPTION && code != TFTP_ERROR_UNDEFINED && code != TFTP_ERROR_ILLEGAL)
		return false;
	client->restarts++;
	ask_options(client, false);
	tftp_send_request(client, now_us, out);
	return true;
}

static void on_error(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		     struct tftp_client_out *out)
{
	const char *name = tftp_error_name(packet->error_code);
	char detail[sizeof(client->detail)], message[MESSAGE_SHOWN + 1];

	if (restart_plain(client, now_us, packet->error_code, out))
		return;
	client->error_code = packet->error_code;
	wire_slice_print(wire_slice_text(packet->message), message, sizeof(message));
	if (message[0] && strcasecmp(message, name) != 0)
		snprintf(detail, sizeof(detail), "ERROR %u %s (%s)", packet->error_code, message, name);
	else
		snprintf(detail, sizeof(detail), "ERROR %u %s", packet->error_code, name);
	tftp_finish(client,
		    packet->error_code == TFTP_ERROR_NOT_FOUND ? TFTP_CLIENT_NOT_FOUND : TFTP_CLIENT_REFUSED,
		    detail);
}

static void on_oack(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		    struct tftp_client_out *out)
{
	const struct tftp_options *answer = &packet->options;

	client->odd = packet->odd;
	if (client->phase == TFTP_PHASE_DATA) {
		/* Our ACK of block 0 was lost: say it again, unless data have come since. */
		if (client->block == 0 && client->received == 0 && client->asked.has) {
			out->retransmitted = true;
			tftp_send_ack(client, now_us, out);
		}
		return;
	}
	if (answer->unknown || tftp_options_accept(&client->asked, answer)) {
		tftp_send_error(client, client->tid, TFTP_ERROR_OPTION, NULL, out);
		tftp_finish(client, TFTP_CLIENT_PROTOCOL_ERROR,
			    "the server answered options that were not asked");
		return;
	}
	if (answer->has & TFTP_HAS_BLKSIZE)
		client->blksize = answer->blksize;
	if (answer->has & TFTP_HAS_WINDOWSIZE)
		client->windowsize = answer->windowsize;
	if (answer->has & TFTP_HAS_TSIZE) {
		client->has_tsize = true;
		client->tsize = answer->tsize;
		if (client->config.limit && answer->tsize > client->config.limit) {
			tftp_send_error(client, client->tid, TFTP_ERROR_FULL, NULL, out);
			tftp_finish(client, TFTP_CLIENT_TOO_LARGE, "the announced size is over the limit");
			return;
		}
	}
	client->phase = TFTP_PHASE_DATA;
	client->tries = 0;
	tftp_send_ack(client, now_us, out);
}

static void last_block(struct tftp_client *client)
{
	char detail[96];

	if (client->has_tsize && client->received != client->tsize) {
		snprintf(detail, sizeof(detail), "%llu bytes came, %llu were announced",
			 (unsigned long long)client->received, (unsigned long long)client->tsize);
		tftp_finish(client, TFTP_CLIENT_TRUNCATED, detail);
		return;
	}
	tftp_finish(client, TFTP_CLIENT_DONE, NULL);
}

/* Not the next block. A repeated last block is not acknowledged again without a window (the Sorcerer's Apprentice,
 * RFC 1123 4.2.3.1): the timers repair a lost ACK. With a window (RFC 7440 4) a gap is answered once with the last
 * block in order, so that the server goes back there. */
static void on_stray_block(struct tftp_client *client, uint64_t now_us, uint16_t block,
			   struct tftp_client_out *out)
{
	uint16_t ahead = (uint16_t)(block - client->block);

	if (client->windowsize < 2 || ahead == 0 || ahead > client->windowsize || client->gap_acked)
		return;
	client->gap_acked = true;
	out->retransmitted = true;
	tftp_send_ack(client, now_us, out);
}

static void on_data(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		    struct tftp_client_out *out)
{
	uint16_t next = (uint16_t)(client->block + 1);
	bool last = packet->data_size < client->blksize;

	/* Data at once in answer to a request with options: the server ignores them (RFC 2347). */
	if (client->phase == TFTP_PHASE_REQUEST) {
		ask_options(client, false);
		client->phase = TFTP_PHASE_DATA;
		last = packet->data_size < client->blksize;
	}
	if (packet->data_size > client->blksize) {
		tftp_send_error(client, client->tid, TFTP_ERROR_ILLEGAL, NULL, out);
		tftp_finish(client, TFTP_CLIENT_PROTOCOL_ERROR, "a block longer than its blksize");
		return;
	}
	/* Beyond 65535 blocks the number wraps, with most servers to 0, with some to 1. */
	if (packet->block != next && !(next == 0 && packet->block == 1 && client->received)) {
		on_stray_block(client, now_us, packet->block, out);
		return;
	}
	if (client->config.limit && client->received + packet->data_size > client->config.limit) {
		tftp_send_error(client, client->tid, TFTP_ERROR_FULL, NULL, out);
		tftp_finish(client, TFTP_CLIENT_TOO_LARGE, "more data than the limit");
		return;
	}
	client->block = packet->block;
	client->received += packet->data_size;
	client->tries = 0;
	client->gap_acked = false;
	out->data = packet->data;
	out->data_length = packet->data_size;
	if (last || client->windowsize < 2 || (uint16_t)(client->block - client->acked) >= client->windowsize)
		tftp_send_ack(client, now_us, out);
	else
		tftp_arm(client, now_us);
	if (last)
		last_block(client);
}

static bool is_answer(enum tftp_opcode opcode)
{
	return opcode == TFTP_DATA || opcode == TFTP_OACK || opcode == TFTP_ERROR;
}

static void drop(struct tftp_client *client, const char *why)
{
	if (!client->dropped)
		client->dropped = why;
}

void tftp_client_datagram(struct tftp_client *client, uint64_t now_us, uint32_t address, uint16_t port,
			  const uint8_t *bytes, size_t length, struct tftp_client_out *out)
{
	struct tftp_packet packet;
	struct wire_error error;

	begin(out);
	if (client->phase == TFTP_PHASE_NEW || client->phase == TFTP_PHASE_OVER)
		goto out;
	if (address != client->config.server) {
		if (!client->other_address && !tftp_decode(bytes, length, &packet, NULL) &&
		    is_answer(packet.opcode))
			client->other_address = address;
		goto out;
	}
	if (client->tid && port != client->tid) {
		tftp_send_error(client, port, TFTP_ERROR_UNKNOWN_TID, NULL, out);
		drop(client, "it is from another port than the transfer's");
		goto out;
	}
	if (tftp_decode(bytes, length, &packet, &error)) {
		drop(client, error.what); /* the timer decides */
		goto out;
	}
	if (!client->tid && !is_answer(packet.opcode)) {
		drop(client, "it is no answer to a read request");
		goto out;
	}
	if (!client->tid && packet.opcode == TFTP_DATA && packet.block != 1) {
		drop(client, "it is of an earlier transfer");
		goto out;
	}
	if (!client->tid)
		client->tid = port;
	switch (packet.opcode) {
	case TFTP_DATA: on_data(client, now_us, &packet, out); break;
	case TFTP_OACK: on_oack(client, now_us, &packet, out); break;
	case TFTP_ERROR: on_error(client, now_us, &packet, out); break;
	case TFTP_RRQ:
	case TFTP_WRQ:
	case TFTP_ACK:
		tftp_send_error(client, client->tid, TFTP_ERROR_ILLEGAL, NULL, out);
		tftp_finish(client, TFTP_CLIENT_PROTOCOL_ERROR, "the server sent what only clients send");
		break;
	}
out:
	end(client, out);
}

void tftp_client_timer(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out)
{
	begin(out);
	if ((client->phase == TFTP_PHASE_REQUEST || client->phase == TFTP_PHASE_DATA) &&
	    now_us >= client->deadline_us) {
		if (client->config.total_us && now_us >= client->started_us + client->config.total_us) {
			tftp_finish(client, TFTP_CLIENT_TIMEOUT, "the transfer took too long");
		} else if (client->tries >= client->config.retries) {
			tftp_finish(client, TFTP_CLIENT_TIMEOUT,
				    client->phase == TFTP_PHASE_REQUEST ? "no answer"
									: "the transfer stopped");
		} else {
			client->tries++;
			out->retransmitted = true;
			if (client->phase == TFTP_PHASE_DATA && client->acked != client->block)
				tftp_send_ack(client, now_us,
					      out); /* in the middle of a window: say how far we are */
			else
				tftp_send_again(client, out);
			tftp_arm(client, now_us);
		}
	}
	end(client, out);
}

void tftp_client_error(struct tftp_client *client, int error, struct tftp_client_out *out)
{
	begin(out);
	if (client->phase == TFTP_PHASE_REQUEST || client->phase == TFTP_PHASE_DATA) {
		switch (error) {
		case ECONNREFUSED: tftp_finish(client, TFTP_CLIENT_REFUSED, "port unreachable"); break;
		case EHOSTUNREACH:
		case ENETUNREACH: tftp_finish(client, TFTP_CLIENT_UNREACHABLE, strerror(error)); break;
		default: tftp_finish(client, TFTP_CLIENT_TIMEOUT, strerror(error));
		}
	}
	end(client, out);
}
