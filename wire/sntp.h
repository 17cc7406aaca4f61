#ifndef WIRE_SNTP_H
#define WIRE_SNTP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/cursor.h"

/*
 * SNTP version 4 (RFC 5905, its header without extension fields and without authentication; RFC 4330). A timestamp has 32 bits of
 * seconds and 32 bits of their fraction.
 */
#define SNTP_PORT    123
#define SNTP_SIZE    48
#define SNTP_CLIENT  3 /* mode */
#define SNTP_SERVER  4
#define SNTP_UNKNOWN 3	/* leap indicator: the server has no time itself */
#define SNTP_STRATA  16 /* this stratum and those above are not synchronized; 0: a kiss of death */

struct sntp {
	uint8_t leap, version, mode, stratum;
	char kiss[5];	    /* with stratum 0: the reason, "RATE", "DENY", "RSTR"; else "" */
	uint64_t originate; /* the transmit timestamp of the request, repeated */
	uint64_t receive;   /* when the server received it */
	uint64_t transmit;  /* when the message was sent */
};

/* A request with that transmit timestamp, which the server repeats; it may be any number. SNTP_SIZE, or -ENOSPC. */
ssize_t sntp_encode_request(uint64_t transmit, void *out, size_t size);

/* 0, or -EBADMSG. Extension fields after the header are ignored. */
int sntp_decode(const void *bytes, size_t length, struct sntp *message, struct wire_error *error);

/* A timestamp as microseconds since 1970. Timestamps without the highest bit are of the era that begins in 2036. */
int64_t sntp_unix_us(uint64_t timestamp);

#endif
