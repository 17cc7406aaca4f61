#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cable/netns.h"
#include "tests/support/switch_lab.h"
#include "wire/arp.h"
#include "wire/ipv4.h"

/* Lanes of the real switch-sim: frames of one VLAN on a second link, untagged there. */

#define LANE "eth0.110"
#define SERVER_PORT                                                                                          \
	"\"ports\":[{\"port\":\"Gi1/0/48\",\"access_vlan\":110,\"voice_vlan\":null,\"trusted\":true}]"

static struct fail why;

static const struct mac server_mac = {{0x02, 0, 0, 0, 0, 0x09}};
static const struct mac phone_mac = {{0x02, 0, 0, 0, 0, 0x01}};

struct bench {
	struct switch_lab lab;
	struct switch_lab_device phone, lane, server, pc; /* lane: the second link of phone */
};

/* Request a lane and listen at it. */
static void open_lane(struct bench *bench)
{
	const struct raw_options listen = {.interface = LANE};
	const struct panel_msg *answer;

	assert_int_equal(panel_client_lane(bench->phone.client, 110, LANE), 0);
	answer = device_message(&bench->phone);
	assert_int_equal(answer->kind, PANEL_MSG_LANED);
	assert_int_equal(answer->laned.vid, 110);
	if (!answer->laned.made)
		fail_msg("%s", answer->laned.reason);
	if (raw_open(&bench->lane.raw, bench->phone.ns, &listen, &why))
		fail_msg("%s", why.text);
}

static void set_up(struct bench *bench)
{
	*bench = (struct bench){.lane = {.ns = -1}};
	switch_lab_start(&bench->lab, "sw1", SERVER_PORT);
	device_up(&bench->phone, &bench->lab, "Gi1/0/1");
	device_up(&bench->server, &bench->lab, "Gi1/0/48");
	device_up(&bench->pc, &bench->lab, "Gi1/0/2");
	open_lane(bench);
}

static void tear_down(struct bench *bench)
{
	raw_close(bench->lane.raw);
	device_unplug(&bench->phone);
	device_unplug(&bench->pc);
	device_unplug(&bench->server);
	assert_int_equal(switch_lab_end(&bench->lab), 0);
}

static int look_up(void *arg, struct fail *fail)
{
	(void)fail;
	*(unsigned *)arg = if_nametoindex(LANE);
	return 0;
}

static bool is_deleted(void *arg)
{
	unsigned index = 0;

	assert_int_equal(netns_call(*(int *)arg, look_up, &index, &why), 0);
	return !index;
}

static void test_both_ways(void **state)
{
	struct bench bench;
	char *table;
	int tci;

	(void)state;
	set_up(&bench);
	/* A frame that has no tag at the server has none at the lane, in both directions. */
	device_send(&bench.server, 255, 9, -1, 1);
	assert_int_equal(device_receive(&bench.lane, &tci), 1);
	assert_int_equal(tci, -1);
	device_send(&bench.lane, 9, 1, -1, 2);
	assert_int_equal(device_receive(&bench.server, &tci), 2);
	assert_int_equal(tci, -1);
	/* The core saw a tagged frame of the port. */
	table = switch_lab_show(&bench.lab, "mac address-table");
	assert_non_null(strstr(table, " 110    0200.0000.0001    DYNAMIC     Gi1/0/1"));
	free(table);
	/* The first frame of the cable is one of the other VLAN. */
	device_send(&bench.pc, 255, 2, -1, 3);
	assert_int_equal(device_receive(&bench.phone, &tci), 3);
	assert_int_equal(tci, -1);
	/* A frame that the device tags by itself is in the same VLAN. */
	device_send(&bench.phone, 9, 1, 110, 4);
	assert_int_equal(device_receive(&bench.server, &tci), 4);
	tear_down(&bench);
}

