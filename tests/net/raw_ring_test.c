#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cable/link.h"
#include "cable/netns.h"
#include "cable/plug.h"
#include "cable/raw.h"
#include "cable/ring.h"
#include "tests/support/sandbox.h"

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

#define CABLES 3

/* Three cables from here (port0 to port2) to one other namespace (eth0 to eth2), with a raw socket on each
 * far end. */
struct bench {
	struct rtnl *rtnl;
	int ns;
	int port[CABLES];
	struct raw *far[CABLES];
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	ok(netns_new(&bench->ns, &why));
	ok(rtnl_open(&bench->rtnl, -1, &why));
	for (int i = 0; i < CABLES; i++) {
		char name[32], peer[32];
		struct cable_plug plug = {.name = name, .peer_name = peer, .peer_ns = bench->ns, .up = true};
		struct raw_options listen = {.interface = peer};

		snprintf(name, sizeof(name), "port%d", i);
		snprintf(peer, sizeof(peer), "eth%d", i);
		ok(cable_plug_link(bench->rtnl, -1, &plug, &bench->port[i], &why));
		ok(raw_open(&bench->far[i], bench->ns, &listen, &why));
	}
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	for (int i = 0; i < CABLES; i++)
		raw_close(bench->far[i]);
	ok(link_delete_many(bench->rtnl, bench->port, CABLES, &why));
	rtnl_close(bench->rtnl);
	close(bench->ns);
	free(bench);
	return 0;
}

/* What was sent may come a moment later: softirqs are put off when the machine is busy. */
static ssize_t await_raw(struct raw *raw, void *buffer, size_t size)
{
	struct pollfd readable = {.fd = raw_fd(raw), .events = POLLIN};

	poll(&readable, 1, 5000);
	return raw_receive(raw, buffer, size);
}

static int await_ring(struct ring *ring, unsigned budget, ring_frame_fn *frame, void *arg)
{
	struct pollfd readable = {.fd = ring_fd(ring), .events = POLLIN};

	poll(&readable, 1, 5000);
	return ring_receive(ring, budget, frame, arg);
}

/* A frame to a MAC that is nobody's, with the given tags, filled with a pattern; its length is size. */
static size_t build(uint8_t *frame, size_t size, const char *tags, size_t tags_length, uint8_t seed)
{
	static const uint8_t macs[12] = {0x02, 0xff, 0, 0, 0, 1, 0x02, 0xff, 0, 0, 0, 2};

	memcpy(frame, macs, 12);
	memcpy(frame + 12, tags, tags_length);
	frame[12 + tags_length] = 0x88; /* an EtherType for experiments, IEEE 802 9.2.4 */
	frame[13 + tags_length] = 0xb5;
	for (size_t i = 14 + tags_length; i < size; i++)
		frame[i] = (uint8_t)(seed + i);
	return size;
}

#define TAG_110 "\x81\x00\xa0\x6e" /* priority 5, VID 110 */
#define TAG_0	"\x81\x00\x00\x00" /* priority tagged */
#define TAG_S	"\x88\xa8\x00\x6e" /* a service tag, IEEE 802.1ad */

