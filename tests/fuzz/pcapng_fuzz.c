/* Any capture file, block by block; its packets written again read back. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pcapng_reader reader;
static struct pcapng_record record;

static void write_again(void)
{
	static uint8_t bytes[PCAPNG_SNAPLEN + 4096];
	static struct pcapng_reader other;
	static struct pcapng_record back;
	const struct pcapng_packet packet = {
	    .time_ns = record.time_ns, .data = record.data, .comment = record.comment};
	ssize_t at, n;

	if (record.data.length > PCAPNG_SNAPLEN)
		return;
	pcapng_reader_init(&other);
	at = pcapng_encode_section(NULL, bytes, sizeof(bytes));
	n = pcapng_encode_interface(&(struct pcapng_interface){.link_type = 1}, bytes + at,
				    sizeof(bytes) - (size_t)at);
	assert(at > 0 && n > 0);
	assert(pcapng_read(&other, bytes, (size_t)(at + n), &back, NULL) == 0);
	assert(pcapng_read(&other, bytes + at, (size_t)n, &back, NULL) == 0);
	n = pcapng_encode_packet(&packet, bytes, sizeof(bytes));
	assert(n > 0 && pcapng_read(&other, bytes, (size_t)n, &back, NULL) == 0);
	assert(back.time_ns == record.time_ns && strcmp(back.comment, record.comment) == 0);
	assert(back.data.length == record.data.length &&
	       (back.data.length == 0 || memcmp(back.data.data, record.data.data, back.data.length) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_error error;
	size_t at = 0;
	int err;

	pcapng_reader_init(&reader);
	while ((err = pcapng_read(&reader, data + at, size - at, &record, &error)) == 0) {
		assert(record.size >= 12 && record.size <= size - at);
		assert(record.data.length == 0 ||
		       (record.data.data >= data + at &&
			record.data.data + record.data.length <= data + at + record.size));
		if (record.kind == PCAPNG_PACKET)
			write_again();
		at += record.size;
	}
	if (err == -EAGAIN)
		assert(record.size > size - at);
	else
		assert(err == -EBADMSG && error.what);
	return 0;
}
