/* A TFTP client fed with datagrams, timers and errors as the input says. What it delivers must be in bounds,
 * it must end in time, and once it is over it stays over. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/tftp_client.h"

#define SERVER 0x0a000003

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tftp_client_config config = {
	    .server = SERVER, .port = 69, .file = "file.xml", .limit = 100000};
	struct tftp_client_out out;
	struct tftp_client *client;
	uint64_t now_us = 1, got = 0;
	bool over = false;

	if (size < 2)
		return 0;
	config.blksize = data[0] & 1 ? 1400 : 0;
	config.windowsize = data[0] & 2 ? 4 : 0;
	config.tsize = data[0] & 4;
	config.total_us = data[0] & 8 ? 3000000 : 0;
	data++;
	size--;
	client = tftp_client_new(&config);
	assert(client);
	tftp_client_start(client, now_us, &out);
	while (size) {
		uint8_t what = *data++;

		size--;
		if (what < 0x10) {
			now_us = out.deadline_us == UINT64_MAX ? now_us + 1 : out.deadline_us;
			tftp_client_timer(client, now_us, &out);
		} else if (what < 0x12) {
			tftp_client_error(client, what & 1 ? ECONNREFUSED : EHOSTUNREACH, &out);
		} else {
			size_t length = what - 0x12;

			length = length < size ? length : size;
			tftp_client_datagram(client, ++now_us, SERVER, what & 0x80 ? 4000 : 5000, data,
					     length, &out);
			assert(!out.data_length ||
			       (out.data >= data && out.data + out.data_length <= data + length));
			data += length;
			size -= length;
		}
		got += out.data_length;
		assert(out.send_count <= TFTP_CLIENT_SEND_MAX);
		assert(got == tftp_client_received(client) && got <= config.limit);
		assert((out.status == TFTP_CLIENT_RUNNING) == (out.deadline_us != UINT64_MAX));
		if (over)
			assert(out.status != TFTP_CLIENT_RUNNING && !out.send_count && !out.data_length);
		over = out.status != TFTP_CLIENT_RUNNING;
	}
	for (unsigned i = 0; out.status == TFTP_CLIENT_RUNNING; i++) {
		assert(i < 64); /* left alone it ends by itself */
		tftp_client_timer(client, out.deadline_us, &out);
	}
	tftp_client_free(client);
	return 0;
}
