/* The core of trunks over UDP: two of them on a wire in memory, with a clock that the test moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "switch-sim/core/trunk.h"
#include "tests/support/wire_check.h"
#include "wire/vxlan.h"

#define SECOND UINT64_C(1000000)
#define SECRET "0123456789abcdef"
#define VNI    101
#define QUEUE  64

struct datagram {
	struct trunk_address from, to;
	uint8_t data[1600];
	size_t length;
};

/* One end: what it did. */
static struct end {
	struct trunks *trunks;
	struct trunk_address address;
	bool carrier;
	unsigned carriers, resolves, peers, frames;
	struct trunk_address peer;
	size_t frame_length;
} near, far;

static struct datagram queue[QUEUE];
static unsigned queued;
static uint64_t now;

static struct trunk_address ipv4(uint8_t last, uint16_t port)
{
	return (struct trunk_address){.ip = {[10] = 0xff, [11] = 0xff, 192, 0, 2, last}, .port = port};
}

static void act(void *arg, const struct trunk_action *action)
{
	struct end *end = arg;
	struct datagram *d;

	switch (action->kind) {
	case TRUNK_ACTION_SEND:
		assert_true(queued < QUEUE);
		d = &queue[queued++];
		d->from = end->address;
		d->to = *action->address;
		memcpy(d->data, action->head, action->head_length);
		if (action->body_length)
			memcpy(d->data + action->head_length, action->body, action->body_length);
		d->length = action->head_length + action->body_length;
		break;
	case TRUNK_ACTION_FRAME:
		end->frames++;
		end->frame_length = action->body_length;
		assert_int_equal(action->port, 48);
		break;
	case TRUNK_ACTION_CARRIER:
		end->carrier = action->up;
		end->carriers++;
		break;
	case TRUNK_ACTION_RESOLVE: end->resolves++; break;
	case TRUNK_ACTION_PEER:
		end->peers++;
		end->peer = *action->address;
		break;
	}
}

static void start(struct end *end, uint8_t last, bool named, bool keepalive, uint64_t session)
{
	const struct trunk_config config = {
	    .port = 48, .mac = {{2, 0, 0, 0, 0, last}}, .vni = VNI, .keepalive = keepalive, .named = named};
	struct fail fail = {0};

	*end = (struct end){.address = ipv4(last, 4789)};
	assert_int_equal(trunks_new(&end->trunks, &config, 1, (const uint8_t *)SECRET, strlen(SECRET),
				    session, now, act, end, &fail),
			 0);
}

static const struct trunk_status *status(const struct end *end)
{
	return trunks_status(end->trunks, 0);
}

static void give(struct end *end, const struct datagram *d)
{
	struct datagram copy = *d;

	trunks_receive(end->trunks, now, &copy.from, copy.data, copy.length, false);
}

/* Deliver what is under way, until nothing is. */
static void settle(void)
{
	for (unsigned rounds = 0; queued; rounds++) {
		struct datagram d = queue[0];

		assert_true(rounds < QUEUE); /* the two do not answer each other for ever */
		memmove(queue, queue + 1, --queued * sizeof(*queue));
		if (far.trunks && !memcmp(&d.to, &far.address, sizeof(d.to)))
			give(&far, &d);
		else if (near.trunks && !memcmp(&d.to, &near.address, sizeof(d.to)))
			give(&near, &d);
	}
}

static void advance(uint64_t us)
{
	uint64_t end = now + us;

	for (;;) {
		uint64_t a = near.trunks ? trunks_next(near.trunks) : UINT64_MAX;
		uint64_t b = far.trunks ? trunks_next(far.trunks) : UINT64_MAX;
		uint64_t next = a < b ? a : b;

		if (next > end)
			break;
		now = next > now ? next : now;
		if (near.trunks)
			trunks_tick(near.trunks, now);
		if (far.trunks)
			trunks_tick(far.trunks, now);
		settle();
	}
	now = end;
}

/* near knows the name of far; far learns. */
static void both_up(void)
{
	start(&near, 1, true, true, 0x1111);
	start(&far, 2, false, true, 0x2222);
	advance(0);
	assert_int_equal(near.resolves, 1);
	trunks_resolved(near.trunks, now, 0, &far.address);
	settle();
	assert_true(near.carrier && far.carrier);
}

