/* Any datagram: what decodes is encoded again, and reads back the same. */
#include <assert.h>
#include <string.h>

#include "wire/tftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[TFTP_PACKET_MAX + 512], back[2 * TFTP_PACKET_MAX];
	struct tftp_netascii state = {0};
	struct tftp_packet packet, again;
	struct wire_error error;
	ssize_t length;

	if (tftp_decode(data, size, &packet, &error) < 0) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	length = tftp_encode(&packet, bytes, sizeof(bytes));
	assert(length > 0);
	assert(tftp_decode(bytes, (size_t)length, &again, NULL) == 0);
	assert(again.opcode == packet.opcode && again.block == packet.block && again.mode == packet.mode);
	assert(again.options.has == packet.options.has && again.options.unknown == 0);
	assert(strcmp(again.name, packet.name) == 0 && strcmp(again.message, packet.message) == 0);
	assert(again.data_size == packet.data_size);
	again.options.unknown = packet.options.unknown;
	assert(tftp_options_accept(&packet.options, &again.options) == 0);
	if (packet.data_size && packet.data_size < 4096) {
		size_t n = tftp_netascii_encode(packet.data, packet.data_size, bytes);

		n = tftp_netascii_decode(&state, bytes, n, back);
		assert(n == packet.data_size && memcmp(back, packet.data, n) == 0);
	}
	return 0;
}
