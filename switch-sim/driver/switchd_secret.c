#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "switch-sim/driver/switchd_trunk.h"

/* A secret in a file usually ends with a newline, which is not part of it. */
static size_t trimmed(const char *bytes, size_t length)
{
	while (length && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
		length--;
	return length;
}

ssize_t trunk_secret_read(uint8_t secret[TRUNK_SECRET_MAX + 1], struct fail *fail)
{
	const char *path = getenv("PHONELAB_TRUNK_SECRET_FILE"), *text = getenv("PHONELAB_TRUNK_SECRET");
	char *bytes = NULL;
	size_t length;
	int err = 0;

	if (path && *path)
		err = file_read(path, 4096, &bytes, &length, fail);
	if (err)
		return fail_prefix(fail, err, "PHONELAB_TRUNK_SECRET_FILE");
	if (!bytes && !text)
		return 0;
	length = trimmed(bytes ? bytes : text, bytes ? length : strlen(text));
	/* One octet more than allowed shows that it is too long. */
	if (length > TRUNK_SECRET_MAX)
		length = TRUNK_SECRET_MAX + 1;
	memcpy(secret, bytes ? bytes : text, length);
	if (bytes)
		explicit_bzero(bytes, length);
	free(bytes);
	return (ssize_t)length;
}
