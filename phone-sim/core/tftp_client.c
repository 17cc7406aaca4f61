#include "phone-sim/core/tftp_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tftp.h"

#define RETRANSMIT_US UINT64_C(500000)
#define RETRIES	      6
#define BACKOFF_MAX   4 /* doublings */
#define RESTARTS_MAX  1 /* requests without options after one with */

enum phase {
	PHASE_NEW,
	PHASE_REQUEST, /* the request is out, no transfer id is known */
	PHASE_DATA,
	PHASE_OVER,
};

struct tftp_client {
	struct tftp_client_config config;
	char file[TFTP_NAME_MAX + 1];
	enum phase phase;
	enum tftp_client_status status;
	struct tftp_options asked;
	uint16_t tid;	  /* of the server; 0: not known yet */
	uint16_t blksize; /* in force */
	uint16_t windowsize;
	uint16_t block; /* last one taken in order */
	uint16_t acked; /* last one acknowledged */
	bool gap_acked; /* a block out of order was answered already in this window (no Sorcerer's Apprentice)
			 */
	bool has_tsize;
	uint64_t tsize;
	uint64_t received;
	unsigned tries; /* retransmissions in a row */
	unsigned restarts;
	uint64_t started_us;
	uint64_t deadline_us;
	uint8_t last[516]; /* what to repeat */
	size_t last_len;
	char detail[TFTP_MESSAGE_MAX + 64];
};

const char *tftp_client_detail(const struct tftp_client *client)
{
	return client->detail;
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
	ask_options(client, true);
	client->deadline_us = UINT64_MAX;
	return client;
}

void tftp_client_free(struct tftp_client *client)
{
	free(client);
}

static void finish(struct tftp_client *client, enum tftp_client_status status, const char *detail)
{
	client->phase = PHASE_OVER;
	client->status = status;
	client->deadline_us = UINT64_MAX;
	if (detail)
		snprintf(client->detail, sizeof(client->detail), "%s", detail);
}

/* Arm the retransmission: the first wait, doubled at each try, never beyond the end of the whole transfer. */
static void arm(struct tftp_client *client, uint64_t now_us)
{
	unsigned doublings = client->tries < BACKOFF_MAX ? client->tries : BACKOFF_MAX;

	client->deadline_us = now_us + (client->config.retransmit_us << doublings);
	if (client->config.total_us && client->deadline_us > client->started_us + client->config.total_us)
		client->deadline_us = client->started_us + client->config.total_us;
}

static void put(struct tftp_client_out *out, const struct tftp_client *client, uint16_t port,
		const uint8_t *bytes, size_t len)
{
	if (out->send_count >= TFTP_CLIENT_SEND_MAX || len > sizeof(out->send[0].bytes))
		return;
	out->send[out->send_count].address = client->config.server;
	out->send[out->send_count].port = port;
	memcpy(out->send[out->send_count].bytes, bytes, len);
	out->send[out->send_count].len = len;
	out->send_count++;
}

/* Encode a packet, keep it for repetition, and send it to the transfer's port (or the well-known one). */
static void send_kept(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		      struct tftp_client_out *out)
{
	ssize_t len = tftp_encode(packet, client->last, sizeof(client->last));

	if (len < 0) {
		finish(client, TFTP_CLIENT_PROTOCOL_ERROR, "the request does not fit into 512 bytes");
		return;
	}
	client->last_len = (size_t)len;
	put(out, client, client->tid ? client->tid : client->config.port, client->last, client->last_len);
	arm(client, now_us);
}

static void send_error(struct tftp_client *client, uint16_t port, enum tftp_error_code code,
		       const char *message, struct tftp_client_out *out)
{
	struct tftp_packet packet;
	uint8_t bytes[sizeof(out->send[0].bytes)];
	ssize_t len;

	tftp_error_packet(&packet, code, message);
	len = tftp_encode(&packet, bytes, sizeof(bytes));
	if (len > 0)
		put(out, client, port, bytes, (size_t)len);
}

static void send_request(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out)
{
	struct tftp_packet packet = {.opcode = TFTP_RRQ, .mode = TFTP_OCTET, .options = client->asked};

	memcpy(packet.name, client->file, sizeof(packet.name));
	client->phase = PHASE_REQUEST;
	client->tid = 0;
	client->block = client->acked = 0;
	client->tries = 0;
	send_kept(client, now_us, &packet, out);
}

