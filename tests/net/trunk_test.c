#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rng.h"
#include "cable/netns.h"
#include "tests/support/switch_lab.h"
#include "wire/vxlan.h"

/* Trunks over UDP between two switch-sims, and between one and the kernel's vxlan device, on a veth of two namespaces. */

#define SECRET "a secret of this test"
#define NEAR   "192.0.2.1"
#define FAR    "192.0.2.2"
#define MOVED  "192.0.2.9"
#define UPLINK                                                                                               \
	"\"uplinks\":[{\"port\":\"Te1/1/1\",\"over\":\"udp\",\"to\":\"sw1\",\"peer\":\"" NEAR                \
	"\",\"vni\":101}]"
#define LISTEN	 "\"uplinks\":[{\"port\":\"Te1/1/4\",\"over\":\"udp\",\"to\":\"sw2\",\"vni\":101}]"
#define SNOOPING "\"dhcp_snooping\":true,\"ports\":[{\"port\":\"Gi1/0/48\",\"trusted\":true}],"

#define NEITHER -1 /* the namespace of the test */

static struct fail why;

/* The two namespaces, and the veth with its addresses. */
struct wire {
	int near, far;
};

static void run(int ns, const char *command)
{
	char text[2048];

	if (sandbox_command(ns, LAB_PATIENCE, text, sizeof(text),
			    (const char *const[]){"sh", "-c", command, NULL}))
		fail_msg("%s: %s", command, text);
}

static void wire_up(struct wire *wire, unsigned mtu)
{
	char command[512], path[64];

	assert_int_equal(netns_new(&wire->near, &why), 0);
	assert_int_equal(netns_new(&wire->far, &why), 0);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), wire->far);
	snprintf(command, sizeof(command),
		 "ip link add under type veth peer name under netns %s && ip address add " NEAR
		 "/24 dev under && ip link set under mtu %u up",
		 path, mtu);
	run(wire->near, command);
	snprintf(command, sizeof(command),
		 "ip address add " FAR "/24 dev under && ip link set under mtu %u up", mtu);
	run(wire->far, command);
	setenv("PHONELAB_TRUNK_SECRET", SECRET, 1);
}

static void wire_down(struct wire *wire)
{
	unsetenv("PHONELAB_TRUNK_SECRET");
	close(wire->near);
	close(wire->far);
}

/* A counter of the trunk at a port, from status. */
static json_int_t counter(const struct switch_lab *lab, const char *port, const char *name)
{
	json_t *object = switch_lab_port(lab, port), *trunk = json_object_get(object, "trunk");
	json_int_t value = json_integer_value(json_object_get(trunk, name));

	assert_non_null(json_object_get(trunk, name));
	json_decref(object);
	return value;
}

struct lab {
	struct wire wire;
	struct switch_lab core, closet;
};

/* With an MTU of 1450, each switch reports it after it is ready. */
static void lab_start(struct lab *lab, const char *core, const char *closet, unsigned mtu)
{
	const char *fragments =
	    "sw2: uplink Te1/1/1: the MTU of the route to the peer is 1450: frames of more than "
	    "1414 octets go in fragments (an MTU of 1554 avoids that)\n";

	wire_up(&lab->wire, mtu);
	switch_lab_spawn(&lab->core, "sw1", core, dup(lab->wire.near));
	switch_lab_wait_ready(&lab->core);
	switch_lab_spawn(&lab->closet, "sw2", closet, dup(lab->wire.far));
	assert_true(
	    sandbox_wait_text(&lab->closet.child, LAB_PATIENCE, mtu == 1450 ? fragments : ": ready: "));
	switch_lab_show_until(&lab->closet, "interfaces Te1/1/1 status", " connected ", false);
	switch_lab_show_until(&lab->core, "interfaces Te1/1/4 status", " connected ", false);
}

static void lab_end(struct lab *lab)
{
	assert_int_equal(switch_lab_end(&lab->closet), 0);
	assert_int_equal(switch_lab_end(&lab->core), 0);
	wire_down(&lab->wire);
}

static struct sandbox_child start_tshark(int ns, const char *const fields[])
{
	const char *argv[32] = {"tshark", "-n", "-l", "-i", "under", "-Y", "vlan", "-T", "fields"};
	struct sandbox_child tshark;
	unsigned count = 9;

