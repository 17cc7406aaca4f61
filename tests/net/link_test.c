#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cable/address.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "cable/offload.h"
#include "cable/plug.h"
#include "cable/raw.h"
#include "tests/support/link_list.h"
#include "tests/support/sandbox.h"

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

/* Two namespaces with a cable between them: "near" here, "eth0" there. */
struct pair {
	struct rtnl *here, *there;
	int ns, near_index, far_index;
};

static const struct mac near_mac = {{0x02, 0, 0, 0, 0, 0x01}}, far_mac = {{0x02, 0, 0, 0, 0, 0x02}};

static void give_address(struct rtnl *rtnl, int ifindex, const char *text)
{
	struct address address;

	ok(address_parse(&address, text, &why));
	ok(address_add(rtnl, ifindex, &address, &why));
}

static int set_up(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct cable_plug plug = {
	    .name = "near", .mac = &near_mac, .peer_name = "eth0", .peer_mac = &far_mac, .up = true};

	ok(netns_new(&pair->ns, &why));
	ok(rtnl_open(&pair->here, -1, &why));
	ok(rtnl_open(&pair->there, pair->ns, &why));
	plug.peer_ns = pair->ns;
	ok(cable_plug_link(pair->here, -1, &plug, &pair->near_index, &why));
	ok(pair->far_index = link_index(pair->there, "eth0", &why));
	*state = pair;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	ok(cable_unplug_link(pair->here, pair->near_index, &why));
	rtnl_close(pair->here);
	rtnl_close(pair->there);
	close(pair->ns);
	free(pair);
	return 0;
}

static void test_plug(void **state)
{
	struct pair *pair = *state;
	struct link_info info;

	ok(link_get(pair->here, "near", &info, &why));
	assert_true(info.up);
	assert_true(mac_equal(&info.mac, &near_mac));
	assert_string_equal(info.kind, "veth");
	assert_int_equal(info.mtu, 1500);
	ok(link_get(pair->there, "eth0", &info, &why));
	assert_true(info.up);
	assert_true(info.carrier);
	assert_true(mac_equal(&info.mac, &far_mac));
}

/* Our end down: the device has no carrier. Up: it has. */
static void test_carrier(void **state)
{
	struct pair *pair = *state;
	struct link_info info;

	ok(link_set_up(pair->here, pair->near_index, false, &why));
	ok(link_get(pair->there, "eth0", &info, &why));
	assert_true(info.up);
	assert_false(info.carrier);
	ok(link_set_up(pair->here, pair->near_index, true, &why));
	ok(link_get(pair->there, "eth0", &info, &why));
	assert_true(info.carrier);
}

static void test_ping(void **state)
{
	static const char *const ping[] = {"busybox", "ping", "-c", "2", "-W", "8", "10.0.0.2", NULL};
	struct pair *pair = *state;
	char text[2048];

	give_address(pair->here, pair->near_index, "10.0.0.1/24");
	give_address(pair->there, pair->far_index, "10.0.0.2/24");
	give_address(pair->there, pair->far_index, "10.0.0.2/24"); /* again: as good */
	if (sandbox_command(-1, 20000, text, sizeof(text), ping))
		fail_msg("ping: %s", text);
	assert_non_null(strstr(text, "2 packets received"));
}

static uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

/* The whole UDP datagram of an Ethernet frame, pseudo header included, sums up to 0xffff (RFC 768). */
static bool udp_checksum_right(const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + 14;
	size_t header = (size_t)(ip[0] & 15) * 4, total = (size_t)ip[2] << 8 | ip[3];
	uint32_t sum;

	if (length < 14 + total || ip[9] != 17)
		return false;
	sum = sum16(0, ip + 12, 8) + 17 + (uint32_t)(total - header);
	sum = sum16(sum, ip + header, total - header);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff && (ip[header + 6] || ip[header + 7]);
}