static int setup(void **state)
{
	(void)state;
	now = 7 * SECOND;
	queued = 0;
	near = far = (struct end){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	trunks_free(near.trunks);
	trunks_free(far.trunks);
	return 0;
}

static void comes_up_and_stays(void **state)
{
	(void)state;
	both_up();
	assert_memory_equal(&far.peer, &near.address, sizeof(far.peer));
	advance(60 * SECOND);
	assert_int_equal(near.carriers, 1);
	assert_int_equal(far.carriers, 1);
	assert_int_equal(near.resolves, 1); /* no query while the peer answers */
	assert_in_range(status(&near)->counters.keepalives_in, 60, 64);
	assert_int_equal(status(&near)->counters.replayed + status(&far)->counters.replayed, 0);
	assert_int_equal(status(&near)->counters.forged + status(&far)->counters.forged, 0);
	assert_string_equal(trunk_state_name(status(&near)->state), "up");
}

/* The first frame may follow at once: the other end knows the peer by then. */
static void frames_after_the_carrier_arrive(void **state)
{
	uint8_t frame[1522] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2};

	(void)state;
	both_up();
	trunks_send(near.trunks, 0, frame, 60);
	trunks_send(near.trunks, 0, frame, sizeof(frame));
	trunks_send(far.trunks, 0, frame, 64);
	settle();
	assert_int_equal(far.frames, 2);
	assert_int_equal(far.frame_length, sizeof(frame));
	assert_int_equal(near.frames, 1);
	assert_int_equal(status(&far)->counters.in_octets, 60 + sizeof(frame));
	assert_int_equal(status(&near)->counters.out_frames, 2);
}

/* UP -> silence -> CALLING: the name is resolved again, with growing pauses; and back. */
static void silence(void **state)
{
	struct trunks *kept;

	(void)state;
	both_up();
	kept = far.trunks;
	far.trunks = NULL;
	advance(3 * SECOND);
	assert_true(near.carrier);
	advance(SECOND);
	assert_false(near.carrier);
	assert_int_equal(status(&near)->state, TRUNK_CALLING);
	assert_int_equal(near.resolves, 2);
	for (unsigned i = 0; i < 12; i++) {
		trunks_resolved(near.trunks, now, 0, NULL);
		advance(10 * SECOND);
		assert_int_equal(near.resolves, 3 + i);
	}
	queued = 0;
	far.trunks = kept;
	advance(12 * SECOND);
	assert_true(near.carrier && far.carrier);
}

/* Only one direction works: neither end has a carrier. */
static void one_way(void **state)
{
	(void)state;
	both_up();
	for (int i = 0; i < 10; i++) {
		now += SECOND;
		trunks_tick(near.trunks, now);
		trunks_tick(far.trunks, now);
		for (unsigned q = 0; q < queued; q++)
			if (queue[q].from.ip[15] == 2) /* from far to near only */
				give(&near, &queue[q]);
		queued = 0;
	}
	assert_false(near.carrier);
	assert_false(far.carrier);
}

/* HELD: the other port is shut down. */
static void held_down(void **state)
{
	(void)state;
	both_up();
	trunks_link(far.trunks, 0, false);
	settle();
	assert_false(near.carrier);
	assert_int_equal(status(&near)->state, TRUNK_HELD);
	assert_true(far.carrier); /* near may be up */
	advance(10 * SECOND);
	assert_int_equal(status(&near)->state, TRUNK_HELD);
	trunks_link(far.trunks, 0, true);
	settle();
	assert_true(near.carrier);
	trunks_shutdown(far.trunks, now);
	settle();
	assert_false(near.carrier);
	trunks_free(far.trunks);
	far.trunks = NULL;
	advance(5 * SECOND);
	assert_int_equal(status(&near)->state, TRUNK_CALLING); /* HELD -> silence */
}

/* UNKNOWN -> HELD and CALLING -> HELD: the peer is held down from the beginning. */
static void held_from_the_beginning(void **state)
{
	(void)state;
	start(&near, 1, true, true, 0x1111);
	start(&far, 2, false, true, 0x2222);
	trunks_link(near.trunks, 0, false);
	trunks_link(far.trunks, 0, false);
	advance(0);
	assert_int_equal(status(&near)->state, TRUNK_UNKNOWN);
	trunks_resolved(near.trunks, now, 0, &far.address);
	assert_int_equal(status(&near)->state, TRUNK_CALLING);
	settle();
	assert_int_equal(status(&near)->state, TRUNK_HELD);
	assert_int_equal(status(&far)->state, TRUNK_HELD);
	assert_int_equal(near.carriers + far.carriers, 0);
}

