/* What a rule does to the frames that it takes. */
#include "tests/support/impair_test.h"

#include <errno.h>

#include "wire/edit.h"

static void test_delay_and_jitter(void **state)
{
	uint64_t first = 0, last = 0;
	unsigned id = add("{\"direction\":\"in\",\"action\":{\"delay\":{\"ms\":200,\"jitter_ms\":100}}}");

	(void)state;
	send_many(20);
	assert_string_equal(arrived(), "");
	assert_int_equal(counter(id, "waiting"), 20);
	for (uint64_t ms = 0; ms < 400; ms++) {
		unsigned before = bench.sent_count;

		bench_advance(&bench, 1000);
		if (bench.sent_count > before) {
			first = first ? first : ms + 1;
			last = ms + 1;
		}
	}
	assert_int_equal(bench_sent_to(&bench, 1), 20);
	assert_in_range(first, 100, 200);
	assert_in_range(last, 200, 300);
	assert_int_equal(counter(id, "waiting"), 0);
	assert_int_equal(counter(id, "touched"), 20);
}

static void test_delay_preserves_order_and_clearing_releases_frames(void **state)
{
	struct fail fail = {0};

	(void)state;
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/2\"],\"action\":{\"delay\":{\"ms\":50}}}");
	send_many(3);
	bench_advance(&bench, 49000);
	assert_string_equal(arrived(), "");
	bench_advance(&bench, 1000);
	assert_string_equal(arrived(), "1 2 3");
	send_many(2);
	assert_int_equal(switch_core_impair_clear(bench.core, bench.now_us, 0, &fail), 1);
	assert_string_equal(arrived(), "1 2 3 1 2");
}

static void test_held_frames_of_a_pulled_cable(void **state)
{
	(void)state;
	add("{\"direction\":\"in\",\"action\":{\"delay\":{\"ms\":50}}}");
	send_many(3);
	switch_core_unplug(bench.core, bench.now_us, 0);
	bench_clear(&bench);
	bench_advance(&bench, 100000);
	assert_string_equal(arrived(), "");
}

static void test_pool_is_bounded(void **state)
{
	unsigned id = add("{\"direction\":\"in\",\"action\":{\"delay\":{\"ms\":1000}}}");

	(void)state;
	for (unsigned i = 0; i < 1500; i++)
		send_udp(i, 5000, -1);
	assert_int_equal(counter(id, "waiting"), 1024);
	assert_int_equal(counter(id, "overflowed"), 476);
}

static void test_duplicate(void **state)
{
	(void)state;
	add("{\"direction\":\"in\",\"take\":{\"nth\":2},\"action\":{\"duplicate\":{\"copies\":2}}}");
	/* A later rule sees the copies too. */
	add("{\"direction\":\"in\",\"take\":{\"nth\":3},\"action\":{\"drop\":{}}}");
	send_many(3);
	assert_string_equal(arrived(), "1 2 2 3");
}

static void test_reorder(void **state)
{
	(void)state;
	add("{\"direction\":\"in\",\"filter\":\"udp\",\"take\":{\"nth\":2},"
	    "\"action\":{\"reorder\":{\"after\":2,\"ms\":500}}}");
	send_many(5);
	assert_string_equal(arrived(), "1 3 4 2 5");
	bench_clear(&bench);
	/* Nothing comes behind it: time lets it go. */
	add("{\"direction\":\"in\",\"filter\":\"udp\",\"action\":{\"reorder\":{\"ms\":500}}}");
	send_udp(9, 5000, -1);
	bench_advance(&bench, 499000);
	assert_string_equal(arrived(), "");
	bench_advance(&bench, 1000);
	assert_string_equal(arrived(), "9");
}

static void test_truncate(void **state)
{
	unsigned id = add("{\"direction\":\"in\",\"action\":{\"truncate\":{\"length\":40}}}");

	(void)state;
	send_udp(1, 5000, -1);
	assert_int_equal(bench_last_to(&bench, 1)->length, 40);
	assert_string_equal(arrived(), "x");
	assert_int_equal(counter(id, "touched"), 1);
	/* Shorter ones are no match. */
	add("{\"direction\":\"out\",\"action\":{\"truncate\":{\"length\":200}}}");
	send_udp(1, 5000, -1);
	assert_int_equal(counter(id + 1, "matched"), 0);
}

static unsigned differing_bits(const uint8_t *a, const uint8_t *b, size_t length)
{
	unsigned count = 0;

	for (size_t i = 0; i < length; i++)
		count += (unsigned)__builtin_popcount(a[i] ^ b[i]);
	return count;
}

static void test_corrupt(void **state)
{
	struct bench_sent plain;

	(void)state;
	send_udp(1, 5000, -1);
	plain = *bench_last_to(&bench, 1);
	add("{\"direction\":\"in\",\"take\":{\"count\":50},\"action\":{\"corrupt\":{\"bits\":3}}}");
	for (unsigned i = 0; i < 50; i++) {
		const struct bench_sent *sent;
		struct udp_frame udp;

		send_udp(1, 5000, -1);
		sent = bench_last_to(&bench, 1);
		assert_int_equal(sent->length, plain.length);
		assert_int_equal(differing_bits(sent->frame, plain.frame, plain.length), 3);
		assert_memory_equal(sent->frame, plain.frame, 42); /* headers stay */
		assert_int_equal(udp_frame_decode(sent->frame, sent->length, &udp, NULL), -EBADMSG);
	}
	add("{\"direction\":\"in\",\"action\":{\"corrupt\":{\"bits\":64,\"mend\":true}}}");
	for (unsigned i = 0; i < 50; i++) {
		const struct bench_sent *sent;
		struct udp_frame udp;

		send_udp(1, 5000, -1);
		sent = bench_last_to(&bench, 1);
		assert_int_equal(udp_frame_decode(sent->frame, sent->length, &udp, NULL), 0);
		assert_int_equal(differing_bits(sent->frame + 42, plain.frame + 42, plain.length - 42), 64);
	}
}

