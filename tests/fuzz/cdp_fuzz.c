/* Any CDP message, as it is and with its checksum put right, so that the TLVs are reached. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/cdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, size_t size)
{
	static uint8_t first[1 << 17], second[1 << 17];
	struct cdp_message message, again;
	struct wire_error error;
	ssize_t length;

	if (cdp_decode(data, size, &message, &error) < 0) {
		assert(error.what && error.offset <= size);
		return;
	}
	length = cdp_encode(&message, first, sizeof(first));
	assert(length >= 4);
	assert(cdp_decode(first, (size_t)length, &again, NULL) == 0);
	assert(again.has == message.has && again.unknown == message.raws);
	assert(cdp_encode(&again, second, sizeof(second)) == length);
	assert(memcmp(first, second, (size_t)length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *fixed;
	uint16_t sum;

	check(data, size);
	if (size < 4 || size > 1 << 16)
		return 0;
	fixed = malloc(size);
	assert(fixed);
	memcpy(fixed, data, size);
	sum = cdp_checksum(fixed, size, false);
	fixed[2] = (uint8_t)(sum >> 8);
	fixed[3] = (uint8_t)sum;
	check(fixed, size);
	free(fixed);
	return 0;
}
