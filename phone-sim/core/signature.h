#ifndef PHONE_SIM_CORE_SIGNATURE_H
#define PHONE_SIM_CORE_SIGNATURE_H

#include <openssl/types.h>
#include <stdbool.h>

#include "wire/cursor.h"

/* Is it the signature of that message of two parts, by that public key of a trust list (RSA with PKCS#1 v1.5, or ECDSA)? The
 * phones of a rack check the same files with the same keys: the signatures that verified last are remembered, by a SHA-256 of
 * all that the answer depends on. */
bool signature_verifies(const EVP_MD *digest, const struct wire_slice message[2], struct wire_slice signature,
			struct wire_slice public_key);

#endif
