/* IPv4, UDP and TCP headers with their checksums; whole UDP frames. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/ipv4.h"

/* A TFTP acknowledgement from 10.110.0.57 to 10.20.0.3, then 3 bytes of link padding. */
static const uint8_t tftp_ack[] = {
    0x45,		    /* version 4, header 5 words */
    0x60,		    /* CS3 */
    0x00, 0x20,		    /* total length 32 */
    0x12, 0x34,		    /* identification */
    0x40, 0x00,		    /* don't fragment */
    0x40,		    /* time to live 64 */
    0x11,		    /* UDP */
    0x13, 0x7c,		    /* header checksum */
    0x0a, 0x6e, 0x00, 0x39, /* 10.110.0.57 */
    0x0a, 0x14, 0x00, 0x03, /* 10.20.0.3 */
    0xc0, 0x00, 0x00, 0x45, /* ports 49152 and 69 */
    0x00, 0x0c,		    /* UDP length 12 */
    0x2a, 0xce,		    /* UDP checksum */
    0x00, 0x04, 0x00, 0x01, /* payload: acknowledgement of block 1 */
    0x00, 0x00, 0x00,	    /* padding */
};

/* The same datagram with a router alert option (94 04 00 00), an odd payload, no UDP checksum. */
static const uint8_t with_options[] = {
    0x46, 0x00, 0x00, 0x21,			    /* header 6 words, total 33 */
    0x00, 0x00, 0x00, 0x00, 0x01, 0x11,		    /* may be fragmented, TTL 1, UDP */
    0x3a, 0x20,					    /* header checksum */
    0x0a, 0x6e, 0x00, 0x39, 0xe0, 0x00, 0x00, 0x01, /* to 224.0.0.1 */
    0x94, 0x04, 0x00, 0x00,			    /* router alert */
    0x00, 0x01, 0x00, 0x02, 0x00, 0x09, 0x00, 0x00, /* UDP, checksum 0: none */
    0x55,
};

static int decode_ip(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return ipv4_decode(data, length, message, error);
}

/* Both layers; the message is the datagram. */
static int decode_udp(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	struct ipv4_packet ip;
	int err = ipv4_decode(data, length, &ip, error);

	return err < 0 ? err : udp_decode(&ip, message, error);
}

static void a_datagram(void **state)
{
	struct ipv4_packet ip;
	struct udp_datagram udp;
	uint8_t data[64];

	(void)state;
	assert_int_equal(ipv4_decode(tftp_ack, sizeof(tftp_ack), &ip, NULL), 0);
	assert_int_equal(ip.tos, 0x60);
	assert_int_equal(ip.id, 0x1234);
	assert_true(ip.dont_fragment);
	assert_false(ipv4_is_fragment(&ip));
	assert_int_equal(ip.ttl, 64);
	assert_int_equal(ip.protocol, IP_UDP);
	assert_int_equal(ip.source, 0x0a6e0039);
	assert_int_equal(ip.destination, 0x0a140003);
	assert_int_equal(ip.options.length, 0);
	assert_int_equal(ip.payload.length, 12);
	assert_int_equal(udp_decode(&ip, &udp, NULL), 0);
	assert_int_equal(udp.source_port, 49152);
	assert_int_equal(udp.destination_port, 69);
	assert_false(udp.no_checksum);
	assert_int_equal(udp.payload.length, 4);
	wire_check_bytes(data, ipv4_encode(&ip, data, sizeof(data)), tftp_ack, sizeof(tftp_ack) - 3);
	wire_check_bytes(data, udp_encode(&udp, ip.source, ip.destination, data, sizeof(data)), tftp_ack + 20,
			 12);
	for (size_t size = 0; size < 32; size++)
		assert_int_equal(ipv4_encode(&ip, data, size), -ENOSPC);
	assert_int_equal(wire_check_truncations(tftp_ack, sizeof(tftp_ack), decode_ip, sizeof(ip)), 3);
	assert_int_equal(wire_check_truncations(tftp_ack, sizeof(tftp_ack), decode_udp, sizeof(udp)), 3);
	wire_check_corruptions(tftp_ack, sizeof(tftp_ack), decode_udp, sizeof(udp));
}