static void send_ack(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out)
{
	struct tftp_packet packet = {.opcode = TFTP_ACK, .block = client->block};

	client->acked = client->block;
	send_kept(client, now_us, &packet, out);
}

static void begin(struct tftp_client_out *out)
{
	out->send_count = 0;
	out->data = NULL;
	out->data_len = 0;
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
	if (client->phase == PHASE_NEW) {
		client->started_us = now_us;
		send_request(client, now_us, out);
	}
	end(client, out);
}

/* RFC 2347: some servers answer options with ERROR 8 (or, being old, with 0 or 4): ask again without. */
static bool restart_plain(struct tftp_client *client, uint64_t now_us, unsigned code,
			  struct tftp_client_out *out)
{
	if (client->phase != PHASE_REQUEST || !client->asked.has || client->restarts >= RESTARTS_MAX)
		return false;
	if (code != TFTP_ERROR_OPTION && code != TFTP_ERROR_UNDEFINED && code != TFTP_ERROR_ILLEGAL)
		return false;
	client->restarts++;
	ask_options(client, false);
	send_request(client, now_us, out);
	return true;
}

static void on_error(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		     struct tftp_client_out *out)
{
	char detail[TFTP_MESSAGE_MAX + 64];

	if (restart_plain(client, now_us, packet->error_code, out))
		return;
	snprintf(detail, sizeof(detail), "ERROR %u %s", packet->error_code,
		 packet->message[0] ? packet->message : tftp_error_name(packet->error_code));
	finish(client,
	       packet->error_code == TFTP_ERROR_NOT_FOUND ? TFTP_CLIENT_NOT_FOUND : TFTP_CLIENT_REFUSED,
	       detail);
}

static void on_oack(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		    struct tftp_client_out *out)
{
	const struct tftp_options *answer = &packet->options;

	if (client->phase == PHASE_DATA) {
		/* Our ACK of block 0 was lost: say it again, unless data have come since. */
		if (client->block == 0 && client->received == 0 && client->asked.has) {
			out->retransmitted = true;
			send_ack(client, now_us, out);
		}
		return;
	}
	if (answer->unknown || tftp_options_accept(&client->asked, answer)) {
		send_error(client, client->tid, TFTP_ERROR_OPTION, NULL, out);
		finish(client, TFTP_CLIENT_PROTOCOL_ERROR, "the server answered options that were not asked");
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
			send_error(client, client->tid, TFTP_ERROR_FULL, NULL, out);
			finish(client, TFTP_CLIENT_TOO_LARGE, "the announced size is over the limit");
			return;
		}
	}
	client->phase = PHASE_DATA;
	client->tries = 0;
	send_ack(client, now_us, out);
}

static void last_block(struct tftp_client *client)
{
	char detail[96];

	if (client->has_tsize && client->received != client->tsize) {
		snprintf(detail, sizeof(detail), "%llu bytes came, %llu were announced",
			 (unsigned long long)client->received, (unsigned long long)client->tsize);
		finish(client, TFTP_CLIENT_TRUNCATED, detail);
		return;
	}
	finish(client, TFTP_CLIENT_DONE, NULL);
}

/*
 * A block that is not the next one. A repeated last block means that our ACK was lost or late: without a
 * window it is not acknowledged again (the Sorcerer's Apprentice, RFC 1123 4.2.3.1); the server's and our own
 * timers mend it. With a window (RFC 7440 4) a gap is answered once with the last block in order, so that the
 * server goes back there.
 */
static void on_stray_block(struct tftp_client *client, uint64_t now_us, uint16_t block,
			   struct tftp_client_out *out)
{
	uint16_t ahead = (uint16_t)(block - client->block);

	if (client->windowsize < 2 || ahead == 0 || ahead > client->windowsize || client->gap_acked)
		return;
	client->gap_acked = true;
	out->retransmitted = true;
	send_ack(client, now_us, out);
}

static void on_data(struct tftp_client *client, uint64_t now_us, const struct tftp_packet *packet,
		    struct tftp_client_out *out)
{
	uint16_t next = (uint16_t)(client->block + 1);
	bool last = packet->data_size < client->blksize;