	while (*fields) {
		argv[count++] = "-e";
		argv[count++] = *fields++;
	}
	assert_true(sandbox_spawn(&tshark, ns, argv));
	/* tshark says that it captures before its dumpcap has opened the interface; the name of the file comes after. */
	assert_true(sandbox_wait_text(&tshark, LAB_PATIENCE, "File: \""));
	return tshark;
}

/* udhcpc behind the closet gets its lease from dnsmasq behind core. The peer of core is learned. tshark reads the datagrams
 * as VXLAN, with the tag; the switch reports the MTU, and its frames of full size arrive. */
static void test_dhcp_through_a_trunk(void **state)
{
	struct sandbox_child server, client, tshark;
	struct lab lab;
	char text[4096];

	(void)state;
	lab_start(&lab, SNOOPING LISTEN, SNOOPING UPLINK, 1450);
	tshark = start_tshark(lab.wire.far, (const char *const[]){"udp.dstport", "vxlan.vni", "vlan.id",
								  "dhcp.option.dhcp", NULL});
	switch_lab_cable(&server, &lab.core, "Gi1/0/48", "10.10.0.2/24",
			 (const char *const[]){"dnsmasq", "-k", "-p0", "--conf-file=/dev/null", "--user=root",
					       "--group=", "--dhcp-range=10.10.0.50,10.10.0.60,1h",
					       "--dhcp-leasefile=/tmp/leases", "--no-ping",
					       "--dhcp-authoritative", "--log-facility=-", NULL});
	assert_true(sandbox_wait_text(&server, LAB_PATIENCE, "DHCP, IP range"));
	switch_lab_cable(&client, &lab.closet, "Gi1/0/2", NULL,
			 (const char *const[]){"udhcpc", "-i", "eth0", "-f", "-n", "-t", "10", "-T", "1",
					       "-s", "/bin/true", NULL});
	assert_true(sandbox_wait_text(&client, LAB_PATIENCE * 2, "lease of 10.10.0."));
	assert_true(sandbox_wait_text(&tshark, LAB_PATIENCE, "4789,68\t101\t10\t5\n"));
	sandbox_end(&client);
	switch_lab_cable(
	    &client, &lab.closet, "Gi1/0/3", "10.10.0.3/24",
	    (const char *const[]){"busybox", "ping", "-c", "3", "-w", "10", "-s", "1472", "10.10.0.2", NULL});
	if (sandbox_wait(&client, LAB_PATIENCE * 2, text, sizeof(text)))
		fail_msg("%s", text);
	assert_non_null(strstr(text, "3 packets received"));
	switch_lab_show_until(&lab.core, "mac address-table", "DYNAMIC     Te1/1/4", false);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1",
			      "Trunk over UDP, VNI 101, peer " NEAR ":4789, state up, keepalives on", false);
	switch_lab_show_until(&lab.core, "interfaces Te1/1/4", "peer " FAR ":4789, state up", false);
	switch_lab_show_until(&lab.core, "cdp neighbors", "sw2              Ten 1/1/4", false);
	assert_true(counter(&lab.core, "Te1/1/4", "in_frames") > 4);
	assert_int_equal(counter(&lab.core, "Te1/1/4", "unknown_peer"), 0);
	sandbox_end(&tshark);
	sandbox_end(&client);
	sandbox_end(&server);
	lab_end(&lab);
}

static void pass(struct switch_lab_device *from, struct switch_lab_device *to, uint8_t mark)
{
	int tci;

	device_send(from, 255, 1, -1, mark);
	assert_int_equal(device_receive(to, &tci), mark);
}

/* A port that is shut down takes the other end down; a switch that is killed comes back; a closet that moves is found. */
static void test_links_and_moves(void **state)
{
	const char *shut[] = {"interface Te1/1/4", "shutdown"},
		   *open[] = {"interface Te1/1/4", "no shutdown"};
	struct switch_lab_device one = {0}, two = {0};
	struct lab lab;

	(void)state;
	lab_start(&lab, LISTEN, UPLINK, 1600);
	device_up(&one, &lab.core, "Gi1/0/1");
	device_up(&two, &lab.closet, "Gi1/0/1");
	pass(&one, &two, 1);
	pass(&two, &one, 2);
	switch_lab_configure(&lab.core, shut, 2);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1 status", "notconnect", false);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1", "state held", false);
	switch_lab_configure(&lab.core, open, 2);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1 status", " connected ", false);
	pass(&one, &two, 3);
	/* The kernel gives the keepalives of the same session another source. */
	run(lab.wire.far,
	    "ip address add " MOVED "/24 dev under && ip address del " FAR "/24 dev under; ip address "
	    "replace " MOVED "/24 dev under");
	switch_lab_show_until(&lab.core, "interfaces Te1/1/4", "peer " MOVED ":4789, state up", false);
	pass(&one, &two, 4);
	device_unplug(&one);
	switch_lab_kill(&lab.core);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1 status", "notconnect", false);
	switch_lab_spawn(&lab.core, "sw1", LISTEN, dup(lab.wire.near));
	switch_lab_wait_ready(&lab.core);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1 status", " connected ", false);
	device_up(&one, &lab.core, "Gi1/0/1");
	switch_lab_show_until(&lab.core, "interfaces Te1/1/4 status", " connected ", false);
	pass(&two, &one, 5);
	device_unplug(&one);
	device_unplug(&two);
	lab_end(&lab);
}

