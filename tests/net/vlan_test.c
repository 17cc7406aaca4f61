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
#include <unistd.h>

#include "base/clock.h"
#include "cable/address.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "cable/plug.h"
#include "cable/raw.h"
#include "cable/vlan.h"
#include "phone-sim/driver/mark.h"
#include "tests/support/command.h"
#include "tests/support/link_list.h"
#include "tests/support/sandbox.h"

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

/* A cable from here ("near") to a device ("eth0" in ns), as in a lab. */
struct bench {
	struct rtnl *here, *there;
	int ns, near_index;
	struct raw *wire; /* hears what the device sends */
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct cable_plug plug = {.name = "near", .peer_name = "eth0", .up = true};
	struct raw_options listen = {.interface = "near"};

	ok(netns_new(&bench->ns, &why));
	ok(rtnl_open(&bench->here, -1, &why));
	ok(rtnl_open(&bench->there, bench->ns, &why));
	plug.peer_ns = bench->ns;
	ok(cable_plug_link(bench->here, -1, &plug, &bench->near_index, &why));
	ok(raw_open(&bench->wire, -1, &listen, &why));
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	struct link_info *links;
	unsigned count;

	/* The sub-interfaces were freed by the test: only lo and eth0 are left there, whichever backend it
	 * was. */
	ok(link_list(bench->there, &links, &count, &why));
	for (unsigned i = 0; i < count; i++)
		assert_false(strchr(links[i].name, '.') || strchr(links[i].name, '~'));
	free(links);
	raw_close(bench->wire);
	ok(cable_unplug_link(bench->here, bench->near_index, &why));
	rtnl_close(bench->here);
	rtnl_close(bench->there);
	close(bench->ns);
	free(bench);
	return 0;
}

static void give_address(struct rtnl *rtnl, const struct vlan *vlan, const char *text)
{
	struct address address;

	ok(address_parse(&address, text, &why));
	ok(address_add(rtnl, vlan_ifindex(vlan), &address, &why));
}

/* Ping 10.110.0.1 from the device while both ends are pumped; its exit status. */
static int ping_through(struct bench *bench, struct vlan *near_end, struct vlan *far_end, char *text,
			size_t size)
{
	static const char *const ping[] = {"busybox", "ping", "-c", "3",	  "-i",
					   "0.2",     "-W",   "10", "10.110.0.1", NULL};
	uint64_t end = clock_now_us() + UINT64_C(10000000) * PATIENCE;
	struct sandbox_child child;
	int status = -1;
	char part[2048];

	*text = 0;
	assert_true(sandbox_spawn(&child, bench->ns, ping));
	while (status < 0 && clock_now_us() < end) {
		struct pollfd fds[5] = {{.fd = child.out, .events = POLLIN},
					{.fd = vlan_far_fd(near_end), .events = POLLIN},
					{.fd = vlan_parent_fd(near_end), .events = POLLIN},
					{.fd = vlan_far_fd(far_end), .events = POLLIN},
					{.fd = vlan_parent_fd(far_end), .events = POLLIN}};

		poll(fds, 5, 100);
		assert_true(vlan_pump(near_end, 0) >= 0);
		assert_true(vlan_pump(far_end, 0) >= 0);
		status = sandbox_wait(&child, 0, part, sizeof(part));
		strncat(text, part, size - strlen(text) - 1);
	}
	sandbox_end(&child);
	return status;
}

/* How many frames the device sent that carry the VID and that priority; one of another VID makes the test
 * fail. */
static unsigned tagged_frames(struct bench *bench, uint16_t vid, unsigned priority)
{
	uint8_t frame[RAW_FRAME_MAX];
	unsigned count = 0;
	ssize_t n;

	while ((n = raw_receive(bench->wire, frame, sizeof(frame))) > 0) {
		assert_int_equal(frame[12] << 8 | frame[13], 0x8100);
		assert_int_equal((frame[14] << 8 | frame[15]) & 0xfff, vid);
		count += frame[14] >> 5 == priority;
	}
	return count;
}

/* What was sent may come a moment later: softirqs are put off when the machine is busy. */
static void await(int fd)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&readable, 1, 5000), 1);
}

/* The mark of a socket is the priority in the tag, with both backends. */
static void marked(struct bench *bench, struct vlan *far_end)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x0a6e0001)};
	int sock = netns_socket(bench->ns, AF_INET, SOCK_DGRAM, 0, &why);

	assert_true(sock >= 0);
	mark_socket(sock, MARK_CALL_CONTROL);
	assert_int_equal(sendto(sock, "CS3", 3, 0, (const struct sockaddr *)&to, sizeof(to)), 3);
	close(sock);
	if (vlan_far_fd(far_end) >= 0) {
		await(vlan_far_fd(far_end));
		assert_true(vlan_pump(far_end, 0) >= 0);
	}
	await(raw_fd(bench->wire));
	assert_int_equal(tagged_frames(bench, 110, 3), 1);
}

