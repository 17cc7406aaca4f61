#ifndef PHONELAB_LAB_CAPTURE_KEYS_H
#define PHONELAB_LAB_CAPTURE_KEYS_H

#include <stddef.h>

#include "base/fail.h"

/* The key log of a lab in a capture: its lines as Decryption Secrets Blocks, before the frames that need them. */
#define CAPTURE_KEYS_ROOM 65536u

struct capture_keys {
	int log;     /* borrowed */
	size_t used; /* of lines: a line that the log does not have whole yet */
	char lines[CAPTURE_KEYS_ROOM];
};

/* Open the key log of a lab, at its end: a capture needs the secrets of those sessions only whose handshakes it has, and they
 * are still to come. The descriptor, or a negative errno with the reason; -ENOENT: the lab has none. */
int capture_keys_open(const char *path, struct fail *fail);

/* Write the lines that the log has got since the last call to out, as blocks. 0 or a negative errno. */
int capture_keys_write(struct capture_keys *keys, int out);

#endif
