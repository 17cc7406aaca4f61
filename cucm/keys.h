#ifndef CUCM_KEYS_H
#define CUCM_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * The key that signs trust lists and files: RSA with 2048 bits and a self-signed certificate, in
 * keys/signer.key and keys/signer.crt (PEM) of the run directory. Made if missing, and never replaced.
 */
struct cucm_keys;

#define CUCM_SIGNATURE_SIZE 256 /* octets of a signature */

/* Load the pair from directory/keys, or make it (common_name: of the certificate; NULL: do not make it, so a missing
 * pair is -ENOENT). A negative errno with the reason if the directory cannot be used, or if its files are not a
 * certificate and its key. */
int cucm_keys_open(struct cucm_keys **keys, const char *directory, const char *common_name,
		   struct fail *fail);

/* Make one key pair now, and use it for every later cucm_keys_open of this process and of the processes that it forks:
 * a pair costs a tenth of a second of CPU. For suites of many labs. Each lab still has its own certificate. If the pair
 * cannot be made, each lab makes its own. */
void cucm_keys_share(void);

/* NULL is legal. */
void cucm_keys_close(struct cucm_keys *keys);

/* RSA PKCS#1 v1.5 over SHA-256. 0, or -EIO. */
int cucm_keys_sign(const struct cucm_keys *keys, const void *bytes, size_t size,
		   uint8_t signature[CUCM_SIGNATURE_SIZE], struct fail *fail);

/* The certificate's members in trust list records; owned by keys. */
struct cucm_certificate {
	const char *subject; /* "CN=cucm-pub.lab;O=phonelab" */
	const char *issuer;
	const uint8_t *serial;
	size_t serial_size;
	const uint8_t *public_key; /* RSAPublicKey of PKCS#1, DER */
	size_t public_key_size;
	const uint8_t *signature; /* the certificate's own */
	size_t signature_size;
	const uint8_t *der; /* the whole certificate */
	size_t der_size;
	uint8_t sha1[20]; /* of der */
	uint32_t made;	  /* seconds since 1970 */
};
const struct cucm_certificate *cucm_keys_certificate(const struct cucm_keys *keys);

#endif
