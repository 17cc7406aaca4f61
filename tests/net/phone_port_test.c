#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <event2/event.h>

#include "cable/netns.h"
#include "cable/raw.h"
#include "cable/rtnl.h"
#include "phone-sim/driver/link_watch.h"
#include "phone-sim/driver/port_internal.h"
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

/* The toy switch keeps two files for a plug: the connection, and the namespace. */
#define OF_THE_SWITCH 2

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

struct bench {
	struct toy_switch *toy;
	struct event_base *base;
	struct link_watch *watch;
	struct port *port;
	bool link;
	struct raw *wire; /* receives what the phone sends */
	struct raw *lane; /* the same of its lane, at the toy switch */
	const char *want; /* the trouble that is expected; NULL: none */
	unsigned troubles;
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

static void on_trouble(void *arg, const char *reason)
{
	struct bench *bench = arg;

	if (!bench->want || !strstr(reason, bench->want))
		fail_msg("%s", reason);
	bench->troubles++;
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
					.trouble = on_trouble};

static bool linked(void *arg)
{
	struct bench *bench = arg;

	event_base_loop(bench->base, EVLOOP_NONBLOCK);
	return bench->link;
}

/* A phone at the toy switch, plugged in, with its link up. */
static void make_port(struct bench *bench, enum vlan_backend backend)
{
	struct port_options options = {.base = bench->base,
				       .watch = bench->watch,
				       .panel = PANEL,
				       .plug = {.node = "phone", .interface = "eth0", .mac = phone_mac},
				       .own_namespace = true,
				       .vlan_backend = backend,
				       .calls = &calls,
				       .arg = bench};

	ok(port_new(&bench->port, &options, &why));
	port_plug(bench->port);
	assert_true(toy_switch_serve(bench->toy, 10000, -1, linked, bench));
}

static void set_up_lanes(struct bench *bench, enum vlan_backend backend, enum toy_switch_lanes lanes)
{
	struct raw_options listen = {.interface = "port1"};

	*bench = (struct bench){.toy = toy_switch_new(PANEL), .base = event_base_new()};
	assert_non_null(bench->toy);
	toy_switch_lanes(bench->toy, lanes);
	ok(link_watch_new(&bench->watch, bench->base, &why));
	make_port(bench, backend);
	ok(raw_open(&bench->wire, -1, &listen, &why));
}

static void set_up(struct bench *bench, enum vlan_backend backend)
{
	set_up_lanes(bench, backend, TOY_LANES_REFUSED);
}

static void tear_down(struct bench *bench)
{
	raw_close(bench->lane);
	raw_close(bench->wire);
	port_end(bench->port);
	port_free(bench->port);
	link_watch_free(bench->watch);
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

static int look_up(void *arg, struct fail *fail)
{
	(void)fail;
	*(bool *)arg = if_nametoindex("eth0.110") != 0;
	return 0;
}

/* The sub-interface is there, and with it the address. */
static bool has_voice_vlan(void *arg)
{
	struct bench *bench = arg;
	int ns = port_namespace(bench->port);
	bool there = false;

	event_base_loop(bench->base, EVLOOP_NONBLOCK);
	ok(netns_call(ns, look_up, &there, &why));
	port_close_namespace(ns);
	return there;
}

static void check_answers(enum vlan_backend backend)
{
	const uint16_t tci = VOICE;
	struct bench bench;

	set_up(&bench, backend);
	port_set_vlan(bench.port, VOICE);
	port_set_address(bench.port, PHONE_IP, 24, 0x0a6e0001);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, has_voice_vlan, &bench));
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

/* The kernel's VLAN link where it has one: the suite uml runs this too. Else the phone requests a lane, which the toy switch
 * refuses, and tags by itself. */
static void test_any_vlan(void **state)
{
	(void)state;
	check_answers(VLAN_AUTO);
}

/* --- lanes --- */

/* Does the kernel make VLAN links? Then no lane is requested. */
static bool has_8021q(void)
{
	const struct link_veth veth = {.name = "any", .peer_name = "other", .peer_ns = -1};
	struct fail fail = {0};
	struct rtnl *rtnl;
	bool made;

	ok(rtnl_open(&rtnl, -1, &why));
	ok(link_create_veth(rtnl, &veth, &why));
	made = !link_create_vlan(rtnl, "any", 7, "any.7", &fail);
	ok(link_delete(rtnl, link_index(rtnl, "any", &fail), &why)); /* and what is on it */
	rtnl_close(rtnl);
	return made;
}

/* The toy switch has made that many lanes. The phone does not read its answers meanwhile. */
static bool one_lane(void *arg)
{
	const struct bench *bench = arg;

	return toy_switch_port(bench->toy, 1)->lanes == 1;
}

static bool two_lanes(void *arg)
{
	const struct bench *bench = arg;

	return toy_switch_port(bench->toy, 1)->lanes == 2;
}

static int read_addresses(void *arg, struct fail *fail)
{
	FILE *file = fopen("/proc/thread-self/net/fib_trie", "re");
	char *text = arg;

	(void)fail;
	assert_non_null(file);
	text[fread(text, 1, 8191, file)] = 0;
	fclose(file);
	return 0;
}

/* The kernel of the phone has its address. */
static bool has_address(void *arg)
{
	struct bench *bench = arg;
	int ns = port_namespace(bench->port);
	char text[8192];

	event_base_loop(bench->base, EVLOOP_NONBLOCK);
	ok(netns_call(ns, read_addresses, text, &why));
	port_close_namespace(ns);
	return strstr(text, "|-- 10.110.0.50") != NULL;
}

/* ARP on the lane is answered there. It is asked again: a frame is lost while the link comes up. */
static bool answered_by_lane(void *arg)
{
	const struct arp_packet request = arp_request(&asker_mac, TAGGED, PHONE_IP);
	struct bench *bench = arg;
	uint8_t frame[RAW_FRAME_MAX];
	struct wire_error error;
	struct ether_frame ether;
	struct arp_packet packet;
	ssize_t length;

	event_base_loop(bench->base, EVLOOP_NONBLOCK);
	length = arp_frame(&request, &asker_mac, NULL, frame, sizeof(frame));
	assert_true(length > 0);
	raw_send(bench->lane, frame, (size_t)length);
	while ((length = raw_receive(bench->lane, frame, sizeof(frame))) > 0)
		if (!ether_decode(frame, (size_t)length, &ether, &error) && ether.type == ETHER_ARP &&
		    !ether.tags && !arp_decode(ether.payload.data, ether.payload.length, &packet, &error) &&
		    packet.operation == ARP_REPLY && packet.target_ip == TAGGED)
			return true;
	return false;
}

static void check_lane(struct bench *bench)
{
	const struct raw_options listen = {.interface = "port1.110"};

	ok(raw_open(&bench->lane, -1, &listen, &why));
	assert_true(toy_switch_serve(bench->toy, 10000, -1, answered_by_lane, bench));
	raw_close(bench->lane);
	bench->lane = NULL;
}

static bool not_linked(void *arg)
{
	return !linked(arg);
}

static bool has_no_voice_vlan(void *arg)
{
	return !has_voice_vlan(arg);
}

/* The lane is made, is down and up again with its cable, and is deleted with the VLAN. */
static void test_lane(void **state)
{
	struct bench bench;

	(void)state;
	if (has_8021q())
		skip();
	set_up_lanes(&bench, VLAN_AUTO, TOY_LANES_MADE);
	port_set_vlan(bench.port, VOICE);
	port_set_address(bench.port, PHONE_IP, 24, 0x0a6e0001);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, has_address, &bench));
	check_lane(&bench);
	toy_switch_link(bench.toy, 1, false);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, not_linked, &bench));
	toy_switch_link(bench.toy, 1, true);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, linked, &bench));
	check_lane(&bench);
	port_clear_address(bench.port);
	port_set_vlan(bench.port, 0);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, has_no_voice_vlan, &bench));
	assert_int_equal(toy_switch_port(bench.toy, 1)->lanes, 1);
	tear_down(&bench);
}