/* What a stack sends through the cable carries a whole checksum when AF_PACKET takes it off the wire. */
static void test_checksum_on_the_wire(void **state)
{
	struct pair *pair = *state;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(4242)};
	struct raw_options listen = {.interface = "near"};
	struct pollfd readable = {.events = POLLIN};
	uint8_t frame[RAW_FRAME_MAX];
	struct raw *raw;
	unsigned seen = 0;
	ssize_t n;
	int sock;

	give_address(pair->here, pair->near_index, "10.0.0.1/24");
	give_address(pair->there, pair->far_index, "10.0.0.2/24");
	ok(raw_open(&raw, -1, &listen, &why));
	ok(sock = netns_socket(pair->ns, AF_INET, SOCK_DGRAM, 0, &why));
	inet_pton(AF_INET, "10.0.0.1", &to.sin_addr);
	for (size_t size = 1; size < 1400; size += 100) {
		char data[1400];

		memset(data, (int)size, sizeof(data));
		assert_int_equal(sendto(sock, data, size, 0, (struct sockaddr *)&to, sizeof(to)),
				 (ssize_t)size);
	}
	readable.fd = raw_fd(raw);
	while (seen < 14 && poll(&readable, 1, 5000) == 1) {
		n = raw_receive(raw, frame, sizeof(frame));
		assert_true(n > 0);
		if (frame[12] != 0x08 || frame[13] != 0x00 || frame[23] != 17)
			continue;
		assert_true(udp_checksum_right(frame, (size_t)n));
		seen++;
	}
	assert_int_equal(seen, 14);
	raw_close(raw);
	close(sock);
}

