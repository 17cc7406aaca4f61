/*
 * An interface of the machine at a port of the real switch-sim. A veth pair stands for the NIC and its cable: nic0 is in
 * the namespace of the test, wire0 in that of "the network". Both keep their offloads, so that the kernel at one end
 * hands over unfinished checksums and frames of many segments; the kernel at the other end is the witness that what
 * arrives is whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/udp.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/control.h"
#include "cable/address.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "cable/nic.h"
#include "phonelab/lab/nic.h"
#include "tests/support/command.h"
#include "tests/support/switch_lab.h"

#define BULK (6 << 20) /* octets of a stream */

static struct fail why;
static struct rtnl *own;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

/* Make the pair, and set both ends up. *far is the namespace of the other end. */
static void make_nic(const char *name, const char *wire, int *far)
{
	const struct link_veth veth = {.name = name, .peer_name = wire, .peer_ns = *far};
	struct rtnl *rtnl;
	int index;

	ok(link_create_veth(own, &veth, &why));
	ok(index = link_index(own, name, &why));
	ok(link_set_up(own, index, true, &why));
	ok(rtnl_open(&rtnl, *far, &why));
	ok(index = link_index(rtnl, wire, &why));
	ok(link_set_up(rtnl, index, true, &why));
	rtnl_close(rtnl);
}

static void delete_nic(const char *name)
{
	int index = link_index(own, name, &why);

	if (index > 0)
		ok(link_delete(own, index, &why));
}

static void sh(int ns, const char *line)
{
	char text[1000];

	if (sandbox_command(ns, 20000, text, sizeof(text), (const char *const[]){"sh", "-c", line, NULL}))
		fail_msg("%s: %s", line, text);
}

static void attach(const struct switch_lab *lab, const char *port, const char *name)
{
	int descriptor[NIC_DESCRIPTORS];
	char socket[64];

	ok(nic_open(descriptor, name, false, &why));
	snprintf(socket, sizeof(socket), "/tmp/%s.sock", lab->name);
	ok(lab_nic_attach(socket, port, name, descriptor, &why));
	nic_close_descriptors(descriptor);
}

static void detach(const struct switch_lab *lab, const char *port)
{
	char socket[64];
	json_t *reply;

	snprintf(socket, sizeof(socket), "/tmp/%s.sock", lab->name);
	reply = control_ask(socket, json_pack("{s:s,s:s}", "do", "nic detach", "port", port), LAB_PATIENCE,
			    NULL, &why);
	if (!reply)
		fail_msg("%s", why.text);
	json_decref(reply);
}

/* --- the kernel at both ends --- */

static struct sockaddr_storage address_of(const char *text, socklen_t *size)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;

	if (strchr(text, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(5000);
		assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
		*size = sizeof(*six);
	} else {
		four->sin_family = AF_INET;
		four->sin_port = htons(5000);
		assert_int_equal(inet_pton(AF_INET, text, &four->sin_addr), 1);
		*size = sizeof(*four);
	}
	return address;
}

static int ready(int fd, short events)
{
	struct pollfd it = {.fd = fd, .events = events};

	return poll(&it, 1, LAB_PATIENCE) > 0;
}

/* A TCP connection from one namespace to an address of another. */
static void join(int from_ns, int to_ns, const char *to, int *from, int *accepted)
{
	socklen_t size;
	struct sockaddr_storage address = address_of(to, &size);
	int listener, on = 1;

	ok(listener = netns_socket(to_ns, address.ss_family, SOCK_STREAM, 0, &why));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	ok(*from = netns_socket(from_ns, address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0, &why));
	assert_true(!connect(*from, (struct sockaddr *)&address, size) || errno == EINPROGRESS);
	assert_true(ready(listener, POLLIN));
	*accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(*accepted >= 0);
	close(listener);
	assert_true(ready(*from, POLLOUT));
}

