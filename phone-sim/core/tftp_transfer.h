#ifndef PHONE_SIM_CORE_TFTP_TRANSFER_H
#define PHONE_SIM_CORE_TFTP_TRANSFER_H

#include "phone-sim/core/tftp_client.h"
#include "wire/tftp.h"

/* Shared by tftp_client.c (received packets) and tftp_send.c (sent packets) only. */
enum tftp_phase {
	TFTP_PHASE_NEW,
	TFTP_PHASE_REQUEST, /* the request is sent, the transfer id of the server is unknown */
	TFTP_PHASE_DATA,
	TFTP_PHASE_OVER,
};

struct tftp_client {
	struct tftp_client_config config;
	char file[TFTP_NAME_MAX + 1];
	enum tftp_phase phase;
	enum tftp_client_status status;
	struct tftp_options asked;
	uint16_t tid;	  /* of the server; 0: unknown */
	uint16_t blksize; /* in force */
	uint16_t windowsize;
	uint16_t block; /* last one received in order */
	uint16_t acked; /* last one acknowledged */
	bool gap_acked; /* a gap was answered already in this window */
	bool has_tsize;
	uint64_t tsize;
	uint64_t received;
	unsigned tries; /* retransmissions in a row */
	unsigned restarts;
	uint64_t started_us;
	uint64_t deadline_us;
	uint8_t last[516]; /* the packet to repeat */
	size_t last_length;
	int error_code;		/* of the ERROR received; -1: none */
	uint32_t other_address; /* the first that answered in the server's place; 0: none */
	const char *dropped;	/* why the first datagram of the server was dropped; NULL: none was */
	struct wire_odd odd;	/* of the OACK */
	char detail[160];
};

/* Add a packet to out. A packet that may have to be repeated is retained, and the retransmission is armed. */
void tftp_send_request(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out);
void tftp_send_ack(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out);
void tftp_send_error(struct tftp_client *client, uint16_t port, enum tftp_error_code code,
		     const char *message, struct tftp_client_out *out);

/* Add the retained packet again. */
void tftp_send_again(const struct tftp_client *client, struct tftp_client_out *out);

/* Arm the retransmission: the first wait, doubled at each try, never beyond the end of the whole transfer. */
void tftp_arm(struct tftp_client *client, uint64_t now_us);

/* End the transfer; detail may be NULL. */
void tftp_finish(struct tftp_client *client, enum tftp_client_status status, const char *detail);

#endif