static void ping_with(struct bench *bench, enum vlan_backend backend)
{
	struct vlan_options far = {.parent = "eth0", .vid = 110, .backend = backend};
	struct vlan_options near_options = {.parent = "near", .vid = 110, .backend = VLAN_USER};
	struct vlan *far_end, *near_end;
	struct link_info parent, sub;
	char text[4096];

	ok(vlan_new(&far_end, bench->ns, &far, &why));
	ok(vlan_new(&near_end, -1, &near_options, &why));
	assert_string_equal(vlan_name(far_end), "eth0.110");
	assert_int_equal(vlan_vid(far_end), 110);
	assert_true(backend == VLAN_AUTO || vlan_backend(far_end) == backend);
	ok(link_get(bench->there, "eth0", &parent, &why));
	ok(link_get(bench->there, "eth0.110", &sub, &why));
	assert_true(mac_equal(&parent.mac, &sub.mac));
	assert_true(sub.up);
	give_address(bench->there, far_end, "10.110.0.2/24");
	give_address(bench->here, near_end, "10.110.0.1/24");
	if (ping_through(bench, near_end, far_end, text, sizeof(text)))
		fail_msg("ping: %s", text);
	assert_non_null(strstr(text, "3 packets received"));
	assert_true(tagged_frames(bench, 110, 0) >= 4); /* ARP and three requests */
	marked(bench, far_end);
	vlan_free(far_end);
	vlan_free(near_end);
}

static void test_user(void **state)
{
	ping_with(*state, VLAN_USER);
}

static void test_auto(void **state)
{
	ping_with(*state, VLAN_AUTO);
}

static void test_kernel(void **state)
{
	struct bench *bench = *state;
	struct vlan_options options = {.parent = "eth0", .vid = 110, .backend = VLAN_KERNEL};
	struct vlan *vlan;
	int err = vlan_new(&vlan, bench->ns, &options, &why);

	if (err == -EOPNOTSUPP) {
		/* Then this is what is promised, and what auto must have passed over. */
		assert_non_null(
		    strstr(why.text, "VLAN 110 of eth0: cannot create the VLAN interface eth0.110"));
		print_message("# skip: this kernel has no 8021q (%s)\n", why.text);
		skip();
	}
	ok(err);
	assert_int_equal(vlan_far_fd(vlan), -1);
	vlan_free(vlan);
	ping_with(bench, VLAN_KERNEL);
}

#define TAG(text) text, sizeof(text) - 1

static size_t build(uint8_t *frame, const char *tag, size_t tag_length, uint8_t last)
{
	static const uint8_t macs[12] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 9};
	size_t length = 12 + tag_length;

	memcpy(frame, macs, 12);
	memcpy(frame + 12, tag, tag_length);
	memcpy(frame + length, "\x88\xb5", 2);
	memset(frame + length + 2, last, 100 - length - 2);
	return 100;
}

/* The owner of the parent's raw socket feeds and sends for the sub-interface. */
static void test_fed(void **state)
{
	struct bench *bench = *state;
	struct vlan_options options = {
	    .parent = "eth0", .vid = 0x181, .backend = VLAN_USER, .fed = true, .name = "voice"};
	struct raw_options on_sub = {.interface = "voice"};
	uint8_t frame[RAW_FRAME_MAX], got[RAW_FRAME_MAX], expected[RAW_FRAME_MAX];
	struct vlan *vlan;
	struct raw *sub;

	ok(vlan_new(&vlan, bench->ns, &options, &why));
	assert_string_equal(vlan_name(vlan), "voice");
	assert_int_equal(vlan_parent_fd(vlan), -1);
	assert_true(vlan_far_fd(vlan) >= 0);
	ok(raw_open(&sub, bench->ns, &on_sub, &why));
	/* In: ours, whatever the priority; not ours: other VIDs, untagged, service tag, too short. */
	build(expected, TAG(""), 5);
	assert_int_equal(vlan_feed(vlan, frame, build(frame, TAG("\x81\x00\x01\x81"), 5)), 1);
	await(raw_fd(sub));
	assert_int_equal(raw_receive(sub, got, sizeof(got)), 96);
	assert_memory_equal(got, expected, 96);
	assert_int_equal(vlan_feed(vlan, frame, build(frame, TAG("\x81\x00\xb1\x81"), 5)), 1);
	await(raw_fd(sub));
	assert_int_equal(raw_receive(sub, got, sizeof(got)), 96);
	assert_int_equal(vlan_feed(vlan, frame, build(frame, TAG("\x81\x00\x01\x82"), 5)), 0);
	assert_int_equal(vlan_feed(vlan, frame, build(frame, TAG("\x88\xa8\x01\x81"), 5)), 0);
	assert_int_equal(vlan_feed(vlan, frame, build(frame, TAG(""), 5)), 0);
	build(frame, TAG("\x81\x00\x01\x81"), 5);
	for (size_t length = 0; length < 18; length++)
		assert_int_equal(vlan_feed(vlan, frame, length), 0);
	assert_int_equal(raw_receive(sub, got, sizeof(got)), -EAGAIN);
	/* Out: with the tag. */
	assert_int_equal(vlan_read(vlan, got, sizeof(got)), -EAGAIN);
	assert_int_equal(raw_send(sub, expected, 96), 0);
	await(vlan_far_fd(vlan));
	assert_int_equal(vlan_read(vlan, got, sizeof(got)), 100);
	build(expected, TAG("\x81\x00\x01\x81"), 5);
	assert_memory_equal(got, expected, 100);
	assert_int_equal(vlan_read(vlan, got, 10), -EINVAL);
	assert_int_equal(vlan_pump(vlan, 0), 0);
	raw_close(sub);
	vlan_free(vlan);
}

