/* Captures: what is written reads back; pcapng and pcap in either byte order; every truncation. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/pcapng.h"

static struct pcapng_reader reader;
static struct pcapng_record record;

/* Write a section, two interfaces and three packets. */
static size_t write_capture(uint8_t *out, size_t size)
{
	const struct pcapng_interface interfaces[] = {{"Gi1/0/1", "SEP001122AABB01", PCAPNG_ETHERNET},
						      {"eth0", NULL, PCAPNG_ETHERNET}};
	const struct pcapng_packet packets[] = {
	    {.interface = 0,
	     .time_ns = 1795226400123456789,
	     .data = {(const uint8_t *)"abcde", 5},
	     .comment = "cdp"},
	    {.interface = 1,
	     .time_ns = 1795226401000000000,
	     .data = {(const uint8_t *)"abcd", 4},
	     .original_length = 9},
	    {.interface = 0, .time_ns = 0, .data = {NULL, 0}, .comment = "Caf\xc3\xa9"}};
	size_t at = 0;
	ssize_t n = pcapng_encode_section("phonelab", out, size);

	assert_in_range(n, 28, size);
	at += (size_t)n;
	for (int i = 0; i < 2; i++) {
		n = pcapng_encode_interface(&interfaces[i], out + at, size - at);
		assert_in_range(n, 20, size - at);
		at += (size_t)n;
	}
	for (int i = 0; i < 3; i++) {
		n = pcapng_encode_packet(&packets[i], out + at, size - at);
		assert_in_range(n, 32, size - at);
		for (size_t room = 0; room < (size_t)n; room++)
			assert_int_equal(pcapng_encode_packet(&packets[i], out + at, room), -ENOSPC);
		n = pcapng_encode_packet(&packets[i], out + at, size - at);
		at += (size_t)n;
	}
	return at;
}

static int next(const uint8_t *bytes, size_t *at, size_t size)
{
	struct wire_error error = {0};
	int err = pcapng_read(&reader, bytes + *at, size - *at, &record, &error);

	if (err == 0)
		*at += record.size;
	else if (err == -EBADMSG)
		assert_non_null(error.what);
	return err;
}

static void written_files_decode_to_the_same(void **state)
{
	uint8_t out[1024];
	size_t size = write_capture(out, sizeof(out)), at = 0;

	(void)state;
	pcapng_reader_init(&reader);
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(record.kind, PCAPNG_SECTION);
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(record.kind, PCAPNG_INTERFACE);
	assert_string_equal(reader.interface[0].name, "Gi1/0/1");
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(record.interface, 1);
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(record.kind, PCAPNG_PACKET);
	assert_int_equal(record.time_ns, 1795226400123456789);
	wire_check_text(record.data, "abcde");
	assert_int_equal(record.original_length, 5);
	assert_string_equal(record.comment, "cdp");
	assert_int_equal(record.link_type, PCAPNG_ETHERNET);
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(record.original_length, 9);
	assert_string_equal(record.comment, "");
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(record.data.length, 0);
	assert_string_equal(record.comment, "Caf\xc3\xa9");
	assert_int_equal(at, size);
	assert_int_equal(next(out, &at, size), -EAGAIN);
}

/* Fed a byte more at a time, the reader asks for more until a block is whole, and never for too much. */
static void every_truncation_waits(void **state)
{
	uint8_t out[1024];
	size_t size = write_capture(out, sizeof(out)), at = 0, blocks = 0;

	(void)state;
	pcapng_reader_init(&reader);
	for (size_t have = 0; have <= size; have++) {
		uint8_t *copy = malloc(have - at + 1);

		memcpy(copy, out + at, have - at);
		if (pcapng_read(&reader, copy, have - at, &record, NULL) == 0) {
			assert_int_equal(record.size, have - at);
			at = have;
			blocks++;
		} else {
			assert_in_range(record.size, have - at + 1, size - at + 16);
		}
		free(copy);
	}
	assert_int_equal(blocks, 6);
}

static void every_corruption_is_survived(void **state)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	uint8_t out[1024];
	size_t size = write_capture(out, sizeof(out));

	(void)state;
	for (size_t i = 0; i < size; i++)
		for (size_t v = 0; v < sizeof(values); v++) {
			uint8_t *copy = malloc(size);
			size_t at = 0, blocks = 0;

			memcpy(copy, out, size);
			copy[i] = values[v];
			pcapng_reader_init(&reader);
			while (next(copy, &at, size) == 0)
				blocks++;
			assert_in_range(at, 0, size);
			assert_in_range(blocks, 0, size / 12);
			free(copy);
		}
}