static void test_corrupt_cdp(void **state)
{
	struct cdp_message phone = bench_phone_cdp();
	struct mac mac = bench_mac(1);
	uint8_t frame[CDP_FRAME_MAX];
	char *text;
	ssize_t length;

	(void)state;

	length = cdp_frame(&phone, &mac, frame, sizeof(frame));
	add("{\"direction\":\"in\",\"filter\":\"ether dst 01:00:0c:cc:cc:cc\",\"take\":{\"count\":1},"
	    "\"action\":{\"corrupt\":{}}}");
	bench_bytes(&bench, 0, frame, (size_t)length);
	text = bench_show(&bench, "cdp neighbors");
	assert_null(strstr(text, "SEP001122AABB01"));
	free(text);
	bench_bytes(&bench, 0, frame, (size_t)length);
	text = bench_show(&bench, "cdp neighbors");
	assert_non_null(strstr(text, "SEP001122AABB01"));
	free(text);
}

/* 106 bytes each: at 84.8 kbit/s one takes 10 ms. */
static void test_rate(void **state)
{
	unsigned id = add(
	    "{\"direction\":\"in\",\"filter\":\"udp\",\"action\":{\"rate\":{\"kbps\":85,\"burst\":220}}}");

	(void)state;
	send_many(5);
	assert_string_equal(arrived(), "1 2");
	assert_int_equal(counter(id, "touched"), 3);
	bench_advance(&bench, 10000);
	send_many(2);
	assert_string_equal(arrived(), "1 2 1");
	bench_clear(&bench);
	bench_advance(&bench, BENCH_SECOND);
	send_many(2);
	assert_string_equal(arrived(), "1 2");
}

static void test_rate_with_a_queue(void **state)
{
	(void)state;
	add("{\"direction\":\"in\",\"filter\":\"udp\","
	    "\"action\":{\"rate\":{\"kbps\":85,\"burst\":110,\"queue_ms\":20}}}");
	send_many(5);
	assert_string_equal(arrived(), "1");
	bench_advance(&bench, 10000);
	assert_string_equal(arrived(), "1 2");
	bench_advance(&bench, 10000);
	assert_string_equal(arrived(), "1 2 3");
	bench_advance(&bench, BENCH_SECOND);
	assert_string_equal(arrived(), "1 2 3");
}

static void test_flap(void **state)
{
	struct fail fail = {0};
	unsigned id;

	(void)state;
	id = add("{\"ports\":[\"Gi1/0/"
		 "1\"],\"take\":{\"count\":2},\"action\":{\"flap\":{\"down_ms\":100,\"up_ms\":400}}}");
	assert_false(bench.link[0]);
	bench_advance(&bench, 100000);
	assert_true(bench.link[0]);
	bench_advance(&bench, 400000);
	assert_false(bench.link[0]);
	bench_advance(&bench, 100000);
	assert_true(bench.link[0]);
	assert_int_equal(counter(id, "seen"), -1);
	bench_advance(&bench, BENCH_SECOND);
	assert_true(bench.link[0]);
	/* Clearing one that is down brings the link up. */
	add("{\"ports\":[\"Gi1/0/1\"],\"action\":{\"flap\":{\"down_ms\":100000,\"up_ms\":1}}}");
	assert_false(bench.link[0]);
	switch_core_impair_clear(bench.core, bench.now_us, 0, &fail);
	assert_true(bench.link[0]);
}

static void test_vlan_tags(void **state)
{
	uint16_t tci;

	(void)state;
	bench_frame(&bench, 1, 255, 2, 110);
	bench_clear(&bench);
	add("{\"direction\":\"in\",\"ports\":[\"Gi1/0/1\"],\"take\":{\"count\":1},"
	    "\"action\":{\"set_vlan\":{\"vlan\":110,\"priority\":5}}}");
	send_udp(1, 5000, -1);
	assert_true(bench_last_tag(&bench, 1, &tci));
	assert_int_equal(tci, 110 | 5 << 13);
	assert_string_equal(arrived(), "1");
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/"
	    "2\"],\"take\":{\"count\":1},\"action\":{\"strip_vlan\":{}}}");
	send_udp(2, 5000, 110);
	assert_false(bench_last_tag(&bench, 1, &tci));
	/* Into another VLAN, the priority kept: that VLAN is not the port's. */
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/2\"],\"action\":{\"set_vlan\":{\"vlan\":20}}}");
	send_udp(3, 5000, 110 | 3 << 13);
	assert_true(bench_last_tag(&bench, 1, &tci));
	assert_int_equal(tci, 20 | 3 << 13);
	assert_string_equal(arrived(), "1 2 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RULES_TEST(test_delay_and_jitter),
	    RULES_TEST(test_delay_preserves_order_and_clearing_releases_frames),
	    RULES_TEST(test_held_frames_of_a_pulled_cable),
	    RULES_TEST(test_pool_is_bounded),
	    RULES_TEST(test_duplicate),
	    RULES_TEST(test_reorder),
	    RULES_TEST(test_truncate),
	    RULES_TEST(test_corrupt),
	    RULES_TEST(test_corrupt_cdp),
	    RULES_TEST(test_rate),
	    RULES_TEST(test_rate_with_a_queue),
	    RULES_TEST(test_flap),
	    RULES_TEST(test_vlan_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
