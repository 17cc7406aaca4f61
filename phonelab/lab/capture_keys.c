#include "phonelab/lab/capture_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "wire/pcapng.h"

#define BLOCK_ROOM (CAPTURE_KEYS_ROOM + 64)

int capture_keys_open(const char *path, struct fail *fail)
{
	int log = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (log < 0)
		return fail_set(fail, -errno, "key log: %s", strerror(errno));
	lseek(log, 0, SEEK_END);
	return log;
}

/* Write the whole lines as one block and keep the rest. A line that fills all the room is no line of a key log. */
static int write_lines(struct capture_keys *keys, int out)
{
	const char *end = memrchr(keys->lines, '\n', keys->used);
	size_t length = end				  ? (size_t)(end + 1 - keys->lines)
			: keys->used == CAPTURE_KEYS_ROOM ? keys->used
							  : 0;
	uint8_t block[BLOCK_ROOM];
	ssize_t n;

	if (!length)
		return 0;
	n = pcapng_encode_tls_keys((struct wire_slice){(const uint8_t *)keys->lines, length}, block,
				   sizeof(block));
	if (n < 0)
		return (int)n;
	keys->used -= length;
	memmove(keys->lines, keys->lines + length, keys->used);
	return file_write_all(out, block, (size_t)n);
}

int capture_keys_write(struct capture_keys *keys, int out)
{
	ssize_t n = 1;
	int err = 0;

	while (n > 0 && !err) {
		n = read(keys->log, keys->lines + keys->used, CAPTURE_KEYS_ROOM - keys->used);
		if (n <= 0)
			return n < 0 && errno != EINTR ? -errno : 0;
		keys->used += (size_t)n;
		err = write_lines(keys, out);
	}
	return err;
}
