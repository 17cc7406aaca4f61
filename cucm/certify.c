#include "cucm/certify.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

static const struct {
	const char *constraints, *usage, *extended;
} uses[] = {
    [CERTIFY_SERVER] = {"critical,CA:FALSE", "critical,digitalSignature,keyEncipherment,keyAgreement",
			"serverAuth,clientAuth"},
    [CERTIFY_RECOVERY] = {"critical,CA:FALSE", "critical,digitalSignature,keyEncipherment", NULL},
    [CERTIFY_CAPF] = {"critical,CA:TRUE,pathlen:0", "critical,digitalSignature,keyEncipherment,keyCertSign",
		      NULL},
    [CERTIFY_ROOT] = {"critical,CA:TRUE", "critical,keyCertSign,cRLSign", NULL},
    [CERTIFY_ISSUER] = {"critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign", NULL},
    [CERTIFY_PHONE] = {"CA:FALSE", "critical,digitalSignature,keyEncipherment",
		       "serverAuth,clientAuth,ipsecEndSystem"},
};

/* In the order in which a phone's subject has them. */
static bool add_subject(X509 *certificate, const struct certify *what)
{
	const struct {
		const char *name, *value;
	} parts[] = {
	    {"serialNumber", what->serial_name}, {"C", what->country},
	    {"O", what->organisation},		 {"OU", what->unit},
	    {"CN", what->common_name},
	};
	X509_NAME *name = X509_get_subject_name(certificate);
	bool good = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && good; i++)
		if (parts[i].value)
			good = X509_NAME_add_entry_by_txt(name, parts[i].name, MBSTRING_UTF8,
							  (const unsigned char *)parts[i].value, -1, -1, 0);
	return good;
}

static bool add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value)
{
	X509_EXTENSION *extension;
	bool good;

	if (!value)
		return true;
	extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
	good = extension && X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	return good;
}

static bool add_extensions(X509 *certificate, X509 *issuer, const struct certify *what)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer ? issuer : certificate, certificate, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&context);
	return add_extension(certificate, &context, NID_basic_constraints, uses[what->use].constraints) &&
	       add_extension(certificate, &context, NID_key_usage, uses[what->use].usage) &&
	       add_extension(certificate, &context, NID_ext_key_usage, uses[what->use].extended) &&
	       add_extension(certificate, &context, NID_subject_key_identifier, "hash") &&
	       add_extension(certificate, &context, NID_authority_key_identifier, issuer ? "keyid" : NULL) &&
	       add_extension(certificate, &context, NID_subject_alt_name, what->alternative);
}

/* Positive, without a zero in front: always 16 octets, as those of CUCM. */
static bool set_serial(X509 *certificate, const uint8_t bytes[16])
{
	uint8_t serial[16];
	BIGNUM *number;
	bool good;

	for (int i = 0; i < 16; i++)
		serial[i] = bytes[i];
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
	number = BN_bin2bn(serial, sizeof(serial), NULL);
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return good;
}

X509 *certify(const struct certify *what, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *certificate = X509_new();

	if (certificate && X509_set_version(certificate, 2) && set_serial(certificate, what->serial) &&
	    ASN1_TIME_set(X509_getm_notBefore(certificate), what->begins) &&
	    ASN1_TIME_set(X509_getm_notAfter(certificate), what->ends) && add_subject(certificate, what) &&
	    X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate)) &&
	    X509_set_pubkey(certificate, key) && add_extensions(certificate, issuer, what) &&
	    X509_sign(certificate, issuer_key ? issuer_key : key, EVP_sha256()))
		return certificate;
	X509_free(certificate);
	return NULL;
}
