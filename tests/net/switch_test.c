#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "tests/support/link_list.h"
#include "tests/support/switch_lab.h"
#include "wire/cdp.h"
#include "wire/lldp.h"

/* The real switch-sim: veth, ring, panel, control socket, uplinks. */

#define SERVER_PORT                                                                                          \
	"\"ports\":[{\"port\":\"Gi1/0/48\",\"access_vlan\":110,\"voice_vlan\":null,\"trusted\":true}]"

static struct fail why;

static bool shows(const struct switch_lab *lab, const char *words, const char *needle)
{
	char *text = switch_lab_show(lab, words);
	bool found = strstr(text, needle) != NULL;

	if (!found)
		print_message("%s", text);
	free(text);
	return found;
}

static int ping(const struct switch_lab *lab, const char *port, const char *from, const char *to, char *text)
{
	struct sandbox_child child;
	int status;

	switch_lab_cable(
	    &child, lab, port, from,
	    (const char *const[]){"busybox", "ping", "-c", "3", "-w", "10", "-s", "1400", to, NULL});
	status = sandbox_wait(&child, LAB_PATIENCE * 2, text, 4096);
	sandbox_end(&child);
	return status;
}

/* Two namespaces, the kernel's own stack at both ends: ARP and ICMP of full size go through. */
static void test_ping(void **state)
{
	struct switch_lab lab;
	struct sandbox_child held;
	char text[4096];

	(void)state;
	switch_lab_start(&lab, "sw1", "");
	switch_lab_cable(&held, &lab, "Gi1/0/1", "10.10.0.1/24", (const char *const[]){"sleep", "60", NULL});
	assert_true(sandbox_wait_text(&held, LAB_PATIENCE, "link up"));
	if (ping(&lab, "Gi1/0/2", "10.10.0.2/24", "10.10.0.1", text))
		fail_msg("%s", text);
	assert_non_null(strstr(text, "3 packets transmitted, 3 packets received, 0% packet loss"));
	assert_true(shows(&lab, "mac address-table", "DYNAMIC     Gi1/0/1"));
	assert_true(
	    shows(&lab, "interfaces Gi1/0/1 status", "Gi1/0/1                         connected    10"));
	/* The process that held the cable dies: it is out. */
	sandbox_end(&held);
	switch_lab_show_until(&lab, "interfaces Gi1/0/1 status", "notconnect", false);
	assert_int_equal(switch_lab_end(&lab), 0);
}

static void test_voice_vlan_and_isolation(void **state)
{
	struct switch_lab_device phone = {0}, server = {0}, pc = {0};
	struct switch_lab lab;
	int tci;

	(void)state;
	switch_lab_start(&lab, "sw1", SERVER_PORT);
	device_up(&phone, &lab, "Gi1/0/1");
	device_up(&pc, &lab, "Gi1/0/2");
	device_up(&server, &lab, "Gi1/0/48");
	/* Untagged in the voice VLAN at the server, tagged at the phone; and back. */
	device_send(&server, 255, 9, -1, 1);
	assert_int_equal(device_receive(&phone, &tci), 1);
	assert_int_equal(tci, 110);
	device_send(&phone, 9, 1, 110 | 5 << 13, 2);
	assert_int_equal(device_receive(&server, &tci), 2);
	assert_int_equal(tci, -1);
	/* VLAN 10 does not reach the server: the first that it hears is what came later in its own VLAN. */
	device_send(&pc, 255, 2, -1, 3);
	assert_int_equal(device_receive(&phone, &tci), 3);
	assert_int_equal(tci, -1);
	device_send(&pc, 255, 2, 110, 4);
	assert_int_equal(device_receive(&server, &tci), 4);
	device_unplug(&phone);
	device_unplug(&pc);
	device_unplug(&server);
	assert_int_equal(switch_lab_end(&lab), 0);
}

