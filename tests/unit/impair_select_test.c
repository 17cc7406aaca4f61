/* Which frames a rule takes: selectors, ports, filters, chance; the reports of a rule; and wrong rules. */
#include "tests/support/impair_test.h"

#include <errno.h>

static void refused(const char *text, const char *reason)
{
	json_t *rule = json_loads(text, JSON_DECODE_ANY, NULL);
	struct fail fail = {0};
	unsigned id;

	assert_non_null(rule);
	assert_true(switch_core_impair_add(bench.core, bench.now_us, rule, &id, &fail) < 0);
	if (!strstr(fail.text, reason))
		fail_msg("%s\nfound:    %s\nexpected: %s", text, fail.text, reason);
	json_decref(rule);
}

static void digest(unsigned id, char text[20])
{
	json_t *list = switch_core_impair_list(bench.core, bench.now_us), *rule;
	size_t i;

	*text = 0;
	json_array_foreach (list, i, rule)
		if (json_integer_value(json_object_get(rule, "id")) == id)
			snprintf(text, 20, "%s", json_string_value(json_object_get(rule, "digest")));
	json_decref(list);
	assert_int_equal(strlen(text), 16);
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
		struct fail fail = {0};
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

static void test_a_rule_expires_after_its_count(void **state)
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
	/* In at the port that receives nothing; out at the cut port, and at the other one. */
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
		struct fail fail = {0};
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

/* The same frames, the same seed: the same frames are touched in the same way. */
static unsigned outcome(uint64_t seed, char *list, size_t size, char sum[20])
{
	char rule[256];
	unsigned id;

	bench_teardown(NULL);
	rules_setup(NULL);
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

/* Every touched frame counts, but not every one is reported. */
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
	struct fail fail = {0};

	(void)state;
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_int_equal(switch_core_impair_clear(bench.core, bench.now_us, 0, &fail), 0);
	assert_int_equal(switch_core_impair_clear(bench.core, bench.now_us, 3, &fail), -ENOENT);
	assert_string_equal(fail.text, "unknown rule 3; list the rules with: impair ls");
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
		"rule: action.dorp: unknown key; did you mean \"drop\"?");
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
	    RULES_TEST(test_selectors),
	    RULES_TEST(test_a_rule_expires_after_its_count),
	    RULES_TEST(test_for_ms),
	    RULES_TEST(test_ports_and_direction),
	    RULES_TEST(test_per_port),
	    RULES_TEST(test_filter_and_tags),
	    RULES_TEST(test_same_seed_same_outcome),
	    RULES_TEST(test_events_are_bounded),
	    RULES_TEST(test_a_switch_without_rules),
	    RULES_TEST(test_wrong_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