static void options_are_skipped_and_no_checksum_is_taken(void **state)
{
	struct ipv4_packet ip;
	struct udp_datagram udp;
	uint8_t data[64];

	(void)state;
	assert_int_equal(ipv4_decode(with_options, sizeof(with_options), &ip, NULL), 0);
	assert_int_equal(ip.options.length, 4);
	assert_int_equal(ip.payload.length, 9);
	assert_int_equal(udp_decode(&ip, &udp, NULL), 0);
	assert_true(udp.no_checksum);
	assert_int_equal(udp.payload.length, 1);
	wire_check_bytes(data, ipv4_encode(&ip, data, sizeof(data)), with_options, sizeof(with_options));
	wire_check_bytes(data, udp_encode(&udp, ip.source, ip.destination, data, sizeof(data)),
			 with_options + 24, 9);
	assert_int_equal(wire_check_truncations(with_options, sizeof(with_options), decode_udp, sizeof(udp)),
			 0);
}

static void every_flipped_bit_is_seen(void **state)
{
	uint8_t data[32];

	(void)state;
	for (size_t bit = 0; bit < sizeof(data) * 8; bit++) {
		struct udp_datagram udp;

		memcpy(data, tftp_ack, sizeof(data));
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(decode_udp(data, sizeof(data), &udp, NULL), -EBADMSG);
	}
}

static void bad_fields_are_named(void **state)
{
	const struct {
		size_t at;
		uint8_t value;
		size_t offset;
		const char *what;
	} bad[] = {
	    {0, 0x65, 0, "IP version is not 4"},
	    {0, 0x44, 0, "IPv4 header length under 20"},
	    {3, 0x40, 2, "IPv4 total length beyond the frame"},
	    {3, 0x10, 2, "IPv4 total length under the header length"},
	    {10, 0x00, 10, "IPv4 header checksum is wrong"},
	    {25, 0x07, 4, "UDP length under 8"},
	    {25, 0x0d, 4, "UDP length beyond the packet"},
	    {31, 0x02, 6, "UDP checksum is wrong"},
	};
	uint8_t data[sizeof(tftp_ack)];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memcpy(data, tftp_ack, sizeof(data));
		data[bad[i].at] = bad[i].value;
		wire_check_refused(data, sizeof(data), decode_udp, sizeof(struct udp_datagram), bad[i].offset,
				   bad[i].what);
	}
}

static void fragments_are_detected(void **state)
{
	struct ipv4_packet ip = {.ttl = 1, .protocol = IP_UDP, .more_fragments = true}, back;
	uint8_t data[64];

	(void)state;
	assert_int_equal(ipv4_encode(&ip, data, sizeof(data)), 20);
	assert_int_equal(ipv4_decode(data, 20, &back, NULL), 0);
	assert_true(ipv4_is_fragment(&back));
	ip.more_fragments = false;
	ip.fragment_offset = 1480;
	assert_int_equal(ipv4_encode(&ip, data, sizeof(data)), 20);
	assert_int_equal(ipv4_decode(data, 20, &back, NULL), 0);
	assert_true(ipv4_is_fragment(&back));
	assert_int_equal(back.fragment_offset, 1480);
	ip.fragment_offset = 1481;
	assert_int_equal(ipv4_encode(&ip, data, sizeof(data)), -EINVAL);
}

