#ifndef PHONE_SIM_DRIVER_TLS_IDENTITY_H
#define PHONE_SIM_DRIVER_TLS_IDENTITY_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>

#include "base/fail.h"

/* A certificate, its private key, and the certificates of the issuers that are sent with it. */
struct tls_identity;

/* From a PEM file: private key, certificate, then issuers. 0 or a negative errno with file and reason: -EBADMSG when one is
 * missing or the key is not that of the certificate. */
int tls_identity_read(struct tls_identity **identity, const char *path, struct fail *fail);

/* From a certificate and its key in PKCS#8, both DER; where begins a reason. The same errors. */
int tls_identity_decode(struct tls_identity **identity, const char *where, const uint8_t *certificate,
			size_t certificate_length, const uint8_t *key, size_t key_length, struct fail *fail);

/* NULL is legal. */
void tls_identity_free(struct tls_identity *identity);

/* The certificate, or the key as PKCS#8, in DER: allocated, for the caller to free. NULL
 * without memory. */
uint8_t *tls_identity_certificate(const struct tls_identity *identity, size_t *length);
uint8_t *tls_identity_key(const struct tls_identity *identity, size_t *length);

/* Offer it in a session. 0 or -EINVAL. */
int tls_identity_use(const struct tls_identity *identity, SSL *ssl);

#endif
