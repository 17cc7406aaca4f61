#include "wire/sip_digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#define HEX_MAX 65

/* The digest of strings joined by colons, as lower-case hexadecimal digits. */
static int digest_hex(enum sip_digest_algorithm algorithm, const char *const *part, size_t parts,
		      char out[HEX_MAX])
{
	const EVP_MD *type = algorithm == SIP_DIGEST_SHA256 ? EVP_sha256() : EVP_md5();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	int ok = context && EVP_DigestInit_ex(context, type, NULL);

	for (size_t i = 0; ok && i < parts; i++) {
		ok = i == 0 || EVP_DigestUpdate(context, ":", 1);
		ok = ok && EVP_DigestUpdate(context, part[i], strlen(part[i]));
	}
	ok = ok && EVP_DigestFinal_ex(context, digest, &length);
	EVP_MD_CTX_free(context);
	if (!ok || length * 2 >= HEX_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < length; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

int sip_digest_response(enum sip_digest_algorithm algorithm, const struct sip_digest *digest,
			const char *realm, const char *nonce, const char *qop, char out[65])
{
	char a1[HEX_MAX], a2[HEX_MAX], nc[9];
	int err;

	if (!digest->username || !digest->password || !digest->method || !digest->uri || !realm || !nonce ||
	    (qop && !digest->cnonce))
		return -EINVAL;
	err = digest_hex(algorithm, (const char *[]){digest->username, realm, digest->password}, 3, a1);
	if (err == 0)
		err = digest_hex(algorithm, (const char *[]){digest->method, digest->uri}, 2, a2);
	if (err < 0)
		return err;
	if (!qop)
		return digest_hex(algorithm, (const char *[]){a1, nonce, a2}, 3, out);
	snprintf(nc, sizeof(nc), "%08x", digest->nc);
	return digest_hex(algorithm, (const char *[]){a1, nonce, nc, digest->cnonce, qop, a2}, 6, out);
}

/* Is "auth" among the qop options? */
static bool offers_auth(const char *qop)
{
	while (*qop) {
		size_t length = strcspn(qop, ", \t");

		if (length == 4 && strncasecmp(qop, "auth", 4) == 0)
			return true;
		qop += length;
		qop += strspn(qop, ", \t");
	}
	return false;
}

/* name="value", with quotes and backslashes escaped (RFC 3261 section 25.1: quoted-string). */
static void write_quoted(struct wire_writer *writer, const char *name, const char *value)
{
	wire_write_text(writer, name);
	wire_write_text(writer, "=\"");
	for (; *value; value++) {
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			wire_writer_fail(writer, -EINVAL);
		if (*value == '"' || *value == '\\')
			wire_write_u8(writer, '\\');
		wire_write_u8(writer, (uint8_t)*value);
	}
	wire_write_u8(writer, '"');
}

int sip_digest_choose(const struct sip_challenge *challenge, enum sip_digest_algorithm *algorithm)
{
	if (!challenge->scheme || strcasecmp(challenge->scheme, "Digest") != 0 || !challenge->realm ||
	    !challenge->nonce || (challenge->qop && !offers_auth(challenge->qop)))
		return -EPROTO;
	if (!challenge->algorithm || strcasecmp(challenge->algorithm, "MD5") == 0)
		*algorithm = SIP_DIGEST_MD5;
	else if (strcasecmp(challenge->algorithm, "SHA-256") == 0)
		*algorithm = SIP_DIGEST_SHA256;
	else
		return -EPROTO;
	return 0;
}

ssize_t sip_digest_authorization(const struct sip_challenge *challenge, const struct sip_digest *digest,
				 char *out, size_t size)
{
	enum sip_digest_algorithm algorithm;
	char response[HEX_MAX], nc[24];
	struct wire_writer writer;
	int err = sip_digest_choose(challenge, &algorithm);

	if (err == 0)
		err = sip_digest_response(algorithm, digest, challenge->realm, challenge->nonce,
					  challenge->qop ? "auth" : NULL, response);
	if (err < 0)
		return err;
	wire_writer_init(&writer, (uint8_t *)out, size);
	write_quoted(&writer, "Digest username", digest->username);
	write_quoted(&writer, ",realm", challenge->realm);
	write_quoted(&writer, ",uri", digest->uri);
	write_quoted(&writer, ",response", response);
	write_quoted(&writer, ",nonce", challenge->nonce);
	if (challenge->opaque)
		write_quoted(&writer, ",opaque", challenge->opaque);
	if (challenge->qop) {
		write_quoted(&writer, ",cnonce", digest->cnonce);
		snprintf(nc, sizeof(nc), ",qop=auth,nc=%08x", digest->nc);
		wire_write_text(&writer, nc);
	}
	wire_write_text(&writer, algorithm == SIP_DIGEST_SHA256 ? ",algorithm=SHA-256" : ",algorithm=MD5");
	wire_write_u8(&writer, 0);
	return wire_writer_result(&writer) < 0 ? wire_writer_result(&writer)
					       : wire_writer_result(&writer) - 1;
}
