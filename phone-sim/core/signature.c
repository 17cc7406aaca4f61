#include "phone-sim/core/signature.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "phone-sim/core/certificate.h"

#define REMEMBERED 64

/* SHA-256 of the message's digest, the signature and the key. Zero: free. */
static _Thread_local uint8_t remembered[REMEMBERED][SHA256_DIGEST_LENGTH];

static bool hash(EVP_MD_CTX *context, const EVP_MD *digest, const struct wire_slice *part, unsigned count,
		 uint8_t *out, unsigned *length)
{
	bool good = EVP_DigestInit_ex(context, digest, NULL) == 1;

	for (unsigned i = 0; i < count; i++)
		good = good && EVP_DigestUpdate(context, part[i].data, part[i].length) == 1;
	return good && EVP_DigestFinal_ex(context, out, length) == 1;
}

static bool verify(const EVP_MD *digest, struct wire_slice hashed, struct wire_slice signature,
		   struct wire_slice public_key)
{
	EVP_PKEY *key = certificate_key_of(public_key);
	EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	bool good =
	    context && EVP_PKEY_verify_init(context) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(context, digest) == 1 &&
	    EVP_PKEY_verify(context, signature.data, signature.length, hashed.data, hashed.length) == 1;

	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	return good;
}

bool signature_verifies(const EVP_MD *digest, const struct wire_slice message[2], struct wire_slice signature,
			struct wire_slice public_key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t hashed[EVP_MAX_MD_SIZE], all[SHA256_DIGEST_LENGTH];
	const size_t sizes[2] = {signature.length, public_key.length};
	struct wire_slice part[4] = {
	    {hashed, 0}, signature, public_key, {(const uint8_t *)sizes, sizeof(sizes)}};
	unsigned length;
	uint8_t *slot;
	bool good;

	good = context && hash(context, digest, message, 2, hashed, &length);
	if (good) {
		part[0].length = length;
		good = hash(context, EVP_sha256(), part, 4, all, &length);
	}
	EVP_MD_CTX_free(context);
	if (!good)
		return false;
	slot = remembered[all[0] % REMEMBERED];
	if (!memcmp(slot, all, sizeof(all)))
		return true;
	good = verify(digest, part[0], signature, public_key);
	if (good)
		memcpy(slot, all, sizeof(all));
	return good;
}