/* The next frame with this type behind its tag, if it has one; *tagged: it has one. */
static void expect_type(struct raw *raw, uint16_t type, bool *tagged)
{
	uint8_t frame[RAW_FRAME_MAX];
	uint16_t found;
	ssize_t length;

	do {
		for (int i = 0; (length = raw_receive(raw, frame, sizeof(frame))) < 0; i++) {
			assert_true(i < LAB_PATIENCE);
			usleep(1000);
		}
		*tagged = frame[12] == 0x81 && frame[13] == 0;
		found =
		    *tagged ? (uint16_t)(frame[16] << 8 | frame[17]) : (uint16_t)(frame[12] << 8 | frame[13]);
	} while (found != ETHER_ARP && found != ETHER_IPV4 && found != 0x88b5); /* CDP and LLDP */
	assert_int_equal(found, type);
}

/* ARP is for the stack of the device and for its own probes: it comes by both. DHCP comes by the cable only. */
static void test_arp_and_dhcp(void **state)
{
	const struct arp_packet arp = arp_request(&server_mac, 0x0a6e0001, 0x0a6e0002);
	const struct udp_frame offer = {.destination_mac = phone_mac,
					.source_mac = server_mac,
					.source = 0x0a6e0001,
					.destination = 0x0a6e0002,
					.source_port = 67,
					.destination_port = 68,
					.payload = {(const uint8_t *)"offer", 5}};
	uint8_t frame[200];
	struct bench bench;
	ssize_t length;
	bool tagged;

	(void)state;
	set_up(&bench);
	device_send(&bench.phone, 255, 1, 110, 1); /* so that the switch knows where the phone is */
	length = udp_frame_encode(&offer, frame, sizeof(frame));
	assert_true(length > 0);
	assert_int_equal(device_receive(&bench.server, &(int){0}), 1);
	assert_int_equal(raw_send(bench.server.raw, frame, (size_t)length), 0);
	length = arp_frame(&arp, &server_mac, NULL, frame, sizeof(frame));
	assert_true(length > 0);
	assert_int_equal(raw_send(bench.server.raw, frame, (size_t)length), 0);
	expect_type(bench.phone.raw, ETHER_IPV4, &tagged);
	assert_true(tagged);
	expect_type(bench.phone.raw, ETHER_ARP, &tagged);
	assert_true(tagged);
	expect_type(bench.lane.raw, ETHER_ARP, &tagged);
	assert_false(tagged);
	tear_down(&bench);
}

static void test_end(void **state)
{
	struct switch_lab_device again = {0};
	struct bench bench;
	int ns, tci;

	(void)state;
	set_up(&bench);
	ns = dup(bench.phone.ns);
	assert_true(ns >= 0);
	/* The device gives it up: tagged frames come by the cable again. */
	raw_close(bench.lane.raw);
	bench.lane.raw = NULL;
	assert_int_equal(panel_client_lane(bench.phone.client, 0, LANE), 0);
	assert_true(sandbox_until(LAB_PATIENCE, is_deleted, &ns));
	device_send(&bench.server, 255, 9, -1, 5);
	assert_int_equal(device_receive(&bench.phone, &tci), 5);
	assert_int_equal(tci, 110);
	/* Another lane in place of one: then the cable is pulled, and both are deleted. */
	open_lane(&bench);
	raw_close(bench.lane.raw);
	open_lane(&bench);
	raw_close(bench.lane.raw);
	bench.lane.raw = NULL;
	device_unplug(&bench.phone);
	assert_true(sandbox_until(LAB_PATIENCE, is_deleted, &ns));
	close(ns);
	device_up(&again, &bench.lab, "Gi1/0/1");
	device_send(&bench.server, 255, 9, -1, 6);
	assert_int_equal(device_receive(&again, &tci), 6);
	device_unplug(&again);
	device_unplug(&bench.pc);
	device_unplug(&bench.server);
	assert_int_equal(switch_lab_end(&bench.lab), 0);
}