/* TCP over a megabyte: no frame is larger than the MTU allows. */
static void test_no_giants(void **state)
{
	static const char *const send[] = {
	    "sh", "-c", "head -c 1000000 /dev/zero | busybox nc -w 10 10.0.0.1 4343 || exit 1", NULL};
	struct pair *pair = *state;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(4343)};
	struct raw_options listen_near = {.interface = "near", .receive_buffer = 8 << 20};
	struct timeval patience = {.tv_sec = 15};
	struct sandbox_child child;
	static char data[65536];
	uint8_t frame[RAW_FRAME_MAX];
	struct raw *raw;
	size_t total = 0, frames = 0;
	ssize_t n;
	int sock = socket(AF_INET, SOCK_STREAM, 0), peer;

	give_address(pair->here, pair->near_index, "10.0.0.1/24");
	give_address(pair->there, pair->far_index, "10.0.0.2/24");
	ok(raw_open(&raw, -1, &listen_near, &why));
	/* Bounds accept and read. */
	assert_int_equal(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(bind(sock, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(sock, 1), 0);
	assert_true(sandbox_spawn(&child, pair->ns, send));
	peer = accept(sock, NULL, NULL);
	assert_true(peer >= 0);
	while ((n = read(peer, data, sizeof(data))) > 0) {
		total += (size_t)n;
		while ((n = raw_receive(raw, frame, sizeof(frame))) > 0) {
			assert_true(n <= 1514);
			frames++;
		}
		assert_int_equal(n, -EAGAIN); /* -EMSGSIZE would be a giant */
	}
	assert_int_equal(total, 1000000);
	assert_true(frames >= 1000000 / 1460);
	sandbox_end(&child);
	close(peer);
	close(sock);
	raw_close(raw);
}

/* Neither end sends IPv6 when a cable is plugged in. */
static void test_quiet(void **state)
{
	struct raw_options listen = {.interface = "near"};
	struct pair *pair = *state;
	uint8_t frame[RAW_FRAME_MAX];
	struct raw *raw;
	ssize_t n;

	ok(raw_open(&raw, -1, &listen, &why));
	ok(link_set_up(pair->here, pair->near_index, false, &why));
	ok(link_set_up(pair->here, pair->near_index, true, &why));
	/* Duplicate address detection and router solicitation would come within this time. */
	poll(NULL, 0, 1500);
	n = raw_receive(raw, frame, sizeof(frame));
	if (n > 0)
		fail_msg("heard a frame of type %02x%02x", frame[12], frame[13]);
	raw_close(raw);
}

static void test_routes(void **state)
{
	static const char *const show[] = {"ip", "-4", "route", NULL};
	struct pair *pair = *state;
	struct address all = {.prefix = 0}, net;
	struct in_addr gateway;
	char text[2048];

	give_address(pair->there, pair->far_index, "10.0.0.2/24");
	ok(address_parse_ip(&gateway, "10.0.0.1", &why));
	ok(address_parse(&net, "10.20.0.77/16", &why)); /* host bits are cut */
	ok(address_route(pair->there, &all, gateway, pair->far_index, &why));
	ok(address_route(pair->there, &all, gateway, pair->far_index, &why));
	ok(address_route(pair->there, &net, gateway, 0, &why));
	assert_int_equal(sandbox_command(pair->ns, 5000, text, sizeof(text), show), 0);
	assert_non_null(strstr(text, "default via 10.0.0.1 dev eth0"));
	assert_non_null(strstr(text, "10.20.0.0/16 via 10.0.0.1 dev eth0"));
	ok(address_flush(pair->there, pair->far_index, &why));
	assert_int_equal(sandbox_command(pair->ns, 5000, text, sizeof(text), show), 0);
	assert_string_equal(text, "");
	/* A gateway that cannot be reached: said in words. */
	assert_int_equal(address_route(pair->there, &all, gateway, pair->far_index, &why), -ENETUNREACH);
	assert_non_null(strstr(why.text, "cannot add the route to 0.0.0.0/0 through 10.0.0.1"));
}

/* Neighbours by hand: a ping that needs no ARP, hence no room in the kernel's table. */
static void test_neighbours(void **state)
{
	static const char *const ping[] = {"busybox", "ping", "-c", "1", "-W", "8", "10.0.0.2", NULL};
	static const char *const show[] = {"ip", "neigh", NULL};
	struct pair *pair = *state;
	struct in_addr one, two;
	char text[2048];

	give_address(pair->here, pair->near_index, "10.0.0.1/24");
	give_address(pair->there, pair->far_index, "10.0.0.2/24");
	ok(address_parse_ip(&one, "10.0.0.1", &why));
	ok(address_parse_ip(&two, "10.0.0.2", &why));
	ok(address_neighbour(pair->here, pair->near_index, two, &far_mac, &why));
	ok(address_neighbour(pair->there, pair->far_index, one, &near_mac, &why));
	ok(address_neighbour(pair->there, pair->far_index, one, &near_mac, &why));
	if (sandbox_command(-1, 20000, text, sizeof(text), ping))
		fail_msg("ping: %s", text);
	assert_int_equal(sandbox_command(pair->ns, 5000, text, sizeof(text), show), 0);
	assert_non_null(strstr(text, "10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 PERMANENT"));
	ok(address_forget(pair->there, pair->far_index, one, &why));
	ok(address_forget(pair->there, pair->far_index, one, &why));
	assert_int_equal(sandbox_command(pair->ns, 5000, text, sizeof(text), show), 0);
	assert_null(strstr(text, "PERMANENT"));
}

static void test_errors(void **state)
{
	struct pair *pair = *state;
	struct cable_plug plug = {.name = "near", .peer_ns = pair->ns, .peer_name = "eth7"};
	struct link_info *links;
	unsigned count;
	int ifindex;

	assert_int_equal(link_index(pair->here, "nothere", &why), -ENODEV);
	assert_int_equal(link_delete(pair->here, 99999, &why), -ENODEV);
	assert_int_equal(cable_plug_link(pair->here, -1, &plug, &ifindex, &why), -EEXIST);
	plug.name = "other";
	plug.peer_name = "eth0"; /* taken over there */
	assert_int_equal(cable_plug_link(pair->here, -1, &plug, &ifindex, &why), -EEXIST);
	plug.peer_name = "a/b";
	assert_int_equal(cable_plug_link(pair->here, -1, &plug, &ifindex, &why), -EINVAL);
	assert_int_not_equal(offload_off(-1, "nothere", &why), 0);
	/* Nothing was left by these, and the cable that was there still is. */
	ok(link_list(pair->here, &links, &count, &why));
	for (unsigned i = 0; i < count; i++)
		assert_true(!strcmp(links[i].name, "near") || strcmp(links[i].kind, "veth"));
	free(links);
	ok(link_index(pair->there, "eth0", &why));
}

static void test_set(void **state)
{
	struct mac mac = {{0x02, 9, 9, 9, 9, 9}};
	struct pair *pair = *state;
	struct link_info info;

	ok(link_set_mac(pair->there, pair->far_index, &mac, &why));
	ok(link_set_up(pair->there, pair->far_index, false, &why));
	ok(link_get(pair->there, "eth0", &info, &why));
	assert_true(mac_equal(&info.mac, &mac));
	assert_int_equal(info.mtu, 1500);
	assert_false(info.up);
}

static unsigned count_veth(struct rtnl *rtnl)
{
	struct link_info *links;
	unsigned count, veth = 0;

	ok(link_list(rtnl, &links, &count, &why));
	for (unsigned i = 0; i < count; i++)
		veth += !strcmp(links[i].kind, "veth");
	free(links);
	return veth;
}

#define MANY 200

/* 200 cables in and out: nothing is left, here or there. */
static void test_many(void **state)
{
	int ns, ifindex[MANY];
	struct rtnl *here, *there;
	unsigned files = sandbox_open_files(), before;

	(void)state;
	ok(rtnl_open(&here, -1, &why));
	before = count_veth(here);
	ok(netns_new(&ns, &why));
	for (int i = 0; i < MANY; i++) {
		char name[32], peer[32];
		struct cable_plug plug = {.name = name, .peer_name = peer, .peer_ns = ns, .up = true};

		snprintf(name, sizeof(name), "gi1-0-%d", i);
		snprintf(peer, sizeof(peer), "eth%d", i);
		ok(cable_plug_link(here, -1, &plug, &ifindex[i], &why));
	}
	ok(rtnl_open(&there, ns, &why));
	assert_int_equal(count_veth(here), before + MANY);
	assert_int_equal(count_veth(there), MANY);
	for (int i = 0; i < 5; i++)
		ok(cable_unplug_link(here, ifindex[i], &why));
	ok(link_delete_many(here, ifindex, MANY, &why)); /* five of them are gone already */
	assert_int_equal(count_veth(here), before);
	assert_int_equal(count_veth(there), 0);
	rtnl_close(there);
	rtnl_close(here);
	close(ns);
	assert_int_equal(sandbox_open_files(), files);
}

/* Plug and unplug with CAP_NET_ADMIN alone, as in a container: 0, or a number that says where it failed. */
static int plug_unprivileged(int ns)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
	    {.effective = 1 << CAP_NET_ADMIN, .permitted = 1 << CAP_NET_ADMIN}, {0}};
	struct cable_plug plug = {.name = "bare",
				  .mac = &near_mac,
				  .peer_ns = ns,
				  .peer_name = "eth1",
				  .peer_mac = &far_mac,
				  .up = true};
	struct rtnl *rtnl;
	int ifindex, home;

	if (syscall(SYS_capset, &header, data))
		return 1;
	if (netns_enter(ns, &home, &why) != -EPERM)
		return 2; /* then this test would not test what it says */
	if (rtnl_open(&rtnl, -1, &why))
		return 3;
	if (cable_plug_link(rtnl, -1, &plug, &ifindex, &why)) {
		fprintf(stderr, "%s\n", why.text);
		return 4;
	}
	if (cable_plug_link(rtnl, -1, &plug, &ifindex, &why) != -EEXIST)
		return 5;
	plug.name = "bare2"; /* eth1 is taken over there: all of it is undone */
	if (cable_plug_link(rtnl, -1, &plug, &ifindex, &why) != -EEXIST)
		return 6;
	if (link_index(rtnl, "bare2", &why) != -ENODEV || link_index(rtnl, "~bare2", &why) != -ENODEV)
		return 7;
	return 0;
}

