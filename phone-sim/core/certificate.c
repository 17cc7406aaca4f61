#include "phone-sim/core/certificate.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PERIODS 16

static X509 *read_certificate(struct wire_slice der)
{
	const uint8_t *at = der.data;

	return der.length ? d2i_X509(NULL, &at, (long)der.length) : NULL;
}

/* From when to when a certificate is valid. The phones of a rack ask for the same few: those read last are remembered, by their
 * SHA-256, because reading one takes some 200 microseconds. */
struct period {
	uint8_t digest[SHA256_DIGEST_LENGTH];
	time_t begin, end;
};

/* Of a time that X509_cmp_time can read. */
static bool read_time(const ASN1_TIME *text, time_t *out)
{
	time_t now = 0;
	struct tm tm;

	if (!X509_cmp_time(text, &now) || ASN1_TIME_to_tm(text, &tm) != 1)
		return false;
	*out = timegm(&tm);
	return true;
}

/* NULL: no certificate, or a time that cannot be read. */
static const struct period *period_of(struct wire_slice der)
{
	static _Thread_local struct period remembered[PERIODS];
	struct period it, *slot;
	X509 *certificate;
	bool good;

	if (EVP_Digest(der.data, der.length, it.digest, NULL, EVP_sha256(), NULL) != 1)
		return NULL;
	slot = &remembered[it.digest[0] % PERIODS];
	if (!memcmp(slot->digest, it.digest, sizeof(it.digest)))
		return slot;
	certificate = read_certificate(der);
	good = certificate && read_time(X509_get0_notBefore(certificate), &it.begin) &&
	       read_time(X509_get0_notAfter(certificate), &it.end);
	X509_free(certificate);
	if (!good)
		return NULL;
	*slot = it;
	return slot;
}

const char *certificate_wrong(struct wire_slice der, int64_t clock)
{
	const struct period *period = der.length ? period_of(der) : NULL;

	if (!period)
		return "malformed";
	if (clock && period->begin > clock)
		return "not-yet-valid";
	return clock && period->end <= clock ? "expired" : NULL;
}

struct wire_slice certificate_public_key(struct wire_slice der, uint8_t out[CERTIFICATE_KEY_MAX])
{
	X509 *certificate = read_certificate(der);
	const ASN1_BIT_STRING *key = certificate ? X509_get0_pubkey_bitstr(certificate) : NULL;
	struct wire_slice found = {out, 0};

	if (key && ASN1_STRING_length(key) <= CERTIFICATE_KEY_MAX) {
		found.length = (size_t)ASN1_STRING_length(key);
		memcpy(out, ASN1_STRING_get0_data(key), found.length);
	}
	X509_free(certificate);
	return found;
}

const char *certificate_name(struct wire_slice der, char out[CERTIFICATE_NAME])
{
	X509 *certificate = read_certificate(der);

	out[0] = '\0';
	if (certificate)
		X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, out,
					  CERTIFICATE_NAME);
	X509_free(certificate);
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return out;
}

const char *certificate_md5(struct wire_slice der, char out[CERTIFICATE_MD5])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	out[0] = '\0';
	if (!der.length || EVP_Digest(der.data, der.length, digest, &length, EVP_md5(), NULL) != 1 ||
	    length != 16)
		return out;
	for (unsigned i = 0; i < length; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return out;
}

/* The curve of an uncompressed point of that size. */
static const char *curve_of(size_t length)
{
	switch (length) {
	case 65: return "P-256";
	case 97: return "P-384";
	case 133: return "P-521";
	default: return NULL;
	}
}

static EVP_PKEY *key_of_point(struct wire_slice point)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (build && context &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve_of(point.length), 0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.length))
		parameters = OSSL_PARAM_BLD_to_param(build);
	if (parameters && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	return key;
}

EVP_PKEY *certificate_key_of(struct wire_slice public_key)
{
	const uint8_t *at = public_key.data;

	if (!public_key.length)
		return NULL;
	if (*at == 0x04 && curve_of(public_key.length))
		return key_of_point(public_key);
	return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)public_key.length);
}

EVP_PKEY *certificate_private_key(struct wire_slice pkcs8)
{
	const uint8_t *at = pkcs8.data;

	return pkcs8.length ? d2i_AutoPrivateKey(NULL, &at, (long)pkcs8.length) : NULL;
}

bool certificate_is_of(struct wire_slice der, struct wire_slice pkcs8)
{
	X509 *certificate = read_certificate(der);
	EVP_PKEY *key = certificate_private_key(pkcs8);
	bool is_of = certificate && key && X509_check_private_key(certificate, key) == 1;

	X509_free(certificate);
	EVP_PKEY_free(key);
	return is_of;
}
