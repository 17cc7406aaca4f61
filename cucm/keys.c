#include "cucm/keys.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "cucm/name.h"

#define SIGNER_BITS   2048
#define ORGANISATION  "phonelab"
#define YEARS	      20
#define CLOCK_SLACK_S 86400 /* a phone's clock may be behind */

struct cucm_keys {
	EVP_PKEY *pair;
	X509 *certificate;
	struct cucm_certificate facts;
	char subject[256];
	char issuer[256];
	uint8_t serial[CUCM_SERIAL_MOST];
	uint8_t *public_key;
	uint8_t *der;
};

static int keys_fail(struct fail *fail, int code, const char *what)
{
	char reason[256] = "no reason given";
	unsigned long error = ERR_get_error();

	if (error)
		ERR_error_string_n(error, reason, sizeof(reason));
	ERR_clear_error();
	return fail_set(fail, code, "%s: %s", what, reason);
}

/* Write the text of pem, if it is good, to a file; releases pem. */
static int keys_save(BIO *pem, int good, const char *path, mode_t mode, struct fail *fail)
{
	char *text;
	long size = BIO_get_mem_data(pem, &text);
	int err = good ? file_write_mode(path, text, (size_t)size, mode, fail) : keys_fail(fail, -EIO, path);

	BIO_free(pem);
	return err;
}

/* A self-signed certificate as CUCM makes its own: v3, serial of 128 random bits, 20 years. */
static X509 *keys_certify(EVP_PKEY *pair, const char *common_name)
{
	X509 *certificate = X509_new();
	BIGNUM *serial = BN_new();
	X509_NAME *name;

	if (!certificate || !serial)
		goto fail;
	name = X509_get_subject_name(certificate);
	if (!X509_set_version(certificate, 2) || !BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ||
	    !BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) ||
	    !X509_gmtime_adj(X509_getm_notBefore(certificate), -CLOCK_SLACK_S) ||
	    !X509_time_adj_ex(X509_getm_notAfter(certificate), YEARS * 365, 0, NULL) ||
	    !X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)ORGANISATION, -1, -1,
					0) ||
	    !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1,
					0) ||
	    !X509_set_issuer_name(certificate, name) || !X509_set_pubkey(certificate, pair) ||
	    !X509_sign(certificate, pair, EVP_sha256()))
		goto fail;
	BN_free(serial);
	return certificate;
fail:
	BN_free(serial);
	X509_free(certificate);
	return NULL;
}

static EVP_PKEY *shared;

void cucm_keys_share(void)
{
	if (!shared)
		shared = EVP_RSA_gen(SIGNER_BITS);
}

static int keys_make(struct cucm_keys *keys, const char *key_path, const char *certificate_path,
		     const char *common_name, struct fail *fail)
{
	BIO *pem;
	int err;

	keys->pair = shared && EVP_PKEY_up_ref(shared) ? shared : EVP_RSA_gen(SIGNER_BITS);
	if (!keys->pair)
		return keys_fail(fail, -EIO, "making the signing key");
	keys->certificate = keys_certify(keys->pair, common_name);
	if (!keys->certificate)
		return keys_fail(fail, -EIO, "making the signing certificate");

	pem = BIO_new(BIO_s_mem());
	err = keys_save(pem, PEM_write_bio_X509(pem, keys->certificate), certificate_path, 0644, fail);
	if (err)
		return err;

	/* The key is written last: if the key exists, so does its certificate. */
	pem = BIO_new(BIO_s_mem());
	return keys_save(pem, PEM_write_bio_PrivateKey(pem, keys->pair, NULL, NULL, 0, NULL, NULL), key_path,
			 0600, fail);
}

static int keys_load(struct cucm_keys *keys, FILE *key, const char *key_path, const char *certificate_path,
		     struct fail *fail)
{
	FILE *file;

	keys->pair = PEM_read_PrivateKey(key, NULL, NULL, NULL);
	if (!keys->pair)
		return keys_fail(fail, -EBADMSG, key_path);
	file = fopen(certificate_path, "re");
	if (!file)
		return fail_set(fail, -errno, "%s: %s", certificate_path, strerror(errno));
	keys->certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	if (!keys->certificate)
		return keys_fail(fail, -EBADMSG, certificate_path);
	if (X509_check_private_key(keys->certificate, keys->pair) != 1)
		return fail_set(fail, -EBADMSG, "%s is not the certificate of %s", certificate_path,
				key_path);
	return 0;
}

/* The pair that signs files is RSA, and its signature has a size that their header can state. */
static int keys_check_signer(const struct cucm_keys *keys, const char *path, struct fail *fail)
{
	int size = EVP_PKEY_get_size(keys->pair);

	if (EVP_PKEY_get_base_id(keys->pair) == EVP_PKEY_RSA && (size == 256 || size == 512))
		return 0;
	return fail_set(fail, -EBADMSG, "%s: found a key of %d bits, expected RSA with 2048 or 4096 bits",
			path, EVP_PKEY_get_bits(keys->pair));
}

