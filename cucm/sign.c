#include "cucm/sign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/trustlist.h"

/* encryption NULL: the payload is the file as it is. */
static int sign_file(const struct cucm_keys *keys, const char *name, const struct encfile *encryption,
		     const void *bytes, size_t size, struct text *out, struct fail *fail)
{
	const struct cucm_certificate *certificate = cucm_keys_certificate(keys);
	const char *slash = strrchr(name, '/');
	struct wire_slice payload = {bytes, size};
	uint8_t signature[CUCM_SIGNATURE_MOST];
	struct trustlist_header header = {
	    .version = {encryption ? 2 : 1, 0},
	    .signer = certificate->subject,
	    .serial = {certificate->serial, certificate->serial_size},
	    .issuer = certificate->issuer,
	    .digest = TRUSTLIST_SHA256,
	    .file_name = slash ? slash + 1 : name,
	    .timestamp = (uint32_t)time(NULL),
	    .encrypted = encryption,
	};
	size_t room = size + 4096, signed_size = cucm_keys_signature_size(keys);
	uint8_t *buffer = malloc(room);
	ssize_t length;
	int err = 0;

	if (!buffer)
		return fail_set(fail, -ENOMEM, "out of memory");
	if (encryption)
		header.encryption = *encryption;
	length = sgn_encode_unsigned(&header, signed_size, payload, buffer, room);
	if (length >= 0)
		err = cucm_keys_sign(keys, buffer, (size_t)length, signature, fail);
	if (length >= 0 && !err) {
		header.signature = (struct wire_slice){signature, signed_size};
		length = sgn_encode(&header, payload, buffer, room);
	}
	if (length < 0)
		err = fail_set(fail, (int)length, "%s: cannot be signed: %s", name, strerror((int)-length));
	if (!err)
		text_add_bytes(out, buffer, (size_t)length);
	if (out->failed)
		err = fail_set(fail, -ENOMEM, "out of memory");
	free(buffer);
	return err;
}

int cucm_sign(const struct cucm_keys *keys, const char *name, const void *bytes, size_t size,
	      struct text *out, struct fail *fail)
{
	return sign_file(keys, name, NULL, bytes, size, out, fail);
}

int cucm_sign_encrypted(const struct cucm_keys *keys, const char *name, const struct encfile *encryption,
			const void *bytes, size_t size, struct text *out, struct fail *fail)
{
	return sign_file(keys, name, encryption, bytes, size, out, fail);
}