/* A broadcast goes by the lanes of two phones, and by a cable without a lane; the sender gets none. */
static void test_flood(void **state)
{
	struct switch_lab_device phone = {0}, lane = {.ns = -1}, third = {0};
	const struct raw_options listen = {.interface = LANE};
	struct bench bench;
	int tci;

	(void)state;
	set_up(&bench);
	device_up(&phone, &bench.lab, "Gi1/0/3");
	device_up(&third, &bench.lab, "Gi1/0/4");
	assert_int_equal(panel_client_lane(phone.client, 110, LANE), 0);
	assert_int_equal(device_message(&phone)->kind, PANEL_MSG_LANED);
	assert_true(phone.last.laned.made);
	if (raw_open(&lane.raw, phone.ns, &listen, &why))
		fail_msg("%s", why.text);
	device_send(&bench.server, 255, 9, -1, 1);
	assert_int_equal(device_receive(&bench.lane, &tci), 1);
	assert_int_equal(tci, -1);
	assert_int_equal(device_receive(&lane, &tci), 1);
	assert_int_equal(tci, -1);
	assert_int_equal(device_receive(&third, &tci), 1);
	assert_int_equal(tci, 110);
	/* From one lane to the other, and not back. */
	device_send(&lane, 255, 3, -1, 2);
	assert_int_equal(device_receive(&bench.lane, &tci), 2);
	assert_int_equal(device_receive(&third, &tci), 2);
	assert_int_equal(device_receive(&bench.server, &tci), 2);
	device_send(&bench.server, 255, 9, -1, 3);
	assert_int_equal(device_receive(&lane, &tci), 3);
	/* The cables of both have frames of the other VLAN only. */
	device_send(&bench.pc, 255, 2, -1, 4);
	assert_int_equal(device_receive(&phone, &tci), 4);
	assert_int_equal(device_receive(&bench.phone, &tci), 4);
	raw_close(lane.raw);
	device_unplug(&phone);
	device_unplug(&third);
	tear_down(&bench);
}

/* The link of a lane is that of its port, also of one that is requested while the port is down. */
static void test_link(void **state)
{
	const char *shut[] = {"interface Gi1/0/1", "shutdown"},
		   *open[] = {"interface Gi1/0/1", "no shutdown"};
	struct bench bench;
	int tci;

	(void)state;
	set_up(&bench);
	for (int i = 0; i < 2; i++) {
		switch_lab_configure(&bench.lab, shut, 2);
		device_wait_link(&bench.phone, "eth0", false);
		device_wait_link(&bench.phone, LANE, false);
		assert_int_equal(device_message(&bench.phone)->kind, PANEL_MSG_LINK);
		assert_false(bench.phone.last.link_up);
		if (i) {
			raw_close(bench.lane.raw);
			open_lane(&bench);
			device_wait_link(&bench.phone, LANE, false);
		}
		switch_lab_configure(&bench.lab, open, 2);
		assert_int_equal(device_message(&bench.phone)->kind, PANEL_MSG_LINK);
		assert_true(bench.phone.last.link_up);
		device_wait_link(&bench.phone, LANE, true);
		device_send(&bench.server, 255, 9, -1, (uint8_t)(10 + i));
		assert_int_equal(device_receive(&bench.lane, &tci), 10 + i);
		device_send(&bench.lane, 9, 1, -1, (uint8_t)(20 + i));
		assert_int_equal(device_receive(&bench.server, &tci), 20 + i);
	}
	tear_down(&bench);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
	    cmocka_unit_test_teardown(test_both_ways, switch_lab_clean),
	    cmocka_unit_test_teardown(test_arp_and_dhcp, switch_lab_clean),
	    cmocka_unit_test_teardown(test_end, switch_lab_clean),
	    cmocka_unit_test_teardown(test_flood, switch_lab_clean),
	    cmocka_unit_test_teardown(test_link, switch_lab_clean),
	};

	return cmocka_run_group_tests(list, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 120);
}
