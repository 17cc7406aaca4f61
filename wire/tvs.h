#ifndef WIRE_TVS_H
#define WIRE_TVS_H

#include <stdbool.h>

#include "wire/cursor.h"

/*
 * The Trust Verification Service: a phone asks a server of its cluster about a certificate that its own lists do not
 * have. TLS on TCP port 2445. A message is a header of 10 bytes (57, version 1, command, a reserved byte, session of 32
 * bits, length of 16 bits) and elements of tag (8 bits), length (16 bits) and value. There are two questions: for a
 * certificate (commands 1 and 2), and for the name and serial number of a signer (3 and 4).
 */
#define TVS_PORT	  2445
#define TVS_HEADER	  10
#define TVS_SIZE_MAX	  (TVS_HEADER + 65535)
#define TVS_DISCRIMINATOR 0x57
#define TVS_SESSION_FIRST 1001	/* of a phone; it counts up */
#define TVS_TTL_S	  86400 /* how long a phone may rely on an answer */
#define TVS_ROLES_MAX	  8
#define TVS_TEXT_MAX	  255 /* bytes of a name or device */

enum tvs_command {
	TVS_VERIFY = 1,	 /* request: a certificate */
	TVS_VERIFIED,	 /* reply */
	TVS_QUERY,	 /* request: a name */
	TVS_CERTIFICATE, /* reply */
};

enum tvs_status {
	TVS_VALID = 0,
	TVS_UNKNOWN = 1,
};

enum tvs_has {
	TVS_HAS_STATUS = 1,
	TVS_HAS_TTL = 2,
};

/* Slices are borrowed from the bytes decoded, or from the caller who encodes; empty when the element is absent. Names
 * have no NUL here. Their parts are joined by ";": "CN=cucm;OU=lab;O=phonelab". */
struct tvs {
	enum tvs_command command;
	uint8_t reserved; /* 0 from a phone, any value from a server */
	uint32_t session;
	struct wire_slice device;      /* tag 1: "CP-8861-SEPB000B4BA0AEE", behind a byte 01 */
	struct wire_slice certificate; /* tag 2: DER */
	struct wire_slice subject;     /* tag 3 */
	struct wire_slice issuer;      /* tag 4 */
	struct wire_slice serial;      /* tag 5: as in the certificate, without tag and length of ASN.1 */
	unsigned has;		       /* enum tvs_has */
	uint8_t status;		       /* tag 7: enum tvs_status, or another number */
	uint8_t role[TVS_ROLES_MAX];   /* tag 8: enum trustlist_role, one byte each */
	unsigned roles;
	uint32_t ttl_s;	  /* tag 9 */
	unsigned unknown; /* elements skipped, and roles beyond TVS_ROLES_MAX; set by decoding only */
};

/* The size of the message that begins at bytes: 0 and *whole; -EAGAIN until its header is there, and while it is not
 * complete (*whole is then set if it is known, else 0); -EBADMSG if this is no TVS. */
int tvs_frame(const void *bytes, size_t size, size_t *whole, struct wire_error *error);

/* Read one message, which has exactly that size. 0, or -EBADMSG with error filled (message untouched). */
int tvs_decode(const void *bytes, size_t size, struct tvs *message, struct wire_error *error);

/* Write a message, its elements in the order of the command. Returns the size, -EINVAL or -ENOSPC. */
ssize_t tvs_encode(const struct tvs *message, void *out, size_t size);

/* "TVS_MSG_QUERY_CERT_REQ": the name in traces of CUCM; NULL when the number is unknown. */
const char *tvs_command_name(unsigned command);

#endif
