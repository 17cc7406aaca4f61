#ifndef PHONE_SIM_CORE_ENCRYPTED_H
#define PHONE_SIM_CORE_ENCRYPTED_H

#include "phone-sim/core/own_certificate.h"
#include "wire/trustlist.h"

/* Decrypt the payload of an encrypted file (wire/encfile.h) with the key of a certificate of the phone. NULL, and *plain is
 * a fresh buffer of *length bytes, or why it cannot be decrypted. */
const char *encrypted_open(const struct trustlist_header *header, struct wire_slice payload,
			   const struct own_certificate *own, uint8_t **plain, size_t *length);

#endif