static const struct {
	const char *tags;
	size_t tags_length, size;
} shapes[] = {
    {"", 0, 60},    {"", 0, 61},    {"", 0, 1514},	    {TAG_110, 4, 64},	      {TAG_110, 4, 1518},
    {TAG_0, 4, 64}, {TAG_S, 4, 64}, {TAG_S TAG_110, 8, 68}, {TAG_110 TAG_110, 8, 68},
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void test_raw_round_trip(void **state)
{
	struct bench *bench = *state;
	struct raw_options listen = {.interface = "port0"};
	struct raw *raw;

	ok(raw_open(&raw, -1, &listen, &why));
	assert_int_equal(raw_ifindex(raw), bench->port[0]);
	for (size_t i = 0; i < SHAPES; i++) {
		uint8_t sent[RAW_FRAME_MAX], got[RAW_FRAME_MAX];
		size_t length =
		    build(sent, shapes[i].size, shapes[i].tags, shapes[i].tags_length, (uint8_t)i);

		assert_int_equal(raw_send(bench->far[0], sent, length), 0);
		assert_int_equal(await_raw(raw, got, sizeof(got)), (ssize_t)length);
		assert_memory_equal(got, sent, length);
		assert_int_equal(raw_receive(raw, got, sizeof(got)), -EAGAIN);
		/* And back; what we send ourselves we do not hear. */
		assert_int_equal(raw_send(raw, sent, length), 0);
		assert_int_equal(raw_receive(raw, got, sizeof(got)), -EAGAIN);
		assert_int_equal(await_raw(bench->far[0], got, sizeof(got)), (ssize_t)length);
		assert_memory_equal(got, sent, length);
	}
	raw_close(raw);
}

static void test_raw_limits(void **state)
{
	struct bench *bench = *state;
	struct raw_options listen = {.interface = "port0"}, nothing = {.interface = "port9"};
	uint8_t frame[RAW_FRAME_MAX];
	struct raw *raw;

	assert_int_equal(raw_open(&raw, -1, &nothing, &why), -ENODEV);
	assert_non_null(strstr(why.text, "port9: no such interface"));
	ok(raw_open(&raw, -1, &listen, &why));
	build(frame, 1000, "", 0, 1);
	assert_int_equal(raw_send(bench->far[0], frame, 1000), 0);
	assert_int_equal(await_raw(raw, frame, 500), -EMSGSIZE);
	assert_int_equal(raw_receive(raw, frame, 500), -EAGAIN); /* it was dropped */
	assert_int_equal(raw_receive(raw, frame, 10), -EINVAL);
	assert_true(raw_send(raw, frame, 20000) < 0);
	/* The link goes down, and is deleted: no error to receive, one to send. */
	ok(link_set_up(bench->rtnl, bench->port[0], false, &why));
	assert_int_equal(raw_receive(raw, frame, sizeof(frame)), -EAGAIN);
	assert_int_equal(raw_send(raw, frame, 60), -ENETDOWN);
	ok(link_delete(bench->rtnl, bench->port[0], &why));
	assert_int_equal(raw_receive(raw, frame, sizeof(frame)), -EAGAIN);
	assert_int_equal(raw_send(raw, frame, 60), -ENXIO);
	raw_close(raw);
}

/* Only frames tagged with VID 110 pass. */
static void test_raw_filter(void **state)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)),
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 110, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct raw_options listen = {.interface = "port0",
				     .filter = code,
				     .filter_length = 5,
				     .promiscuous = true,
				     .receive_buffer = 1 << 20};
	struct bench *bench = *state;
	uint8_t frame[RAW_FRAME_MAX];
	struct raw *raw;
	size_t length;

	ok(raw_open(&raw, -1, &listen, &why));
	length = build(frame, 60, "", 0, 1);
	assert_int_equal(raw_send(bench->far[0], frame, length), 0);
	length = build(frame, 100, TAG_110, 4, 1);
	assert_int_equal(raw_send(bench->far[0], frame, length), 0);
	assert_int_equal(await_raw(raw, frame, sizeof(frame)), 100);
	assert_int_equal(raw_receive(raw, frame, sizeof(frame)), -EAGAIN);
	raw_close(raw);
	code[4] = (struct sock_filter){.code = 0xffff};
	assert_int_equal(raw_open(&raw, -1, &listen, &why), -EINVAL);
}

/* What the ring gave, copied. */
struct got {
	struct ring *ring;
	unsigned count;
	int ifindex;
	uint8_t frame[RAW_FRAME_MAX];
	size_t length;
	int send_to; /* an interface to send it on to, with a tag put in in place; 0 for none */
};

static void on_frame(void *arg, int ifindex, uint8_t *frame, size_t length)
{
	struct got *got = arg;

	got->count++;
	got->ifindex = ifindex;
	got->length = length;
	memcpy(got->frame, frame, length);
	memset(frame - RING_HEADROOM, 0xee, RING_HEADROOM); /* ours to write */
	if (got->send_to) {
		memmove(frame - 4, frame, 12);
		memcpy(frame + 8, TAG_110, 4);
		assert_int_equal(ring_send(got->ring, got->send_to, frame - 4, length + 4), 0);
	}
}

/* Frames of ignored interfaces are not received, up to the limit; a later call replaces the list. */
static void test_ring_ignores(void **state)
{
	struct bench *bench = *state;
	int ignored[RING_IGNORED_MAX + 1] = {0};
	struct got got = {.count = 0};
	uint8_t frame[60];
	struct ring *ring;

	ok(ring_open(&ring, -1, NULL, &why));
	build(frame, sizeof(frame), "", 0, 1);
	ignored[RING_IGNORED_MAX - 1] = bench->port[0];
	assert_int_equal(ring_ignore(ring, ignored, RING_IGNORED_MAX + 1), -EINVAL);
	assert_int_equal(ring_ignore(ring, ignored, RING_IGNORED_MAX), 0);
	assert_int_equal(raw_send(bench->far[0], frame, sizeof(frame)), 0);
	assert_int_equal(raw_send(bench->far[1], frame, sizeof(frame)), 0);
	assert_int_equal(await_ring(ring, 0, on_frame, &got), 1);
	assert_int_equal(got.ifindex, bench->port[1]);
	assert_int_equal(ring_ignore(ring, &bench->port[1], 1), 0);
	assert_int_equal(raw_send(bench->far[1], frame, sizeof(frame)), 0);
	assert_int_equal(raw_send(bench->far[0], frame, sizeof(frame)), 0);
	assert_int_equal(await_ring(ring, 0, on_frame, &got), 1);
	assert_int_equal(got.ifindex, bench->port[0]);
	assert_int_equal(got.count, 2);
	ring_close(ring);
}