/* The peer has another address, in the same session or after a restart. */
static void peer_moves(void **state)
{
	(void)state;
	both_up();
	near.address = ipv4(9, 5000);
	advance(3 * SECOND);
	assert_memory_equal(&far.peer, &near.address, sizeof(far.peer));
	assert_true(near.carrier && far.carrier);
	trunks_free(near.trunks);
	start(&near, 7, true, true, 0x3333);
	advance(6 *
		SECOND); /* far is silent first: another host does not take the trunk of one that answers */
	trunks_resolved(near.trunks, now, 0, &far.address);
	advance(2 * SECOND);
	assert_memory_equal(&far.peer, &near.address, sizeof(far.peer));
	assert_true(near.carrier && far.carrier);
}

/* A restart at the same address is accepted at once. */
static void peer_restarts(void **state)
{
	(void)state;
	both_up();
	trunks_free(near.trunks);
	start(&near, 1, true, true, 0x3333);
	advance(0);
	trunks_resolved(near.trunks, now, 0, &far.address);
	settle();
	assert_true(near.carrier);
	assert_int_equal(far.carriers, 1);
	assert_true(far.carrier);
}

/* A second peer with the VNI and the secret does not take the trunk. */
static void a_second_peer(void **state)
{
	struct end other;

	(void)state;
	both_up();
	other = near;
	start(&near, 5, true, true, 0x5555);
	trunks_tick(near.trunks, now);
	trunks_resolved(near.trunks, now, 0, &far.address);
	settle();
	assert_false(near.carrier);
	assert_int_equal(status(&far)->counters.unknown_peer, 1);
	assert_memory_equal(&status(&far)->peer, &other.address, sizeof(other.address));
	trunks_free(other.trunks);
}

static void sign(struct datagram *d, const char *secret)
{
	unsigned length = TRUNK_KEEPALIVE_HMAC;

	assert_non_null(HMAC(EVP_sha256(), secret, (int)strlen(secret), d->data,
			     TRUNK_KEEPALIVE - TRUNK_KEEPALIVE_HMAC,
			     d->data + TRUNK_KEEPALIVE - TRUNK_KEEPALIVE_HMAC, &length));
}

static struct datagram made(const struct trunk_keepalive *keepalive, const char *secret)
{
	struct datagram d = {.from = ipv4(66, 4789), .length = TRUNK_KEEPALIVE};

	trunk_keepalive_encode(keepalive, d.data, sizeof(d.data));
	sign(&d, secret);
	return d;
}

/* The HMAC is that of RFC 2104 over all octets before it: one that this test makes is accepted; each changed octet is a forgery. */
static void hmac(void **state)
{
	struct trunk_keepalive k = {.vni = VNI, .up = true, .session = 0x9999, .sequence = 1};
	struct datagram d;

	(void)state;
	start(&far, 2, false, true, 0x2222);
	d = made(&k, SECRET);
	give(&far, &d);
	assert_int_equal(status(&far)->counters.forged, 0);
	assert_int_equal(queued, 1); /* an answer that proves the address */
	queued = 0;
	for (size_t i = VXLAN_HEADER; i < TRUNK_KEEPALIVE; i++) {
		struct datagram forged = d;

		forged.data[i] ^= 0x10;
		give(&far, &forged);
	}
	/* A changed address or type makes it a frame of an unknown peer. */
	assert_int_equal(status(&far)->counters.forged + status(&far)->counters.unknown_peer,
			 TRUNK_KEEPALIVE - VXLAN_HEADER);
	assert_int_equal(status(&far)->counters.unknown_peer, 8);
	d = made(&k, "another secret of 16");
	give(&far, &d);
	assert_int_equal(status(&far)->counters.forged, TRUNK_KEEPALIVE - VXLAN_HEADER - 8 + 1);
	assert_int_equal(queued, 0);
	assert_false(status(&far)->known);
}

