#ifndef WIRE_ENCFILE_H
#define WIRE_ENCFILE_H

#include "wire/cursor.h"

/*
 * The encrypted configuration file (SEP<MAC>.cnf.xml.enc.sgn). It is a signed file (wire/trustlist.h) of version 2.0:
 * its header has these elements in addition, and its payload is ciphertext. AES-128-CBC encrypts the payload; RSA
 * (PKCS#1 v1.5) under the phone's certificate wraps the key of 16 bytes. The signature covers the ciphertext. There is
 * no cryptography here.
 */
#define ENCFILE_BLOCK	16   /* bytes of a block, of the key and of the initialization vector */
#define ENCFILE_PAD	0x0d /* the byte that fills the last block; 1 to 16 of them */
#define ENCFILE_KEY_MAX 1024 /* bytes of a wrapped key */

struct encfile {
	uint8_t iv[ENCFILE_BLOCK]; /* tag 19 in 17: initialization vector */
	uint16_t padding;	   /* tag 20 in 17: pad bytes at the end of the plaintext */
	uint16_t
	    key_bits; /* tag 23 in 21: size of the phone's RSA key; eight times that of the wrapped key */
	struct wire_slice key;	/* tag 25 in 21: the wrapped key */
	uint8_t digest;		/* tag 26: of the plaintext, as enum trustlist_digest */
	struct wire_slice hash; /* tag 27: that digest, of the plaintext without its pad bytes */
};

/* The number of pad bytes for a plaintext of that size. */
size_t encfile_padding(size_t plain);

/* --- for wire/trustlist --- */

/* The value of tag 16, to its end. Returns how many elements were skipped. */
unsigned encfile_read(struct wire_reader *value, struct encfile *file);

/* Why the elements of a whole header do not fit together; NULL if they do. digest_size: bytes of its digest (0: unknown). */
const char *encfile_wrong(const struct encfile *file, size_t digest_size);

/* Tags 16, 26 and 27. */
void encfile_write(struct wire_writer *writer, const struct encfile *file);

#endif
