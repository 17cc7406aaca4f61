/* A frame with any offload: its ordinary frames are no larger than it is, and their payloads are its payload. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/offload.h"

#define FIELDS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cut the frame, length bytes in a block of its own. */
static void cut(const struct offload *offload, const uint8_t *frame, size_t length)
{
	uint8_t *out = malloc(length ? length : 1), *again = malloc(length ? length : 1);
	struct offload_frames frames, same;
	struct wire_error error = {0};
	size_t payload = 0;
	ssize_t n;
	int err = offload_begin(&frames, offload, frame, length, &error);

	assert(out && again);
	if (err) {
		assert(err == -EPROTONOSUPPORT || (err == -EBADMSG && error.what && error.offset <= length));
	} else {
		same = frames;
		while ((n = offload_next(&frames, out, length)) > 0) {
			assert((size_t)n <= length && (size_t)n >= frames.payload);
			assert(offload_next(&same, again, length) == n && memcmp(out, again, (size_t)n) == 0);
			payload += (size_t)n - frames.payload;
		}
		/* An ordinary frame as long as the whole always fits. */
		assert(n == 0 && payload == length - frames.payload);
		assert(offload_next(&frames, out, length) == 0);
	}
	free(out);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct offload offload;
	uint8_t *frame;

	if (size < FIELDS || size > 1 << 16)
		return 0;
	offload = (struct offload){.checksum = data[0] & 1,
				   .type = data[1],
				   .size = wire_get16(data + 2),
				   .checksum_start = wire_get16(data + 4),
				   .checksum_offset = wire_get16(data + 6)};
	frame = malloc(size - FIELDS + 1);
	assert(frame);
	memcpy(frame, data + FIELDS, size - FIELDS);
	cut(&offload, frame, size - FIELDS);
	free(frame);
	return 0;
}
