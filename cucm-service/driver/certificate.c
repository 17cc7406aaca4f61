#include "cucm-service/driver/certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "base/file.h"
#include "base/ipv4.h"

#define YEAR_S (365L * 24 * 3600)

static int openssl_fail(struct fail *fail, const char *what)
{
	char text[200] = "unknown error";
	unsigned long code = ERR_get_error();

	if (code)
		ERR_error_string_n(code, text, sizeof(text));
	return fail_set(fail, -EIO, "%s: %s", what, text);
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool good = extension && X509_add_ext(certificate, extension, -1);

	X509_EXTENSION_free(extension);
	return good;
}

/* RFC 5280. The serial number has 20 octets at most and is positive. */
static bool fill(X509 *certificate, EVP_PKEY *key, const char *name, uint32_t address)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	char alternatives[300], text[IPV4_TEXT];
	unsigned char serial[16];
	BIGNUM *number;
	bool good;

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return false;
	serial[0] &= 0x7f;
	number = BN_bin2bn(serial, sizeof(serial), NULL);
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	snprintf(alternatives, sizeof(alternatives), "DNS:%.200s,IP:%s", name, ipv4_format(address, text));
	/* Clocks of clients may be slow. */
	return good && X509_set_version(certificate, X509_VERSION_3) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 3600L) &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), 5 * YEAR_S) &&
	       X509_set_pubkey(certificate, key) &&
	       X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)"phonelab", -1,
					  -1, 0) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
					  0) &&
	       X509_set_issuer_name(certificate, subject) &&
	       add_extension(certificate, NID_subject_alt_name, alternatives) &&
	       add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
	       X509_sign(certificate, key, EVP_sha256());
}

static int write_certificate(X509 *certificate, const char *path, struct fail *fail)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes;
	long length;
	int err;

	if (!memory || !PEM_write_bio_X509(memory, certificate)) {
		BIO_free(memory);
		return openssl_fail(fail, path);
	}
	length = BIO_get_mem_data(memory, &bytes);
	err = file_write(path, bytes, (size_t)length, fail);
	BIO_free(memory);
	return err;
}

SSL_CTX *certificate_server(const char *name, uint32_t address, const char *path, struct fail *fail)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());

	if (!key || !certificate || !server || !fill(certificate, key, name, address) ||
	    !SSL_CTX_set_min_proto_version(server, TLS1_2_VERSION) ||
	    SSL_CTX_use_certificate(server, certificate) != 1 || SSL_CTX_use_PrivateKey(server, key) != 1)
		openssl_fail(fail, "the certificate of the web services");
	else
		write_certificate(certificate, path, fail);
	EVP_PKEY_free(key);
	X509_free(certificate);
	if (!fail->err)
		return server;
	SSL_CTX_free(server);
	return NULL;
}