static void whole_frames_round_trip(void **state)
{
	char text[1472 + 1];
	uint8_t data[ETHER_FRAME_MAX];
	struct udp_frame f, back;
	struct rng rng;
	ssize_t length;

	(void)state;
	rng_seed(&rng, 3, "ipv4");
	for (int i = 0; i < 2000; i++) {
		f = (struct udp_frame){
		    .destination_mac = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		    .source_mac = {{0, 1, 2, 3, 4, (uint8_t)i}},
		    .tagged = wire_check_coin(&rng),
		    .tos = (uint8_t)rng_next(&rng),
		    .ttl = (uint8_t)rng_range(&rng, 1, 255),
		    .id = (uint16_t)rng_next(&rng),
		    .source = wire_check_random(&rng),
		    .destination = wire_check_random(&rng),
		    .source_port = (uint16_t)rng_next(&rng),
		    .destination_port = (uint16_t)rng_next(&rng),
		    .payload = wire_check_random_slice(&rng, text, 0, 1472),
		};
		f.tci = f.tagged ? ether_tci((uint16_t)i, 3) : 0;
		length = udp_frame_encode(&f, data, sizeof(data));
		assert_true(length >= 42);
		length = ether_pad(data, (size_t)length, sizeof(data));
		assert_int_equal(udp_frame_decode(data, (size_t)length, &back, NULL), 0);
		assert_memory_equal(&back.source_mac, &f.source_mac, 6);
		assert_int_equal(back.tagged, f.tagged);
		assert_int_equal(back.tci, f.tci);
		assert_int_equal(back.tos, f.tos);
		assert_int_equal(back.ttl, f.ttl);
		assert_int_equal(back.id, f.id);
		assert_int_equal(back.source, f.source);
		assert_int_equal(back.destination, f.destination);
		assert_int_equal(back.source_port, f.source_port);
		assert_int_equal(back.destination_port, f.destination_port);
		assert_true(wire_slice_equal(back.payload, f.payload));
		assert_int_equal(udp_frame_encode(&f, data, 42 + f.payload.length - 1), -ENOSPC);
	}
}

static void a_checksum_that_comes_out_as_zero_is_sent_as_ones(void **state)
{
	uint8_t payload[2] = {0, 0}, data[10];
	struct udp_datagram d = {1, 2, false, {payload, sizeof(payload)}};
	uint16_t sum;

	(void)state;
	/* Choose the payload so that the sum over everything is FFFF. */
	assert_int_equal(udp_encode(&d, 0, 0, data, sizeof(data)), 10);
	sum = (uint16_t)(data[6] << 8 | data[7]);
	payload[0] = (uint8_t)(sum >> 8);
	payload[1] = (uint8_t)sum;
	assert_int_equal(udp_encode(&d, 0, 0, data, sizeof(data)), 10);
	assert_memory_equal(data + 6, "\xff\xff", 2);
}

static void errors_of_inner_layers_count_from_the_frame(void **state)
{
	uint8_t data[14 + sizeof(tftp_ack)] = {[12] = 0x08, [13] = 0x00};
	struct udp_frame f;
	struct wire_error error;

	(void)state;
	memcpy(data + 14, tftp_ack, sizeof(tftp_ack));
	assert_int_equal(udp_frame_decode(data, sizeof(data), &f, NULL), 0);
	data[14 + 31] ^= 1;
	assert_int_equal(udp_frame_decode(data, sizeof(data), &f, &error), -EBADMSG);
	assert_int_equal(error.offset, 14 + 20 + 6);
	data[14 + 12] ^= 1;
	assert_int_equal(udp_frame_decode(data, sizeof(data), &f, &error), -EBADMSG);
	assert_int_equal(error.offset, 14 + 10);
	data[13] = 0x06;
	assert_int_equal(udp_frame_decode(data, sizeof(data), &f, &error), -ENOMSG);
}

