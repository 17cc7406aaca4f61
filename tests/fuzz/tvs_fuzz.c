/* Any bytes as a TVS message: slices stay within them, and what is encoded reads back. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/tvs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const uint8_t *data, size_t size, struct wire_slice slice)
{
	assert(slice.length == 0 || (slice.data >= data && slice.data + slice.length <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[TVS_SIZE_MAX];
	struct wire_error error = {0};
	struct tvs message, again;
	size_t whole;
	ssize_t length;
	int err = tvs_frame(data, size, &whole, &error);

	assert(err == 0 || err == -EAGAIN || (err == -EBADMSG && error.what));
	if (err)
		return 0;
	assert(whole <= size && whole <= TVS_SIZE_MAX);
	if (tvs_decode(data, whole, &message, &error)) {
		assert(error.what && error.offset <= whole);
		return 0;
	}
	inside(data, whole, message.device);
	inside(data, whole, message.certificate);
	inside(data, whole, message.subject);
	inside(data, whole, message.issuer);
	inside(data, whole, message.serial);
	assert(message.roles <= TVS_ROLES_MAX);
	/* Elements that came more than once are written once. */
	length = tvs_encode(&message, bytes, sizeof(bytes));
	if (length < 0)
		return 0;
	assert(tvs_decode(bytes, (size_t)length, &again, NULL) == 0);
	assert(again.command == message.command && again.session == message.session);
	assert(again.has == message.has && again.status == message.status && again.ttl_s == message.ttl_s);
	assert(wire_slice_equal(again.device, message.device) &&
	       wire_slice_equal(again.issuer, message.issuer));
	assert(wire_slice_equal(again.certificate, message.certificate));
	assert(again.roles == message.roles && memcmp(again.role, message.role, message.roles) == 0);
	return 0;
}