/* Send BULK octets through, and compare them. */
static void stream(int from_ns, int to_ns, const char *to)
{
	uint32_t *sent = malloc(BULK), *got = malloc(BULK);
	size_t out = 0, in = 0;
	int from, accepted;

	assert_true(sent && got);
	for (size_t i = 0; i < BULK / sizeof(*sent); i++)
		sent[i] = (uint32_t)i * 2654435761u;
	join(from_ns, to_ns, to, &from, &accepted);
	while (in < BULK) {
		struct pollfd fds[] = {{.fd = out < BULK ? from : -1, .events = POLLOUT},
				       {.fd = accepted, .events = POLLIN}};
		ssize_t n;

		if (poll(fds, 2, LAB_PATIENCE) <= 0)
			fail_msg("%s: the stream stopped after %zu octets", to, in);
		if (fds[0].revents && (n = send(from, (char *)sent + out, BULK - out, MSG_NOSIGNAL)) > 0)
			out += (size_t)n;
		if (fds[1].revents && (n = recv(accepted, (char *)got + in, BULK - in, 0)) > 0)
			in += (size_t)n;
	}
	assert_memory_equal(sent, got, BULK);
	close(from);
	close(accepted);
	free(sent);
	free(got);
}

/* Datagrams of 1,200 octets that the stack hands over as one, and one by one. */
static void datagrams(int from_ns, int to_ns, const char *to, bool segments)
{
	static uint8_t data[12000], got[2000];
	const int size = 1200;
	socklen_t length;
	struct sockaddr_storage address = address_of(to, &length);
	int from, at;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	ok(at = netns_socket(to_ns, address.ss_family, SOCK_DGRAM, 0, &why));
	assert_int_equal(bind(at, (struct sockaddr *)&address, length), 0);
	ok(from = netns_socket(from_ns, address.ss_family, SOCK_DGRAM, 0, &why));
	assert_int_equal(connect(from, (struct sockaddr *)&address, length), 0);
	if (segments) {
		assert_int_equal(setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)), 0);
		assert_int_equal(send(from, data, sizeof(data), 0), sizeof(data));
	} else {
		for (int i = 0; i < 10; i++)
			assert_int_equal(send(from, data + i * size, (size_t)size, 0), size);
	}
	for (int i = 0; i < 10; i++) {
		if (!ready(at, POLLIN))
			fail_msg("%s: %d of 10 datagrams have arrived", to, i);
		assert_int_equal(recv(at, got, sizeof(got), 0), size);
		assert_memory_equal(got, data + i * size, (size_t)size);
	}
	close(from);
	close(at);
}

static void give_address(int ns, const char *interface, unsigned host)
{
	char line[300];

	snprintf(line, sizeof(line),
		 "ip addr add 10.10.0.%u/24 dev %s && ip -6 addr add fd00::%u/64 dev %s nodad && ip link set "
		 "%s up",
		 host, interface, host, interface, interface);
	sh(ns, line);
}

/* The frames of its stack are made whole, and what leaves by it is ordinary: streams and datagrams, both ways. */
static void test_offload(void **state)
{
	struct switch_lab lab;
	struct switch_lab_device phone = {0};
	int far = -1;

	(void)state;
	ok(netns_new(&far, &why));
	switch_lab_start(&lab, "sw1", "");
	make_nic("nic0", "wire0", &far);
	attach(&lab, "Gi1/0/10", "nic0");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "connected", false);
	device_up(&phone, &lab, "Gi1/0/1");
	give_address(far, "wire0", 1);
	give_address(phone.ns, "eth0", 2);
	stream(far, phone.ns, "10.10.0.2");
	stream(far, phone.ns, "fd00::2");
	stream(phone.ns, far, "10.10.0.1");
	stream(phone.ns, far, "fd00::1");
	for (int segments = 0; segments < 2; segments++) {
		datagrams(far, phone.ns, "10.10.0.2", segments);
		datagrams(far, phone.ns, "fd00::2", segments);
		datagrams(phone.ns, far, "10.10.0.1", segments);
	}
	/* It was the offload that was tested: wire0 has it, and the stack sends frames of many segments. */
	sh(far, "ethtool -k wire0 | grep -q '^tcp-segmentation-offload: on' && ethtool -k wire0 | "
		"grep -q '^tx-checksumming: on'");
	sh(-1, "ethtool -k nic0 | grep -q '^tcp-segmentation-offload: on'");
	device_unplug(&phone);
	assert_int_equal(switch_lab_end(&lab), 0);
	delete_nic("nic0");
	close(far);
}

