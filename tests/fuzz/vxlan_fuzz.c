/* Any datagram: what decodes as VXLAN or as a keepalive is encoded to the same bytes, less what is reserved; and at a socket
 * with a trunk it changes nothing but counters, because it has no HMAC. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/trunk.h"
#include "wire/vxlan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VNI 101

static void act(void *arg, const struct trunk_action *action)
{
	(void)arg;
	/* The name of the peer, and nothing for what comes from a stranger. */
	assert(action->kind == TRUNK_ACTION_RESOLVE);
}

static void round_trip(const uint8_t *data, size_t size)
{
	uint8_t header[VXLAN_HEADER], again[TRUNK_KEEPALIVE];
	struct trunk_keepalive keepalive, same;
	struct wire_error error = {0};
	struct vxlan vxlan;

	if (vxlan_decode(data, size, &vxlan, &error)) {
		assert(error.what && error.offset <= size);
	} else {
		assert(vxlan.frame.length >= ETHER_HEADER);
		vxlan_header(header, vxlan.vni);
		assert(!memcmp(header + 4, data + 4, 3));
	}
	if (trunk_keepalive_decode(data, size, &keepalive, NULL))
		return;
	assert(size == TRUNK_KEEPALIVE && trunk_keepalive_is(vxlan.frame));
	assert(trunk_keepalive_encode(&keepalive, again, sizeof(again)) == TRUNK_KEEPALIVE);
	assert(!trunk_keepalive_decode(again, sizeof(again), &same, NULL));
	assert(same.session == keepalive.session && same.sequence == keepalive.sequence &&
	       same.echo_session == keepalive.echo_session && same.echo_sequence == keepalive.echo_sequence &&
	       same.up == keepalive.up && same.vni == keepalive.vni);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct trunk_config config = {.port = 1, .vni = VNI, .keepalive = true, .named = true};
	const struct trunk_address from = {.ip = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}, .port = 4789};
	uint8_t *copy = malloc(size ? size : 1);
	const struct trunk_counters *c;
	struct trunks *trunks;
	struct fail fail = {0};

	round_trip(data, size);
	assert(copy);
	memcpy(copy, data, size);
	if (trunks_new(&trunks, &config, 1, (const uint8_t *)"0123456789abcdef", 16, 7, 0, act, NULL, &fail))
		abort();
	trunks_tick(trunks, 0);
	trunks_receive(trunks, 1000, &from, copy, size, false);
	c = &trunks_status(trunks, 0)->counters;
	assert(c->forged + c->unknown_peer + trunks_status(trunks, 0)->socket->wrong_vni +
		   trunks_status(trunks, 0)->socket->malformed ==
	       1);
	trunks_free(trunks);
	free(copy);
	return 0;
}
