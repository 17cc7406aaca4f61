#ifndef CUCM_KEYS_H
#define CUCM_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * A key and its certificate, in keys/NAME.key and keys/NAME.crt (PEM) of the run directory. The pair keys/signer signs
 * files, and trust lists in a lab without certificates: RSA with 2048 bits and a self-signed certificate, made if
 * missing, and never replaced. In a lab with certificates cucm/authority.h makes the pairs; there keys/signer is the
 * CallManager pair of the publisher.
 */
struct cucm_keys;

#define CUCM_SIGNATURE_MOST 512 /* octets of a signature */

/* Load the pair from directory/keys, or make it (common_name: of the certificate; NULL: do not make it, so a missing
 * pair is -ENOENT). A negative errno with the reason if the directory cannot be used, or if its files are not a
 * certificate and its key. */
int cucm_keys_open(struct cucm_keys **keys, const char *directory, const char *common_name,
		   struct fail *fail);

/* Load keys/NAME.key and keys/NAME.crt: "cucm-pub/tvs". A negative errno with the reason. */
int cucm_keys_load(struct cucm_keys **keys, const char *directory, const char *name, struct fail *fail);

/* How often the pair keys/NAME has been made again, and when last (seconds since 1970): the numbers in keys/NAME.renewed. Zeros if
 * it never was. */
struct cucm_renewals {
	unsigned count;
	uint32_t last;
};
struct cucm_renewals cucm_keys_renewals(const char *directory, const char *name);

/* Make one key pair now, and use it for every later cucm_keys_open of this process and of the processes that it forks:
 * a pair costs a tenth of a second of CPU. For suites of many labs. Each lab still has its own certificate. If the pair
 * cannot be made, each lab makes its own. */
void cucm_keys_share(void);

/* NULL is legal. */
void cucm_keys_close(struct cucm_keys *keys);

/* The octets of a signature by an RSA key. */
size_t cucm_keys_signature_size(const struct cucm_keys *keys);

/* RSA PKCS#1 v1.5 over SHA-256: cucm_keys_signature_size octets. 0, or -EIO. */
int cucm_keys_sign(const struct cucm_keys *keys, const void *bytes, size_t size,
		   uint8_t signature[CUCM_SIGNATURE_MOST], struct fail *fail);

/* The certificate's members in trust list records; owned by keys. */
struct cucm_certificate {
	const char *subject; /* "CN=cucm-pub.lab;O=phonelab": CN, OU, O, L, ST, C as far as present */
	const char *issuer;
	const uint8_t *serial;
	size_t serial_size;
	const uint8_t *public_key; /* RSAPublicKey of PKCS#1, DER; or an elliptic curve point of X9.62 */
	size_t public_key_size;
	const uint8_t *signature; /* the certificate's own */
	size_t signature_size;
	const uint8_t *der; /* the whole certificate */
	size_t der_size;
	uint8_t sha1[20]; /* of der */
	uint32_t made;	  /* seconds since 1970; not before the last renewal */
};
const struct cucm_certificate *cucm_keys_certificate(const struct cucm_keys *keys);

#endif
