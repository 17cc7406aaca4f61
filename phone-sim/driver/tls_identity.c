#include "phone-sim/driver/tls_identity.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/file.h"

#define FILE_MOST    (64 * 1024)
#define ISSUERS_MOST 4

struct tls_identity {
	EVP_PKEY *key;
	X509 *certificate;
	X509 *issuer[ISSUERS_MOST];
	unsigned issuers;
};

/* A file asks for no passphrase at a terminal. */
static int no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static int check(struct tls_identity **out, struct tls_identity *identity, const char *where,
		 struct fail *fail)
{
	const char *lack = !identity->certificate ? "no certificate"
			   : !identity->key	  ? "no readable private key"
			   : X509_check_private_key(identity->certificate, identity->key) != 1
			       ? "the private key is not that of the certificate"
			       : NULL;

	ERR_clear_error();
	if (lack) {
		tls_identity_free(identity);
		return fail_set(fail, -EBADMSG, "%s: %s", where, lack);
	}
	*out = identity;
	return 0;
}

static void read_pem(struct tls_identity *identity, const char *bytes, size_t length)
{
	BIO *memory = BIO_new_mem_buf(bytes, (int)length);

	if (!memory)
		return;
	identity->key = PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
	BIO_free(memory);
	/* From the start: the order of key and certificates does not matter. */
	memory = BIO_new_mem_buf(bytes, (int)length);
	if (!memory)
		return;
	identity->certificate = PEM_read_bio_X509(memory, NULL, no_passphrase, NULL);
	while (identity->certificate && identity->issuers < ISSUERS_MOST) {
		X509 *issuer = PEM_read_bio_X509(memory, NULL, no_passphrase, NULL);

		if (!issuer)
			break;
		identity->issuer[identity->issuers++] = issuer;
	}
	BIO_free(memory);
}

int tls_identity_read(struct tls_identity **out, const char *path, struct fail *fail)
{
	struct tls_identity *identity;
	size_t length;
	char *bytes;
	int err;

	err = file_read(path, FILE_MOST, &bytes, &length, fail);
	if (err)
		return err;
	identity = calloc(1, sizeof(*identity));
	if (identity)
		read_pem(identity, bytes, length);
	OPENSSL_clear_free(bytes, length + 1);
	return identity ? check(out, identity, path, fail)
			: fail_set(fail, -ENOMEM, "%s: out of memory", path);
}

int tls_identity_decode(struct tls_identity **out, const char *where, const uint8_t *certificate,
			size_t certificate_length, const uint8_t *key, size_t key_length, struct fail *fail)
{
	struct tls_identity *identity = calloc(1, sizeof(*identity));

	if (!identity)
		return fail_set(fail, -ENOMEM, "%s: out of memory", where);
	if (certificate && certificate_length <= LONG_MAX)
		identity->certificate = d2i_X509(NULL, &certificate, (long)certificate_length);
	if (key && key_length <= LONG_MAX)
		identity->key = d2i_AutoPrivateKey(NULL, &key, (long)key_length);
	return check(out, identity, where, fail);
}

void tls_identity_free(struct tls_identity *identity)
{
	if (!identity)
		return;
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
	for (unsigned i = 0; i < identity->issuers; i++)
		X509_free(identity->issuer[i]);
	free(identity);
}

/* OpenSSL's allocator is malloc() here: nothing replaces it. */
uint8_t *tls_identity_certificate(const struct tls_identity *identity, size_t *length)
{
	uint8_t *der = NULL;
	int size = i2d_X509(identity->certificate, &der);

	*length = size > 0 ? (size_t)size : 0;
	return size > 0 ? der : NULL;
}

uint8_t *tls_identity_key(const struct tls_identity *identity, size_t *length)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(identity->key);
	uint8_t *der = NULL;
	int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;

	PKCS8_PRIV_KEY_INFO_free(info);
	*length = size > 0 ? (size_t)size : 0;
	return size > 0 ? der : NULL;
}

int tls_identity_use(const struct tls_identity *identity, SSL *ssl)
{
	bool good = SSL_use_certificate(ssl, identity->certificate) == 1 &&
		    SSL_use_PrivateKey(ssl, identity->key) == 1;

	for (unsigned i = 0; good && i < identity->issuers; i++)
		good = SSL_add1_chain_cert(ssl, identity->issuer[i]) == 1;
	ERR_clear_error();
	return good ? 0 : -EINVAL;
}
