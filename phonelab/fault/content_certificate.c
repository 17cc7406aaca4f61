/* Certificates that are issued again, and trust lists of another cluster. */
#include "phonelab/fault/content.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cucm/keys.h"
#include "wire/trustlist.h"

#define DAY_S	   86400L
#define YEARS_DAYS 1825 /* between the two ends of a validity */

char *content_key_path(const char *path, struct fail *fail)
{
	size_t length = strlen(path);
	char *key;

	if (length < 4 || strcmp(path + length - 4, ".crt") != 0) {
		fail_set(fail, -EINVAL, "%s: expected NAME.crt, or the key in \"from\"", path);
		return NULL;
	}
	if (asprintf(&key, "%.*s.key", (int)length - 4, path) >= 0)
		return key;
	fail_set(fail, -ENOMEM, "out of memory");
	return NULL;
}

/* --- certificates --- */

X509 *content_certificate(const struct content *content, bool *pem)
{
	const unsigned char *der = (const unsigned char *)content->bytes;
	BIO *in = content->length ? BIO_new_mem_buf(content->bytes, (int)content->length) : NULL;
	X509 *certificate = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;

	if (pem)
		*pem = certificate;
	BIO_free(in);
	if (!certificate && content->length)
		certificate = d2i_X509(NULL, &der, (long)content->length);
	ERR_clear_error();
	return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *in = fopen(path, "re");
	EVP_PKEY *key = in ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;

	if (in)
		fclose(in);
	return key;
}

static bool set_serial(X509 *certificate)
{
	unsigned char octets[16];
	BIGNUM *serial = NULL;
	bool good = RAND_bytes(octets, sizeof(octets)) == 1;

	octets[0] = (octets[0] & 0x7f) | 0x40;
	if (good)
		serial = BN_bin2bn(octets, sizeof(octets), NULL);
	good = serial && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
	BN_free(serial);
	return good;
}

static bool set_validity(X509 *certificate, enum content_validity validity)
{
	static const struct {
		int begins, ends; /* days from now */
	} days[] = {[CONTENT_VALID] = {-1, YEARS_DAYS},
		    [CONTENT_EXPIRED] = {-1 - YEARS_DAYS, -1},
		    [CONTENT_FUTURE] = {1, 1 + YEARS_DAYS}};

	return X509_time_adj_ex(X509_getm_notBefore(certificate), days[validity].begins, 0, NULL) &&
	       X509_time_adj_ex(X509_getm_notAfter(certificate), days[validity].ends, 0, NULL);
}

static int put_certificate(struct content *content, X509 *certificate, bool pem, const char *path,
			   struct fail *fail)
{
	BIO *out = BIO_new(BIO_s_mem());
	int good = out && (pem ? PEM_write_bio_X509(out, certificate) : i2d_X509_bio(out, certificate));
	char *text, *bytes = NULL;
	long size = good ? BIO_get_mem_data(out, &text) : 0;
	int err;

	if (size > 0 && (bytes = malloc((size_t)size + 1))) {
		memcpy(bytes, text, (size_t)size);
		bytes[size] = 0;
	}
	err = bytes ? content_set(content, bytes, (size_t)size, fail)
		    : fail_set(fail, -EIO, "%s: the certificate cannot be written", path);
	BIO_free(out);
	return err;
}

int content_certify(struct content *content, const char *key, enum content_validity validity,
		    const char *path, struct fail *fail)
{
	bool pem = false;
	X509 *certificate = content_certificate(content, &pem);
	EVP_PKEY *signer = read_key(key);
	int err = 0;

	if (!certificate)
		err = fail_set(fail, -EBADMSG, "%s: not a certificate", path);
	else if (!signer)
		err = fail_set(fail, -ENOENT, "%s: no private key there", key);
	else if (!set_serial(certificate) || !set_validity(certificate, validity) ||
		 !X509_sign(certificate, signer, EVP_sha256()))
		err = fail_set(fail, -EIO, "%s: the certificate cannot be issued again", path);
	else
		err = put_certificate(content, certificate, pem, path, fail);
	X509_free(certificate);
	EVP_PKEY_free(signer);
	return err;
}