static void test_power(void **state)
{
	struct switch_lab_device phone = {0}, other = {0};
	const struct panel_msg *message;
	struct switch_lab lab;
	json_t *port;

	(void)state;
	switch_lab_start(&lab, "sw1", "\"ports\":[{\"port\":\"Gi1/0/3\",\"poe\":{\"admin\":\"never\"}}]");
	device_plug(&phone, &lab, "Gi1/0/1", "eth0", PANEL_POWER_PD, 1);
	message = device_message(&phone);
	assert_int_equal(message->kind, PANEL_MSG_PLUGGED);
	assert_string_equal(message->plugged.port, "Gi1/0/1");
	assert_string_equal(message->plugged.switch_name, "sw1");
	message = device_message(&phone);
	assert_int_equal(message->kind, PANEL_MSG_POWER);
	assert_int_equal(message->power.state, PANEL_POWER_DETECTED);
	message = device_message(&phone);
	assert_int_equal(message->power.state, PANEL_POWER_GRANTED);
	assert_int_equal(message->power.mw, 4000);
	message = device_message(&phone);
	assert_int_equal(message->kind, PANEL_MSG_LINK);
	assert_true(message->link_up);
	port = switch_lab_port(&lab, "Gi1/0/1");
	assert_int_equal(json_integer_value(json_object_get(port, "poe_mw")), 4000);
	assert_string_equal(json_string_value(json_object_get(port, "device")), "device-Gi1/0/1");
	json_decref(port);
	/* Its draw is heard: beyond the grant it is cut off. */
	assert_int_equal(panel_client_draw(phone.client, 5000), 0);
	message = device_message(&phone);
	assert_int_equal(message->kind, PANEL_MSG_POWER);
	assert_int_equal(message->power.state, PANEL_POWER_OFF);
	assert_int_equal(device_message(&phone)->kind, PANEL_MSG_LINK);
	assert_false(phone.last.link_up);
	device_unplug(&phone);
	switch_lab_show_until(&lab, "power inline Gi1/0/1", "auto   off        0.0     n/a", false);
	device_plug(&other, &lab, "Gi1/0/3", "eth0", PANEL_POWER_PD, 1);
	assert_int_equal(device_message(&other)->kind, PANEL_MSG_PLUGGED);
	assert_int_equal(device_message(&other)->power.state, PANEL_POWER_OFF);
	device_unplug(&other);
	assert_int_equal(switch_lab_end(&lab), 0);
}

static void test_refusals(void **state)
{
	struct switch_lab_device one = {0}, two = {0}, three = {0};
	struct switch_lab lab;

	(void)state;
	switch_lab_start(
	    &lab, "sw1",
	    "\"uplinks\":[{\"port\":\"Te1/1/1\",\"panel\":\"/tmp/no.panel\",\"remote_port\":\"Te1/1/1\"}]");
	device_up(&one, &lab, "Gi1/0/1");
	device_plug(&two, &lab, "Gi1/0/1", "eth0", PANEL_POWER_AC, 0);
	assert_int_equal(device_message(&two)->kind, PANEL_MSG_REFUSED);
	assert_string_equal(two.last.refused.code, "port-taken");
	assert_string_equal(two.last.refused.reason, "sw1: port Gi1/0/1 is taken by device-Gi1/0/1");
	device_unplug(&two);
	device_plug(&two, &lab, "Gi2/0/1", "eth0", PANEL_POWER_AC, 0);
	assert_int_equal(device_message(&two)->kind, PANEL_MSG_REFUSED);
	assert_string_equal(two.last.refused.code, "no-such-port");
	device_unplug(&two);
	device_plug(&two, &lab, "Te1/1/1", "eth0", PANEL_POWER_NONE, 0);
	assert_int_equal(device_message(&two)->kind, PANEL_MSG_REFUSED);
	assert_string_equal(two.last.refused.code, "port-taken");
	device_unplug(&two);
	/* The name is taken at the other end: refused, and the port is free again. */
	three.ns = one.ns;
	device_plug(&three, &lab, "Gi1/0/2", "eth0", PANEL_POWER_AC, 0);
	assert_int_equal(device_message(&three)->kind, PANEL_MSG_REFUSED);
	assert_string_equal(three.last.refused.code, "failed");
	three.ns = 0;
	device_unplug(&three);
	device_plug(&two, &lab, "", "eth0", PANEL_POWER_AC, 0);
	assert_int_equal(device_message(&two)->kind, PANEL_MSG_PLUGGED);
	assert_string_equal(two.last.plugged.port, "Gi1/0/2");
	device_unplug(&two);
	device_unplug(&one);
	assert_int_equal(switch_lab_end(&lab), 0);
}

/* The next frame that is CDP (or LLDP), decoded by wire/. The bytes live in frame. */
static bool next_message(struct switch_lab_device *device, uint8_t frame[RAW_FRAME_MAX],
			 struct cdp_message *cdp, struct lldp_message *lldp)
{
	uint64_t end = clock_now_us() + LAB_PATIENCE * 1000;