/* The VLAN changes and comes back before the phone has read the first answer: that one is of a lane which the switch is about to
 * delete. */
static void test_lane_comes_back(void **state)
{
	struct bench bench;

	(void)state;
	if (has_8021q())
		skip();
	set_up_lanes(&bench, VLAN_AUTO, TOY_LANES_MADE);
	port_set_vlan(bench.port, VOICE);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, one_lane, &bench));
	port_set_vlan(bench.port, 0);
	port_set_vlan(bench.port, VOICE);
	port_set_address(bench.port, PHONE_IP, 24, 0x0a6e0001);
	event_base_loop(bench.base, EVLOOP_NONBLOCK); /* the first answer */
	assert_true(toy_switch_serve(bench.toy, 10000, -1, two_lanes, &bench));
	assert_true(toy_switch_serve(bench.toy, 10000, -1, has_address, &bench));
	check_lane(&bench);
	assert_int_equal(toy_switch_port(bench.toy, 1)->lanes, 2);
	tear_down(&bench);
}

/* The lane that was promised is not there: the phone tags by itself. */
static void test_lane_not_found(void **state)
{
	const uint16_t tci = VOICE;
	struct bench bench;

	(void)state;
	if (has_8021q())
		skip();
	set_up_lanes(&bench, VLAN_AUTO, TOY_LANES_CLAIMED);
	bench.want = "lane of the voice VLAN: ";
	port_set_vlan(bench.port, VOICE);
	port_set_address(bench.port, PHONE_IP, 24, 0x0a6e0001);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, has_address, &bench));
	assert_int_equal(bench.troubles, 1);
	ask(&bench, TAGGED, &tci);
	assert_true(toy_switch_serve(bench.toy, 10000, -1, answered, &bench));
	assert_int_equal(bench.wrong, 0);
	tear_down(&bench);
}

