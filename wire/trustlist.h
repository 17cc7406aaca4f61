#ifndef WIRE_TRUSTLIST_H
#define WIRE_TRUSTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/cursor.h"
#include "wire/encfile.h"

/*
 * CTL and ITL files, and the header in front of signed files (.sgn): elements of tag (8 bits), length (16
 * bits, big endian) and value; only tag 13, padding, is a lone byte. There is no cryptography here: the
 * caller gets the bytes to sign or to verify. The signature (RSA PKCS#1 v1.5) covers the whole file with the
 * tag-12 element left out.
 */
#define TRUSTLIST_SIZE_MAX    65535 /* of a trust list, in bytes */
#define TRUSTLIST_RECORDS_MAX 64
#define TRUSTLIST_TEXT_MAX    255 /* bytes of a name, the NUL left out */

enum trustlist_digest {
	TRUSTLIST_SHA1 = 1,
	TRUSTLIST_SHA256 = 2,
	TRUSTLIST_SHA512 = 3,
};

enum trustlist_role {
	TRUSTLIST_SAST = 0, /* system administrator security token: signs */
	TRUSTLIST_CCM = 1,
	TRUSTLIST_CCM_TFTP = 2,
	TRUSTLIST_TFTP = 3,
	TRUSTLIST_CAPF = 4,
	TRUSTLIST_APP_SERVER = 7,
	TRUSTLIST_TVS = 21,
};

/* What a trust list and a signed file begin with. Strings and slices are borrowed from the bytes decoded, or
 * from the caller who encodes. Strings are NUL-terminated, and "" when the element is absent. */
struct trustlist_header {
	uint8_t version[2];   /* tag 1: 1.2 of a trust list, 1.0 of a signed file, 2.0 of an encrypted file */
	uint16_t header_size; /* tag 2: bytes of the whole header, signature included; set by decoding only */
	bool has_signer_version;      /* tag 28: trust lists only */
	uint8_t signer_version[2];    /* 1.0 or 1.1 */
	const char *signer;	      /* tag 4 in 3: subject of the signer's certificate */
	struct wire_slice serial;     /* tag 5 in 3: its serial number */
	const char *issuer;	      /* tag 6 in 3: its issuer */
	enum trustlist_digest digest; /* tag 8 in 7 */
	struct wire_slice signature;  /* tag 12: 64, 128, 256 or 512 bytes, as tag 11 says */
	const char *file_name;	      /* tag 14 */
	uint32_t timestamp;	      /* tag 15: seconds since 1970 */
	bool encrypted;		      /* tags 16 to 27: encrypted files only (version 2.0) */
	struct encfile encryption;
	unsigned unknown; /* elements skipped; set by decoding only */
	uint16_t
	    signature_at; /* offset of the tag-12 element, and of what follows it; set by decoding only */
	uint16_t signature_end;
};

/* One record: whom to trust, as what. */
struct trustlist_record {
	const char *dns_name;	  /* tag 2 */
	bool has_dns_name;	  /* tag 2 is there, also if the name is "": the record of a hardware token */
	const char *subject;	  /* tag 3 */
	uint16_t role;		  /* tag 4: enum trustlist_role, or another number */
	const char *issuer;	  /* tag 5 */
	struct wire_slice serial; /* tag 6 */
	struct wire_slice public_key;  /* tag 7: PKCS#1 RSAPublicKey DER, or an EC point */
	struct wire_slice signature;   /* tag 8: the certificate's own */
	struct wire_slice certificate; /* tag 9: X.509 DER, may be absent (length 0) */
	struct wire_slice address;     /* tag 10: 4 or 16 bytes, may be absent */
	struct wire_slice hash;	       /* tag 11: of the certificate, may be absent */
	uint8_t hash_algorithm;	       /* tag 12: as enum trustlist_digest; 0 when absent */
	unsigned unknown;	       /* elements skipped; set by decoding only */
};

struct trustlist {
	struct trustlist_header header;
	struct trustlist_record record[TRUSTLIST_RECORDS_MAX];
	unsigned records;
};

/* Read a trust list. 0, or -EBADMSG with error filled (list untouched). It borrows from bytes. */
int trustlist_decode(const void *bytes, size_t size, struct trustlist *list, struct wire_error *error);

/* Does this record's key sign files (role TFTP or CCM+TFTP)? */
bool trustlist_signs_files(const struct trustlist_record *record);

/* The record of the signer: role SAST, with the header's signer name and serial number; or NULL. */
const struct trustlist_record *trustlist_signer(const struct trustlist *list);

/* Is the record's key an elliptic curve point (X9.62, uncompressed), as lists of version 1.1 may have? */
bool trustlist_key_is_ec(const struct trustlist_record *record);

/* May records of this list have EC keys: is its signer version (tag 28) 1.1 or newer? A phone with such a list fetches
 * its configuration from port 6971. */
bool trustlist_allows_ec(const struct trustlist_header *header);

/* The bytes that the signature covers, as two slices of the file just decoded: hash one after the other.
 * Works for trust lists and for signed files. */
void trustlist_signed_bytes(const struct trustlist_header *header, const void *bytes, size_t size,
			    struct wire_slice part[2]);

/*
 * Write the bytes to be signed: everything but the tag-12 element. signature_size (64, 128, 256 or 512) is
 * that of the key, known beforehand: it is counted in the header. Returns the size, or -EINVAL or -ENOSPC.
 */
ssize_t trustlist_encode_unsigned(const struct trustlist *list, size_t signature_size, void *out,
				  size_t size);

/* Write the whole list, header.signature included. Returns the size, or -EINVAL or -ENOSPC. */
ssize_t trustlist_encode(const struct trustlist *list, void *out, size_t size);

/* Signed files (.sgn): the same header (version 1.0, no signer version), and then the payload as it is. Encrypted files
 * (.enc.sgn): header.encrypted is set, and the payload is ciphertext. */

/* Read the header of a signed file; *payload is what follows it. 0, or -EBADMSG with error filled. */
int sgn_decode(const void *bytes, size_t size, struct trustlist_header *header, struct wire_slice *payload,
	       struct wire_error *error);

/* The bytes to be signed of header and payload, and the whole file; as for trust lists. */
ssize_t sgn_encode_unsigned(const struct trustlist_header *header, size_t signature_size,
			    struct wire_slice payload, void *out, size_t size);
ssize_t sgn_encode(const struct trustlist_header *header, struct wire_slice payload, void *out, size_t size);

/* Does the file begin with such a header (tag 1, length 2)? */
bool sgn_is_signed(const void *bytes, size_t size);

/* "SAST", "CCM+TFTP" ...; "role" when it is none of ours. */
const char *trustlist_role_name(unsigned role);

/* The bytes that such a digest has. */
size_t trustlist_digest_size(enum trustlist_digest digest);

#endif
