/* Encrypted configuration files: RSA unwraps the key, AES-128-CBC decrypts, a digest confirms. */
#include "phone-sim/core/encrypted.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/certificate.h"

/* The key of the payload. A key that RSA cannot unwrap comes out as other bytes: the digest finds that. */
static bool unwrap(struct wire_slice wrapped, const struct own_certificate *own, uint8_t key[ENCFILE_BLOCK])
{
	EVP_PKEY *private_key = certificate_private_key(own_key(own));
	EVP_PKEY_CTX *context = private_key ? EVP_PKEY_CTX_new(private_key, NULL) : NULL;
	uint8_t room[ENCFILE_KEY_MAX];
	size_t length = sizeof(room);
	bool good = context && EVP_PKEY_get_base_id(private_key) == EVP_PKEY_RSA &&
		    EVP_PKEY_decrypt_init(context) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_decrypt(context, room, &length, wrapped.data, wrapped.length) == 1 &&
		    length == ENCFILE_BLOCK;

	if (good)
		memcpy(key, room, ENCFILE_BLOCK);
	OPENSSL_cleanse(room, sizeof(room));
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(private_key);
	return good;
}

static bool decrypt(const uint8_t key[ENCFILE_BLOCK], const uint8_t iv[ENCFILE_BLOCK],
		    struct wire_slice payload, uint8_t *plain)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int part = 0, last = 0;
	bool good = context && EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv) == 1 &&
		    EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
		    EVP_DecryptUpdate(context, plain, &part, payload.data, (int)payload.length) == 1 &&
		    EVP_DecryptFinal_ex(context, plain + part, &last) == 1 &&
		    (size_t)part + (size_t)last == payload.length;

	EVP_CIPHER_CTX_free(context);
	return good;
}

static bool digest_fits(const struct encfile *file, const uint8_t *plain, size_t length)
{
	const EVP_MD *kind = file->digest == TRUSTLIST_SHA1	? EVP_sha1()
			     : file->digest == TRUSTLIST_SHA256 ? EVP_sha256()
								: EVP_sha512();
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	return EVP_Digest(plain, length, digest, &size, kind, NULL) == 1 && size == file->hash.length &&
	       !CRYPTO_memcmp(digest, file->hash.data, size);
}

const char *encrypted_open(const struct trustlist_header *header, struct wire_slice payload,
			   const struct own_certificate *own, uint8_t **plain, size_t *length)
{
	const struct encfile *file = &header->encryption;
	uint8_t key[ENCFILE_BLOCK], *room;
	const char *why = NULL;

	if (!header->encrypted)
		return "not an encrypted file";
	if (!payload.length || payload.length % ENCFILE_BLOCK || payload.length > 1u << 30 ||
	    file->padding > payload.length)
		return "the encrypted part has no whole blocks";
	if (!unwrap(file->key, own, key))
		return "the key of the phone's certificate does not decrypt it";
	room = malloc(payload.length);
	*length = payload.length - file->padding;
	if (!room || !decrypt(key, file->iv, payload, room))
		why = room ? "it cannot be decrypted" : "no memory";
	else if (!digest_fits(file, room, *length))
		why = "the key of the phone's certificate does not decrypt it";
	OPENSSL_cleanse(key, sizeof(key));
	if (why)
		free(room);
	else
		*plain = room;
	return why;
}
