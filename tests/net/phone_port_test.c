#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <event2/event.h>

#include "cable/raw.h"
#include "phone-sim/driver/port.h"
#include "tests/support/sandbox.h"
#include "tests/support/toy_switch.h"
#include "wire/arp.h"
#include "wire/ipv4.h"

/* The port of a phone: what its stack answers in the voice VLAN, and that it answers nothing untagged. */
#define PANEL	 "/tmp/toy.panel"
#define VOICE	 110
#define PHONE_IP 0x0a6e0032u /* 10.110.0.50 */
#define UNTAGGED 0x0a6e004du /* the askers: .77 asks without a tag, .78 in the voice VLAN */
#define TAGGED	 0x0a6e004eu

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

struct bench {
	struct toy_switch *toy;
	struct event_base *base;
	struct port *port;
	bool link;
	struct raw *wire; /* receives what the phone sends */
	unsigned replies[2], resolved[2],
	    wrong; /* to the asker without and with a tag; frames in another VLAN */
};

static const struct mac phone_mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
static const struct mac asker_mac = {{0x02, 0x00, 0x00, 0x00, 0x00, 0x77}};

static void on_plugged(void *arg, const struct panel_plugged *plugged)
{
	(void)arg;
	(void)plugged;
}

static void on_refused(void *arg, bool missing, const char *code, const char *reason)
{
	(void)arg;
	(void)missing;
	fail_msg("refused: %s: %s", code, reason);
}

static void on_text(void *arg, const char *reason)
{
	(void)arg;
	fail_msg("%s", reason);
}

static void on_power(void *arg, const struct panel_power *power)
{
	(void)arg;
	(void)power;
}

static void on_link(void *arg, bool up)
{
	struct bench *bench = arg;

	bench->link = up;
}

static void on_frame(void *arg, const uint8_t *bytes, size_t length)
{
	(void)arg;
	(void)bytes;
	(void)length;
}

static void on_relayed(void *arg)
{
	(void)arg;
}

static const struct port_calls calls = {.plugged = on_plugged,
					.refused = on_refused,
					.unplugged = on_text,
					.power = on_power,
					.link = on_link,
					.frame = on_frame,
					.relayed = on_relayed,
					.trouble = on_text};

static bool linked(void *arg)
{
	struct bench *bench = arg;

	event_base_loop(bench->base, EVLOOP_NONBLOCK);
	return bench->link;
}

static void set_up(struct bench *bench, enum vlan_backend backend)
{
	struct port_options options = {.panel = PANEL,
				       .plug = {.node = "phone", .interface = "eth0", .mac = phone_mac},
				       .own_namespace = true,
				       .vlan_backend = backend,
				       .calls = &calls,
				       .arg = bench};
	struct raw_options listen = {.interface = "port1"};

	*bench = (struct bench){.toy = toy_switch_new(PANEL), .base = event_base_new()};
	assert_non_null(bench->toy);
	options.base = bench->base;
	ok(port_new(&bench->port, &options, &why));
	port_plug(bench->port);
	assert_true(toy_switch_serve(bench->toy, 10000, -1, linked, bench));
	ok(raw_open(&bench->wire, -1, &listen, &why));
}

static void tear_down(struct bench *bench)
{
	raw_close(bench->wire);
	port_end(bench->port);
	port_free(bench->port);
	event_base_free(bench->base);
	toy_switch_free(bench->toy);
}

/* ARP for the phone's address, and a datagram to a closed port of it: to answer with ICMP, it resolves the asker. */
static void ask(struct bench *bench, uint32_t asker, const uint16_t *tci)
{
	const struct arp_packet request = arp_request(&asker_mac, asker, PHONE_IP);
	const struct udp_frame datagram = {.destination_mac = phone_mac,
					   .source_mac = asker_mac,
					   .tagged = tci != NULL,
					   .tci = tci ? *tci : 0,
					   .source = asker,
					   .destination = PHONE_IP,
					   .source_port = 4000,
					   .destination_port = 4001,
					   .payload = {(const uint8_t *)"hello", 5}};
	uint8_t frame[200];
	ssize_t length = arp_frame(&request, &asker_mac, tci, frame, sizeof(frame));

	assert_true(length > 0);
	ok(raw_send(bench->wire, frame, (size_t)length));
	length = udp_frame_encode(&datagram, frame, sizeof(frame));
	assert_true(length > 0);
	ok(raw_send(bench->wire, frame, (size_t)length));
}

static void note(struct bench *bench, const uint8_t *bytes, size_t length)
{
	struct wire_error error;
	struct ether_frame frame;
	struct arp_packet packet;
	bool tagged;

	if (ether_decode(bytes, length, &frame, &error) || frame.type != ETHER_ARP ||
	    arp_decode(frame.payload.data, frame.payload.length, &packet, &error) ||
	    (packet.target_ip != TAGGED && packet.target_ip != UNTAGGED))
		return;
	tagged = packet.target_ip == TAGGED;
	bench->wrong += frame.tags != 1 || ether_tci_vid(frame.tag[0].tci) != VOICE;
	if (packet.operation == ARP_REPLY)
		bench->replies[tagged]++;
	else
		bench->resolved[tagged]++;
}

static bool answered(void *arg)
{
	struct bench *bench = arg;
	uint8_t frame[RAW_FRAME_MAX];
	ssize_t length;

	event_base_loop(bench->base, EVLOOP_NONBLOCK);
	while ((length = raw_receive(bench->wire, frame, sizeof(frame))) > 0)
		note(bench, frame, (size_t)length);
	return bench->replies[true] && bench->resolved[true];
}

static void check_answers(enum vlan_backend backend)
{
	const uint16_t tci = VOICE;
	struct bench bench;

	set_up(&bench, backend);
	port_set_vlan(bench.port, VOICE);
	port_set_address(bench.port, PHONE_IP, 24, 0x0a6e0001);
	ask(&bench, UNTAGGED, NULL);
	ask(&bench, TAGGED, &tci);
	/* The frames arrive in the order of their sending: an answer to the first two would have come before. */
	assert_true(toy_switch_serve(bench.toy, 10000, -1, answered, &bench));
	assert_int_equal(bench.replies[false], 0);
	assert_int_equal(bench.resolved[false], 0);
	assert_int_equal(bench.wrong, 0);
	tear_down(&bench);
}

static void test_user_vlan(void **state)
{
	(void)state;
	check_answers(VLAN_USER);
}

/* The kernel's VLAN link where it has one: the suite uml runs this too. */
static void test_kernel_vlan(void **state)
{
	(void)state;
	check_answers(VLAN_AUTO);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
	    cmocka_unit_test(test_user_vlan),
	    cmocka_unit_test(test_kernel_vlan),
	};

	return cmocka_run_group_tests(list, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
