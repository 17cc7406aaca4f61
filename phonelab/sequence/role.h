#ifndef PHONELAB_SEQUENCE_ROLE_H
#define PHONELAB_SEQUENCE_ROLE_H

#include <stdbool.h>

#include "wire/dissect.h"

/* With whom a phone speaks in a frame. */

/* In the order of the columns. */
enum sequence_role {
	SEQUENCE_PHONE,
	SEQUENCE_SWITCH,
	SEQUENCE_DHCP,
	SEQUENCE_DNS,
	SEQUENCE_FILES,
	SEQUENCE_CALL_MANAGER,
	SEQUENCE_NETWORK, /* the role is not known */
};

struct sequence_peer {
	enum sequence_role role;
	char address[16]; /* IPv4; "": a broadcast, or the frame has none */
};

/* "dhcp", "call-manager" */
const char *sequence_role_name(enum sequence_role role);

/* The peer of the phone in a frame that it has sent or received. */
void sequence_find_peer(const struct dissect *frame, bool from_phone, struct sequence_peer *peer);

#endif