/* Byte for byte as draft-ietf-opsawg-pcapng has it; readers skip the block. */
static void secrets_are_a_block(void **state)
{
	static const uint8_t want[] = {
	    0x0a, 0,	0,    0,    28,	  0, 0, 0, /* Decryption Secrets Block */
	    0x4b, 0x53, 0x4c, 0x54, 5,	  0, 0, 0, /* TLS key log, 5 octets */
	    'a',  ' ',	'b',  'c',  '\n', 0, 0, 0, /* padded to 32 bits */
	    28,	  0,	0,    0,
	};
	const struct wire_slice lines = {(const uint8_t *)"a bc\n", 5};
	uint8_t out[1024];
	size_t at = 0, size;
	ssize_t n = pcapng_encode_section("phonelab", out, sizeof(out));

	(void)state;
	size = (size_t)n;
	for (size_t room = 0; room < sizeof(want); room++)
		assert_int_equal(pcapng_encode_tls_keys(lines, out + size, room), -ENOSPC);
	assert_int_equal(pcapng_encode_tls_keys(lines, out + size, sizeof(out) - size), sizeof(want));
	assert_memory_equal(out + size, want, sizeof(want));
	assert_int_equal(
	    pcapng_encode_tls_keys((struct wire_slice){out, PCAPNG_SNAPLEN + 1}, out, sizeof(out)), -EINVAL);
	size += sizeof(want);
	pcapng_reader_init(&reader);
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(next(out, &at, size), 0);
	assert_int_equal(record.kind, PCAPNG_OTHER);
	assert_int_equal(at, size);
}

/* A section of the other byte order: its interface counts microseconds, is offset by 10 s; a simple packet
 * too. */
static const uint8_t big[] = {
    0x0a, 0x0d, 0x0d, 0x0a, 0,	 0,   0,   28, /* section */
    0x1a, 0x2b, 0x3c, 0x4d, 0,	 1,   0,   0,  0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0,    0,    0,	 28,  0,   0,  0,    1,	   0,	 0,    0,    36, /* interface */
    0,	  1,	0,    0,    0,	 0,   0,   3,					 /* Ethernet, snap length 3 */
    0,	  14,	0,    8,    0,	 0,   0,   0,  0,    0,	   0,	 10,		 /* if_tsoffset: 10 s */
    0,	  0,	0,    0,    0,	 0,   0,   36,					 /* end of options */
    0,	  0,	0,    3,    0,	 0,   0,   20,					 /* simple packet */
    0,	  0,	0,    5,    'x', 'y', 'z', 0,  0,    0,	   0,	 20, /* 5 on the wire, 3 of them here */
    0,	  0,	0,    2,    0,	 0,   0,   36,			     /* obsolete packet block */
    0,	  0,	0,    0,    0,	 0,   0,   0,  0,    0,	   0,	 5,    0,    0,
    0,	  1,	0,    0,    0,	 1,   'q', 0,  0,    0,	   0,	 0,    0,    36,
    0,	  0,	0,    5,    0,	 0,   0,   12, 0,    0,	   0,	 12, /* statistics: skipped */
};

static void the_other_byte_order(void **state)
{
	size_t at = 0;

	(void)state;
	pcapng_reader_init(&reader);
	assert_int_equal(next(big, &at, sizeof(big)), 0);
	assert_int_equal(next(big, &at, sizeof(big)), 0);
	assert_int_equal(record.kind, PCAPNG_INTERFACE);
	assert_int_equal(reader.interface[0].offset_s, 10);
	assert_int_equal(next(big, &at, sizeof(big)), 0);
	assert_int_equal(record.kind, PCAPNG_PACKET);
	wire_check_text(record.data, "xyz");
	assert_int_equal(record.original_length, 5);
	assert_int_equal(next(big, &at, sizeof(big)), 0);
	assert_int_equal(record.time_ns, 10000000000 + 5000);
	wire_check_text(record.data, "q");
	assert_int_equal(next(big, &at, sizeof(big)), 0);
	assert_int_equal(record.kind, PCAPNG_OTHER);
	assert_int_equal(at, sizeof(big));
}

