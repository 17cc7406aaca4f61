#ifndef CUCM_SERVICE_DRIVER_CERTIFICATE_H
#define CUCM_SERVICE_DRIVER_CERTIFICATE_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "base/fail.h"

/* A TLS server with a new key (ECDSA P-256) and a self-signed certificate for name and address (host byte order). The
 * certificate is written to path (PEM), for clients that verify it; the key stays in memory. NULL with the reason; free with
 * SSL_CTX_free. */
SSL_CTX *certificate_server(const char *name, uint32_t address, const char *path, struct fail *fail);

#endif