static struct sandbox_child impair(const char *rule)
{
	struct sandbox_child child;
	char *program = strdup(sandbox_program("switch-sim"));

	assert_true(sandbox_spawn(
	    &child, -1,
	    (const char *const[]){program, "--control", "/tmp/sw2.sock", "impair", "add", rule, NULL}));
	free(program);
	return child;
}

/* A frame of length octets from src, with count tags. */
static size_t tagged_frame(uint8_t *frame, size_t length, uint8_t src, const uint16_t *tags, unsigned count)
{
	size_t at = ETHER_ADDRESSES;

	for (size_t i = 0; i < length; i++)
		frame[i] = (uint8_t)i;
	memset(frame, 0xff, 6);
	memcpy(frame + 6, (const uint8_t[]){2, 0, 0, 0, 0, src}, 6);
	for (unsigned i = 0; i < 2 * count; i++, at += 2)
		wire_put16(frame + at, tags[i]);
	wire_put16(frame + at, 0x88b5);
	return length;
}

static void add_rule(const char *rule)
{
	struct sandbox_child child = impair(rule);
	char text[1024];

	if (sandbox_wait(&child, LAB_PATIENCE, text, sizeof(text)))
		fail_msg("%s: %s", rule, text);
	sandbox_end(&child);
}

/* A frame of 1,200 octets with a mark, as device_send makes small ones. */
static void send_large(struct switch_lab_device *from, uint8_t mark)
{
	uint8_t frame[1200];

	tagged_frame(frame, sizeof(frame), 1, NULL, 0);
	frame[ETHER_HEADER] = mark;
	assert_int_equal(raw_send(from->raw, frame, sizeof(frame)), 0);
}

/* Rules act on a trunk as on any cable: loss, delay, frames that are too large for the path, a cut. */
static void test_faults(void **state)
{
	struct switch_lab_device one = {0}, two = {0};
	struct lab lab;
	int tci;

	(void)state;
	lab_start(&lab, LISTEN, UPLINK, 1600);
	device_up(&one, &lab.core, "Gi1/0/1");
	device_up(&two, &lab.closet, "Gi1/0/1");
	add_rule("{\"ports\":[\"Te1/1/1\"],\"direction\":\"in\",\"filter\":\"ether proto 0x88b5 and "
		 "ether[14] = 7\","
		 "\"take\":{\"every\":2},\"action\":{\"drop\":{}}}");
	for (uint8_t i = 0; i < 4; i++)
		device_send(&one, 255, 1, -1, 7);
	device_send(&one, 255, 1, -1, 8);
	assert_int_equal(device_receive(&two, &tci), 7);
	assert_int_equal(device_receive(&two, &tci), 7);
	assert_int_equal(device_receive(&two, &tci), 8);
	add_rule("{\"ports\":[\"Te1/1/1\"],\"direction\":\"in\",\"filter\":\"ether proto 0x88b5 and "
		 "ether[14] = 9\","
		 "\"action\":{\"delay\":{\"ms\":2000}}}");
	device_send(&one, 255, 1, -1, 9);
	device_send(&one, 255, 1, -1, 10);
	assert_int_equal(device_receive(&two, &tci), 10);
	assert_int_equal(device_receive(&two, &tci), 9);
	send_large(&one, 11);
	assert_int_equal(device_receive(&two, &tci), 11);
	add_rule("{\"ports\":[\"Te1/1/1\"],\"direction\":\"in\",\"filter\":\"greater "
		 "1000\",\"action\":{\"drop\":{}}}");
	send_large(&one, 12);
	device_send(&one, 255, 1, -1, 13);
	assert_int_equal(device_receive(&two, &tci), 13);
	add_rule("{\"ports\":[\"Te1/1/1\"],\"action\":{\"flap\":{\"down_ms\":600000,\"up_ms\":1000}}}");
	switch_lab_show_until(&lab.core, "interfaces Te1/1/4 status", "notconnect", false);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1 status", "notconnect", false);
	device_unplug(&one);
	device_unplug(&two);
	lab_end(&lab);
}

