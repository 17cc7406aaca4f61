#ifndef WIRE_CAPF_H
#define WIRE_CAPF_H

#include <stdbool.h>

#include "wire/cursor.h"

/*
 * The Certificate Authority Proxy Function: it gives a phone its locally significant certificate (LSC). TLS on TCP port
 * 3804; the server speaks first. A message is a header of 8 bytes (55, command, session of 32 bits, length of 16 bits)
 * and elements of tag (8 bits), length (16 bits) and value. A message must be in one TLS record.
 */
#define CAPF_PORT	   3804
#define CAPF_HEADER	   8
#define CAPF_SIZE_MAX	   (CAPF_HEADER + 65535)
#define CAPF_DISCRIMINATOR 0x55
#define CAPF_VERSION	   3   /* of element 7 */
#define CAPF_TEXT_MAX	   255 /* bytes of a password or device name, the NUL left out */

enum capf_command {
	CAPF_AUTH_REQUEST = 1,
	CAPF_AUTH_REPLY,
	CAPF_KEY_REQUEST,
	CAPF_KEY_REPLY,
	CAPF_ENCRYPT_REPLY, /* the bodies of 5 to 8 and 18 to 23 are not public */
	CAPF_ENCRYPT_REQUEST,
	CAPF_DECRYPT_REQUEST,
	CAPF_DECRYPT_REPLY,
	CAPF_STORE_REQUEST,
	CAPF_STORE_REPLY,
	CAPF_FETCH_REQUEST,
	CAPF_FETCH_REPLY,
	CAPF_DELETE_REQUEST,
	CAPF_DELETE_REPLY,
	CAPF_END,
	CAPF_RETRY_LATER,
	CAPF_IN_PROGRESS,
	CAPF_STATUS_REQUEST,
	CAPF_STATUS_REPLY,
	CAPF_ABORT_REQUEST,
	CAPF_ABORT_REPLY,
	CAPF_SIGN_REQUEST,
	CAPF_SIGN_REPLY,
};

/* Element 1. Other numbers exist; what they mean is not public. */
enum capf_reason {
	CAPF_NO_ACTION = 0,
	CAPF_OK = 1,
	CAPF_INVALID_ELEMENT = 7,
	CAPF_UNKNOWN_DEVICE = 9,
};

enum capf_certificate {
	CAPF_LSC = 1,
	CAPF_MIC = 2,
};

enum capf_auth {
	CAPF_AUTH_NONE,
	CAPF_AUTH_PASSWORD,
	CAPF_AUTH_NO_PASSWORD,
	CAPF_AUTH_LSC,
	CAPF_AUTH_MIC,
};

enum capf_key {
	CAPF_RSA,
	CAPF_EC,
};

enum capf_curve {
	CAPF_P256,
	CAPF_P384,
	CAPF_P521,
};

enum capf_has {
	CAPF_HAS_REASON = 1 << 0,
	CAPF_HAS_VERSION = 1 << 1,
	CAPF_HAS_AUTH = 1 << 2,
	CAPF_HAS_DEVICE = 1 << 3,
	CAPF_HAS_PASSWORD = 1 << 4,
	CAPF_HAS_CERTIFICATE_TYPE = 1 << 5,
	CAPF_HAS_CERTIFICATE = 1 << 6,
	CAPF_HAS_KEY_TYPE = 1 << 7,
	CAPF_HAS_KEY_SIZE = 1 << 8,
	CAPF_HAS_CURVE = 1 << 9,
	CAPF_HAS_SUDI = 1 << 10,
};

/*
 * Slices are borrowed from the bytes decoded, or from the caller who encodes; empty when the element is absent. Texts
 * have no NUL here. The proof of an existing certificate (6 and 20) is over the device name with its NUL and the
 * certificate; the one of the SUDI certificate is over the session as a little-endian number of 32 bits and the
 * certificate. RSA signs the digest itself, without DigestInfo.
 */
struct capf {
	enum capf_command command;
	uint32_t session;
	unsigned has;			    /* enum capf_has */
	uint8_t reason;			    /* 1: enum capf_reason */
	struct wire_slice reason_info;	    /* 2: text */
	uint8_t certificate_type;	    /* 3: enum capf_certificate */
	struct wire_slice certificate;	    /* 4: DER; in front of it 01, the length, 00 and the type */
	uint8_t certificate_kind;	    /* 4: that type, enum capf_certificate */
	struct wire_slice signature;	    /* 6: of SHA-1 */
	uint8_t version;		    /* 7 */
	uint8_t auth;			    /* 8: enum capf_auth */
	struct wire_slice public_key;	    /* 9: SubjectPublicKeyInfo, DER */
	uint16_t key_size;		    /* 10: bits of an RSA key */
	struct wire_slice password;	    /* 11 */
	struct wire_slice device;	    /* 13: "SEP001122AABB01" */
	struct wire_slice sudi;		    /* 16: certificate, DER */
	struct wire_slice sudi_signature;   /* 16: of SHA-1 */
	struct wire_slice sudi_signature_2; /* 16: of SHA-512 */
	uint8_t key_type;		    /* 17: enum capf_key */
	uint8_t curve;			    /* 18: enum capf_curve */
	struct wire_slice signature_2;	    /* 20: of SHA-512 */
	unsigned unknown;		    /* elements skipped; set by decoding only */
};

/* The size of the message that begins at bytes; as tvs_frame(). */
int capf_frame(const void *bytes, size_t size, size_t *whole, struct wire_error *error);

/* Read one message, which has exactly that size. 0, or -EBADMSG with error filled (message untouched). */
int capf_decode(const void *bytes, size_t size, struct capf *message, struct wire_error *error);

/* Write a message, its elements in the order of the exchanges. Returns the size, -EINVAL or -ENOSPC. */
ssize_t capf_encode(const struct capf *message, void *out, size_t size);

/* "key generate request"; NULL when the number is unknown. */
const char *capf_command_name(unsigned command);

/* Bits of an RSA key that element 10 may have. */
bool capf_is_key_size(unsigned bits);

#endif
