/*
 * Frames with unfinished checksums and frames of many segments become ordinary frames. Each is read by our own decoders,
 * which check sums, and all of them by tshark, which puts the stream together again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/support/command.h"
#include "wire/ipv4.h"
#include "wire/offload.h"

#define ROOM 66000

static uint8_t frame[ROOM], out[ROOM];

/* The parts of a frame. */
struct shape {
	unsigned tags;
	bool ipv6, tcp;
	unsigned extension; /* octets of an IPv6 extension header */
	size_t options, payload;
	uint8_t flags; /* of TCP */
};

static size_t network_of(const struct shape *shape)
{
	return ETHER_HEADER + shape->tags * ETHER_TAG;
}

static size_t transport_of(const struct shape *shape)
{
	return network_of(shape) + (shape->ipv6 ? 40 + shape->extension : 20);
}

static size_t payload_of(const struct shape *shape)
{
	return transport_of(shape) + (shape->tcp ? 20 + shape->options : 8);
}

/* The frame as a stack hands it over: lengths of the whole, checksums unfinished. Its length. */
static size_t build(const struct shape *shape)
{
	static const uint8_t addresses[] = {0x00, 0x11, 0x22, 0xaa, 0xbb, 0x02,
					    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01};
	size_t network = network_of(shape), transport = transport_of(shape),
	       length = payload_of(shape) + shape->payload;
	uint8_t protocol = shape->tcp ? IP_TCP : IP_UDP, *ip = frame + network, *l4 = frame + transport;

	memset(frame, 0, length);
	memcpy(frame, addresses, sizeof(addresses));
	for (unsigned i = 0; i < shape->tags; i++) {
		wire_put16(frame + 12 + 4 * i, i + 1 < shape->tags ? ETHER_QINQ : ETHER_VLAN);
		wire_put16(frame + 14 + 4 * i, (uint16_t)(110 + i));
	}
	wire_put16(frame + network - 2, shape->ipv6 ? ETHER_IPV6 : ETHER_IPV4);
	if (shape->ipv6) {
		ip[0] = 0x60;
		wire_put16(ip + 4, (uint16_t)(length - network - 40));
		ip[6] = shape->extension ? 60 : protocol; /* destination options, padded */
		ip[7] = 64;
		ip[8] = ip[24] = 0xfd;
		ip[23] = 1;
		ip[39] = 2;
		if (shape->extension) {
			ip[40] = protocol;
			ip[41] = (uint8_t)(shape->extension / 8 - 1);
			ip[42] = 1; /* PadN */
			ip[43] = (uint8_t)(shape->extension - 4);
		}
	} else {
		ip[0] = 0x45;
		wire_put16(ip + 2, (uint16_t)(length - network));
		wire_put16(ip + 4, 0xfffe); /* id: it wraps */
		ip[8] = 64;
		ip[9] = protocol;
		memcpy(ip + 12, "\x0a\x6e\x00\x39\x0a\x14\x00\x0b", 8);
		wire_put16(ip + 10, ipv4_checksum(ip, 20, 0));
	}
	wire_put16(l4, 40000);
	wire_put16(l4 + 2, 9999);
	if (shape->tcp) {
		wire_put16(l4 + 4, 0xffff);
		wire_put16(l4 + 6, 0xff00); /* sequence: it wraps */
		l4[12] = (uint8_t)((20 + shape->options) / 4 << 4);
		l4[13] = shape->flags;
		wire_put16(l4 + 14, 1000);
		memset(l4 + 20, 1, shape->options); /* no operation */
	} else {
		wire_put16(l4 + 4, (uint16_t)(length - transport));
	}
	for (size_t i = 0; i < shape->payload; i++)
		frame[payload_of(shape) + i] = (uint8_t)(i * 7 + i / 251);
	/* What a stack leaves in the field: the sum of the pseudo header, not complemented. */
	wire_put16(l4 + (shape->tcp ? 16 : 6),
		   shape->ipv6
		       ? (uint16_t)~ipv4_checksum(ip + 8, 32, (uint32_t)(protocol + length - transport))
		       : (uint16_t)~ipv4_checksum(ip + 12, 8, (uint32_t)(protocol + length - transport)));
	return length;
}

