/* A phone proves that it has the key of an existing certificate. */
#include "cucm-service/core/capf_session.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>
#include <time.h>

#include "cucm/name.h"

static bool issued_by(X509 *certificate, X509 *issuer)
{
	return X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) == 0 &&
	       X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

static bool issued_by_one_of(X509 *certificate, X509 *const *issuers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (issued_by(certificate, issuers[i]))
			return true;
	return false;
}

static bool is_trusted(X509 *certificate, bool lsc, const struct capf_issuers *issuers)
{
	return (lsc && (issued_by(certificate, issuers->capf) ||
			issued_by_one_of(certificate, issuers->formers, issuers->formers_count))) ||
	       issued_by_one_of(certificate, issuers->makers, issuers->makers_count);
}

static bool is_valid(X509 *certificate, int64_t now)
{
	time_t at = (time_t)now;

	return X509_cmp_time(X509_get0_notBefore(certificate), &at) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(certificate), &at) > 0;
}

/* The signature covers the digest itself. */
static bool verify(EVP_PKEY *key, const EVP_MD *md, const struct capf *reply, struct wire_slice signature)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool good = hash && context && EVP_DigestInit_ex(hash, md, NULL) == 1 &&
		    EVP_DigestUpdate(hash, reply->device.data, reply->device.length) == 1 &&
		    EVP_DigestUpdate(hash, "", 1) == 1 &&
		    EVP_DigestUpdate(hash, reply->certificate.data, reply->certificate.length) == 1 &&
		    EVP_DigestFinal_ex(hash, digest, &length) == 1 && EVP_PKEY_verify_init(context) == 1 &&
		    (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
		     EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
		    EVP_PKEY_verify(context, signature.data, signature.length, digest, length) == 1;

	EVP_MD_CTX_free(hash);
	EVP_PKEY_CTX_free(context);
	return good;
}

static bool has_key(X509 *certificate, const struct capf *reply)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);

	if (!key || (!reply->signature.length && !reply->signature_2.length))
		return false;
	return (!reply->signature.length || verify(key, EVP_sha1(), reply, reply->signature)) &&
	       (!reply->signature_2.length || verify(key, EVP_sha512(), reply, reply->signature_2));
}

const char *capf_proof_wrong(const struct capf *reply, bool lsc, const struct capf_issuers *issuers,
			     int64_t now)
{
	const uint8_t *at = reply->certificate.data;
	const char *wrong = NULL;
	X509 *certificate;

	if (!(reply->has & CAPF_HAS_CERTIFICATE))
		return "the phone presents no certificate";
	certificate = d2i_X509(NULL, &at, (long)reply->certificate.length);
	if (!certificate)
		return "the certificate cannot be read";
	if (!is_trusted(certificate, lsc, issuers))
		wrong = "the issuer of the certificate is not trusted";
	else if (!is_valid(certificate, now))
		wrong = "the certificate is expired or not yet valid";
	else if (!cucm_name_is_of(certificate, (const char *)reply->device.data, reply->device.length))
		wrong = "the certificate is for another device";
	else if (!has_key(certificate, reply))
		wrong = "the signature is wrong";
	X509_free(certificate);
	return wrong;
}
