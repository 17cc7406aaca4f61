#ifndef WIRE_ODD_H
#define WIRE_ODD_H

#include "wire/cursor.h"

/*
 * What a decoder found odd in a message and did not fail on: an optional element (TLV, option) whose length or
 * value its standard does not know. The element is left out of the message, or used without the octets behind
 * its fields; `what` tells which.
 */
#define WIRE_ODD_KINDS 16

/* The type is CDP's TLV type, DHCP's option code, TFTP's TFTP_HAS_ bit, LLDP's TLV type, or OUI << 8 | subtype of an
 * organisational TLV of LLDP. 0: no element, octets between or behind the elements. */
struct wire_oddity {
	uint32_t type;
	const char *name; /* static: "native VLAN" */
	const char *what; /* static: what is wrong */
	uint32_t length;  /* of the element's value, octets */
	uint32_t offset;  /* of the element, from the first octet of the message */
	uint32_t count;	  /* in a message 1; of a sender: elements of this type so far */
};

/* Of a message: one entry per element, in its order. Of a sender: one per type. Zero is empty. */
struct wire_odd {
	unsigned count;	  /* of item */
	unsigned dropped; /* found no room */
	struct wire_oddity item[WIRE_ODD_KINDS];
};

/* Append; false when there is no room. */
bool wire_odd_add(struct wire_odd *odd, const struct wire_oddity *oddity);

/* Add the message's oddities, from number *at on (0 before the first call), to those of its sender. Stops at the
 * first of a type that the sender's do not have yet, and returns it: report it. NULL at the end. */
const struct wire_oddity *wire_odd_next(const struct wire_odd *message, struct wire_odd *sender,
					unsigned *at);

/* The type as people write it ("10", "127 00120f/2"), and a sentence: "native VLAN (type 10), 3 octets at
 * offset 52: octets behind its fields". Both give text back. */
#define WIRE_ODD_TEXT 160
char *wire_odd_type(const struct wire_oddity *oddity, char *text, size_t size);
char *wire_odd_text(const struct wire_oddity *oddity, char text[WIRE_ODD_TEXT]);

/* The usual reasons. */
#define WIRE_ODD_SHORT	"shorter than its fields"
#define WIRE_ODD_BEHIND "octets behind its fields"
#define WIRE_ODD_BEYOND "longer than the message"
#define WIRE_ODD_REST	"too short for an element"

#endif