static void test_ring_round_trip(void **state)
{
	struct bench *bench = *state;
	struct got got = {.count = 0};
	struct ring_statistics statistics;
	unsigned expected = 0;
	struct ring *ring;

	ok(ring_open(&ring, -1, NULL, &why));
	for (size_t i = 0; i < SHAPES; i++) {
		for (int port = 0; port < CABLES; port++) {
			uint8_t sent[RAW_FRAME_MAX], back[RAW_FRAME_MAX];
			size_t length =
			    build(sent, shapes[i].size, shapes[i].tags, shapes[i].tags_length, (uint8_t)i);

			assert_int_equal(raw_send(bench->far[port], sent, length), 0);
			assert_int_equal(await_ring(ring, 0, on_frame, &got), 1);
			assert_int_equal(got.count, ++expected);
			assert_int_equal(got.ifindex, bench->port[port]);
			assert_int_equal(got.length, length);
			assert_memory_equal(got.frame, sent, length);
			assert_int_equal(ring_send(ring, bench->port[port], sent, length), 0);
			assert_int_equal(ring_receive(ring, 0, on_frame, &got), 0);
			assert_int_equal(await_raw(bench->far[port], back, sizeof(back)), (ssize_t)length);
			assert_memory_equal(back, sent, length);
		}
	}
	ring_statistics(ring, &statistics);
	assert_int_equal(statistics.received, expected);
	assert_int_equal(statistics.sent, expected);
	assert_int_equal(statistics.dropped, 0);
	ring_close(ring);
}

/* Received on one port, tagged in place, sent on from another: how a switch forwards. */
static void test_ring_forward(void **state)
{
	struct bench *bench = *state;
	struct got got = {.send_to = bench->port[1]};
	uint8_t sent[RAW_FRAME_MAX], expected[RAW_FRAME_MAX], back[RAW_FRAME_MAX];

	ok(ring_open(&got.ring, -1, NULL, &why));
	build(sent, 300, "", 0, 7);
	memcpy(expected, sent, 12);
	memcpy(expected + 12, TAG_110, 4);
	memcpy(expected + 16, sent + 12, 300 - 12);
	for (int i = 0; i < 10000; i++) { /* more than twice round the ring */
		assert_int_equal(raw_send(bench->far[0], sent, 300), 0);
		assert_int_equal(await_ring(got.ring, 1, on_frame, &got), 1);
		assert_int_equal(await_raw(bench->far[1], back, sizeof(back)), 304);
		assert_memory_equal(back, expected, 304);
	}
	ring_close(got.ring);
}

static void test_ring_flood(void **state)
{
	struct bench *bench = *state;
	/* One of these is no interface: the others get the frame all the same. */
	int ports[] = {bench->port[0], 99999, bench->port[1], bench->port[2]};
	uint8_t sent[RAW_FRAME_MAX], back[RAW_FRAME_MAX];
	struct ring_statistics statistics;
	struct ring *ring;
	int many[200];

	ok(ring_open(&ring, -1, NULL, &why));
	build(sent, 200, TAG_110, 4, 3);
	assert_int_equal(ring_send_many(ring, ports, 4, sent, 200), 3);
	for (int i = 0; i < CABLES; i++) {
		assert_int_equal(await_raw(bench->far[i], back, sizeof(back)), 200);
		assert_memory_equal(back, sent, 200);
		assert_int_equal(raw_receive(bench->far[i], back, sizeof(back)), -EAGAIN);
	}
	for (int i = 0; i < 200; i++)
		many[i] = bench->port[0];
	assert_int_equal(ring_send_many(ring, many, 200, sent, 200), 200);
	for (int i = 0; i < 200; i++)
		assert_int_equal(await_raw(bench->far[0], back, sizeof(back)), 200);
	assert_int_equal(ring_send_many(ring, many, 0, sent, 200), 0);
	/* The same without the tag. */
	assert_int_equal(ring_send_many_untagged(ring, ports, 4, sent, 200), 3);
	for (int i = 0; i < CABLES; i++) {
		assert_int_equal(await_raw(bench->far[i], back, sizeof(back)), 196);
		assert_memory_equal(back, sent, 12);
		assert_memory_equal(back + 12, sent + 16, 184);
		assert_int_equal(raw_receive(bench->far[i], back, sizeof(back)), -EAGAIN);
	}
	assert_int_equal(ring_send_many_untagged(ring, ports, 4, sent, 17), 0);
	assert_int_equal(ring_send(ring, 99999, sent, 200), -ENXIO);
	ring_statistics(ring, &statistics);
	assert_int_equal(statistics.sent, 206);
	assert_int_equal(statistics.send_failed, 3);
	ring_close(ring);
}