/* A tag goes in and out: a device behind the NIC is in the voice VLAN, like a phone. */
static void test_tags(void **state)
{
	const struct raw_options options = {.interface = "wire0", .promiscuous = true};
	struct switch_lab_device phone = {0}, behind = {0};
	struct switch_lab lab;
	int tci;

	(void)state;
	ok(netns_new(&behind.ns, &why));
	switch_lab_start(&lab, "sw1", "");
	make_nic("nic0", "wire0", &behind.ns);
	attach(&lab, "Gi1/0/10", "nic0");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "connected", false);
	device_up(&phone, &lab, "Gi1/0/1");
	ok(raw_open(&behind.raw, behind.ns, &options, &why));
	device_send(&behind, 255, 7, 110 | 5 << 13, 0x11);
	assert_int_equal(device_receive(&phone, &tci), 0x11);
	assert_int_equal(tci & 0xfff, 110);
	assert_int_equal(tci >> 13, 5);
	device_send(&phone, 7, 8, 110, 0x12);
	assert_int_equal(device_receive(&behind, &tci), 0x12);
	assert_int_equal(tci & 0xfff, 110);
	/* Untagged is the access VLAN, and a foreign VLAN does not come in. */
	device_send(&behind, 8, 7, 20, 0x13);
	device_send(&behind, 255, 7, -1, 0x14);
	assert_int_equal(device_receive(&phone, &tci), 0x14);
	assert_int_equal(tci, -1);
	device_unplug(&phone);
	device_unplug(&behind);
	assert_int_equal(switch_lab_end(&lab), 0);
	delete_nic("nic0");
}

/* What this machine itself sends by the NIC does not come in: it goes out by the cable only. */
static void test_own_stack(void **state)
{
	const struct raw_options here = {.interface = "nic0"},
				 there = {.interface = "wire0", .promiscuous = true};
	struct switch_lab_device stack = {0}, phone = {0}, behind = {0};
	struct switch_lab lab;
	int tci;

	(void)state;
	ok(netns_new(&behind.ns, &why));
	switch_lab_start(&lab, "sw1", "");
	make_nic("nic0", "wire0", &behind.ns);
	attach(&lab, "Gi1/0/10", "nic0");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "connected", false);
	device_up(&phone, &lab, "Gi1/0/1");
	ok(raw_open(&stack.raw, -1, &here, &why));
	ok(raw_open(&behind.raw, behind.ns, &there, &why));
	device_send(&stack, 255, 5, -1, 0x21);
	assert_int_equal(device_receive(&behind, &tci), 0x21);
	device_send(&behind, 255, 6, -1, 0x22);
	/* The first that the lab gets is that from behind. */
	assert_int_equal(device_receive(&phone, &tci), 0x22);
	device_unplug(&phone);
	device_unplug(&behind);
	raw_close(stack.raw);
	assert_int_equal(switch_lab_end(&lab), 0);
	delete_nic("nic0");
}

/* The port follows the link, also of an interface that goes and comes again. */
static void test_link(void **state)
{
	struct switch_lab lab;
	int far = -1, other = -1;

	(void)state;
	ok(netns_new(&far, &why));
	ok(netns_new(&other, &why));
	switch_lab_start(&lab, "sw1", "");
	make_nic("nic0", "wire0", &far);
	attach(&lab, "Gi1/0/10", "nic0");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "connected", false);
	sh(far, "ip link set wire0 down");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "notconnect", false);
	sh(far, "ip link set wire0 up");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", " connected", false);
	sh(-1, "ip link set nic0 down");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "notconnect", false);
	sh(-1, "ip link set nic0 up");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", " connected", false);
	delete_nic("nic0");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "notconnect", false);
	make_nic("nic0", "wire1", &other);
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", " connected", false);
	sh(-1, "ip -d link show nic0 | grep -q 'promiscuity 1'");
	detach(&lab, "Gi1/0/10");
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "notconnect", false);
	sh(-1, "ip -d link show nic0 | grep -q 'promiscuity 0'");
	assert_int_equal(switch_lab_end(&lab), 0);
	delete_nic("nic0");
	close(far);
	close(other);
}

