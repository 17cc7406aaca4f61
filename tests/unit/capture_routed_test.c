#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "phonelab/lab/capture_routed.h"
#include "wire/ipv4.h"

/* Which frames a capture takes for a router's copy of a packet that it contains already. */

#define SECOND UINT64_C(1000000000)

static struct capture_routed *routed;

static int set_up(void **state)
{
	(void)state;
	routed = calloc(1, sizeof(*routed));
	return routed ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(routed);
	return 0;
}

/* A datagram in a frame of that sender. */
static bool note(uint8_t sender, uint8_t ttl, uint16_t id, const char *text, uint64_t time_ns)
{
	const struct udp_frame datagram = {.source_mac = {{2, 0, 0, 0, 0, sender}},
					   .destination_mac = {{2, 0, 0, 0, 1, sender}},
					   .ttl = ttl,
					   .id = id,
					   .source = 0x0a6e0032,
					   .destination = 0x0a140003,
					   .source_port = 4000,
					   .destination_port = 69,
					   .payload = {(const uint8_t *)text, strlen(text)}};
	uint8_t frame[200] = {0};
	ssize_t length = udp_frame_encode(&datagram, frame, sizeof(frame));

	assert_true(length > 0);
	/* Padding of the link is no part of the packet. */
	memset(frame + length, sender, 20);
	return capture_routed_note(routed, frame, (size_t)length + 20, time_ns);
}

static void test_copy_of_a_router(void **state)
{
	(void)state;
	assert_false(note(1, 64, 7, "hello", SECOND));
	assert_true(note(2, 63, 7, "hello", SECOND + 1000));
	assert_true(note(3, 62, 7, "hello", SECOND + 2000));  /* of the next router */
	assert_false(note(1, 64, 7, "hello", SECOND + 3000)); /* sent again */
	assert_true(note(2, 63, 7, "hello", SECOND + 4000));
}

/* The kernel shows the copy first. */
static void test_other_order(void **state)
{
	(void)state;
	assert_false(note(2, 63, 7, "hello", SECOND));
	assert_true(note(1, 64, 7, "hello", SECOND + 1000));
	assert_true(note(3, 62, 7, "hello", SECOND + 2000));
}

/* A thousand packets between a packet and its copy. */
static void test_many_packets(void **state)
{
	(void)state;
	for (uint16_t id = 1; id < 3000; id++) {
		assert_false(note(1, 64, id, "hello", SECOND + id));
		if (id > 1000)
			assert_true(note(2, 63, (uint16_t)(id - 1000), "hello", SECOND + id));
	}
}

static void test_other_packets(void **state)
{
	(void)state;
	assert_false(note(1, 64, 7, "hello", SECOND));
	assert_false(note(1, 64, 7, "hello", SECOND));	   /* sent again */
	assert_false(note(2, 63, 8, "hello", SECOND + 1)); /* another identification */
	assert_false(note(2, 63, 7, "hallo", SECOND + 1)); /* another payload */
	assert_false(note(1, 64, 9, "late", SECOND));
	assert_false(note(2, 63, 9, "late", SECOND + SECOND)); /* too late */
}

static void test_no_ipv4(void **state)
{
	uint8_t frame[60] = {[12] = 0x08, [13] = 0x06};

	(void)state;
	assert_false(capture_routed_note(routed, frame, sizeof(frame), 1));
	assert_false(capture_routed_note(routed, frame, sizeof(frame), 2));
	frame[13] = 0;
	assert_false(capture_routed_note(routed, frame, 33, 3)); /* no whole header */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_copy_of_a_router, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_other_order, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_many_packets, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_other_packets, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_ipv4, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
