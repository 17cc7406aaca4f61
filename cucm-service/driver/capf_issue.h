#ifndef CUCM_SERVICE_DRIVER_CAPF_ISSUE_H
#define CUCM_SERVICE_DRIVER_CAPF_ISSUE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "base/fail.h"
#include "cucm-service/core/capf_session.h"

/* The certificate and the key of the CAPF, and who issues MICs. */
struct capf_authority {
	struct capf_issuers issuers; /* owned */
	X509 *makers[8];
	X509 *formers[32]; /* the newest first; older ones are forgotten */
	EVP_PKEY *key;
	unsigned days; /* of an LSC */
};

/* Read certificate, key, the former certificates and the makers' certificates (files, PEM; a missing maker is left out; former:
 * NULL or a missing file if the CAPF was never renewed). 0 or a negative errno with the reason. Free it with
 * capf_authority_free, in each case. */
int capf_authority_read(struct capf_authority *authority, const char *certificate, const char *key,
			const char *former, char *const *makers, size_t count, struct fail *fail);
void capf_authority_free(struct capf_authority *authority);

/* Issue an LSC for a device of this model and this public key (SubjectPublicKeyInfo). *der is the caller's to OPENSSL_free. Its
 * size, or a negative errno. */
int capf_issue(const struct capf_authority *authority, const char *device, const char *model,
	       struct wire_slice key, int64_t now, uint8_t **der);

#endif
