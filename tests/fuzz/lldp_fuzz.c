/* Any LLDPDU: what decodes is encoded, and decodes to the same again. */
#include <assert.h>
#include <string.h>

#include "wire/lldp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[1 << 14], second[1 << 14];
	struct lldp_message message, again;
	struct wire_error error;
	ssize_t length;

	if (lldp_decode(data, size, &message, &error) < 0) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	lldp_phone_missing(&message);
	length = lldp_encode(&message, first, sizeof(first));
	assert(length > 0);
	assert(lldp_decode(first, (size_t)length, &again, NULL) == 0);
	assert(again.has == (message.has | LLDP_HAS_END));
	assert(again.unknown == message.raws && again.dropped == 0 && again.odd.count == 0);
	assert(again.med_early == 0 || !(again.has & LLDP_HAS_MED)); /* without capabilities all are early */
	assert(lldp_encode(&again, second, sizeof(second)) == length);
	assert(memcmp(first, second, (size_t)length) == 0);
	return 0;
}
