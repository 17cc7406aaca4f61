#ifndef CUCM_CERTIFY_H
#define CUCM_CERTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

/* X.509 certificates as the call manager, the CAPF and the manufacturer of phones make them. */

/* The use of the key decides the extensions. */
enum certify_use {
	CERTIFY_SERVER,	  /* CallManager, TFTP, TVS: self-signed, and both client and server of TLS */
	CERTIFY_RECOVERY, /* ITLRecovery: signs lists only */
	CERTIFY_CAPF,	  /* a server that also issues certificates (CA, path length 0) */
	CERTIFY_ROOT,	  /* CA */
	CERTIFY_ISSUER,	  /* CA of path length 0 */
	CERTIFY_PHONE,	  /* MIC or LSC */
};

struct certify {
	enum certify_use use;
	const char *common_name;
	const char *serial_name; /* attribute serialNumber: "PID:CP-7841 SN:FCH15.."; NULL: none */
	const char *organisation, *unit, *country; /* NULL: none */
	const char *alternative; /* subjectAltName in OpenSSL's notation: "DNS:a,IP:10.0.0.1"; NULL: none */
	uint8_t serial[16];	 /* the first bit is not used */
	int64_t begins, ends;	 /* seconds since 1970 */
};

/* Make a certificate of key. issuer and issuer_key: who signs, both NULL: the key itself. The caller frees the result with
 * X509_free; NULL if it cannot be made. */
X509 *certify(const struct certify *what, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key);

#endif