static void test_carrier(void **state)
{
	struct bench *bench = *state;
	struct vlan_options options = {.parent = "eth0", .vid = 110, .backend = VLAN_USER, .fed = true};
	struct link_info info;
	struct vlan *vlan;

	ok(vlan_new(&vlan, bench->ns, &options, &why));
	ok(link_get(bench->there, "eth0.110", &info, &why));
	assert_true(info.carrier);
	ok(vlan_set_carrier(vlan, false, &why));
	ok(link_get(bench->there, "eth0.110", &info, &why));
	assert_false(info.carrier);
	ok(vlan_set_carrier(vlan, true, &why));
	ok(link_get(bench->there, "eth0.110", &info, &why));
	assert_true(info.carrier);
	/* The cable is pulled, and with it eth0: the sub-interface can still be freed. */
	ok(cable_unplug_link(bench->here, bench->near_index, &why));
	vlan_free(vlan);
}

/* The far end of the pair has no address, and must not answer for those of the device. */
static void test_far_end_is_silent(void **state)
{
	static const char *const arping[] = {"busybox", "arping", "-c",	      "2",	   "-w",
					     "2",	"-I",	  "eth0.110", "10.77.0.1", NULL};
	struct bench *bench = *state;
	struct vlan_options options = {.parent = "eth0", .vid = 110, .backend = VLAN_USER, .fed = true};
	struct address elsewhere;
	struct vlan *vlan;
	char text[2048];
	int lo;

	ok(vlan_new(&vlan, bench->ns, &options, &why));
	ok(netns_loopback_up(bench->ns, &why));
	ok(lo = link_index(bench->there, "lo", &why));
	ok(address_parse(&elsewhere, "10.77.0.1/32", &why));
	ok(address_add(bench->there, lo, &elsewhere, &why));
	give_address(bench->there, vlan, "10.110.0.2/24");
	assert_int_equal(sandbox_command(bench->ns, 8000, text, sizeof(text), arping), 1);
	assert_non_null(strstr(text, "Received 0 response"));
	vlan_free(vlan);
}

static void test_errors(void **state)
{
	struct bench *bench = *state;
	struct vlan_options options = {.parent = "eth0", .vid = 0};
	struct vlan *vlan, *first;
	enum vlan_backend backend;

	assert_int_equal(vlan_new(&vlan, bench->ns, &options, &why), -EINVAL);
	assert_non_null(strstr(why.text, "expected 1 to 4094"));
	options.vid = 4095;
	assert_int_equal(vlan_new(&vlan, bench->ns, &options, &why), -EINVAL);
	options.vid = 4094;
	options.parent = "eth5";
	assert_int_equal(vlan_new(&vlan, bench->ns, &options, &why), -ENODEV);
	options.parent = "eth0";
	options.name = "averyverylongname";
	assert_int_equal(vlan_new(&vlan, bench->ns, &options, &why), -EINVAL);
	options.name = NULL;
	ok(vlan_new(&first, bench->ns, &options, &why));
	/* The same again: refused, and the first is left alone. */
	assert_int_equal(vlan_new(&vlan, bench->ns, &options, &why), -EEXIST);
	ok(link_index(bench->there, "eth0.4094", &why));
	vlan_free(first);
	assert_int_equal(vlan_backend_parse(&backend, "user"), 0);
	assert_int_equal(backend, VLAN_USER);
	assert_int_equal(vlan_backend_parse(&backend, "users"), -EINVAL);
	assert_string_equal(vlan_backend_name(VLAN_KERNEL), "kernel");
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    WITH_BENCH(test_user),   WITH_BENCH(test_auto),    WITH_BENCH(test_kernel),
	    WITH_BENCH(test_fed),    WITH_BENCH(test_carrier), WITH_BENCH(test_far_end_is_silent),
	    WITH_BENCH(test_errors),
	};
	const char *kernel = getenv("PHONELAB_KERNEL_VLAN");
	unsigned files = sandbox_open_files();
	int failed;

	/* ci/test says so when it runs this binary once more under a kernel that has 8021q. */
	if (kernel && !strcmp(kernel, "elsewhere"))
		cmocka_set_skip_filter("test_kernel");
	failed = cmocka_run_group_tests(all, NULL, NULL);

	if (sandbox_open_files() != files) {
		fprintf(stderr, "descriptors are left open\n");
		return 1;
	}
	return failed;
}

int main(void)
{
	return sandbox_run(tests, 90);
}
