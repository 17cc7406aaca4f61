/* Any file, as trust list and as signed file: slices stay within it, and what is encoded reads back. */
#include <assert.h>
#include <string.h>

#include "wire/trustlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const uint8_t *data, size_t size, struct wire_slice slice)
{
	assert(slice.length == 0 || (slice.data >= data && slice.data + slice.length <= data + size));
}

static void check_list(const uint8_t *data, size_t size)
{
	static struct trustlist list, again;
	static uint8_t bytes[2 * TRUSTLIST_SIZE_MAX];
	struct wire_slice part[2];
	struct wire_error error;
	ssize_t length;

	if (trustlist_decode(data, size, &list, &error) < 0) {
		assert(error.what && error.offset <= size);
		return;
	}
	trustlist_signed_bytes(&list.header, data, size, part);
	assert(part[0].length + part[1].length + 3 + list.header.signature.length == size);
	for (unsigned i = 0; i < list.records; i++) {
		inside(data, size, list.record[i].certificate);
		inside(data, size, list.record[i].public_key);
	}
	trustlist_signer(&list);
	length = trustlist_encode(&list, bytes, sizeof(bytes));
	if (length < 0)
		return; /* elements in another order than ours may leave no room for our padding */
	assert(trustlist_decode(bytes, (size_t)length, &again, NULL) == 0);
	assert(again.records == list.records && again.header.digest == list.header.digest);
	assert(strcmp(again.header.signer, list.header.signer) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trustlist_header header;
	struct wire_slice payload;
	struct wire_error error;

	check_list(data, size);
	if (sgn_decode(data, size, &header, &payload, &error) == 0)
		assert(sgn_is_signed(data, size) && payload.length + header.header_size == size);
	else
		assert(error.what && error.offset <= size);
	return 0;
}