/* Two ports whose NICs are joined: one of them goes to err-disable state, and comes back when the loop is gone. */
static void test_loop(void **state)
{
	struct switch_lab_device phone = {0};
	struct switch_lab lab;
	int here = -1;
	json_t *port;

	(void)state;
	ok(netns_self(&here, &why));
	switch_lab_start(&lab, "sw1", "");
	make_nic("nic0", "nic1", &here);
	attach(&lab, "Gi1/0/10", "nic0");
	attach(&lab, "Gi1/0/11", "nic1");
	switch_lab_show_until(&lab, "logging",
			      "%ETHCNTR-3-LOOP_BACK_DETECTED: Loop-back detected on GigabitEthernet1/0/10",
			      false);
	switch_lab_show_until(&lab, "logging", "%PM-4-ERR_DISABLE: loopback error detected on Gi1/0/10",
			      false);
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", "err-disabled", false);
	switch_lab_show_until(&lab, "interfaces Gi1/0/11 status", " connected", false);
	/* The network works: no storm. */
	device_up(&phone, &lab, "Gi1/0/1");
	device_unplug(&phone);
	detach(&lab, "Gi1/0/11");
	switch_lab_configure(&lab, (const char *[]){"interface Gi1/0/10", "shutdown", "no shutdown"}, 3);
	switch_lab_show_until(&lab, "interfaces Gi1/0/10 status", " connected", false);
	port = switch_lab_port(&lab, "Gi1/0/10");
	assert_true(json_is_null(json_object_get(port, "err_disabled")));
	assert_string_equal(json_string_value(json_object_get(port, "poe_state")), "n/a");
	json_decref(port);
	assert_int_equal(switch_lab_end(&lab), 0);
	delete_nic("nic0");
	close(here);
}

/* --- what speaks against an interface --- */

static void refuses(const char *name, bool consent, int err, const char *needle)
{
	int descriptor[NIC_DESCRIPTORS] = {-1, -1, -1};
	unsigned files = sandbox_open_files();
	int got = nic_open(descriptor, name, consent, &why);

	if (got != err || (err && !strstr(why.text, needle)))
		fail_msg("%s: found %d (%s), expected %d (%s)", name, got, why.text, err, needle);
	nic_close_descriptors(descriptor);
	assert_int_equal(sandbox_open_files(), files);
}

static void test_refused(void **state)
{
	int descriptor[NIC_DESCRIPTORS], far = -1;

	(void)state;
	ok(netns_new(&far, &why));
	make_nic("nic0", "wire0", &far);
	refuses("nix0", false, -ENODEV, "no such interface");
	refuses("a/b", false, -ENODEV, "no such interface");
	refuses("lo", false, -ENODEV, "not an Ethernet interface");
	refuses("nic0", false, 0, "");
	sh(-1, "ip link set nic0 down");
	refuses("nic0", true, -ENETDOWN, "ip link set nic0 up");
	sh(-1, "ip link set nic0 up");
	sh(-1, "ip addr add 169.254.7.7/16 scope link dev nic0");
	refuses("nic0", false, 0, "");
	sh(-1, "ip addr add 192.0.2.7/24 dev nic0");
	refuses("nic0", false, -EADDRINUSE, "it has the address 192.0.2.7/24.");
	refuses("nic0", true, 0, "");
	sh(-1, "ip route add default via 192.0.2.1");
	refuses("nic0", false, -EADDRINUSE, "it carries the default route and has the address 192.0.2.7/24.");
	sh(-1, "ip addr flush dev nic0; ip -6 addr add fd00::7/64 dev nic0 nodad; ip -6 route add default "
	       "via fd00::1");
	refuses("nic0", false, -EADDRINUSE, "it carries the default route.");
	sh(-1, "ip -6 addr flush dev nic0; ip -6 route flush default");
	refuses("nic0", false, 0, "");
	/* A bridge or a sub-interface above it has them. */
	if (!system("ip link add br0 type bridge 2>/dev/null")) {
		sh(-1, "ip link set nic0 master br0; ip link set br0 up; ip addr add 192.0.2.8/24 dev br0");
		refuses("nic0", false, -EADDRINUSE, "it has the address 192.0.2.8/24 (br0).");
		sh(-1, "ip route add default via 192.0.2.1");
		refuses("nic0", false, -EADDRINUSE, "it carries the default route");
		sh(-1, "ip link del br0");
		refuses("nic0", false, 0, "");
	}
	/* It is the far end of one port. */
	ok(nic_open(descriptor, "nic0", false, &why));
	refuses("nic0", true, -EBUSY, "far end of a switch port already");
	nic_close_descriptors(descriptor);
	refuses("nic0", false, 0, "");
	delete_nic("nic0");
	close(far);
}