/* Everything that was ever sent, sent again from another address: nothing changes, and the answers are limited. */
static void replays(void **state)
{
	static struct datagram record[64];
	unsigned records = 0;

	(void)state;
	start(&near, 1, true, true, 0x1111);
	start(&far, 2, false, true, 0x2222);
	advance(0);
	trunks_resolved(near.trunks, now, 0, &far.address);
	for (int second = 0; second < 8; second++) {
		while (queued) {
			struct datagram d = queue[0];

			memmove(queue, queue + 1, --queued * sizeof(*queue));
			record[records++] = d;
			give(d.from.ip[15] == 1 ? &far : &near, &d);
		}
		now += SECOND;
		trunks_tick(near.trunks, now);
		trunks_tick(far.trunks, now);
		if (second == 4) { /* a new run of near: the record has two sessions */
			trunks_free(near.trunks);
			start(&near, 1, true, true, 0x3333);
			queued = 0;
			trunks_tick(near.trunks, now);
			trunks_resolved(near.trunks, now, 0, &far.address);
		}
	}
	settle();
	assert_true(far.carrier && near.carrier);
	assert_true(records > 16);
	/* far is silent for a while, so that it would accept a new session from anywhere. */
	trunks_free(near.trunks);
	near.trunks = NULL;
	advance(10 * SECOND);
	queued = 0;
	assert_int_equal(status(&far)->state, TRUNK_CALLING);
	for (unsigned i = 0; i < records; i++) {
		record[i].from = ipv4(66, 4789);
		give(&far, &record[i]);
		give(&far, &record[i]);
	}
	assert_int_equal(status(&far)->state, TRUNK_CALLING);
	assert_false(far.carrier);
	assert_int_equal(status(&far)->peer.ip[15], 1);
	assert_in_range(queued, 1, TRUNK_CHALLENGES);
	assert_in_range(status(&far)->counters.replayed, records, 2 * records);
}

/* A keepalive that the peer has just sent, again from another address: the peer stays where it is. */
static void a_replay_at_once(void **state)
{
	struct datagram last;

	(void)state;
	both_up();
	now += SECOND;
	trunks_tick(near.trunks, now);
	assert_int_equal(queued, 1);
	last = queue[0];
	settle();
	last.from = ipv4(66, 4789);
	give(&far, &last);
	assert_int_equal(status(&far)->counters.replayed, 1);
	assert_int_equal(status(&far)->peer.ip[15], 1);
	assert_int_equal(queued, 0);
}

/* The first keepalive of an earlier session echoes one of our last ones, but another has echoed a later one. */
static void a_replay_of_an_opening(void **state)
{
	struct datagram opening = {0};

	(void)state;
	start(&near, 1, true, true, 0x1111);
	start(&far, 2, false, true, 0x2222);
	advance(0);
	trunks_resolved(near.trunks, now, 0, &far.address);
	give(&far, &queue[0]);
	give(&near, &queue[1]);
	opening = queue[2];
	assert_int_equal(opening.from.ip[15], 1);
	memmove(queue, queue + 2, (queued -= 2) * sizeof(*queue));
	settle();
	trunks_shutdown(near.trunks, now);
	settle();
	trunks_free(near.trunks);
	start(&near, 1, true, true, 0x3333);
	trunks_link(near.trunks, 0, false);
	trunks_tick(near.trunks, now);
	trunks_resolved(near.trunks, now, 0, &far.address);
	settle();
	assert_int_equal(status(&far)->state, TRUNK_HELD);
	opening.from = ipv4(66, 4789);
	give(&far, &opening);
	assert_int_equal(status(&far)->peer.ip[15], 1);
	assert_int_equal(status(&far)->state, TRUNK_HELD);
	assert_int_equal(status(&far)->counters.replayed, 1);
}

/* Datagrams of no trunk, of no peer, too large; and what the kernel did not send. */
static void counters(void **state)
{
	struct datagram d = {.from = ipv4(1, 4789), .length = VXLAN_HEADER + 60};
	uint8_t frame[60] = {0};

	(void)state;
	start(&far, 2, false, true, 0x2222);
	trunks_send(far.trunks, 0, frame, sizeof(frame));
	assert_int_equal(status(&far)->counters.unsent, 1);
	start(&near, 1, true, true, 0x1111);
	advance(0);
	trunks_resolved(near.trunks, now, 0, &far.address);
	settle();
	give(&far, &(struct datagram){.from = d.from, .length = 7});
	assert_int_equal(status(&far)->socket->malformed, 1);
	vxlan_header(d.data, VNI + 1);
	give(&far, &d);
	assert_int_equal(status(&far)->socket->wrong_vni, 1);
	vxlan_header(d.data, VNI);
	d.from.port = 4790;
	give(&far, &d);
	assert_int_equal(status(&far)->counters.unknown_peer, 1);
	d.from.port = 4789;
	d.length = VXLAN_HEADER + 1523;
	give(&far, &d);
	assert_int_equal(status(&far)->counters.too_big, 1);
	trunks_receive(far.trunks, now, &d.from, d.data, 1500, true);
	assert_int_equal(status(&far)->counters.too_big, 2);
	trunks_unsent(far.trunks, 0, EMSGSIZE);
	trunks_unsent(far.trunks, 0, ENOBUFS);
	assert_int_equal(status(&far)->counters.too_big, 3);
	assert_int_equal(status(&far)->counters.unsent, 2);
	assert_int_equal(far.frames, 0);
}