static void test_unprivileged(void **state)
{
	static const char *const features[] = {"ethtool", "-k", "eth1", NULL};
	struct pair *pair = *state;
	struct link_info info;
	char text[8192];
	int status, ifindex;
	pid_t pid = fork();

	if (pid == 0)
		_exit(plug_unprivileged(pair->ns));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ok(link_get(pair->there, "eth1", &info, &why));
	assert_true(info.up && info.carrier);
	assert_true(mac_equal(&info.mac, &far_mac));
	assert_int_equal(sandbox_command(pair->ns, 5000, text, sizeof(text), features), 0);
	assert_non_null(strstr(text, "tx-checksumming: off"));
	assert_non_null(strstr(text, "generic-segmentation-offload: off"));
	assert_non_null(strstr(text, "generic-receive-offload: off"));
	ok(ifindex = link_index(pair->here, "bare", &why));
	ok(cable_unplug_link(pair->here, ifindex, &why));
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    WITH_PAIR(test_plug),	  WITH_PAIR(test_carrier),
	    WITH_PAIR(test_ping),	  WITH_PAIR(test_checksum_on_the_wire),
	    WITH_PAIR(test_no_giants),	  WITH_PAIR(test_quiet),
	    WITH_PAIR(test_routes),	  WITH_PAIR(test_errors),
	    WITH_PAIR(test_neighbours),	  WITH_PAIR(test_set),
	    WITH_PAIR(test_unprivileged), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