struct counting {
	struct ring *ring;
	unsigned dropped;
};

static bool all_dropped(void *arg)
{
	struct counting *counting = arg;
	struct ring_statistics statistics;

	ring_statistics(counting->ring, &statistics);
	return statistics.dropped >= counting->dropped;
}

/* A ring that nobody empties fills up; what does not fit is counted, and what did is whole and in order. */
static void test_ring_overflow(void **state)
{
	struct bench *bench = *state;
	struct ring_options options = {.frames = 64};
	struct counting counting = {.dropped = 136};
	struct ring_statistics statistics;
	struct got got = {.count = 0};
	uint8_t sent[RAW_FRAME_MAX];
	struct ring *ring;

	ok(ring_open(&ring, -1, &options, &why));
	for (unsigned i = 0; i < 200; i++) {
		build(sent, 100, "", 0, (uint8_t)i);
		assert_int_equal(raw_send(bench->far[0], sent, 100), 0);
	}
	counting.ring = ring;
	assert_true(sandbox_until(5000, all_dropped, &counting));
	assert_int_equal(await_ring(ring, 10, on_frame, &got), 10);
	build(sent, 100, "", 0, 9);
	assert_memory_equal(got.frame, sent, 100);
	assert_int_equal(await_ring(ring, 0, on_frame, &got), 54);
	build(sent, 100, "", 0, 63);
	assert_memory_equal(got.frame, sent, 100);
	ring_statistics(ring, &statistics);
	assert_int_equal(statistics.received, 64);
	assert_int_equal(statistics.dropped, 136);
	ring_statistics(ring, &statistics);
	assert_int_equal(statistics.dropped, 136); /* a total, not what came since */
	ring_close(ring);
}

/* Interfaces come and go under a ring; it never stays readable without a frame. */
static void test_ring_hot_plug(void **state)
{
	struct bench *bench = *state;
	struct pollfd readable = {.events = POLLIN};
	struct cable_plug plug = {.name = "late", .peer_name = "eth9", .peer_ns = bench->ns, .up = true};
	struct raw_options listen = {.interface = "eth9"};
	struct got got = {.count = 0};
	uint8_t sent[RAW_FRAME_MAX];
	struct ring *ring;
	struct raw *far;
	int ifindex;

	ok(ring_open(&ring, -1, NULL, &why));
	readable.fd = ring_fd(ring);
	assert_int_equal(poll(&readable, 1, 0), 0);
	ok(cable_plug_link(bench->rtnl, -1, &plug, &ifindex, &why));
	ok(raw_open(&far, bench->ns, &listen, &why));
	build(sent, 100, TAG_110, 4, 1);
	assert_int_equal(raw_send(far, sent, 100), 0);
	assert_int_equal(poll(&readable, 1, 5000), 1);
	assert_int_equal(await_ring(ring, 0, on_frame, &got), 1);
	assert_int_equal(got.ifindex, ifindex);
	assert_int_equal(raw_send(far, sent, 100), 0); /* left in the ring while its interface goes */
	assert_int_equal(poll(&readable, 1, 5000), 1);
	ok(cable_unplug_link(bench->rtnl, ifindex, &why));
	assert_int_equal(await_ring(ring, 0, on_frame, &got), 1);
	assert_int_equal(ring_receive(ring, 0, on_frame, &got), 0);
	assert_int_equal(poll(&readable, 1, 0), 0);
	assert_int_equal(raw_send(bench->far[2], sent, 100), 0);
	assert_int_equal(await_ring(ring, 0, on_frame, &got), 1);
	raw_close(far);
	ring_close(ring);
}

/* Traffic of lo is not that of a port. */
static void test_ring_not_loopback(void **state)
{
	static const char *const ping[] = {"busybox", "ping", "-c", "1", "127.0.0.1", NULL};
	struct got got = {.count = 0};
	struct ring *ring;

	(void)state;
	ok(ring_open(&ring, -1, NULL, &why));
	assert_int_equal(sandbox_command(-1, 5000, NULL, 0, ping), 0);
	assert_int_equal(ring_receive(ring, 0, on_frame, &got), 0);
	ring_close(ring);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    WITH_BENCH(test_raw_round_trip), WITH_BENCH(test_raw_limits),
	    WITH_BENCH(test_raw_filter),     WITH_BENCH(test_ring_round_trip),
	    WITH_BENCH(test_ring_ignores),   WITH_BENCH(test_ring_forward),
	    WITH_BENCH(test_ring_flood),     WITH_BENCH(test_ring_overflow),
	    WITH_BENCH(test_ring_hot_plug),  WITH_BENCH(test_ring_not_loopback),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