/* --- trust lists --- */

bool content_is_listed(const char *directory, const struct content *certificate)
{
	static const char *const lists[] = {"CTLFile.tlv", "ITLFile.tlv"};
	bool listed = false;
	X509 *x509 = content_certificate(certificate, NULL);
	unsigned char *der = NULL;
	int length = x509 ? i2d_X509(x509, &der) : 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !listed && length > 0; i++) {
		struct fail ignored = {0};
		struct content list;
		char path[4096];

		snprintf(path, sizeof(path), "%.4000s/tftp/root/%s", directory, lists[i]);
		listed = !content_read(path, &list, &ignored) && list.exists &&
			 memmem(list.bytes, list.length, der, (size_t)length);
		free(list.bytes);
	}
	OPENSSL_free(der);
	X509_free(x509);
	return listed;
}

/* A key and certificate of another cluster, made in a folder that is removed at once. */
static int other_cluster(struct cucm_keys **keys, struct fail *fail)
{
	static const char *const files[] = {"keys/signer.key", "keys/signer.crt", "keys", "."};
	char folder[] = "/tmp/phonelab-cluster.XXXXXX", path[80];
	int err;

	if (!mkdtemp(folder))
		return fail_set(fail, -errno, "%s: %s", folder, strerror(errno));
	err = cucm_keys_open(keys, folder, "ITLRECOVERY_cucm-old.lab", fail);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		if (i < 2)
			unlink(path);
		else
			rmdir(i == 2 ? path : folder);
	}
	return err;
}

static void replace_signer(struct trustlist *list, const struct cucm_certificate *signer)
{
	struct trustlist_header *header = &list->header;
	struct trustlist_record *record = &list->record[0];

	header->signer = record->subject = signer->subject;
	header->issuer = record->issuer = signer->issuer;
	header->serial = record->serial = (struct wire_slice){signer->serial, signer->serial_size};
	record->public_key = (struct wire_slice){signer->public_key, signer->public_key_size};
	record->signature = (struct wire_slice){signer->signature, signer->signature_size};
	record->certificate = (struct wire_slice){signer->der, signer->der_size};
	record->hash = (struct wire_slice){signer->sha1, sizeof(signer->sha1)};
	record->hash_algorithm = TRUSTLIST_SHA1;
	header->digest = TRUSTLIST_SHA256;
}

static int encode(const struct cucm_keys *keys, struct trustlist *list, struct content *content,
		  const char *path, struct fail *fail)
{
	uint8_t signature[CUCM_SIGNATURE_MOST];
	char *out = malloc(TRUSTLIST_SIZE_MAX + 1);
	ssize_t length;

	if (!out)
		return fail_set(fail, -ENOMEM, "out of memory");
	length = trustlist_encode_unsigned(list, cucm_keys_signature_size(keys), out, TRUSTLIST_SIZE_MAX);
	if (length > 0 && !cucm_keys_sign(keys, out, (size_t)length, signature, fail)) {
		list->header.signature = (struct wire_slice){signature, cucm_keys_signature_size(keys)};
		length = trustlist_encode(list, out, TRUSTLIST_SIZE_MAX);
		if (length > 0) {
			out[length] = 0;
			return content_set(content, out, (size_t)length, fail);
		}
	}
	free(out);
	return fail->err ? fail->err : fail_set(fail, -EIO, "%s: cannot be signed", path);
}

int content_estrange(struct content *content, const char *path, struct fail *fail)
{
	struct cucm_keys *keys = NULL;
	struct content before = *content;
	struct trustlist list;
	int err;

	if (trustlist_decode(content->bytes, content->length, &list, NULL))
		return fail_set(fail, -EBADMSG, "%s: not a trust list", path);
	err = other_cluster(&keys, fail);
	if (!err) {
		replace_signer(&list, cucm_keys_certificate(keys));
		/* The records point into the old bytes. */
		content->bytes = NULL;
		err = encode(keys, &list, content, path, fail);
		if (err)
			content->bytes = before.bytes;
		else
			free(before.bytes);
	}
	cucm_keys_close(keys);
	return err;
}
