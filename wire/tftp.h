#ifndef WIRE_TFTP_H
#define WIRE_TFTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/odd.h"

/*
 * TFTP: RFC 1350, with option negotiation (RFC 2347), blksize (2348), timeout and tsize (2349) and windowsize
 * (7440). One packet is one datagram; nothing here keeps a session.
 */
#define TFTP_PORT	     69
#define TFTP_BLKSIZE_DEFAULT 512   /* RFC 1350 section 2: without the option */
#define TFTP_BLKSIZE_MIN     8	   /* RFC 2348 */
#define TFTP_BLKSIZE_MAX     65464 /* RFC 2348 */
#define TFTP_NAME_MAX	     255   /* bytes of a file name, the NUL left out */
#define TFTP_MESSAGE_MAX     255   /* bytes of an error message; longer ones are cut */
#define TFTP_PACKET_MAX	     (4 + TFTP_BLKSIZE_MAX)

enum tftp_opcode {
	TFTP_RRQ = 1,
	TFTP_WRQ = 2,
	TFTP_DATA = 3,
	TFTP_ACK = 4,
	TFTP_ERROR = 5,
	TFTP_OACK = 6, /* RFC 2347 */
};

/* RFC 1350, appendix, and RFC 2347 for the last. Others may be received: error_code is a plain number. */
enum tftp_error_code {
	TFTP_ERROR_UNDEFINED = 0,
	TFTP_ERROR_NOT_FOUND = 1,
	TFTP_ERROR_ACCESS = 2,
	TFTP_ERROR_FULL = 3,
	TFTP_ERROR_ILLEGAL = 4,
	TFTP_ERROR_UNKNOWN_TID = 5,
	TFTP_ERROR_EXISTS = 6,
	TFTP_ERROR_NO_USER = 7,
	TFTP_ERROR_OPTION = 8,
};

enum tftp_mode {
	TFTP_NETASCII,
	TFTP_OCTET,
	TFTP_MAIL, /* obsolete (RFC 1350 section 1), decoded so that it can be refused */
};

#define TFTP_HAS_BLKSIZE    (1u << 0)
#define TFTP_HAS_TSIZE	    (1u << 1)
#define TFTP_HAS_TIMEOUT    (1u << 2)
#define TFTP_HAS_WINDOWSIZE (1u << 3)

struct tftp_options {
	unsigned has;	     /* TFTP_HAS_ bits */
	uint16_t blksize;    /* octets of data in a block */
	uint64_t tsize;	     /* octets of the file; 0 in an RRQ asks for it */
	uint8_t timeout_s;   /* seconds between retransmissions, 1 to 255 */
	uint16_t windowsize; /* blocks sent before an ACK is due, 1 to 65535 */
	unsigned unknown;    /* how many options were not of these four (ignored, RFC 2347) */
};

/* Which members count depends on opcode; the others are zero after decoding and not looked at in encoding. */
struct tftp_packet {
	enum tftp_opcode opcode;
	char name[TFTP_NAME_MAX + 1];	    /* RRQ, WRQ */
	enum tftp_mode mode;		    /* RRQ, WRQ */
	struct tftp_options options;	    /* RRQ, WRQ, OACK */
	struct wire_odd odd;		    /* RRQ, WRQ, OACK: options left out (decoding only) */
	uint16_t block;			    /* DATA, ACK; wraps from 65535 to 0 */
	const uint8_t *data;		    /* DATA: a slice into the datagram */
	size_t data_size;		    /* DATA: 0 to 65464; less than blksize ends the transfer */
	uint16_t error_code;		    /* ERROR */
	char message[TFTP_MESSAGE_MAX + 1]; /* ERROR: for people */
};

/* Read one datagram. 0, or -EBADMSG with error filled (and packet untouched). An option whose value is out of
 * its RFC's limits or is no number, and the second of a name, are left out and listed in odd; an option of another
 * name is counted. A known name ends an option that has no value. A missing NUL behind an ERROR's
 * message is forgiven. */
int tftp_decode(const void *bytes, size_t size, struct tftp_packet *packet, struct wire_error *error);

/* Write one packet to out. The number of bytes, or -EINVAL (a value out of its limits) or -ENOSPC. */
ssize_t tftp_encode(const struct tftp_packet *packet, void *out, size_t size);

/*
 * Does an OACK answer what was asked (RFC 2347: only options that were asked; 2348 and 7440: not more than
 * asked; 2349: the very timeout asked)? Returns 0, or -EPROTO: the client should answer with ERROR 8 and give
 * up.
 */
int tftp_options_accept(const struct tftp_options *asked, const struct tftp_options *answered);

/* Fill packet with an ERROR of that code; message NULL takes the standard's text. */
void tftp_error_packet(struct tftp_packet *packet, enum tftp_error_code code, const char *message);

/* "RRQ", "OACK" ...; NULL when it is none of the six. */
const char *tftp_opcode_name(unsigned opcode);

/* "file not found" ...; "unknown error code" when the RFCs name none. */
const char *tftp_error_name(unsigned code);

/* netascii (RFC 764): CR LF stands for a line feed, CR NUL for a carriage return. State between blocks: */
struct tftp_netascii {
	bool carriage_return; /* the last block ended in a CR whose partner is still to come */
};

/* Decode a block; out needs size + 1 bytes. Returns the number of bytes written. */
size_t tftp_netascii_decode(struct tftp_netascii *state, const uint8_t *in, size_t size, uint8_t *out);

/* Encode size bytes; out needs 2 * size bytes. Returns the number of bytes written. */
size_t tftp_netascii_encode(const uint8_t *in, size_t size, uint8_t *out);

#endif
