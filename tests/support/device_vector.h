#ifndef TESTS_SUPPORT_DEVICE_VECTOR_H
#define TESTS_SUPPORT_DEVICE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A recorded frame of a real device: a file of tests/vectors/devices. # begins a comment.
 *
 *	frame                      until an empty line: octets in hexadecimal, "text", zeros COUNT
 *	message                    until the line end: a SIP message, each line gets CR LF
 *	is FIELD VALUE             what `phonelab decode` must read; no other oddity may be in the frame
 *	show LINE                  what the switch must print in `show cdp neighbors detail` or its LLDP counterpart
 *	says TEXT                  what must be in the events and the console of a phone that waits for its voice VLAN
 *	rewrites OPTION            the encoder writes this DHCP option, or none, in another form (DHCP only)
 */
#define DEVICE_VECTORS	    "tests/vectors/devices"
#define DEVICE_VECTOR_LINES 96

struct device_vector {
	char name[80]; /* of the file */
	bool message;  /* SIP, else a frame */
	uint8_t bytes[2048];
	size_t length;
	struct device_line {
		char key[16], value[400];
	} line[DEVICE_VECTOR_LINES];
	unsigned lines;
};

/* The file of that name in DEVICE_VECTORS. A file that does not have this form fails the test. */
void device_vector_read(const char *name, struct device_vector *vector);

/* Calls each for every file, by name; the test fails if there is none. Returns how many there are. */
unsigned device_vector_each(void (*each)(const struct device_vector *vector));

#endif
