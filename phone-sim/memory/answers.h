#ifndef PHONE_SIM_MEMORY_ANSWERS_H
#define PHONE_SIM_MEMORY_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a DHCP server and a call manager answer to a phone core that runs without a network: bytes in, bytes out. */

struct sip_message;

struct answer_lease {
	uint32_t server, address, mask; /* IPv4, host order */
	uint32_t seconds;
	uint32_t tftp[2]; /* option 150 */
	unsigned tftp_count;
	bool refuse; /* NAK to a REQUEST */
};

/* The frame with the OFFER to a phone's DISCOVER, or with the ACK to its REQUEST. Its length; 0: the phone's frame needs no
 * answer of a DHCP server; -ENOSPC. */
ssize_t answer_dhcp(const void *frame, size_t size, const struct answer_lease *lease, void *out, size_t room);

/* The response with this status to a phone's request. A 200 to a REGISTER binds its Contact for 120 s, and all lines of the
 * device if the request asks for them. Its length, or a negative errno of sip_build_response. */
ssize_t answer_sip(const struct sip_message *request, unsigned status, void *out, size_t room);

#endif
