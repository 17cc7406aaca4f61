/*
 * Chance goes by flows: what becomes of the nth frame of a flow does not depend on what else is on the wire.
 */
#include "tests/support/switch_test.h"

#include "switch-sim/core/impair.h"
#include "switch-sim/core/internal.h"
#include "wire/edit.h"
#include "wire/ipv4.h"

#define FRAMES 100

static unsigned rule;

static void begin(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	struct fail fail = {0};

	bench_init(&bench);
	bench_start(&bench);
	for (unsigned i = 0; i < 3; i++)
		bench_plug(&bench, i, SWITCH_POWER_AC, 0);
	bench_frame(&bench, 2, 255, 9, -1); /* number 9 is at port 2 */
	bench_clear(&bench);
	assert_non_null(json);
	assert_int_equal(switch_core_impair_add(bench.core, bench.now_us, json, &rule, &fail), 0);
	json_decref(json);
}

/* UDP into a port, from a port that the kernel might have taken. */
static void send(unsigned port, uint16_t from, uint16_t to, unsigned number)
{
	uint8_t payload[2] = {(uint8_t)(number >> 8), (uint8_t)number}, frame[256];
	struct udp_frame udp = {.destination_mac = bench_mac(9),
				.source_mac = bench_mac(1 + port),
				.source = 0x0a0a0001 + port,
				.destination = 0x0a0a0009,
				.source_port = from,
				.destination_port = to,
				.payload = {payload, sizeof(payload)}};
	ssize_t length = udp_frame_encode(&udp, frame, sizeof(frame));

	assert_true(length > 0);
	bench_bytes(&bench, port, frame, (size_t)length);
}

/* Which of the frames from a port to a UDP port came through, as a string of 0 and 1. */
static void came(unsigned port, uint16_t to, char text[FRAMES + 1])
{
	memset(text, '0', FRAMES);
	text[FRAMES] = 0;
	for (unsigned i = 0; i < bench.sent_count; i++) {
		const struct bench_sent *sent = &bench.sent[i];
		struct udp_frame udp;

		if (sent->frame[0] & 1 || udp_frame_decode(sent->frame, sent->length, &udp, NULL) ||
		    udp.source != 0x0a0a0001 + port || udp.destination_port != to)
			continue;
		text[udp.payload.data[0] << 8 | udp.payload.data[1]] = '1';
	}
}

static void flow_digest(char text[20])
{
	json_t *list = switch_core_impair_list(bench.core, bench.now_us);

	snprintf(text, 20, "%s", json_string_value(json_object_get(json_array_get(list, 0), "flow_digest")));
	json_decref(list);
	assert_int_equal(strlen(text), 16);
}

#define LOSSY "{\"direction\":\"in\",\"seed\":7,\"take\":{\"probability\":0.5},\"action\":{\"drop\":{}}}"

static void mixed_otherwise_and_the_same(void **state)
{
	char alone[3][FRAMES + 1], mixed[FRAMES + 1], one[20], other[20];
	static const struct {
		unsigned port;
		uint16_t to;
	} flows[] = {{0, 5000}, {0, 69}, {1, 5000}};

	(void)state;
	/* One flow after the other. */
	begin(LOSSY);
	for (unsigned f = 0; f < 3; f++)
		for (unsigned i = 0; i < FRAMES; i++)
			send(flows[f].port, 40000, flows[f].to, i);
	for (unsigned f = 0; f < 3; f++)
		came(flows[f].port, flows[f].to, alone[f]);
	flow_digest(one);
	bench_stop(&bench);
	/* Each has a fate of its own. */
	for (unsigned f = 0; f < 3; f++) {
		assert_non_null(strchr(alone[f], '0'));
		assert_non_null(strchr(alone[f], '1'));
		assert_string_not_equal(alone[f], alone[(f + 1) % 3]);
	}
	/* All three at a time, the last one first, with other ports of the sender. */
	begin(LOSSY);
	for (unsigned i = 0; i < FRAMES; i++)
		for (unsigned f = 3; f-- > 0;)
			send(flows[f].port, (uint16_t)(32768 + 7 * i), flows[f].to, i);
	for (unsigned f = 0; f < 3; f++) {
		came(flows[f].port, flows[f].to, mixed);
		assert_string_equal(mixed, alone[f]);
	}
	flow_digest(other);
	assert_string_equal(one, other);
}

static void many_flows(void **state)
{
	json_t *list;

	(void)state;
	/* More flows than the table holds: the rest share a number, and none is lost. */
	begin("{\"direction\":\"in\",\"take\":{\"probability\":1.0},\"action\":{\"drop\":{}}}");
	for (unsigned to = 1; to <= 6000; to++)
		send(0, 40000, (uint16_t)to, 0);
	list = switch_core_impair_list(bench.core, bench.now_us);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "touched")), 6000);
	json_decref(list);
}

static void words(void **state)
{
	static const struct {
		struct impair_flow flow;
		const char *text;
	} cases[] = {
	    {{.kind = EDIT_UDP, .service = 67}, "udp 67"},
	    {{.kind = EDIT_TCP}, "tcp 0"},
	    {{.kind = EDIT_IPV4, .service = 2}, "protocol 2"},
	    {{.kind = EDIT_OTHER, .service = 0x806}, "ethertype 0806"},
	    {{.kind = EDIT_CDP}, "cdp"},
	    {{.kind = EDIT_LLDP}, "lldp"},
	    {{.kind = EDIT_ICMP}, "icmp"},
	};
	char text[IMPAIR_FLOW_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		impair_flow_describe(&cases[i].flow, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void the_key_of_a_flow(void **state)
{
	/* An ARP request, tagged: the EtherType behind the tag. */
	static uint8_t arp[64] = {255, 255, 255,  255, 255, 255, 2, 0, 0, 0,
				  0,   1,   0x81, 0,   0,   110, 8, 6, 0, 1};
	struct impair_frame frame = {.data = arp, .length = sizeof(arp)};
	struct port port = {.index = 3};
	struct impair_flow flow;

	(void)state;
	impair_flow_find(&port, &frame, &flow);
	assert_int_equal(flow.port, 3);
	assert_int_equal(flow.kind, EDIT_OTHER);
	assert_int_equal(flow.service, 0x0806);
	frame.length = 5;
	impair_flow_find(&port, &frame, &flow);
	assert_int_equal(flow.service, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(mixed_otherwise_and_the_same, bench_teardown),
	    cmocka_unit_test_teardown(many_flows, bench_teardown),
	    cmocka_unit_test(words),
	    cmocka_unit_test(the_key_of_a_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