static void classic_files(void **state)
{
	static const uint8_t order[4][4] = {{0xd4, 0xc3, 0xb2, 0xa1},
					    {0xa1, 0xb2, 0xc3, 0xd4},
					    {0x4d, 0x3c, 0xb2, 0xa1},
					    {0xa1, 0xb2, 0x3c, 0x4d}};

	(void)state;
	for (int i = 0; i < 4; i++) {
		uint32_t words[] = {0, 0, 0, 0, 65535, 1, 7, 9, 2, 60};
		uint8_t file[sizeof(words) + 2];
		size_t at = 0;

		words[1] = i % 2 ? 2 << 16 | 4 : 4 << 16 | 2;
		for (size_t w = 0; w < sizeof(words) / 4; w++)
			for (int b = 0; b < 4; b++)
				file[w * 4 + (size_t)b] = (uint8_t)(words[w] >> 8 * (i % 2 ? 3 - b : b));
		memcpy(file, order[i], 4);
		memcpy(file + sizeof(words), "hi", 2);
		pcapng_reader_init(&reader);
		assert_int_equal(next(file, &at, 23), -EAGAIN);
		assert_int_equal(next(file, &at, sizeof(file)), 0);
		assert_int_equal(record.kind, PCAPNG_SECTION);
		assert_int_equal(record.size, 24);
		assert_int_equal(next(file, &at, sizeof(file) - 1), -EAGAIN);
		assert_int_equal(record.size, 18);
		assert_int_equal(next(file, &at, sizeof(file)), 0);
		assert_int_equal(record.time_ns, 7000000000 + (i < 2 ? 9000 : 9));
		wire_check_text(record.data, "hi");
		assert_int_equal(record.original_length, 60);
		assert_int_equal(record.link_type, 1);
	}
}

static void refused(const void *bytes, size_t size, size_t offset, const char *what)
{
	struct wire_error error = {0};

	pcapng_reader_init(&reader);
	assert_int_equal(pcapng_read(&reader, bytes, size, &record, &error), -EBADMSG);
	assert_string_equal(error.what, what);
	assert_int_equal(error.offset, offset);
	assert_false(reader.started);
}

static void files_that_are_not_captures(void **state)
{
	uint8_t copy[sizeof(big)];

	(void)state;
	refused("<?xml version", 13, 0, "neither pcapng nor pcap");
	memcpy(copy, big, sizeof(big));
	copy[8] = 0;
	refused(copy, sizeof(copy), 8, "byte order mark of the section is neither way round");
	memcpy(copy, big, sizeof(big));
	copy[7] = 24;
	refused(copy, sizeof(copy), 4, "block length is too small, no multiple of 4, or over 1 MB");
	memcpy(copy, big, sizeof(big));
	copy[27] = 32;
	refused(copy, sizeof(copy), 24, "block lengths at its two ends differ");
	memcpy(copy, big, sizeof(big));
	copy[13] = 2;
	refused(copy, sizeof(copy), 12, "pcapng version is not 1");
	assert_int_equal(
	    pcapng_encode_packet(&(struct pcapng_packet){.data = {big, PCAPNG_SNAPLEN + 1}}, copy, 8),
	    -EINVAL);
}

static void long_comments_are_cut_between_characters(void **state)
{
	static char comment[2000];
	static uint8_t out[4096];
	size_t at = 0;
	ssize_t n;

	(void)state;
	for (size_t i = 0; i < 999; i++)
		memcpy(comment + 2 * i, "\xc3\xa9", 2);
	n = write_capture(out, sizeof(out)) > 0 ? 0 : -1;
	assert_int_equal(n, 0);
	pcapng_reader_init(&reader);
	while (record.kind != PCAPNG_PACKET)
		assert_int_equal(next(out, &at, sizeof(out)), 0);
	n = pcapng_encode_packet(&(struct pcapng_packet){.data = {big, 1}, .comment = comment}, out,
				 sizeof(out));
	at = 0;
	assert_int_equal(next(out, &at, (size_t)n), 0);
	assert_int_equal(strlen(record.comment), 1022);
	assert_memory_equal(record.comment, comment, 1022);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(written_files_decode_to_the_same),
	    cmocka_unit_test(every_truncation_waits),
	    cmocka_unit_test(every_corruption_is_survived),
	    cmocka_unit_test(secrets_are_a_block),
	    cmocka_unit_test(the_other_byte_order),
	    cmocka_unit_test(classic_files),
	    cmocka_unit_test(files_that_are_not_captures),
	    cmocka_unit_test(long_comments_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
