/* Any bytes as an answer of an NTP server: times stay within two eras, and what is asked reads back. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/sntp.h"

#define YEAR_1968 (INT64_C(-61505152) * 1000000)
#define YEAR_2104 (INT64_C(4233462144) * 1000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_error error = {0};
	struct sntp message, again;
	uint8_t bytes[SNTP_SIZE];
	int err = sntp_decode(data, size, &message, &error);

	assert(err == (size < SNTP_SIZE ? -EBADMSG : 0));
	if (err) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	assert(message.leap < 4 && message.version < 8 && message.mode < 8);
	assert(strlen(message.kiss) < sizeof(message.kiss) && (!message.stratum || !*message.kiss));
	assert(sntp_unix_us(message.receive) >= YEAR_1968 && sntp_unix_us(message.receive) < YEAR_2104);
	assert(sntp_encode_request(message.originate, bytes, sizeof(bytes)) == SNTP_SIZE);
	assert(sntp_decode(bytes, sizeof(bytes), &again, NULL) == 0);
	assert(again.mode == SNTP_CLIENT && again.transmit == message.originate);
	return 0;
}