/* A SYN to port 5060 with the maximum segment size option. */
static void a_tcp_header(void **state)
{
	static const uint8_t syn[] = {
	    0xc0, 0x01, 0x13, 0xc4, /* ports 49153 and 5060 */
	    0x01, 0x02, 0x03, 0x04, /* sequence */
	    0x00, 0x00, 0x00, 0x00, /* acknowledgement */
	    0x60, 0x02,		    /* header 6 words, SYN */
	    0xfa, 0xf0,		    /* window 64240 */
	    0xb0, 0xac, 0x00, 0x00, /* checksum, urgent pointer */
	    0x02, 0x04, 0x05, 0xb4, /* maximum segment size 1460 */
	};
	struct ipv4_packet ip = {.protocol = IP_TCP, .source = 0x0a6e0039, .destination = 0x0a140003};
	struct tcp_segment s;
	struct wire_error error;
	uint8_t data[sizeof(syn)];

	(void)state;
	memcpy(data, syn, sizeof(syn));
	ip.payload = (struct wire_slice){data, sizeof(data)};
	assert_int_equal(tcp_decode(&ip, &s, NULL), 0);
	assert_int_equal(s.destination_port, 5060);
	assert_int_equal(s.sequence, 0x01020304);
	assert_int_equal(s.flags, TCP_SYN);
	assert_int_equal(s.window, 64240);
	assert_int_equal(s.payload.length, 0);
	for (size_t n = 0; n < sizeof(syn); n++) {
		uint8_t *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut, syn, n);
		ip.payload = (struct wire_slice){cut, n};
		assert_int_equal(tcp_decode(&ip, &s, NULL), -EBADMSG);
		free(cut);
	}
	ip.payload = (struct wire_slice){data, sizeof(data)};
	data[12] = 0x70;
	assert_int_equal(tcp_decode(&ip, &s, &error), -EBADMSG);
	assert_int_equal(error.offset, 12);
	data[12] = 0x40;
	assert_int_equal(tcp_decode(&ip, &s, &error), -EBADMSG);
	assert_int_equal(error.offset, 12);
	data[12] = 0x60;
	data[0] ^= 1;
	assert_int_equal(tcp_decode(&ip, &s, &error), -EBADMSG);
	assert_string_equal(error.what, "TCP checksum is wrong");
}

static void addresses_as_text(void **state)
{
	const char *const bad[] = {"",		 "10.0.0",   "10.0.0.",	   "10.0.0.1.", "10.0.0.256",
				   "10.0.0.01",	 "10..0.1",  "a.b.c.d",	   "10.0.0.1 ", " 10.0.0.1",
				   "1000.0.0.1", "-1.0.0.1", "10.0.0.1/24"};
	char text[IPV4_TEXT];
	uint32_t address = 7;

	(void)state;
	ipv4_format(0xffffffff, text);
	assert_string_equal(text, "255.255.255.255");
	ipv4_format(0x0a6e0039, text);
	assert_string_equal(text, "10.110.0.57");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(ipv4_parse(&address, bad[i]), -EINVAL);
	assert_int_equal(address, 7);
	assert_int_equal(ipv4_parse(&address, "10.110.0.57"), 0);
	assert_int_equal(address, 0x0a6e0039);
	assert_int_equal(ipv4_parse(&address, "0.0.0.0"), 0);
	assert_int_equal(address, 0);
}

static void masks(void **state)
{
	(void)state;
	for (unsigned length = 0; length <= 32; length++)
		assert_int_equal(ipv4_mask_length(ipv4_mask(length)), length);
	assert_true(ipv4_mask(22) == 0xfffffc00);
	assert_int_equal(ipv4_mask_length(0xff00ff00), -EINVAL);
	assert_int_equal(ipv4_mask_length(0x00ffffff), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_datagram),
	    cmocka_unit_test(options_are_skipped_and_no_checksum_is_taken),
	    cmocka_unit_test(every_flipped_bit_is_seen),
	    cmocka_unit_test(bad_fields_are_named),
	    cmocka_unit_test(fragments_are_detected),
	    cmocka_unit_test(whole_frames_round_trip),
	    cmocka_unit_test(a_checksum_that_comes_out_as_zero_is_sent_as_ones),
	    cmocka_unit_test(errors_of_inner_layers_count_from_the_frame),
	    cmocka_unit_test(a_tcp_header),
	    cmocka_unit_test(addresses_as_text),
	    cmocka_unit_test(masks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
