#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "phone-sim/core/capf_client.h"
#include "phone-sim/core/certificate.h"

static size_t digest_of(const char *device, struct wire_slice certificate, const EVP_MD *kind,
			uint8_t digest[EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned length = 0;

	if (!context || EVP_DigestInit_ex(context, kind, NULL) != 1 ||
	    EVP_DigestUpdate(context, device, strlen(device) + 1) != 1 ||
	    EVP_DigestUpdate(context, certificate.data, certificate.length) != 1 ||
	    EVP_DigestFinal_ex(context, digest, &length) != 1)
		length = 0;
	EVP_MD_CTX_free(context);
	return length;
}

struct wire_slice capf_proof(struct wire_slice pkcs8, const char *device, struct wire_slice certificate,
			     bool sha512, uint8_t out[CAPF_PROOF_MAX])
{
	EVP_PKEY *key = certificate_private_key(pkcs8);
	EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t size = digest_of(device, certificate, sha512 ? EVP_sha512() : EVP_sha1(), digest);
	size_t length = CAPF_PROOF_MAX;
	struct wire_slice proof = {out, 0};

	/* Without the name of a digest, RSA signs the bytes as they are. */
	if (context && size && EVP_PKEY_sign_init(context) == 1 &&
	    (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
	     EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
	    EVP_PKEY_sign(context, out, &length, digest, size) == 1)
		proof.length = length;
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	return proof;
}
