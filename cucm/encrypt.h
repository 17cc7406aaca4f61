#ifndef CUCM_ENCRYPT_H
#define CUCM_ENCRYPT_H

#include <openssl/x509.h>
#include <stddef.h>

#include "base/fail.h"
#include "base/text.h"
#include "cucm/keys.h"

/* The certificate of a phone that the cluster knows: its LSC, else its MIC (keys/phones). device: "SEP001122AABB01". NULL if
 * there is none; free it with X509_free. */
X509 *cucm_phone_certificate(const char *directory, const char *device);

/* certHash of a configuration: MD5 of the certificate (DER), in lower-case hexadecimal. 0 or -EIO. */
#define CUCM_CERTIFICATE_HASH 33
int cucm_certificate_hash(X509 *certificate, char hash[CUCM_CERTIFICATE_HASH]);

/* Can a file be encrypted for the certificate: is its key RSA? How a file is encrypted for an EC key is not public. */
bool cucm_can_encrypt(X509 *certificate);

/* Encrypt bytes for a certificate and sign them as the file name ("SEP001122AABB01.cnf.xml.enc.sgn"): append the file to
 * out, which the caller releases in each case. 0 or a negative errno with the reason. */
int cucm_encrypt(const struct cucm_keys *keys, const char *name, X509 *certificate, const void *bytes,
		 size_t size, struct text *out, struct fail *fail);

#endif
