#ifndef PHONE_SIM_CORE_TFTP_CLIENT_H
#define PHONE_SIM_CORE_TFTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/odd.h"

/* One TFTP read without I/O (RFC 1350, RFC 1123 4.2.3; options of RFC 2347, 2348, 2349, 7440). The driver owns the
 * socket: it passes datagrams and the deadline, sends, appends data to the file and arms the deadline. */
struct tftp_client;

enum tftp_client_status {
	TFTP_CLIENT_RUNNING,
	TFTP_CLIENT_DONE,
	TFTP_CLIENT_NOT_FOUND,	    /* ERROR 1 */
	TFTP_CLIENT_REFUSED,	    /* another ERROR, or ICMP port unreachable */
	TFTP_CLIENT_UNREACHABLE,    /* ICMP host or network unreachable */
	TFTP_CLIENT_TIMEOUT,	    /* retransmissions used up, or the transfer exceeded total_us */
	TFTP_CLIENT_TOO_LARGE,	    /* over the limit: by tsize, or by the received bytes */
	TFTP_CLIENT_TRUNCATED,	    /* its length differs from tsize */
	TFTP_CLIENT_PROTOCOL_ERROR, /* not TFTP, or the answer has an option that was not requested */
};

struct tftp_client_config {
	uint32_t server; /* host order */
	uint16_t port;	 /* of the server: 69 */
	const char *file;
	uint64_t limit;		/* bytes */
	uint16_t blksize;	/* to ask for, 8..65464; 0: no option, 512 */
	uint16_t windowsize;	/* to ask for; 0 or 1: no option */
	bool tsize;		/* ask for the size */
	uint64_t retransmit_us; /* first wait, doubled at each try; 0: 500 ms */
	unsigned retries;	/* retransmissions in a row before giving up; 0: 6 */
	uint64_t total_us;	/* the whole transfer; 0: no limit */
};

#define TFTP_CLIENT_SEND_MAX 2

/* What to do after a call. data is a slice of the datagram handed in. */
struct tftp_client_out {
	struct {
		uint32_t address;
		uint16_t port;
		uint8_t bytes[516];
		size_t length;
	} send[TFTP_CLIENT_SEND_MAX];
	unsigned send_count;
	const uint8_t *data; /* append to the file; NULL: nothing */
	size_t data_length;
	uint64_t deadline_us; /* call tftp_client_timer then; UINT64_MAX: none */
	enum tftp_client_status
	    status;	    /* other than RUNNING: the transfer has ended; close the socket after sending */
	bool retransmitted; /* the output is a retransmission (shown in the console log) */
};

/* Why the transfer ended, or the text of the received ERROR; "" while it runs. Owned by the client. */
const char *tftp_client_detail(const struct tftp_client *client);

/* The code of the ERROR that ended the transfer, -1: none. The first other address than the server's that sent an
 * answer, 0: none; such answers are rejected (RFC 1350 4: address and port identify the transfer). Why the
 * first datagram of the server was dropped (static), NULL: none was. The odd options of the server's OACK. */
int tftp_client_error_code(const struct tftp_client *client);
uint32_t tftp_client_other_address(const struct tftp_client *client);
const char *tftp_client_dropped(const struct tftp_client *client);
const struct wire_odd *tftp_client_odd(const struct tftp_client *client);

/* A client that has not sent its request. NULL with errno EINVAL: the file name is empty or too long for a
 * request of 512 bytes, or blksize is out of range. The configuration is copied. */
struct tftp_client *tftp_client_new(const struct tftp_client_config *config);
void tftp_client_free(struct tftp_client *client);

/* Send the read request. */
void tftp_client_start(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out);

/* A datagram was received. From a wrong port: ERROR 5 is sent there, the transfer continues (RFC 1350 4). */
void tftp_client_datagram(struct tftp_client *client, uint64_t now_us, uint32_t address, uint16_t port,
			  const uint8_t *bytes, size_t length, struct tftp_client_out *out);

/* The deadline is reached. */
void tftp_client_timer(struct tftp_client *client, uint64_t now_us, struct tftp_client_out *out);

/* The socket reported an error (positive errno): ECONNREFUSED is ICMP port unreachable. */
void tftp_client_error(struct tftp_client *client, int error, struct tftp_client_out *out);

/* Bytes delivered so far. */
uint64_t tftp_client_received(const struct tftp_client *client);

#endif
