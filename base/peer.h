#ifndef BASE_PEER_H
#define BASE_PEER_H

#include <stdint.h>

#include "base/fail.h"

/* HOST[:PORT] as a person writes it: a name, an IPv4 address, or an IPv6 address in brackets. */

#define PEER_HOST 254 /* a name of 253 characters (RFC 1035 2.3.4), and the NUL */

struct peer {
	char host[PEER_HOST]; /* without brackets */
	uint16_t port;
};

/* Read text; port is the port if the text has none. 0, or -EINVAL with what was found and expected. */
int peer_parse(struct peer *peer, const char *text, uint16_t port, struct fail *fail);

/* The same as text again, always with the port; gives text back. */
#define PEER_TEXT (PEER_HOST + 9)
const char *peer_format(const struct peer *peer, char text[PEER_TEXT]);

#endif
