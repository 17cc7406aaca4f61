#ifndef WIRE_TRUSTLIST_TAGS_H
#define WIRE_TRUSTLIST_TAGS_H

/* The tags of wire/trustlist and wire/encfile, for these modules only. */

/* Tags of the header, of its containers, and of records: three number spaces that overlap. */
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
	TAG_ENCRYPTION = 16, /* contains 17 and 21 */
	TAG_CIPHER = 17,     /* contains 18 to 20 */
	TAG_CIPHER_KIND = 18,
	TAG_IV = 19,
	TAG_PLAIN_PADDING = 20,
	TAG_KEY_WRAP = 21, /* contains 22 to 25 */
	TAG_KEY_KIND = 22,
	TAG_KEY_BITS = 23,
	TAG_KEY_FORM = 24,
	TAG_KEY = 25,
	TAG_PLAIN_DIGEST = 26,
	TAG_PLAIN_HASH = 27,
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