static void expect_frame(struct raw *raw, const uint8_t *expected, size_t length)
{
	for (int i = 0; i < 200; i++) {
		struct pollfd readable = {.fd = raw_fd(raw), .events = POLLIN};
		uint8_t frame[RAW_FRAME_MAX];
		ssize_t got = raw_receive(raw, frame, sizeof(frame));

		if (got == -EAGAIN)
			poll(&readable, 1, LAB_PATIENCE / 100);
		else if (got == (ssize_t)length && !memcmp(frame, expected, length))
			return;
	}
	fail_msg("a frame of %zu octets did not arrive unchanged", length);
}

/* The kernel's vxlan device at the other end: no keepalives, another source port for each flow; frames of 118 and 1518 octets
 * and with two tags keep their octets in both directions. */
static void test_kernel_vxlan(void **state)
{
	static const uint16_t one_tag[] = {ETHER_VLAN, 110}, two_tags[] = {ETHER_VLAN, 110, ETHER_VLAN, 7};
	const struct {
		size_t length;
		const uint16_t *tags;
		unsigned count;
	} cases[] = {{118, one_tag, 1}, {1518, one_tag, 1}, {122, two_tags, 2}, {1522, two_tags, 2}};
	const struct raw_options options = {.interface = "vx", .promiscuous = true};
	struct switch_lab_device device = {0};
	uint8_t frame[RAW_FRAME_MAX], bare[RAW_FRAME_MAX];
	struct switch_lab lab;
	struct wire wire;
	struct raw *raw;
	json_int_t unknown;
	char text[1024];

	(void)state;
	wire_up(&wire, 1450);
	unsetenv("PHONELAB_TRUNK_SECRET");
	if (sandbox_command(wire.far, LAB_PATIENCE, text, sizeof(text),
			    (const char *const[]){"sh", "-c",
						  "ip link add vx type vxlan id 101 remote " NEAR
						  " dstport 4789 && ip link set vx mtu 1510 up",
						  NULL})) {
		print_message("this kernel has no VXLAN: %s", text);
		wire_down(&wire);
		skip();
	}
	switch_lab_spawn(
	    &lab, "sw1",
	    "\"ports\":[{\"port\":\"Gi1/0/1\",\"mode\":\"trunk\"}],\"uplinks\":[{\"port\":\"Te1/1/1\","
	    "\"over\":\"udp\",\"peer\":\"" FAR "\",\"vni\":101,\"keepalive\":false}]",
	    dup(wire.near));
	switch_lab_wait_ready(&lab);
	switch_lab_show_until(&lab, "interfaces Te1/1/1 status", " connected ", false);
	/* The kernel's device was up before the switch knew its peer, and may have sent something. */
	unknown = counter(&lab, "Te1/1/1", "unknown_peer");
	device_up(&device, &lab, "Gi1/0/1");
	/* Room for the second tag. */
	run(wire.near, "ip link set gi1-0-1 mtu 1504");
	run(device.ns, "ip link set eth0 mtu 1504");
	if (raw_open(&raw, wire.far, &options, &why))
		fail_msg("%s", why.text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t length = tagged_frame(frame, cases[i].length, 1, cases[i].tags, cases[i].count);

		assert_int_equal(raw_send(device.raw, frame, length), 0);
		expect_frame(raw, frame, length);
		memcpy(bare, frame, length);
		bare[11] = 2;
		assert_int_equal(raw_send(raw, bare, length), 0);
		expect_frame(device.raw, bare, length);
	}
	assert_int_equal(counter(&lab, "Te1/1/1", "keepalives_out"), 0);
	assert_int_equal(counter(&lab, "Te1/1/1", "unknown_peer"), unknown);
	raw_close(raw);
	device_unplug(&device);
	assert_int_equal(switch_lab_end(&lab), 0);
	wire_down(&wire);
}