/* CAP_NET_RAW is all that is needed; without it the reason says so. */
static void test_capability(void **state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	int far = -1, status = 0;
	pid_t pid;

	(void)state;
	ok(netns_new(&far, &why));
	make_nic("nic0", "wire0", &far);
	for (int has = 0; has < 2; has++) {
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			const unsigned bit = has ? 1u << CAP_NET_RAW : 0;
			struct __user_cap_data_struct data[2] = {{.effective = bit, .permitted = bit}};
			int descriptor[NIC_DESCRIPTORS], err;

			if (syscall(SYS_capset, &header, data))
				_exit(9);
			err = nic_open(descriptor, "nic0", false, &why);
			_exit(has ? err != 0 : err != -EPERM || !strstr(why.text, "CAP_NET_RAW"));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	delete_nic("nic0");
	close(far);
}

/* The switch takes only what it can use, and says what is wrong. */
static void test_verbs(void **state)
{
	static const struct {
		const char *request, *reason;
	} bad[] = {
	    {"{\"do\":\"nic attach\"}", "expected the name of a port and of an interface"},
	    {"{\"do\":\"nic attach\",\"port\":\"Gi1/0/1\",\"nic\":\"nic0\"}", "not those of an interface"},
	    {"{\"do\":\"nic attach\",\"port\":\"Gi9/0/1\",\"nic\":\"nic0\"}", "Gi9/0/1"},
	    {"{\"do\":\"nic attach\",\"port\":\"Gi1/0/10\",\"nic\":\"nic0\"}",
	     "port Gi1/0/10 is taken by nic0"},
	    {"{\"do\":\"nic detach\",\"port\":\"Gi1/0/1\"}",
	     "no interface of the machine is attached to port Gi1/0/1"},
	    {"{\"do\":\"nic detach\"}", "found port"},
	};
	struct switch_lab lab;
	int far = -1;

	(void)state;
	ok(netns_new(&far, &why));
	switch_lab_start(&lab, "sw1", "");
	make_nic("nic0", "wire0", &far);
	attach(&lab, "Gi1/0/10", "nic0");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *reply = control_ask("/tmp/sw1.sock", json_loads(bad[i].request, 0, NULL),
					    LAB_PATIENCE, NULL, &why);

		if (reply || !strstr(why.text, bad[i].reason))
			fail_msg("%s: found: %s", bad[i].request, reply ? "ok" : why.text);
	}
	/* Killed: nothing of it remains. */
	switch_lab_kill(&lab);
	sh(-1, "ip -d link show nic0 | grep -q 'promiscuity 0'");
	refuses("nic0", false, 0, "");
	delete_nic("nic0");
	close(far);
}

static int clean(void **state)
{
	switch_lab_clean(state);
	delete_nic("nic0");
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

static int tests(void)
{
	const struct CMUnitTest all[] = {TEST(test_offload),	TEST(test_tags), TEST(test_own_stack),
					 TEST(test_link),	TEST(test_loop), TEST(test_refused),
					 TEST(test_capability), TEST(test_verbs)};

	ok(rtnl_open(&own, -1, &why));
	return cmocka_run_group_tests_name("an interface of the machine", all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 120);
}
