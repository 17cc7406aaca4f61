#include "wire/sntp.h"

#include <string.h>

#define VERSION	   4
#define EPOCH_S	   INT64_C(2208988800) /* from 1900 to 1970 */
#define ERA_S	   (INT64_C(1) << 32)
#define SINCE_1968 (UINT64_C(1) << 63)

static uint64_t read_timestamp(struct wire_reader *in)
{
	uint64_t seconds = wire_read_u32(in);

	return seconds << 32 | wire_read_u32(in);
}

ssize_t sntp_encode_request(uint64_t transmit, void *out, size_t size)
{
	struct wire_writer writer;

	wire_writer_init(&writer, out, size);
	wire_write_u8(&writer, VERSION << 3 | SNTP_CLIENT);
	wire_write_zeros(&writer, 39);
	wire_write_u32(&writer, (uint32_t)(transmit >> 32));
	wire_write_u32(&writer, (uint32_t)transmit);
	return wire_writer_result(&writer);
}

int sntp_decode(const void *bytes, size_t length, struct sntp *message, struct wire_error *error)
{
	struct wire_reader in;
	struct wire_slice reference;
	uint8_t first;
	int err;

	memset(message, 0, sizeof(*message));
	wire_reader_init(&in, bytes, length);
	first = wire_read_u8(&in);
	message->leap = first >> 6;
	message->version = first >> 3 & 7;
	message->mode = first & 7;
	message->stratum = wire_read_u8(&in);
	wire_read_skip(&in, 1 + 1 + 4 + 4); /* poll, precision, root delay, root dispersion */
	reference = wire_read_slice(&in, 4);
	wire_read_skip(&in, 8); /* reference timestamp */
	message->originate = read_timestamp(&in);
	message->receive = read_timestamp(&in);
	message->transmit = read_timestamp(&in);
	err = wire_reader_result(&in, error);
	if (!err && !message->stratum)
		wire_slice_print(reference, message->kiss, sizeof(message->kiss));
	return err;
}

int64_t sntp_unix_us(uint64_t timestamp)
{
	int64_t seconds = (int64_t)(timestamp >> 32) - EPOCH_S;
	int64_t fraction = (int64_t)((timestamp & UINT32_MAX) * 1000000 >> 32);

	return (seconds + (timestamp & SINCE_1968 ? 0 : ERA_S)) * 1000000 + fraction;
}
