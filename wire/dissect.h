#ifndef WIRE_DISSECT_H
#define WIRE_DISSECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mac.h"
#include "wire/cursor.h"

/*
 * What wire/ reads in a frame: the engine of `phonelab decode`. Frames go in, in the order of the capture;
 * the frame's own content comes out. A context holds what only earlier frames show: which MAC and which
 * address is a phone's, on which ports a TFTP transfer runs and of which file, what an HTTP answer answers,
 * and the beginning of SIP messages that span segments. All of it is bounded; the oldest is forgotten.
 */
#define DISSECT_FIELDS_MAX 64
#define DISSECT_VALUE_MAX  255
#define DISSECT_ERROR_MAX  159

struct dissect_field {
	const char *name;		   /* static, once in a frame: "voice_vlan", "cseq" */
	bool number;			   /* value is a decimal integer */
	char value[DISSECT_VALUE_MAX + 1]; /* printable ASCII; cut when long */
};

struct dissect {
	const char *
	    protocol; /* static: "cdp", "lldp", "arp", "dhcp", "dns", "tftp", "http", "sip", "tls", "tvs", "capf", "tcp",
				    "udp", "icmp", "ipv4",    "ipv6", "ethernet": the innermost that was read */
	char phone[DEVICE_TEXT]; /* "SEP001122AABB01": the phone that sent it or that it is for; "" when it
				    is unknown */
	int step;		 /* rung of the ladder (base/ladder.h) that the frame belongs to; 0: none */
	struct dissect_field field[DISSECT_FIELDS_MAX];
	unsigned fields;
	bool malformed; /* a wrong checksum or an odd option is no reason: fields note and odd_N have those */
	size_t error_offset; /* malformed: from the first byte of the frame, except in SIP over TCP: from that
				of the message */
	char error[DISSECT_ERROR_MAX +
		   1]; /* malformed: "dhcp: option 150: length is no multiple of 4"; else "" */
};

struct dissect_context;

/* NULL when memory is short. */
struct dissect_context *dissect_new(void);

/* NULL is legal. */
void dissect_free(struct dissect_context *context);

/* Read one Ethernet frame, its check sequence left out. cut: the capture holds only the beginning of
 * it (original length greater): what is missing is then not called malformed. */
void dissect_frame(struct dissect_context *context, const void *bytes, size_t size, bool cut,
		   struct dissect *out);

/* The same for a frame of any link type (pcapng.h): Ethernet, loopback, raw IP, Linux cooked. 0, or -ENOTSUP
 * (out is untouched) for another one. */
int dissect_record(struct dissect_context *context, unsigned link_type, const void *bytes, size_t size,
		   bool cut, struct dissect *out);
#define DISSECT_LINK_TYPES "0, 1, 101, 113 or 276"

/* From now on, call each with every SIP message that a frame completes, in order: a frame may complete several, of which
 * the fields show the first. The message is borrowed. each: NULL ends it. */
struct sip_message;
void dissect_watch_sip(struct dissect_context *context,
		       void (*each)(void *user, const struct sip_message *message), void *user);

/* Read only the link header of a record of any link type. 0, -EBADMSG, or -ENOTSUP for another link type. Ends that
 * the header does not name are zero. */
struct ether_frame;
int dissect_read_link(unsigned link_type, const uint8_t *bytes, size_t size, struct ether_frame *frame,
		      struct wire_error *error);

/* The value of the field of that name, or NULL. */
const char *dissect_value(const struct dissect *frame, const char *name);

/* The frame in one line for people, printable ASCII, without its phone and step: "DISCOVER for 00:11:22:aa:bb:01 in VLAN
 * 110". Cut at size. */
void dissect_summary(const struct dissect *frame, char *out, size_t size);
#define DISSECT_SUMMARY_MAX 400

/* The ladder step to which a file of the TFTP tree belongs, by its name: "CTLSEP....tlv" is 5; 0 when
 * none. */
int dissect_file_step(const char *name);

#endif
