#ifndef PHONE_SIM_CORE_CERTIFICATE_H
#define PHONE_SIM_CORE_CERTIFICATE_H

#include <openssl/types.h>

#include "wire/cursor.h"

/* Facts of X.509 certificates in DER. Bytes that are no certificate have no key, no name, and are never valid. */

#define CERTIFICATE_KEY_MAX 1024 /* bytes of a public key: RSA of 4096 bits needs 526 */
#define CERTIFICATE_NAME    128
#define CERTIFICATE_MD5	    33 /* 32 hexadecimal digits and the NUL */

/* NULL if the certificate is valid at that time (Unix seconds; 0: unknown, every period is accepted), else a static word:
 * "expired", "not-yet-valid" or "malformed". */
const char *certificate_wrong(struct wire_slice der, int64_t clock);

/* The public key as a trust list has it: RSAPublicKey of PKCS#1, or an uncompressed EC point. A slice of out; empty if there is none. */
struct wire_slice certificate_public_key(struct wire_slice der, uint8_t out[CERTIFICATE_KEY_MAX]);

/* The common name, without control characters; "" if there is none. */
const char *certificate_name(struct wire_slice der, char out[CERTIFICATE_NAME]);

/* MD5 of the whole certificate, as certHash of a configuration has it; "" if MD5 is not available. */
const char *certificate_md5(struct wire_slice der, char out[CERTIFICATE_MD5]);

/* A public key of a trust list, or NULL; free with EVP_PKEY_free. */
EVP_PKEY *certificate_key_of(struct wire_slice public_key);

/* A private key in PKCS#8 (DER), or NULL; free with EVP_PKEY_free. */
EVP_PKEY *certificate_private_key(struct wire_slice pkcs8);

/* Is the certificate for this private key? */
bool certificate_is_of(struct wire_slice der, struct wire_slice pkcs8);

#endif
