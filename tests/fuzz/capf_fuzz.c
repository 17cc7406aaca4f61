/* Any bytes as a CAPF message: slices stay within them, and what is encoded reads back. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/capf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const uint8_t *data, size_t size, struct wire_slice slice)
{
	assert(slice.length == 0 || (slice.data >= data && slice.data + slice.length <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[CAPF_SIZE_MAX];
	struct wire_error error = {0};
	struct capf message, again;
	size_t whole;
	ssize_t length;
	int err = capf_frame(data, size, &whole, &error);

	assert(err == 0 || err == -EAGAIN || (err == -EBADMSG && error.what));
	if (err)
		return 0;
	assert(whole <= size && whole <= CAPF_SIZE_MAX);
	if (capf_decode(data, whole, &message, &error)) {
		assert(error.what && error.offset <= whole);
		return 0;
	}
	inside(data, whole, message.device);
	inside(data, whole, message.password);
	inside(data, whole, message.certificate);
	inside(data, whole, message.public_key);
	inside(data, whole, message.signature);
	inside(data, whole, message.signature_2);
	inside(data, whole, message.sudi);
	inside(data, whole, message.sudi_signature);
	inside(data, whole, message.sudi_signature_2);
	length = capf_encode(&message, bytes, sizeof(bytes));
	if (length < 0)
		return 0;
	assert(capf_decode(bytes, (size_t)length, &again, NULL) == 0);
	assert(again.command == message.command && again.session == message.session);
	assert(again.has == message.has && again.reason == message.reason);
	assert(wire_slice_equal(again.device, message.device));
	assert(wire_slice_equal(again.public_key, message.public_key));
	assert(wire_slice_equal(again.certificate, message.certificate));
	assert(wire_slice_equal(again.sudi, message.sudi));
	return 0;
}