/* --- the namespace --- */

/* What belongs into the phone's namespace never comes into ours, where an interface has the same number. */
static void test_namespace_not_opened(void **state)
{
	struct bench bench;
	char text[8192];
	int sock;

	(void)state;
	set_up(&bench, VLAN_USER);
	port_set_vlan(bench.port, VOICE);
	/* So it is in a fresh namespace: this test is the first. */
	assert_int_equal(raw_ifindex(bench.port->raw), if_nametoindex("port1"));
	sock = bench.port->sock;
	bench.port->sock = -1;
	bench.want = "";
	port_set_vlan(bench.port, 0);
	port_set_address(bench.port, PHONE_IP, 24, 0x0a6e0001);
	ok(read_addresses(text, &why));
	assert_null(strstr(text, "10.110.0.50"));
	assert_true(bench.troubles > 0);
	bench.port->sock = sock;
	tear_down(&bench);
}

/* --- open files --- */

static bool one_is_left(void *arg)
{
	const struct bench *bench = arg;

	return toy_switch_plugged(bench->toy) == 1;
}

/* The open files that one more phone takes; its link goes down and up meanwhile. */
static unsigned files_of_phone(struct bench *bench, enum vlan_backend backend)
{
	struct bench more = {.toy = bench->toy, .base = bench->base, .watch = bench->watch};
	unsigned before = sandbox_open_files(), after, number;

	make_port(&more, backend);
	number = toy_switch_total(bench->toy);
	if (backend == VLAN_USER) {
		port_set_vlan(more.port, VOICE);
		assert_true(toy_switch_serve(more.toy, 10000, -1, has_voice_vlan, &more));
	}
	toy_switch_link(more.toy, number, false);
	assert_true(toy_switch_serve(more.toy, 10000, -1, not_linked, &more));
	toy_switch_link(more.toy, number, true);
	assert_true(toy_switch_serve(more.toy, 10000, -1, linked, &more));
	after = sandbox_open_files();
	port_end(more.port);
	port_free(more.port);
	assert_true(toy_switch_serve(bench->toy, 10000, -1, one_is_left, bench));
	return after - before - OF_THE_SWITCH;
}

/* UDP port 68, the panel, eth0; a monitor of its own without CAP_NET_BROADCAST, as in a container; and the far end of a VLAN that is
 * tagged here. */
static void test_open_files(void **state)
{
	struct bench bench;

	(void)state;
	for (unsigned own = 0; own < 2; own++) {
		sandbox_capability(CAP_NET_BROADCAST, !own);
		set_up(&bench, VLAN_KERNEL);
		assert_int_equal(files_of_phone(&bench, VLAN_KERNEL), 3 + own);
		assert_int_equal(files_of_phone(&bench, VLAN_USER), 4 + own);
		tear_down(&bench);
	}
	sandbox_capability(CAP_NET_BROADCAST, true);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
	    cmocka_unit_test(test_namespace_not_opened),
	    cmocka_unit_test(test_user_vlan),
	    cmocka_unit_test(test_any_vlan),
	    cmocka_unit_test(test_lane),
	    cmocka_unit_test(test_lane_comes_back),
	    cmocka_unit_test(test_lane_not_found),
	    cmocka_unit_test(test_open_files),
	};

	return cmocka_run_group_tests(list, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
