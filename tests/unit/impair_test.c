#include "tests/support/switch_test.h"

#include <errno.h>

#include "wire/edit.h"
#include "wire/ipv4.h"

/* Rules on the cables of a switch: selectors, filters, actions on frames, determinism. Frames come in at port
 * 0 untagged in VLAN 10 and leave by port 1; their number is in the payload. */

static int setup(void **state)
{
	(void)state;
	bench_init(&bench);
	bench_start(&bench);
	for (unsigned i = 0; i < 3; i++)
		bench_plug(&bench, i, SWITCH_POWER_AC, 0);
	/* Port 1 is known: what is for number 2 leaves there only. */
	bench_frame(&bench, 1, 255, 2, -1);
	bench_frame(&bench, 0, 2, 1, -1);
	bench_clear(&bench);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

static unsigned add(const char *text)
{
	json_error_t error;
	json_t *rule = json_loads(text, 0, &error);
	struct fail fail;
	unsigned id;

	if (!rule)
		fail_msg("%s: %s", text, error.text);
	if (switch_core_impair_add(bench.core, bench.now_us, rule, &id, &fail))
		fail_msg("%s: %s", text, fail.text);
	json_decref(rule);
	return id;
}

static void refused(const char *text, const char *reason)
{
	json_t *rule = json_loads(text, JSON_DECODE_ANY, NULL);
	struct fail fail = {""};
	unsigned id;

	assert_non_null(rule);
	assert_true(switch_core_impair_add(bench.core, bench.now_us, rule, &id, &fail) < 0);
	if (!strstr(fail.text, reason))
		fail_msg("%s\nfound:    %s\nexpected: %s", text, fail.text, reason);
	json_decref(rule);
}

/* A member of the rule with that id in the list; -1 when there is no such rule. */
static json_int_t counter(unsigned id, const char *key)
{
	json_t *list = switch_core_impair_list(bench.core, bench.now_us), *rule;
	json_int_t value = -1;
	size_t i;

	json_array_foreach(list, i, rule) if (json_integer_value(json_object_get(rule, "id")) == id) value =
	    json_integer_value(json_object_get(rule, key));
	json_decref(list);
	return value;
}

static void digest(unsigned id, char text[20])
{
	json_t *list = switch_core_impair_list(bench.core, bench.now_us), *rule;
	size_t i;

	*text = 0;
	json_array_foreach(list, i, rule) if (json_integer_value(json_object_get(rule, "id")) == id)
	    snprintf(text, 20, "%s", json_string_value(json_object_get(rule, "digest")));
	json_decref(list);
	assert_int_equal(strlen(text), 16);
}

/* UDP from port 0 to what is at port 1, numbered; dst_port tells kinds apart. */
static void send_udp(unsigned number, uint16_t dst_port, int tci)
{
	uint8_t payload[64] = {(uint8_t)(number >> 8), (uint8_t)number}, frame[256];
	struct udp_frame udp = {.destination_mac = bench_mac(2),
				.source_mac = bench_mac(1),
				.tagged = tci >= 0,
				.tci = (uint16_t)(tci >= 0 ? tci : 0),
				.source = 0x0a0a0001,
				.destination = 0x0a0a0002,
				.source_port = 4000,
				.destination_port = dst_port,
				.payload = {payload, sizeof(payload)}};
	ssize_t length = udp_frame_encode(&udp, frame, sizeof(frame));

	assert_true(length > 0);
	bench_bytes(&bench, 0, frame, (size_t)length);
}

static void send_many(unsigned count)
{
	for (unsigned i = 1; i <= count; i++)
		send_udp(i, 5000, -1);
}

/* The numbers of the frames that left by port 1, as "1 2 3"; those that cannot be decoded are "x". */
static const char *arrived(void)
{
	static char text[8192];

	*text = 0;
	for (unsigned i = 0; i < bench.sent_count; i++) {
		const struct bench_sent *sent = &bench.sent[i];
		struct udp_frame udp;
		size_t used = strlen(text);

		if (sent->count != 1 || sent->port[0] != 1 || sent->frame[0] & 1) /* the switch speaks too */
			continue;
		if (udp_frame_decode(sent->frame, sent->length, &udp, NULL))
			snprintf(text + used, sizeof(text) - used, "%sx", used ? " " : "");
		else
			snprintf(text + used, sizeof(text) - used, "%s%u", used ? " " : "",
				 udp.payload.data[0] << 8 | udp.payload.data[1]);
	}
	return text;
}

static void test_selectors(void **state)
{
	static const struct {
		const char *take, *left;
		unsigned touched;
	} cases[] = {
	    {"{}", "", 8},
	    {"{\"nth\":3}", "1 2 4 5 6 7 8", 1},
	    {"{\"first\":2}", "3 4 5 6 7 8", 2},
	    {"{\"every\":3}", "1 2 4 5 7 8", 2},
	    {"{\"probability\":1}", "", 8},
	};
	char rule[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fail fail;
		unsigned id;

		snprintf(rule, sizeof(rule), "{\"direction\":\"in\",\"take\":%s,\"action\":{\"drop\":{}}}",
			 cases[i].take);
		id = add(rule);
		send_many(8);
		assert_string_equal(arrived(), cases[i].left);
		assert_int_equal(counter(id, "seen"), 8);
		assert_int_equal(counter(id, "matched"), 8);
		assert_int_equal(counter(id, "touched"), cases[i].touched);
		assert_int_equal(switch_core_impair_clear(bench.core, bench.now_us, id, &fail), 1);
		bench_clear(&bench);
	}
	send_many(2);
	assert_string_equal(arrived(), "1 2");
}

static void test_count_then_gone(void **state)
{
	unsigned id;

	(void)state;
	id = add("{\"direction\":\"out\",\"take\":{\"count\":2},\"action\":{\"drop\":{}}}");
	send_many(5);
	assert_string_equal(arrived(), "3 4 5");
	assert_int_equal(counter(id, "seen"), -1);
	assert_true(bench_event(&bench, "impair.clear rule 1: count after 2 touches"));
}

static void test_for_ms(void **state)
{
	unsigned id = add("{\"direction\":\"in\",\"for_ms\":1500,\"action\":{\"drop\":{}}}");

	(void)state;
	send_udp(1, 5000, -1);
	bench_advance(&bench, 1499000);
	send_udp(2, 5000, -1);
	assert_int_equal(counter(id, "left_ms"), 1);
	/* Over at that very time, whether or not the timer has been served. */
	bench.now_us += 1000;
	send_udp(3, 5000, -1);
	assert_string_equal(arrived(), "3");
	bench_advance(&bench, 0);
	assert_int_equal(counter(id, "seen"), -1);
	assert_true(bench_event(&bench, "impair.clear rule 1: time after 2 touches"));
}

static void test_ports_and_direction(void **state)
{
	(void)state;
	add("{\"ports\":[\"Gi1/0/2\"],\"direction\":\"in\",\"action\":{\"drop\":{}}}");
	add("{\"ports\":[\"Gi1/0/1\"],\"direction\":\"out\",\"action\":{\"drop\":{}}}");
	send_many(2);
	assert_string_equal(arrived(), "1 2");
	bench_clear(&bench);
	/* In at the port that hears nothing; out by the one that is cut, and by the one that is not. */
	bench_frame(&bench, 1, 255, 2, -1);
	assert_int_equal(bench.sent_count, 0);
	bench_frame(&bench, 2, 255, 3, -1);
	assert_int_equal(bench_sent_to(&bench, 0), 0);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
}

static void test_per_port(void **state)
{
	(void)state;
	add("{\"direction\":\"in\",\"take\":{\"first\":1,\"per_port\":true},\"action\":{\"drop\":{}}}");
	bench_frame(&bench, 0, 255, 1, -1);
	bench_frame(&bench, 1, 255, 2, -1);
	assert_int_equal(bench.sent_count, 0);
	bench_frame(&bench, 0, 255, 1, -1);
	bench_frame(&bench, 1, 255, 2, -1);
	assert_int_equal(bench_sent_to(&bench, 2), 2);
}

/* A filter speaks of what is carried, tagged or not; a negation too. One that says vlan sees the tag. */
static void test_filter_and_tags(void **state)
{
	static const struct {
		const char *filter;
		unsigned matched; /* of: 5000 untagged, 5001 untagged, 5000 in VLAN 110 */
	} cases[] = {
	    {"udp port 5000", 2},
	    {"not udp port 5000", 1},
	    {"udp dst port 5000 and ip[8] = 64", 2},
	    {"vlan 110", 1},
	    {"not vlan", 2},
	    {"vlan 110 and udp port 5000", 1},
	    {"ether src 02:00:00:00:00:01", 3},
	    {"udp[8:2] = 7", 3},
	    {"", 3},
	    {"arp or icmp", 0},
	};
	char rule[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fail fail;
		unsigned id;

		snprintf(rule, sizeof(rule),
			 "{\"direction\":\"in\",\"filter\":\"%s\",\"action\":{\"drop\":{}}}",
			 cases[i].filter);
		id = add(rule);
		bench_clear(&bench);
		send_udp(7, 5000, -1);
		send_udp(7, 5001, -1);
		send_udp(7, 5000, 110);
		if (counter(id, "matched") != cases[i].matched)
			fail_msg("%s: %d matches", cases[i].filter, (int)counter(id, "matched"));
		switch_core_impair_clear(bench.core, bench.now_us, 0, &fail);
	}
	/* What passes a filter that looked past the tag is as it was. */
	add("{\"direction\":\"in\",\"filter\":\"udp port 9\",\"action\":{\"drop\":{}}}");
	bench_frame(&bench, 1, 255, 2, 110);
	bench_clear(&bench);
	send_udp(7, 5000, 110 | 5 << 13);
	assert_string_equal(arrived(), "7");
}

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

static void test_delay_keeps_order_and_clearing_lets_go(void **state)
{
	struct fail fail;

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
	struct fail fail;
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

/* The same frames, the same seed: the same frames are touched in the same way. */
static unsigned outcome(uint64_t seed, char *list, size_t size, char sum[20])
{
	char rule[256];
	unsigned id;

	bench_teardown(NULL);
	setup(NULL);
	snprintf(rule, sizeof(rule),
		 "{\"direction\":\"in\",\"seed\":%llu,\"take\":{\"probability\":0.3},"
		 "\"action\":{\"corrupt\":{\"bits\":2}}}",
		 (unsigned long long)seed);
	id = add(rule);
	send_many(200);
	snprintf(list, size, "%s", arrived());
	digest(id, sum);
	return (unsigned)counter(id, "touched");
}

static void test_same_seed_same_outcome(void **state)
{
	static char one[8192], other[8192];
	static struct bench_sent sent[200];
	char sum[20], again[20];
	unsigned touched;

	(void)state;
	touched = outcome(7, one, sizeof(one), sum);
	assert_in_range(touched, 30, 90);
	for (unsigned i = 0; i < 200; i++)
		sent[i] = bench.sent[i];
	for (unsigned round = 0; round < 20; round++) {
		assert_int_equal(outcome(7, other, sizeof(other), again), touched);
		assert_string_equal(one, other);
		assert_string_equal(sum, again);
		for (unsigned i = 0; i < 200; i++)
			assert_memory_equal(sent[i].frame, bench.sent[i].frame, sent[i].length);
	}
	outcome(8, other, sizeof(other), again);
	assert_string_not_equal(one, other);
	assert_string_not_equal(sum, again);
}

/* Every touched frame counts, but not every one is told. */
static void test_events_are_bounded(void **state)
{
	unsigned id = add("{\"direction\":\"in\",\"name\":\"flood\",\"action\":{\"drop\":{}}}"), told = 0;

	(void)state;
	send_many(300);
	for (unsigned i = 0; i < bench.event_count; i++)
		told += !strncmp(bench.events[i], "impair.touch ", 13);
	assert_int_equal(told, 32);
	assert_int_equal(counter(id, "touched"), 300);
	assert_true(bench_event(
	    &bench, "impair.touch Gi1/0/1 in: rule 1: drop: UDP 10.10.0.1:4000 > 10.10.0.2:5000"));
	bench_clear(&bench);
	bench_advance(&bench, BENCH_SECOND);
	send_many(1);
	assert_true(bench_event(&bench, "impair.touch "));
}

static void test_a_switch_without_rules(void **state)
{
	json_t *list = switch_core_impair_list(bench.core, bench.now_us);
	struct fail fail = {""};

	(void)state;
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_int_equal(switch_core_impair_clear(bench.core, bench.now_us, 0, &fail), 0);
	assert_int_equal(switch_core_impair_clear(bench.core, bench.now_us, 3, &fail), -ENOENT);
	assert_string_equal(fail.text, "found rule 3, expected one of `impair ls`");
}

static void test_wrong_rules(void **state)
{
	(void)state;
	refused("[]", "rule: found [], expected an object");
	refused("{}", "rule: the key \"action\" is missing");
	refused("{\"action\":{\"drop\":{}}}", "rule: the key \"direction\" is missing");
	refused("{\"direction\":\"up\",\"action\":{\"drop\":{}}}",
		"rule: direction: found \"up\", expected one of \"in\", \"out\"");
	refused("{\"direction\":\"in\",\"action\":{\"dorp\":{}}}",
		"rule: action.dorp: unknown key, did you mean \"drop\"?");
	refused("{\"direction\":\"in\",\"action\":{\"explode\":{}}}",
		"rule: action: found \"explode\", expected one of drop, delay,");
	refused("{\"direction\":\"in\",\"action\":{}}", "expected an object of one member");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{},\"delay\":{\"ms\":1}}}",
		"expected an object of one member");
	refused("{\"direction\":\"in\",\"action\":{\"delay\":{}}}",
		"rule: action.delay: the key \"ms\" is missing");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{\"ms\":1}}}",
		"rule: action.drop: ms: unknown key");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}},\"take\":{\"nth\":0}}",
		"rule: take.nth: found 0, expected an integer from 1");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}},\"take\":{\"nth\":1,\"every\":2}}",
		"found 2 of nth, first, every and probability");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}},\"take\":{\"probability\":1.5}}",
		"rule: take.probability: found 1.5, expected a number above 0 and up to 1");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}},\"ports\":[\"Gi9/0/1\"]}",
		"rule: ports[0]: found port \"Gi9/0/1\", expected Gi1/0/1 to Gi1/0/48");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}},\"filter\":\"udp prot 67\"}",
		"found \"prot\", expected a word of capture filters");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}},\"filter\":\"host phone.example.com\"}",
		"found \"phone.example.com\"");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}},\"filter\":\"udp port\"}",
		"expected a capture filter: ");
	refused("{\"direction\":\"in\",\"action\":{\"strip_dhcp_option\":{\"code\":255}}}",
		"expected an integer from 1 to 254");
	refused("{\"direction\":\"in\",\"action\":{\"set_dhcp_option\":{\"code\":150}}}",
		"found 0 values, expected one of text, hex and addresses");
	refused("{\"direction\":\"in\",\"action\":{\"set_dhcp_option\":{\"code\":150,\"hex\":\"0g\"}}}",
		"expected pairs of hexadecimal digits");
	refused("{\"direction\":\"in\",\"action\":{\"remove_tlv\":{\"protocol\":\"lldp\",\"type\":127}}}",
		"oui and subtype belong to LLDP's type 127");
	refused(
	    "{\"direction\":\"in\",\"action\":{\"remove_tlv\":{\"protocol\":\"cdp\",\"type\":1,\"oui\":2}}}",
	    "CDP has no oui and subtype");
	refused("{\"action\":{\"flap\":{\"down_ms\":1,\"up_ms\":1}}}", "which links flap");
	refused("{\"direction\":\"in\",\"ports\":[\"Gi1/0/"
		"1\"],\"action\":{\"flap\":{\"down_ms\":1,\"up_ms\":1}}}",
		"flap is about links");
	for (unsigned i = 0; i < 64; i++)
		add("{\"direction\":\"in\",\"filter\":\"arp\",\"action\":{\"drop\":{}}}");
	refused("{\"direction\":\"in\",\"action\":{\"drop\":{}}}", "there are 64 rules already");
	send_many(2);
	assert_string_equal(arrived(), "1 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_selectors),
	    TEST(test_count_then_gone),
	    TEST(test_for_ms),
	    TEST(test_ports_and_direction),
	    TEST(test_per_port),
	    TEST(test_filter_and_tags),
	    TEST(test_delay_and_jitter),
	    TEST(test_delay_keeps_order_and_clearing_lets_go),
	    TEST(test_held_frames_of_a_pulled_cable),
	    TEST(test_pool_is_bounded),
	    TEST(test_duplicate),
	    TEST(test_reorder),
	    TEST(test_truncate),
	    TEST(test_corrupt),
	    TEST(test_corrupt_cdp),
	    TEST(test_rate),
	    TEST(test_rate_with_a_queue),
	    TEST(test_flap),
	    TEST(test_vlan_tags),
	    TEST(test_same_seed_same_outcome),
	    TEST(test_events_are_bounded),
	    TEST(test_a_switch_without_rules),
	    TEST(test_wrong_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