static int hostile_socket(const struct wire *wire)
{
	const struct sockaddr_in near = {
	    .sin_family = AF_INET, .sin_port = htons(VXLAN_PORT), .sin_addr.s_addr = inet_addr(NEAR)};
	int fd = netns_socket(wire->far, AF_INET, SOCK_DGRAM, 0, &why);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&near, sizeof(near)), 0);
	return fd;
}

static long resident_kib(const struct switch_lab *lab)
{
	char path[64], line[128];
	long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)lab->child.pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

struct count {
	const struct switch_lab *lab;
	const char *name;
	json_int_t least;
};

static bool is_counted(void *arg)
{
	const struct count *count = arg;

	return counter(count->lab, "Te1/1/4", count->name) >= count->least;
}

static void wait_counter(const struct switch_lab *lab, const char *name, json_int_t least)
{
	struct count count = {lab, name, least};

	if (!sandbox_until(LAB_PATIENCE, is_counted, &count))
		fail_msg("%s is %d, expected at least %d", name, (int)counter(lab, "Te1/1/4", name),
			 (int)least);
}

static void write_hosts(const char *text)
{
	FILE *file = fopen("/tmp/hosts", "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* The name of the peer is unknown at first, then it has an address, then another: the switch resolves it while the peer is
 * silent. */
static void test_names(void **state)
{
	struct lab lab;

	(void)state;
	write_hosts("127.0.0.1 localhost\n");
	run(NEITHER,
	    "touch /tmp/resolv.conf; mount --bind /tmp/hosts /etc/hosts && mount --bind /tmp/resolv.conf "
	    "/etc/resolv.conf");
	wire_up(&lab.wire, 1600);
	switch_lab_spawn(
	    &lab.closet, "sw2",
	    "\"uplinks\":[{\"port\":\"Te1/1/1\",\"over\":\"udp\",\"peer\":\"core.test\",\"vni\":101}]",
	    dup(lab.wire.far));
	assert_true(sandbox_wait_text(&lab.closet.child, LAB_PATIENCE,
				      "sw2: uplink Te1/1/1: cannot resolve \"core.test\": "));
	switch_lab_spawn(&lab.core, "sw1", LISTEN, dup(lab.wire.near));
	switch_lab_wait_ready(&lab.core);
	write_hosts(NEAR " core.test\n");
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1 status", " connected ", false);
	/* The machine of core is replaced: another address, another session. */
	switch_lab_kill(&lab.core);
	run(lab.wire.near, "ip address add " MOVED "/24 dev under && ip address del " NEAR
			   "/24 dev under; ip address replace " MOVED "/24 dev under");
	switch_lab_spawn(&lab.core, "sw1", LISTEN, dup(lab.wire.near));
	switch_lab_wait_ready(&lab.core);
	write_hosts(MOVED " core.test\n");
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1", "peer " MOVED ":4789, state up", false);
	switch_lab_show_until(&lab.core, "interfaces Te1/1/4 status", " connected ", false);
	run(NEITHER, "umount /etc/hosts; umount /etc/resolv.conf");
	lab_end(&lab);
}

static void test_ipv6(void **state)
{
	struct switch_lab_device one = {0}, two = {0};
	struct lab lab;

	(void)state;
	wire_up(&lab.wire, 1450);
	if (access("/proc/net/if_inet6", F_OK)) {
		print_message("this kernel has no IPv6\n");
		wire_down(&lab.wire);
		skip();
	}
	run(lab.wire.near, "ip address add 2001:db8::1/64 dev under nodad");
	run(lab.wire.far, "ip address add 2001:db8::2/64 dev under nodad");
	switch_lab_spawn(&lab.core, "sw1", LISTEN, dup(lab.wire.near));
	switch_lab_wait_ready(&lab.core);
	switch_lab_spawn(
	    &lab.closet, "sw2",
	    "\"uplinks\":[{\"port\":\"Te1/1/1\",\"over\":\"udp\",\"peer\":\"[2001:db8::1]\",\"vni\":101}]",
	    dup(lab.wire.far));
	assert_true(sandbox_wait_text(
	    &lab.closet.child, LAB_PATIENCE,
	    "peer is 1450: frames of more than 1394 octets go in fragments (an MTU of 1574 "));
	switch_lab_show_until(&lab.core, "interfaces Te1/1/4", "peer [2001:db8::2]:4789, state up", false);
	switch_lab_show_until(&lab.closet, "interfaces Te1/1/1 status", " connected ", false);
	device_up(&one, &lab.core, "Gi1/0/1");
	device_up(&two, &lab.closet, "Gi1/0/1");
	pass(&one, &two, 1);
	pass(&two, &one, 2);
	device_unplug(&one);
	device_unplug(&two);
	lab_end(&lab);
}

/* Datagrams of another VNI, from another port than the peer's, forged keepalives, oversize and random ones: all are counted,
 * none is forwarded, nothing grows, and the trunk stays up. */
static void test_hostile_datagrams(void **state)
{
	enum { RANDOM = 1000000 };
	uint8_t data[4096], keepalive[TRUNK_KEEPALIVE];
	const struct trunk_keepalive forged = {.vni = 101, .up = true, .session = 7, .sequence = 1};
	struct switch_lab_device device = {0};
	struct lab lab;
	struct rng rng;
	long before;
	int fd, tci;

	(void)state;
	lab_start(&lab, LISTEN, UPLINK, 1600);
	device_up(&device, &lab.core, "Gi1/0/1");
	fd = hostile_socket(&lab.wire);
	before = resident_kib(&lab.core);
	vxlan_header(data, 102);
	tagged_frame(data + VXLAN_HEADER, 60, 9, NULL, 0);
	assert_int_equal(send(fd, data, VXLAN_HEADER + 60, 0), VXLAN_HEADER + 60);
	wait_counter(&lab.core, "wrong_vni", 1);
	vxlan_header(data, 101);
	assert_int_equal(send(fd, data, VXLAN_HEADER + 60, 0), VXLAN_HEADER + 60);
	assert_int_equal(send(fd, data, sizeof(data), 0), sizeof(data));
	wait_counter(&lab.core, "unknown_peer", 2);
	trunk_keepalive_encode(&forged, keepalive, sizeof(keepalive));
	assert_int_equal(send(fd, keepalive, sizeof(keepalive), 0), sizeof(keepalive));
	assert_int_equal(send(fd, keepalive, sizeof(keepalive) - 1, 0), sizeof(keepalive) - 1);
	wait_counter(&lab.core, "forged", 2);
	rng_seed(&rng, 14, "trunk");
	for (int i = 0; i < RANDOM; i++) {
		size_t length = rng_range(&rng, 0, 200);

		for (size_t at = 0; at < length; at++)
			data[at] = (uint8_t)rng_next(&rng);
		if (rng_range(&rng, 0, 1)) /* half of them with a good header */
			vxlan_header(data, 101 + (uint32_t)rng_range(&rng, 0, 1));
		send(fd, data, length, 0);
	}
	wait_counter(&lab.core, "malformed", 1000);
	wait_counter(&lab.core, "unknown_peer", 1000);
	assert_true(resident_kib(&lab.core) < before + 1024);
	/* The first frame that the device receives is that of the real peer. */
	close(fd);
	switch_lab_show_until(&lab.core, "interfaces Te1/1/4 status", " connected ", false);
	{
		struct switch_lab_device two = {0};

		device_up(&two, &lab.closet, "Gi1/0/1");
		device_send(&two, 255, 2, -1, 5);
		assert_int_equal(device_receive(&device, &tci), 5);
		device_unplug(&two);
	}
	device_unplug(&device);
	lab_end(&lab);
}

/* Without a secret, or with a short one, the switch does not start, and does not print the secret. */
static void test_secrets(void **state)
{
	struct wire wire;
	struct switch_lab lab;
	char text[2048];

	(void)state;
	wire_up(&wire, 1600);
	setenv("PHONELAB_TRUNK_SECRET", "too short", 1);
	switch_lab_spawn(&lab, "sw1", LISTEN, dup(wire.near));
	assert_int_equal(sandbox_wait(&lab.child, LAB_PATIENCE, text, sizeof(text)), 1);
	assert_non_null(
	    strstr(text, "PHONELAB_TRUNK_SECRET: found a secret of 9 octets for the keepalives of trunks, "
			 "expected 16 to 256"));
	assert_null(strstr(text, "too short"));
	switch_lab_kill(&lab);
	wire_down(&wire);
}

#define TEST(name) cmocka_unit_test_teardown(name, switch_lab_clean)

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_dhcp_through_a_trunk),
	    TEST(test_links_and_moves),
	    TEST(test_faults),
	    TEST(test_kernel_vxlan),
	    TEST(test_hostile_datagrams),
	    TEST(test_secrets),
	    TEST(test_names),
	    TEST(test_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return sandbox_run(all_tests, 300);
}
