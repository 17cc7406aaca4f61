#include "cucm/encrypt.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/sign.h"
#include "wire/trustlist.h"

X509 *cucm_phone_certificate(const char *directory, const char *device)
{
	static const char *const kinds[] = {"lsc.crt", "mic.pem"};
	X509 *certificate = NULL;

	for (size_t i = 0; i < 2 && !certificate; i++) {
		char path[4096];
		FILE *file;

		snprintf(path, sizeof(path), "%.3900s/keys/phones/%.40s.%s", directory, device, kinds[i]);
		file = fopen(path, "re");
		if (!file)
			continue;
		certificate = PEM_read_X509(file, NULL, NULL, NULL);
		fclose(file);
	}
	return certificate;
}

int cucm_certificate_hash(X509 *certificate, char hash[CUCM_CERTIFICATE_HASH])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (!X509_digest(certificate, EVP_md5(), digest, &length) || length != 16)
		return -EIO;
	for (unsigned i = 0; i < length; i++)
		snprintf(hash + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

bool cucm_can_encrypt(X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);

	return key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	       EVP_PKEY_get_size(key) <= (int)ENCFILE_KEY_MAX;
}

/* The AES key under the certificate's key. The size of the result, or 0. */
static size_t wrap(X509 *certificate, const uint8_t key[ENCFILE_BLOCK], uint8_t out[ENCFILE_KEY_MAX])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(X509_get0_pubkey(certificate), NULL);
	size_t size = ENCFILE_KEY_MAX;
	bool good = context && EVP_PKEY_encrypt_init(context) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_encrypt(context, out, &size, key, ENCFILE_BLOCK) == 1;

	EVP_PKEY_CTX_free(context);
	return good ? size : 0;
}

/* AES-128-CBC of whole blocks. */
static bool encipher(const uint8_t key[ENCFILE_BLOCK], const uint8_t iv[ENCFILE_BLOCK], const uint8_t *plain,
		     size_t size, uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length = 0, rest = 0;
	bool good = context && EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv) == 1 &&
		    EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
		    EVP_EncryptUpdate(context, out, &length, plain, (int)size) == 1 &&
		    EVP_EncryptFinal_ex(context, out + length, &rest) == 1 && (size_t)(length + rest) == size;

	EVP_CIPHER_CTX_free(context);
	return good;
}

int cucm_encrypt(const struct cucm_keys *keys, const char *name, X509 *certificate, const void *bytes,
		 size_t size, struct text *out, struct fail *fail)
{
	uint8_t key[ENCFILE_BLOCK], wrapped[ENCFILE_KEY_MAX], digest[EVP_MAX_MD_SIZE];
	size_t padding = encfile_padding(size), whole = size + padding;
	struct encfile file = {.padding = (uint16_t)padding, .digest = TRUSTLIST_SHA512, .key = {wrapped, 0}};
	uint8_t *plain = malloc(whole), *cipher = malloc(whole);
	unsigned length = 0;
	int err = -EIO;

	if (!plain || !cipher) {
		err = fail_set(fail, -ENOMEM, "out of memory");
		goto out;
	}
	memcpy(plain, bytes, size);
	memset(plain + size, ENCFILE_PAD, padding);
	if (cucm_can_encrypt(certificate) && RAND_bytes(key, sizeof(key)) == 1 &&
	    RAND_bytes(file.iv, sizeof(file.iv)) == 1 &&
	    (file.key.length = wrap(certificate, key, wrapped)) &&
	    EVP_Digest(bytes, size, digest, &length, EVP_sha512(), NULL) == 1 &&
	    encipher(key, file.iv, plain, whole, cipher)) {
		file.key_bits = (uint16_t)(file.key.length * 8);
		file.hash = (struct wire_slice){digest, length};
		err = cucm_sign_encrypted(keys, name, &file, cipher, whole, out, fail);
	} else {
		err = fail_set(fail, -EIO, "%s: cannot be encrypted for this certificate", name);
	}
	OPENSSL_cleanse(key, sizeof(key));
out:
	free(plain);
	free(cipher);
	return err;
}