	while (clock_now_us() < end) {
		struct pollfd readable = {.fd = raw_fd(device->raw), .events = POLLIN};
		ssize_t length = raw_receive(device->raw, frame, RAW_FRAME_MAX);
		struct ether_frame ether;

		if (length == -EAGAIN) {
			poll(&readable, 1, 1000);
			continue;
		}
		if (length < 14 || ether_decode(frame, (size_t)length, &ether, NULL))
			continue;
		if (cdp && cdp_is_frame(&ether))
			return !cdp_decode(ether.payload.data, ether.payload.length, cdp, NULL);
		if (lldp && ether.kind == ETHER_II && ether.type == ETHER_LLDP)
			return !lldp_decode(ether.payload.data, ether.payload.length, lldp, NULL);
	}
	return false;
}

static void test_cdp_query(void **state)
{
	struct cdp_message query = {.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_VOIP_QUERY) |
					   CDP_HAS(CDP_PLATFORM),
				    .ttl = 180,
				    .device_id = wire_slice_text("SEP001122AABB01"),
				    .platform = wire_slice_text("Cisco IP Phone 7841"),
				    .voip_query = cdp_voip_query_value},
			   answer;
	const struct mac mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	struct switch_lab_device phone = {0};
	uint8_t frame[RAW_FRAME_MAX];
	struct switch_lab lab;
	ssize_t length;

	(void)state;
	switch_lab_start(&lab, "sw1", "");
	device_up(&phone, &lab, "Gi1/0/1");
	assert_true(next_message(&phone, frame, &answer, NULL)); /* of the link coming up */
	length = cdp_frame(&query, &mac, frame, sizeof(frame));
	assert_int_equal(raw_send(phone.raw, frame, (size_t)length), 0);
	assert_true(next_message(&phone, frame, &answer, NULL));
	assert_int_equal(answer.voip_reply.vlan, 110);
	switch_lab_show_until(&lab, "cdp neighbors", "SEP001122AABB01  Gig 1/0/1", false);
	device_unplug(&phone);
	switch_lab_show_until(&lab, "cdp neighbors", "displayed : 0", false);
	assert_int_equal(switch_lab_end(&lab), 0);
}

static void test_configure_and_client(void **state)
{
	const char *lines[] = {"interface Gi1/0/1", "shutdown"};
	struct switch_lab_device device = {0};
	struct switch_lab lab;
	char text[8192], *program = strdup(sandbox_program("switch-sim"));

	(void)state;
	switch_lab_start(&lab, "sw1", "");
	device_up(&device, &lab, "Gi1/0/1");
	switch_lab_configure(&lab, lines, 2);
	assert_int_equal(device_message(&device)->kind, PANEL_MSG_LINK);
	assert_false(device.last.link_up);
	assert_int_equal(
	    sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
			    (const char *const[]){program, "--control", "/tmp/sw1.sock", "configure",
						  "interface Gi1/0/1", "no shutdown", NULL}),
	    0);
	assert_int_equal(device_message(&device)->kind, PANEL_MSG_LINK);
	assert_true(device.last.link_up);
	assert_int_equal(sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
					 (const char *const[]){program, "--control", "/tmp/sw1.sock", "show",
							       "int", "gi1/0/1", "status", NULL}),
			 0);
	assert_non_null(strstr(text, "connected"));
	assert_int_equal(sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
					 (const char *const[]){program, "--control", "/tmp/sw1.sock",
							       "configure", "interfaze Gi1/0/1", NULL}),
			 1);
	assert_non_null(strstr(text, "% Invalid input detected at '^' marker."));
	/* Where there is no switch: status 1, and which socket was meant. */
	assert_int_equal(sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
					 (const char *const[]){program, "--control", "/tmp/none.sock", "show",
							       "ver", NULL}),
			 1);
	assert_string_equal(text, "switch-sim: /tmp/none.sock: No such file or directory\n");
	assert_int_equal(
	    sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
			    (const char *const[]){program, "--config", "/tmp/none.json", "--check", NULL}),
	    2);
	assert_int_equal(
	    sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
			    (const char *const[]){program, "--config", "/tmp/sw1.json", "--check", NULL}),
	    0);
	assert_int_equal(
	    sandbox_command(-1, LAB_PATIENCE, text, sizeof(text), (const char *const[]){program, NULL}), 2);
	assert_int_equal(sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
					 (const char *const[]){program, "-d", "prot", "--config",
							       "/tmp/sw1.json", "--check", NULL}),
			 2);
	assert_string_equal(text, "switch-sim: unknown debug token \"prot\"; did you mean \"port\"?\n");
	device_unplug(&device);
	assert_int_equal(switch_lab_end(&lab), 0);
	free(program);
}