static struct offload offload_of(const struct shape *shape, uint8_t type, uint16_t size)
{
	return (struct offload){.checksum = true,
				.type = type,
				.size = size,
				.checksum_start = transport_of(shape),
				.checksum_offset = shape->tcp ? 16 : 6};
}

/* The sums of an ordinary frame of that shape are right, and its lengths are its own. */
static void check_whole(const struct shape *shape, const uint8_t *data, size_t length)
{
	size_t network = network_of(shape), transport = transport_of(shape);
	const uint8_t *ip = data + network;
	uint8_t protocol = shape->tcp ? IP_TCP : IP_UDP;
	uint32_t sum = (uint32_t)(protocol + length - transport);

	if (shape->ipv6) {
		assert_int_equal(wire_get16(ip + 4), length - network - 40);
		sum += (uint16_t)~ipv4_checksum(ip + 8, 32, 0);
	} else {
		assert_int_equal(wire_get16(ip + 2), length - network);
		assert_int_equal(ipv4_checksum(ip, 20, 0), 0);
		sum += (uint16_t)~ipv4_checksum(ip + 12, 8, 0);
	}
	if (!shape->tcp)
		assert_int_equal(wire_get16(data + transport + 4), length - transport);
	assert_int_equal(ipv4_checksum(data + transport, length - transport, sum), 0);
}