/* A peer without keepalives: up with its address, frames from any port of it, no keepalive goes out. */
static void kernel_peer(void **state)
{
	struct trunk_keepalive k = {.vni = VNI, .up = true, .session = 0x9999, .sequence = 1};
	struct trunk_address peer = ipv4(3, 4789);
	struct datagram d = {.from = ipv4(3, 37600), .length = VXLAN_HEADER + 60};

	(void)state;
	start(&near, 1, true, false, 0x1111);
	advance(0);
	trunks_resolved(near.trunks, now, 0, NULL);
	assert_false(near.carrier);
	advance(2 * SECOND);
	assert_int_equal(near.resolves, 2);
	trunks_resolved(near.trunks, now, 0, &peer);
	assert_true(near.carrier);
	advance(30 * SECOND);
	assert_int_equal(queued, 0);
	assert_true(near.carrier);
	vxlan_header(d.data, VNI);
	give(&near, &d);
	assert_int_equal(near.frames, 1);
	d = made(&k, SECRET);
	d.from = peer;
	give(&near, &d);
	assert_int_equal(status(&near)->counters.forged, 1);
	assert_int_equal(near.frames, 1);
}

static void configurations(void **state)
{
	struct trunk_config configs[2] = {{.port = 1, .vni = 5, .keepalive = true}, {.port = 2, .vni = 5}};
	const uint8_t secret[TRUNK_SECRET_MAX + 1] = {1};
	struct trunks *trunks;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(trunks_new(&trunks, configs, 1, secret, 15, 1, 0, act, NULL, &fail), -EINVAL);
	assert_int_equal(trunks_new(&trunks, configs, 1, secret, sizeof(secret), 1, 0, act, NULL, &fail),
			 -EINVAL);
	assert_int_equal(trunks_new(&trunks, configs, 2, secret, 16, 1, 0, act, NULL, &fail), -EINVAL);
	assert_string_equal(fail.text, "found the VNI 5 twice, expected one VNI per trunk of a switch");
	configs[1].vni = 6;
	assert_int_equal(trunks_new(&trunks, configs, 2, secret, 16, 1, 0, act, NULL, &fail), 0);
	trunks_free(trunks);
	assert_int_equal(trunks_new(&trunks, configs + 1, 1, NULL, 0, 1, 0, act, NULL, &fail), 0);
	trunks_free(trunks);
	trunks_free(NULL);
}

static void addresses(void **state)
{
	struct trunk_address six = {.ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, .port = 4789},
			     four = ipv4(1, 80);
	char text[TRUNK_ADDRESS_TEXT];

	(void)state;
	assert_string_equal(trunk_address_format(&four, text), "192.0.2.1:80");
	assert_string_equal(trunk_address_format(&six, text), "[2001:db8::1]:4789");
}

/* Random datagrams, half of them with a good header: nothing but counters changes. */
static void random_datagrams(void **state)
{
	enum { RANDOM = 1000000 };
	const struct trunk_counters *counters;
	struct rng rng;

	(void)state;
	both_up();
	rng_seed(&rng, 3, "trunk");
	for (int i = 0; i < RANDOM; i++) {
		struct datagram d = {.from = ipv4(66, 4789), .length = rng_range(&rng, 0, 120)};

		for (size_t at = 0; at < d.length; at++)
			d.data[at] = (uint8_t)rng_next(&rng);
		if (i & 1)
			vxlan_header(d.data, VNI);
		give(&far, &d);
	}
	counters = &status(&far)->counters;
	assert_int_equal(counters->unknown_peer + counters->forged + counters->replayed + counters->too_big +
			     status(&far)->socket->malformed + status(&far)->socket->wrong_vni,
			 RANDOM);
	assert_int_equal(far.frames, 0);
	assert_int_equal(queued, 0);
	assert_int_equal(far.peers, 1);
	advance(10 * SECOND);
	assert_int_equal(far.carriers, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(comes_up_and_stays),
	    TEST(frames_after_the_carrier_arrive),
	    TEST(silence),
	    TEST(one_way),
	    TEST(held_down),
	    TEST(held_from_the_beginning),
	    TEST(peer_moves),
	    TEST(peer_restarts),
	    TEST(a_second_peer),
	    TEST(hmac),
	    TEST(replays),
	    TEST(a_replay_at_once),
	    TEST(a_replay_of_an_opening),
	    TEST(counters),
	    TEST(kernel_peer),
	    TEST(configurations),
	    TEST(addresses),
	    TEST(random_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
