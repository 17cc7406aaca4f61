#ifndef TESTS_SUPPORT_IMPAIR_TEST_H
#define TESTS_SUPPORT_IMPAIR_TEST_H

/* What the tests of rules on the cables of a switch begin with. Include after nothing else. Frames come in at
 * port 0 untagged in VLAN 10 and leave by port 1; their number is in the payload. */
#include "tests/support/switch_test.h"

#include "wire/ipv4.h"

static inline int rules_setup(void **state)
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

#define RULES_TEST(name) cmocka_unit_test_setup_teardown(name, rules_setup, bench_teardown)

static inline unsigned add(const char *text)
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

/* A member of the rule with that id in the list; -1 when there is no such rule. */
static inline json_int_t counter(unsigned id, const char *key)
{
	json_t *list = switch_core_impair_list(bench.core, bench.now_us), *rule;
	json_int_t value = -1;
	size_t i;

	json_array_foreach (list, i, rule)
		if (json_integer_value(json_object_get(rule, "id")) == id)
			value = json_integer_value(json_object_get(rule, key));
	json_decref(list);
	return value;
}

/* UDP from port 0 to what is at port 1, numbered; dst_port tells kinds apart. */
static inline void send_udp(unsigned number, uint16_t dst_port, int tci)
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

static inline void send_many(unsigned count)
{
	for (unsigned i = 1; i <= count; i++)
		send_udp(i, 5000, -1);
}

/* The numbers of the frames that left by port 1, as "1 2 3"; those that cannot be decoded are "x". */
static inline const char *arrived(void)
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

#endif