/* The output of a switch to which a device is plugged, from its readiness to its end. */
static void output_of_a_switch(char *text, size_t size)
{
	struct switch_lab_device device = {0};
	struct switch_lab lab;

	switch_lab_start(&lab, "sw1", "");
	device_up(&device, &lab, "Gi1/0/1");
	device_unplug(&device);
	sandbox_signal(&lab.child, SIGTERM);
	assert_int_equal(sandbox_wait(&lab.child, LAB_PATIENCE, text, size), 0);
	switch_lab_kill(&lab);
}

static unsigned times(const char *text, const char *needle)
{
	unsigned count = 0;

	for (; (text = strstr(text, needle)); text++)
		count++;
	return count;
}

/* Messages for debugging: none by default, one line for each transition with its token. */
static void test_debugging(void **state)
{
	char text[16384];

	(void)state;
	output_of_a_switch(text, sizeof(text));
	assert_string_equal(text, "");
	setenv("PHONELAB_DEBUG", "port,panel", 1);
	output_of_a_switch(text, sizeof(text));
	unsetenv("PHONELAB_DEBUG");
	assert_int_equal(times(text, " port: Gi1/0/1: link down -> up\n"), 1);
	assert_int_equal(times(text, ": plugged in at Gi1/0/1 of sw1\n"), 1);
	assert_int_equal(times(text, " panel: client "), 4); /* connected, plug, plugged in, closed */
	assert_int_equal(times(text, " netlink: "), 0);
}

static void test_netns_verb(void **state)
{
	json_t *request = json_pack("{s:s}", "do", "netns"), *reply;
	struct switch_lab lab;
	struct stat mine, theirs;
	int fd;

	(void)state;
	switch_lab_start(&lab, "sw1", "");
	reply = control_call("/tmp/sw1.sock", request, LAB_PATIENCE, &fd, &why);
	assert_non_null(reply);
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(reply, "interfaces"), "Gi1/0/48")), "gi1-0-48");
	assert_int_equal(fstat(lab.ns, &mine), 0);
	assert_int_equal(fstat(fd, &theirs), 0);
	assert_true(mine.st_ino == theirs.st_ino);
	close(fd);
	json_decref(reply);
	json_decref(request);
	assert_int_equal(switch_lab_end(&lab), 0);
}

/* SIGTERM: the switch informs its neighbours, removes links and sockets, and exits with status 0. */
static void test_ends_in_order(void **state)
{
	struct switch_lab_device device = {0};
	uint8_t frame[RAW_FRAME_MAX];
	struct lldp_message message;
	struct link_info *links;
	struct switch_lab lab;
	struct rtnl *rtnl;
	unsigned count;
	int ns;

	(void)state;
	switch_lab_start(&lab, "sw1", "");
	device_up(&device, &lab, "Gi1/0/1");
	assert_true(next_message(&device, frame, NULL, &message));
	assert_int_equal(message.ttl, 120);
	ns = dup(lab.ns);
	assert_int_equal(switch_lab_end(&lab), 0);
	assert_true(next_message(&device, frame, NULL, &message));
	assert_int_equal(message.ttl, 0);
	assert_int_equal(access("/tmp/sw1.panel", F_OK), -1);
	assert_int_equal(access("/tmp/sw1.sock", F_OK), -1);
	assert_int_equal(rtnl_open(&rtnl, ns, &why), 0);
	assert_int_equal(link_list(rtnl, &links, &count, &why), 0);
	for (unsigned i = 0; i < count; i++)
		assert_string_not_equal(links[i].name, "gi1-0-1");
	free(links);
	rtnl_close(rtnl);
	close(ns);
	device_unplug(&device);
}

/* An access switch behind a trunk: it is there before the other switch is, and comes back when that was
 * away. */
