#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/cursor.h"

/* DNS messages (RFC 1035) as far as a phone needs them: the question for the IPv4 addresses of a name, and its answer. */
#define DNS_PORT	  53
#define DNS_NAME_MAX	  256 /* as text, with the NUL; a name has up to 253 bytes */
#define DNS_QUERY_MAX	  (12 + DNS_NAME_MAX + 4)
#define DNS_REPLY_MAX	  512 /* over UDP, without EDNS */
#define DNS_ADDRESSES_MAX 4
#define DNS_NOERROR	  0 /* rcode */
#define DNS_NXDOMAIN	  3

struct dns_reply {
	uint16_t id;
	uint8_t rcode;
	char name[DNS_NAME_MAX];	     /* of the question that it repeats; "" if it repeats none */
	uint32_t address[DNS_ADDRESSES_MAX]; /* host order; further ones are skipped */
	unsigned count;
};

/* A recursive query for the A records of the name; a dot at its end may be there. The length, -EINVAL if it is no name (an empty
 * label, one of more than 63 bytes, or more than 253 bytes in all), or -ENOSPC. */
ssize_t dns_encode_query(uint16_t id, const char *name, void *out, size_t size);

/* 0, or -EBADMSG if it is malformed or no reply. The A records of the answer section count whatever their names are: they are those
 * of the aliases (CNAME) of the name asked for. */
int dns_decode_reply(const void *bytes, size_t length, struct dns_reply *reply, struct wire_error *error);

/* Read the name of a question, which is never compressed, as text of up to room bytes with the NUL. */
void dns_read_name(struct wire_reader *reader, char *text, size_t room);

#endif
