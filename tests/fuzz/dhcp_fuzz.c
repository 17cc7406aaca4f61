/* Any DHCP message: what decodes is encoded, and decodes to the same again. */
#include <assert.h>
#include <string.h>

#include "wire/dhcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[DHCP_MAX], second[DHCP_MAX];
	struct dhcp_message message, again;
	struct wire_error error;
	ssize_t length;

	if (dhcp_decode(data, size, &message, &error) < 0) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	length = dhcp_encode(&message, first, sizeof(first));
	assert(length >= DHCP_MIN);
	assert(dhcp_decode(first, (size_t)length, &again, NULL) == 0);
	assert(again.has == (message.has & ~(uint32_t)DHCP_HAS_OVERLOAD));
	assert(again.unknown == 0);
	assert(dhcp_encode(&again, second, sizeof(second)) == length);
	assert(memcmp(first, second, (size_t)length) == 0);
	return 0;
}