static int keys_facts(struct cucm_keys *keys, struct fail *fail)
{
	struct cucm_certificate *facts = &keys->facts;
	const ASN1_BIT_STRING *signature;
	struct tm made;
	unsigned length;
	int size;

	cucm_name(X509_get_subject_name(keys->certificate), keys->subject, sizeof(keys->subject));
	cucm_name(X509_get_issuer_name(keys->certificate), keys->issuer, sizeof(keys->issuer));
	facts->subject = keys->subject;
	facts->issuer = keys->issuer;

	size = cucm_serial(keys->certificate, keys->serial);
	if (size < 0)
		return keys_fail(fail, size, "serial number of the signing certificate");
	facts->serial = keys->serial;
	facts->serial_size = (size_t)size;

	/* i2d_PublicKey writes RSAPublicKey for an RSA key (RFC 8017 appendix A.1.1), the point for an EC key. */
	size = i2d_PublicKey(keys->pair, &keys->public_key);
	if (size <= 0)
		return keys_fail(fail, -EIO, "public key of the signing certificate");
	facts->public_key = keys->public_key;
	facts->public_key_size = (size_t)size;

	size = i2d_X509(keys->certificate, &keys->der);
	if (size <= 0)
		return keys_fail(fail, -EIO, "the signing certificate");
	facts->der = keys->der;
	facts->der_size = (size_t)size;

	X509_get0_signature(&signature, NULL, keys->certificate);
	facts->signature = ASN1_STRING_get0_data(signature);
	facts->signature_size = (size_t)ASN1_STRING_length(signature);
	if (!X509_digest(keys->certificate, EVP_sha1(), facts->sha1, &length))
		return keys_fail(fail, -EIO, "hash of the signing certificate");
	if (!ASN1_TIME_to_tm(X509_get0_notBefore(keys->certificate), &made))
		return keys_fail(fail, -EBADMSG, "dates of the signing certificate");
	facts->made = (uint32_t)timegm(&made);
	return 0;
}

int cucm_keys_open(struct cucm_keys **out, const char *directory, const char *common_name, struct fail *fail)
{
	struct cucm_keys *keys = calloc(1, sizeof(*keys));
	char folder[4096], key_path[4200], certificate_path[4200];
	FILE *file;
	int err;

	if (!keys)
		return fail_set(fail, -ENOMEM, "out of memory");
	snprintf(folder, sizeof(folder), "%s/keys", directory);
	snprintf(key_path, sizeof(key_path), "%s/signer.key", folder);
	snprintf(certificate_path, sizeof(certificate_path), "%s/signer.crt", folder);
	if (common_name && mkdir(folder, 0700) && errno != EEXIST) {
		err = fail_set(fail, -errno, "%s: %s", folder, strerror(errno));
		goto out;
	}
	file = fopen(key_path, "re");
	if (file) {
		err = keys_load(keys, file, key_path, certificate_path, fail);
		fclose(file);
		if (!err)
			err = keys_check_signer(keys, key_path, fail);
	} else if (errno == ENOENT && common_name) {
		err = keys_make(keys, key_path, certificate_path, common_name, fail);
	} else {
		err = fail_set(fail, -errno, "%s: %s", key_path, strerror(errno));
	}
	if (!err)
		err = keys_facts(keys, fail);
	/* Its validity begins a day before. */
	keys->facts.made += CLOCK_SLACK_S;
out:
	if (err)
		cucm_keys_close(keys);
	else
		*out = keys;
	return err;
}

struct cucm_renewals cucm_keys_renewals(const char *directory, const char *name)
{
	struct cucm_renewals renewals = {0};
	struct fail ignored = {0};
	char path[4200], *text = NULL;

	snprintf(path, sizeof(path), "%.4000s/keys/%.100s.renewed", directory, name);
	if (!file_read(path, 40, &text, NULL, &ignored)) {
		char *end;

		renewals.count = (unsigned)strtoul(text, &end, 10);
		renewals.last = (uint32_t)strtoul(end, NULL, 10);
	}
	free(text);
	return renewals;
}

int cucm_keys_load(struct cucm_keys **out, const char *directory, const char *name, struct fail *fail)
{
	struct cucm_keys *keys = calloc(1, sizeof(*keys));
	char key_path[4200], certificate_path[4200];
	uint32_t renewed = cucm_keys_renewals(directory, name).last;
	FILE *file;
	int err;

	if (!keys)
		return fail_set(fail, -ENOMEM, "out of memory");
	snprintf(key_path, sizeof(key_path), "%.4000s/keys/%.100s.key", directory, name);
	snprintf(certificate_path, sizeof(certificate_path), "%.4000s/keys/%.100s.crt", directory, name);
	file = fopen(key_path, "re");
	if (file) {
		err = keys_load(keys, file, key_path, certificate_path, fail);
		fclose(file);
	} else {
		err = fail_set(fail, -errno, "%s: %s", key_path, strerror(errno));
	}
	if (!err)
		err = keys_facts(keys, fail);
	if (keys->facts.made < renewed)
		keys->facts.made = renewed; /* the certificate was expired when it was made */
	if (err)
		cucm_keys_close(keys);
	else
		*out = keys;
	return err;
}

void cucm_keys_close(struct cucm_keys *keys)
{
	if (!keys)
		return;
	EVP_PKEY_free(keys->pair);
	X509_free(keys->certificate);
	OPENSSL_free(keys->public_key);
	OPENSSL_free(keys->der);
	free(keys);
}

size_t cucm_keys_signature_size(const struct cucm_keys *keys)
{
	return (size_t)EVP_PKEY_get_size(keys->pair);
}

int cucm_keys_sign(const struct cucm_keys *keys, const void *bytes, size_t size,
		   uint8_t signature[CUCM_SIGNATURE_MOST], struct fail *fail)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = CUCM_SIGNATURE_MOST;
	int good = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, keys->pair) == 1 &&
		   EVP_DigestSign(context, signature, &length, bytes, size) == 1 &&
		   length == cucm_keys_signature_size(keys);

	EVP_MD_CTX_free(context);
	return good ? 0 : keys_fail(fail, -EIO, "signing");
}

const struct cucm_certificate *cucm_keys_certificate(const struct cucm_keys *keys)
{
	return &keys->facts;
}