static void test_uplink(void **state)
{
	struct switch_lab_device phone = {0}, server = {0};
	struct switch_lab access_switch, core;
	int tci;

	(void)state;
	switch_lab_start(
	    &access_switch, "sw2",
	    "\"uplinks\":[{\"port\":\"Te1/1/1\",\"panel\":\"/tmp/sw1.panel\",\"remote_port\":\"Te1/1/4\"}]");
	device_up(&phone, &access_switch, "Gi1/0/1");
	for (int round = 0; round < 2; round++) {
		switch_lab_start(&core, "sw1", SERVER_PORT);
		device_up(&server, &core, "Gi1/0/48");
		switch_lab_show_until(&access_switch, "interfaces Te1/1/1 status", " connected ", false);
		switch_lab_show_until(&core, "cdp neighbors", "sw2              Ten 1/1/4", false);
		switch_lab_show_until(&access_switch, "cdp neighbors", "sw1              Ten 1/1/1", false);
		device_send(&phone, 255, 1, 110, 7);
		assert_int_equal(device_receive(&server, &tci), 7);
		assert_int_equal(tci, -1);
		device_send(&server, 1, 9, -1, 8);
		assert_int_equal(device_receive(&phone, &tci), 8);
		assert_int_equal(tci, 110);
		if (!round) {
			/* Out of order this time. */
			switch_lab_kill(&core);
			switch_lab_show_until(&access_switch, "interfaces Te1/1/1 status", "notconnect",
					      false);
		}
		device_unplug(&server);
	}
	assert_int_equal(switch_lab_end(&core), 0);
	device_unplug(&phone);
	assert_int_equal(switch_lab_end(&access_switch), 0);
}

struct arrival {
	struct switch_lab_device *from, *to;
};

static bool try_broadcast(void *arg)
{
	struct arrival *arrival = arg;
	uint8_t frame[RAW_FRAME_MAX];
	ssize_t length;

	device_send(arrival->from, 255, 1, 10, 9);
	while ((length = raw_receive(arrival->to->raw, frame, sizeof(frame))) != -EAGAIN)
		if (length >= 60 && frame[12] == 0x88 && frame[13] == 0xb5)
			return frame[14] == 9;
	return false;
}

/* 21 members of 48 ports, all plugged in by one namespace; a broadcast reaches the last of them. */
static void test_a_thousand_ports(void **state)
{
	enum { PORTS = 21 * 48 };
	struct switch_lab_device *devices = calloc(PORTS, sizeof(*devices)), first = {0};
	const struct raw_options options = {.interface = "e1007", .promiscuous = true};
	struct rlimit limit;
	struct arrival arrival;
	struct switch_lab lab;
	uint64_t began;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	switch_lab_start(&lab, "sw1", "\"members\":21");
	began = clock_now_us();
	assert_int_equal(netns_new(&first.ns, &why), 0);
	for (unsigned i = 0; i < PORTS; i++) {
		char port[32], interface[16];

		snprintf(port, sizeof(port), "Gi%u/0/%u", i / 48 + 1, i % 48 + 1);
		snprintf(interface, sizeof(interface), "e%u", i);
		devices[i].ns = first.ns;
		device_plug(&devices[i], &lab, port, interface, PANEL_POWER_AC, 0);
		assert_int_equal(device_message(&devices[i])->kind, PANEL_MSG_PLUGGED);
		assert_int_equal(device_message(&devices[i])->kind, PANEL_MSG_LINK);
	}
	print_message("%u ports in %u ms\n", PORTS, (unsigned)((clock_now_us() - began) / 1000));
	assert_int_equal(raw_open(&devices[PORTS - 1].raw, first.ns, &options, &why), 0);
	device_up(&first, &lab, "Te1/1/1");
	/* The kernel brings up carriers in portions of some hundred a second: until it has come to this one,
	 * what the device sends is lost. */
	arrival.from = &first;
	arrival.to = &devices[PORTS - 1];
	assert_true(sandbox_until(LAB_PATIENCE, try_broadcast, &arrival));
	print_message("and a broadcast through all of them after %u ms\n",
		      (unsigned)((clock_now_us() - began) / 1000));
	assert_true(shows(&lab, "interfaces Gi21/0/48 status", "Gi21/0/48                       connected"));
	for (unsigned i = 0; i < PORTS; i++) {
		raw_close(devices[i].raw);
		panel_client_free(devices[i].client);
	}
	switch_lab_show_until(&lab, "interfaces Gi21/0/48 status", "notconnect", false);
	device_unplug(&first);
	assert_int_equal(switch_lab_end(&lab), 0);
	free(devices);
}

#define TEST(name) cmocka_unit_test_teardown(name, switch_lab_clean)

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_ping),
	    TEST(test_voice_vlan_and_isolation),
	    TEST(test_power),
	    TEST(test_refusals),
	    TEST(test_cdp_query),
	    TEST(test_configure_and_client),
	    TEST(test_netns_verb),
	    TEST(test_ends_in_order),
	    TEST(test_debugging),
	    TEST(test_uplink),
	    TEST(test_a_thousand_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return sandbox_run(all_tests, 150);
}
