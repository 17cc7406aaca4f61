#ifndef WIRE_TRUSTLIST_TAGS_H
#define WIRE_TRUSTLIST_TAGS_H

/* The tags of wire/trustlist, for its two halves only. */

/* Tags of the header, of its two containers, and of records: three number spaces that overlap. */
enum header_tag {
	TAG_VERSION = 1,
	TAG_HEADER_SIZE = 2,
	TAG_SIGNER_ID = 3,
	TAG_SIGNER = 4,
	TAG_SERIAL = 5,
	TAG_ISSUER = 6,
	TAG_SIGNATURE_INFO = 7,
	TAG_DIGEST = 8,
	TAG_SIGNATURE_ALGORITHM = 9,
	TAG_ALGORITHM = 10,
	TAG_MODULUS = 11,
	TAG_SIGNATURE = 12,
	TAG_PADDING = 13,
	TAG_FILE_NAME = 14,
	TAG_TIMESTAMP = 15,
	TAG_SIGNER_VERSION = 28,
};

enum record_tag {
	RECORD_SIZE = 1,
	RECORD_DNS_NAME = 2,
	RECORD_SUBJECT = 3,
	RECORD_ROLE = 4,
	RECORD_ISSUER = 5,
	RECORD_SERIAL = 6,
	RECORD_PUBLIC_KEY = 7,
	RECORD_SIGNATURE = 8,
	RECORD_CERTIFICATE = 9,
	RECORD_ADDRESS = 10,
	RECORD_HASH = 11,
	RECORD_HASH_ALGORITHM = 12,
};

#endif
