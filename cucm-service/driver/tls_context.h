#ifndef CUCM_SERVICE_DRIVER_TLS_CONTEXT_H
#define CUCM_SERVICE_DRIVER_TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/fail.h"

/* A TLS server with a certificate and its key (files, PEM), for phones: TLS 1.2, as call managers up to release 14, with the suites that phones of
 * older loads have too. ask: request a certificate of the peer, and take any, or none. NULL with the reason; free with
 * SSL_CTX_free. */
SSL_CTX *tls_context(const char *certificate, const char *key, bool ask, struct fail *fail);

/* The subject of the certificate of a peer in one line, or "none". */
void tls_context_peer(const SSL *tls, char *out, size_t size);

/* Read the certificates of a file (PEM), and call each for every one; it is borrowed. Returns their number, or a negative
 * errno with the reason if the file cannot be read. */
int tls_context_read(const char *path, void (*each)(void *arg, X509 *certificate), void *arg,
		     struct fail *fail);

#endif
