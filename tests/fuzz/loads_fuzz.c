/* Any file, as the text of a load and as the header of an image. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/loads.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct loads loads, again;
	static uint8_t bytes[LOADS_SIZE_MAX];
	struct sbn_header header, header_again;
	struct wire_error error;
	ssize_t length;
	int err = loads_decode(data, size, &loads, &error);

	if (err == 0) {
		length = loads_encode(&loads, bytes, sizeof(bytes));
		assert(length > 0);
		assert(loads_decode(bytes, (size_t)length, &again, NULL) == 0);
		assert(memcmp(&loads, &again, sizeof(loads)) == 0);
	} else {
		assert(err == -EBADMSG && error.what && error.offset <= size);
	}
	err = sbn_decode(data, size, &header, &error);
	if (err == 0) {
		assert(sbn_encode(&header, bytes, sizeof(bytes)) == (ssize_t)header.header_size);
		assert(sbn_decode(bytes, header.header_size, &header_again, NULL) == 0);
		assert(strcmp(header.name, header_again.name) == 0);
	} else {
		assert(err == -EAGAIN || (err == -EBADMSG && error.offset <= size));
	}
	return 0;
}
