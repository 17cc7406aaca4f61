#include "phonelab/fault/integrity.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "wire/trustlist.h"

#define FILE_MOST (64 * 1024 * 1024)

/* The bytes of a file, or NULL. */
static char *read_file(const char *path, size_t *size)
{
	struct fail ignored = {0};
	char *bytes = NULL;

	return file_read(path, FILE_MOST, &bytes, size, &ignored) ? NULL : bytes;
}

static bool image_intact(const char *bank, const json_t *image)
{
	const char *name = json_string_value(json_object_get(image, "name"));
	const char *wanted = json_string_value(json_object_get(image, "sha512"));
	unsigned char digest[EVP_MAX_MD_SIZE];
	char path[600], hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned length = 0;
	size_t size = 0;
	char *bytes;

	if (!name || !wanted)
		return false;
	snprintf(path, sizeof(path), "%s/%s", bank, name);
	bytes = read_file(path, &size);
	if (bytes && EVP_Digest(bytes, size, digest, &length, EVP_sha512(), NULL) == 1)
		for (unsigned i = 0; i < length; i++)
			snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	free(bytes);
	return !strcmp(hex, wanted);
}

bool fault_bank_intact(const char *bank)
{
	char path[600];
	json_t *manifest, *image;
	bool intact;
	size_t i;

	snprintf(path, sizeof(path), "%s/manifest.json", bank);
	manifest = json_load_file(path, 0, NULL);
	intact = json_is_true(json_object_get(manifest, "complete"));
	json_array_foreach (json_object_get(manifest, "images"), i, image) {
		intact = intact && image_intact(bank, image);
	}
	json_decref(manifest);
	return intact;
}

static EVP_PKEY *key_of(const char *path)
{
	FILE *in = fopen(path, "re");
	X509 *certificate = in ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = NULL;

	if (in && !certificate) {
		rewind(in);
		certificate = d2i_X509_fp(in, NULL);
	}
	if (certificate)
		key = X509_get_pubkey(certificate);
	X509_free(certificate);
	if (in)
		fclose(in);
	return key;
}

static bool header_of(const void *bytes, size_t size, struct trustlist_header *header)
{
	struct trustlist list;
	struct wire_slice payload;

	if (!trustlist_decode(bytes, size, &list, NULL)) {
		*header = list.header;
		return true;
	}
	return !sgn_decode(bytes, size, header, &payload, NULL);
}

bool fault_signature_right(const char *path, const char *certificate)
{
	size_t size = 0;
	char *bytes = read_file(path, &size);
	EVP_PKEY *key = key_of(certificate);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct trustlist_header header;
	struct wire_slice part[2];
	bool right = false;

	if (bytes && key && context && header_of(bytes, size, &header)) {
		const EVP_MD *digest = header.digest == TRUSTLIST_SHA1	   ? EVP_sha1()
				       : header.digest == TRUSTLIST_SHA256 ? EVP_sha256()
									   : EVP_sha512();

		trustlist_signed_bytes(&header, bytes, size, part);
		right = EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
			EVP_DigestVerifyUpdate(context, part[0].data, part[0].length) == 1 &&
			EVP_DigestVerifyUpdate(context, part[1].data, part[1].length) == 1 &&
			EVP_DigestVerifyFinal(context, header.signature.data, header.signature.length) == 1;
	}
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	free(bytes);
	return right;
}