	/* Data at once in answer to a request with options: the server ignores them (RFC 2347). */
	if (client->phase == PHASE_REQUEST) {
		ask_options(client, false);
		client->phase = PHASE_DATA;
		last = packet->data_size < client->blksize;
	}
	if (packet->data_size > client->blksize) {
		send_error(client, client->tid, TFTP_ERROR_ILLEGAL, NULL, out);
		finish(client, TFTP_CLIENT_PROTOCOL_ERROR, "a block longer than its blksize");
		return;
	}
	/* Beyond 65535 blocks the number wraps, with most servers to 0, with some to 1. */
	if (packet->block != next && !(next == 0 && packet->block == 1 && client->received)) {
		on_stray_block(client, now_us, packet->block, out);
		return;
	}
	if (client->config.limit && client->received + packet->data_size > client->config.limit) {
		send_error(client, client->tid, TFTP_ERROR_FULL, NULL, out);
		finish(client, TFTP_CLIENT_TOO_LARGE, "more data than the limit");
		return;
	}
	client->block = packet->block;
	client->received += packet->data_size;
	client->tries = 0;
	client->gap_acked = false;
	out->data = packet->data;
	out->data_len = packet->data_size;
	if (last || client->windowsize < 2 || (uint16_t)(client->block - client->acked) >= client->windowsize)
		send_ack(client, now_us, out);
	else
		arm(client, now_us);
	if (last)
		last_block(client);
}

void tftp_client_datagram(struct tftp_client *client, uint64_t now_us, uint32_t address, uint16_t port,
			  const uint8_t *bytes, size_t len, struct tftp_client_out *out)
{
	struct tftp_packet packet;

	begin(out);
	if (client->phase == PHASE_NEW || client->phase == PHASE_OVER || address != client->config.server)
		goto out;
	if (client->tid && port != client->tid) {
		send_error(client, port, TFTP_ERROR_UNKNOWN_TID, NULL, out);
		goto out;
	}
	if (tftp_decode(bytes, len, &packet, NULL))
		goto out; /* not TFTP: the timer decides */
	if (!client->tid && packet.opcode != TFTP_DATA && packet.opcode != TFTP_OACK &&
	    packet.opcode != TFTP_ERROR)
		goto out;
	if (!client->tid && packet.opcode == TFTP_DATA && packet.block != 1)
		goto out; /* of a transfer long gone */
	if (!client->tid)
		client->tid = port;
	switch (packet.opcode) {
	case TFTP_DATA: on_data(client, now_us, &packet, out); break;
	case TFTP_OACK: on_oack(client, now_us, &packet, out); break;
	case TFTP_ERROR: on_error(client, now_us, &packet, out); break;
	case TFTP_RRQ:
	case TFTP_WRQ:
	case TFTP_ACK:
		send_error(client, client->tid, TFTP_ERROR_ILLEGAL, NULL, out);
		finish(client, TFTP_CLIENT_PROTOCOL_ERROR, "the server sent what only clients send");
		break;
	}
out:
	end(client, out);
}

void tftp_client_timer(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out)
{
	begin(out);
	if ((client->phase == PHASE_REQUEST || client->phase == PHASE_DATA) &&
	    now_us >= client->deadline_us) {
		if (client->config.total_us && now_us >= client->started_us + client->config.total_us) {
			finish(client, TFTP_CLIENT_TIMEOUT, "the transfer took too long");
		} else if (client->tries >= client->config.retries) {
			finish(client, TFTP_CLIENT_TIMEOUT,
			       client->phase == PHASE_REQUEST ? "no answer" : "the transfer stopped");
		} else {
			client->tries++;
			out->retransmitted = true;
			if (client->phase == PHASE_DATA && client->acked != client->block)
				send_ack(client, now_us,
					 out); /* in the middle of a window: say how far we are */
			else
				put(out, client, client->tid ? client->tid : client->config.port,
				    client->last, client->last_len);
			arm(client, now_us);
		}
	}
	end(client, out);
}

void tftp_client_error(struct tftp_client *client, int error, struct tftp_client_out *out)
{
	begin(out);
	if (client->phase == PHASE_REQUEST || client->phase == PHASE_DATA) {
		switch (error) {
		case ECONNREFUSED: finish(client, TFTP_CLIENT_REFUSED, "port unreachable"); break;
		case EHOSTUNREACH:
		case ENETUNREACH: finish(client, TFTP_CLIENT_UNREACHABLE, strerror(error)); break;
		default: finish(client, TFTP_CLIENT_TIMEOUT, strerror(error));
		}
	}
	end(client, out);
}