static void test_checksum_only(void **state)
{
	static const struct shape shapes[] = {
	    {.payload = 0},
	    {.payload = 101, .tags = 1},
	    {.tcp = true, .payload = 1400, .flags = TCP_ACK},
	    {.ipv6 = true, .payload = 33},
	    {.ipv6 = true, .tcp = true, .tags = 2, .options = 12, .payload = 999, .flags = TCP_ACK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t length = build(&shapes[i]);
		struct offload offload = offload_of(&shapes[i], OFFLOAD_NONE, 0);
		struct offload_frames frames;

		assert_int_equal(offload_begin(&frames, &offload, frame, length, NULL), 0);
		assert_int_equal(offload_next(&frames, out, sizeof(out)), length);
		check_whole(&shapes[i], out, length);
		assert_int_equal(offload_next(&frames, out, sizeof(out)), 0);
	}
}

/* A UDP checksum that comes out as 0 is sent as 0xffff, because 0 means that there is none. */
static void test_checksum_of_zero(void **state)
{
	const struct shape shape = {.payload = 2};
	size_t length = build(&shape);
	struct offload offload = offload_of(&shape, OFFLOAD_NONE, 0);
	struct offload_frames frames;

	(void)state;
	assert_int_equal(offload_begin(&frames, &offload, frame, length, NULL), 0);
	assert_int_equal(offload_next(&frames, out, sizeof(out)), length);
	/* Add to the payload what the sum lacks. */
	wire_put16(frame + payload_of(&shape),
		   (uint16_t)~ipv4_checksum(frame + payload_of(&shape), 2,
					    wire_get16(out + transport_of(&shape) + 6)));
	assert_int_equal(offload_begin(&frames, &offload, frame, length, NULL), 0);
	assert_int_equal(offload_next(&frames, out, sizeof(out)), length);
	assert_int_equal(wire_get16(out + transport_of(&shape) + 6), 0xffff);
	check_whole(&shape, out, length);
}

static FILE *captured;

static void capture(const uint8_t *data, size_t length)
{
	const uint32_t record[] = {1, 0, (uint32_t)length, (uint32_t)length};

	if (captured)
		assert_true(fwrite(record, sizeof(record), 1, captured) && fwrite(data, length, 1, captured));
}

/* Cut the frame: every segment is whole, and their payloads are the payload. How many there are. */
static unsigned cut(const struct shape *shape, uint8_t type, uint16_t size)
{
	static uint8_t got[ROOM];
	size_t length = build(shape), at = payload_of(shape), transport = transport_of(shape), used = 0;
	struct offload offload = offload_of(shape, type, size);
	struct offload_frames frames;
	unsigned count = 0;
	ssize_t n;

	assert_int_equal(offload_begin(&frames, &offload, frame, length, NULL), 0);
	while ((n = offload_next(&frames, out, sizeof(out))) > 0) {
		bool last = used + (size_t)n - at == shape->payload;

		assert_true((size_t)n - at == size || last);
		check_whole(shape, out, (size_t)n);
		assert_memory_equal(out, frame, network_of(shape));
		if (!shape->ipv6)
			assert_int_equal(wire_get16(out + network_of(shape) + 4), (0xfffe + count) & 0xffff);
		if (shape->tcp) {
			uint8_t flags = shape->flags;

			flags &= (uint8_t)(last ? 0xff : ~(TCP_FIN | TCP_PSH));
			flags &= (uint8_t)(count ? ~0x80 : 0xff);
			assert_int_equal(wire_get32(out + transport + 4), 0xffffff00 + (uint32_t)used);
			assert_int_equal(out[transport + 13], flags);
		}
		memcpy(got + used, out + at, (size_t)n - at);
		used += (size_t)n - at;
		count++;
		capture(out, (size_t)n);
	}
	assert_int_equal(n, 0);
	assert_int_equal(used, shape->payload);
	assert_memory_equal(got, frame + at, used);
	return count;
}

static const struct shape stream = {
    .tcp = true, .options = 12, .payload = 60000, .flags = 0x80 | TCP_ACK | TCP_PSH | TCP_FIN};

static void test_segments(void **state)
{
	struct shape shape = stream;

	(void)state;
	assert_int_equal(cut(&shape, OFFLOAD_TCP4 | OFFLOAD_ECN, 1448), 42);
	shape.tags = 1;
	shape.payload = 1448;
	assert_int_equal(cut(&shape, OFFLOAD_TCP4, 1448), 1);
	shape.payload = 1449;
	assert_int_equal(cut(&shape, OFFLOAD_TCP4, 1448), 2);
	shape.payload = 2896;
	assert_int_equal(cut(&shape, OFFLOAD_TCP4, 1448), 2);
	shape.ipv6 = true;
	assert_int_equal(cut(&shape, OFFLOAD_TCP6, 1000), 3);
	shape.extension = 16;
	assert_int_equal(cut(&shape, OFFLOAD_TCP6, 1000), 3);
	shape = (struct shape){.tags = 2, .payload = 5000};
	assert_int_equal(cut(&shape, OFFLOAD_UDP, 1200), 5);
	shape.ipv6 = true;
	assert_int_equal(cut(&shape, OFFLOAD_UDP, 1), 5000);
	/* Nothing but headers. */
	shape.payload = 0;
	assert_int_equal(cut(&shape, OFFLOAD_UDP, 1200), 1);
}

static int refused(const struct shape *shape, struct offload offload, size_t length)
{
	struct offload_frames frames = {.segments = 77};
	struct wire_error error = {0};
	uint8_t *copy = malloc(length ? length : 1); /* of its size, for the sanitizer */
	int err;

	assert_non_null(copy);
	memcpy(copy, frame, length);
	err = offload_begin(&frames, &offload, copy, length, &error);
	free(copy);
	(void)shape;
	assert_true(err < 0);
	assert_int_equal(frames.segments, 77);
	if (err == -EBADMSG) {
		assert_non_null(error.what);
		assert_true(error.offset <= length);
	}
	return err;
}

static void test_refused(void **state)
{
	struct shape shape = stream;
	struct offload offload = offload_of(&shape, OFFLOAD_TCP4, 1448);
	size_t length = build(&shape);

	(void)state;
	/* Every truncation of the headers. */
	for (size_t n = 0; n < payload_of(&shape); n++)
		assert_int_equal(refused(&shape, offload, n), -EBADMSG);
	offload.size = 0;
	assert_int_equal(refused(&shape, offload, length), -EBADMSG);
	offload = offload_of(&shape, OFFLOAD_TCP6, 1448);
	assert_int_equal(refused(&shape, offload, length), -EBADMSG);
	offload.type = OFFLOAD_UDP;
	assert_int_equal(refused(&shape, offload, length), -EBADMSG);
	offload.type = 3; /* fragments of UDP, which no kernel sends any more */
	assert_int_equal(refused(&shape, offload, length), -EPROTONOSUPPORT);
	frame[12] = 0x99;
	offload.type = OFFLOAD_TCP4;
	assert_int_equal(refused(&shape, offload, length), -EBADMSG);
	/* A checksum field outside of the frame. */
	length = build(&shape);
	offload = offload_of(&shape, OFFLOAD_NONE, 0);
	offload.checksum_start = length - 17;
	assert_int_equal(refused(&shape, offload, length), -EBADMSG);
	offload.checksum_start = SIZE_MAX;
	assert_int_equal(refused(&shape, offload, length), -EBADMSG);
	offload.checksum_start = 34;
	offload.checksum_offset = SIZE_MAX;
	assert_int_equal(refused(&shape, offload, length), -EBADMSG);
}

static void test_no_room(void **state)
{
	size_t length = build(&stream);
	struct offload offload = offload_of(&stream, OFFLOAD_TCP4, 1448);
	struct offload_frames frames;

	(void)state;
	assert_int_equal(offload_begin(&frames, &offload, frame, length, NULL), 0);
	assert_int_equal(offload_next(&frames, out, 1513), -ENOSPC);
	assert_int_equal(offload_next(&frames, out, sizeof(out)), 0);
	offload.type = OFFLOAD_NONE;
	assert_int_equal(offload_begin(&frames, &offload, frame, length, NULL), 0);
	assert_int_equal(offload_next(&frames, out, length - 1), -ENOSPC);
	assert_int_equal(offload_next(&frames, out, sizeof(out)), 0);
}

/* tshark reads what was cut: no bad sum, no gap, no overlap. */
static void test_tshark(void **state)
{
	static const uint32_t header[] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
	char path[] = "/tmp/offload-XXXXXX";
	struct shape shape = stream;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	captured = fdopen(fd, "w");
	assert_non_null(captured);
	assert_true(fwrite(header, sizeof(header), 1, captured));
	cut(&shape, OFFLOAD_TCP4, 1448);
	shape.ipv6 = true;
	cut(&shape, OFFLOAD_TCP6, 1440);
	shape = (struct shape){.tags = 1, .payload = 9000};
	cut(&shape, OFFLOAD_UDP, 1472);
	shape.ipv6 = true;
	cut(&shape, OFFLOAD_UDP, 1452);
	fclose(captured);
	captured = NULL;
	struct command_result all =
	    command_run(60, (const char *[]){"tshark", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o",
					     "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T",
					     "fields", "-e", "frame.number", NULL});
	struct command_result bad = command_run(
	    60, (const char *[]){
		    "tshark", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
		    "-o", "ip.check_checksum:TRUE", "-Y",
		    "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || "
		    "_ws.malformed || tcp.analysis.lost_segment || tcp.analysis.retransmission || "
		    "tcp.analysis.out_of_order || udp.length.bad",
		    NULL});
	unlink(path);
	if (all.status == 127) {
		command_free(&all);
		command_free(&bad);
		skip();
	}
	assert_int_equal(all.status, 0);
	assert_non_null(strstr(all.out, "\n98\n")); /* 42 + 42 + 7 + 7 */
	assert_null(strstr(all.out, "\n99\n"));
	assert_int_equal(bad.status, 0);
	assert_string_equal(bad.out, "");
	command_free(&all);
	command_free(&bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_checksum_only), cmocka_unit_test(test_checksum_of_zero),
	    cmocka_unit_test(test_segments),	  cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_no_room),	  cmocka_unit_test(test_tshark),
	};

	return cmocka_run_group_tests_name("offload", tests, NULL, NULL);
}
