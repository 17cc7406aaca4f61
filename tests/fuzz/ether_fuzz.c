/* Any frame: decode, encode, decode again; tags in and out of it in place. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ether.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tags_in_place(const uint8_t *data, size_t size)
{
	uint8_t *frame = malloc(size + ETHER_TAG);
	uint16_t tci = 0;
	ssize_t length;

	assert(frame);
	memcpy(frame, data, size);
	length = ether_tag_insert(frame, size, size + ETHER_TAG, 0xa064);
	if (length > 0) {
		assert(ether_tag_peek(frame, (size_t)length, &tci) && tci == 0xa064);
		assert(ether_tag_strip(frame, (size_t)length, &tci) == (ssize_t)size && tci == 0xa064);
		assert(memcmp(frame, data, size) == 0);
	}
	ether_tag_strip(frame, size, NULL);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[1 << 17], second[1 << 17];
	struct ether_frame frame, again;
	struct wire_error error;
	ssize_t length;

	if (size == 0 || size > 1 << 16)
		return 0;
	tags_in_place(data, size);
	if (ether_decode(data, size, &frame, &error) < 0) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	length = ether_encode(&frame, first, sizeof(first));
	assert(length == (ssize_t)size);
	assert(memcmp(first, data, size - frame.pad) == 0);
	assert(ether_decode(first, (size_t)length, &again, NULL) == 0);
	assert(ether_encode(&again, second, sizeof(second)) == length);
	assert(memcmp(first, second, (size_t)length) == 0);
	return 0;
}
