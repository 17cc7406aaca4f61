#include "switch-sim/core/trunk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "switch-sim/core/trunk_internal.h"

static const struct trunk_edge {
	enum trunk_state from;
	enum trunk_event event;
	enum trunk_state to;
} edges[] = {
    {TRUNK_UNKNOWN, TRUNK_EVENT_ADDRESS, TRUNK_CALLING}, {TRUNK_UNKNOWN, TRUNK_EVENT_UP, TRUNK_UP},
    {TRUNK_UNKNOWN, TRUNK_EVENT_HELD, TRUNK_HELD},	 {TRUNK_CALLING, TRUNK_EVENT_UP, TRUNK_UP},
    {TRUNK_CALLING, TRUNK_EVENT_HELD, TRUNK_HELD},	 {TRUNK_HELD, TRUNK_EVENT_UP, TRUNK_UP},
    {TRUNK_HELD, TRUNK_EVENT_SILENCE, TRUNK_CALLING},	 {TRUNK_UP, TRUNK_EVENT_HELD, TRUNK_HELD},
    {TRUNK_UP, TRUNK_EVENT_SILENCE, TRUNK_CALLING},
};

static void tell(struct trunks *trunks, const struct trunk *trunk, enum trunk_action_kind kind)
{
	const struct trunk_address peer = trunk->status.peer;
	const struct trunk_action action = {.kind = kind,
					    .trunk = (unsigned)(trunk - trunks->trunk),
					    .port = trunk->config.port,
					    .up = trunk->status.state == TRUNK_UP,
					    .address = &peer};

	trunks->act(trunks->arg, &action);
}

void trunk_happened(struct trunks *trunks, struct trunk *trunk, enum trunk_event event)
{
	enum trunk_state from = trunk->status.state;

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++)
		if (edges[i].from == from && edges[i].event == event) {
			trunk->status.state = edges[i].to;
			break;
		}
	if ((from == TRUNK_UP) != (trunk->status.state == TRUNK_UP))
		tell(trunks, trunk, TRUNK_ACTION_CARRIER);
}

void trunk_set_peer(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *address)
{
	if (trunk->status.known && trunk_same_address(address, &trunk->status.peer))
		return;
	trunk->status.peer = *address;
	trunk->status.known = true;
	tell(trunks, trunk, TRUNK_ACTION_PEER);
}

static int check(const struct trunk_config *configs, unsigned count, size_t secret_length, struct fail *fail)
{
	for (unsigned i = 0; i < count; i++) {
		if (configs[i].keepalive && secret_length < TRUNK_SECRET_MIN)
			return fail_set(
			    fail, -EINVAL,
			    "found a secret of %zu octets for the keepalives of trunks, expected %d to %d",
			    secret_length, TRUNK_SECRET_MIN, TRUNK_SECRET_MAX);
		for (unsigned j = 0; j < i; j++)
			if (configs[i].vni == configs[j].vni)
				return fail_set(
				    fail, -EINVAL,
				    "found the VNI %u twice, expected one VNI per trunk of a switch",
				    configs[i].vni);
	}
	if (secret_length > TRUNK_SECRET_MAX)
		return fail_set(fail, -EINVAL, "found a secret of %zu octets, expected at most %d",
				secret_length, TRUNK_SECRET_MAX);
	return 0;
}

int trunks_new(struct trunks **result, const struct trunk_config *configs, unsigned count,
	       const uint8_t *secret, size_t secret_length, uint64_t session, uint64_t now_us,
	       trunk_act_fn *act, void *arg, struct fail *fail)
{
	struct trunks *trunks;
	int err = check(configs, count, secret_length, fail);

	if (err)
		return err;
	trunks = calloc(1, sizeof(*trunks));
	if (trunks)
		trunks->trunk = calloc(count ? count : 1, sizeof(*trunks->trunk));
	if (!trunks || !trunks->trunk) {
		free(trunks);
		return fail_set(fail, -ENOMEM, "no memory for %u trunks", count);
	}
	if (secret_length)
		memcpy(trunks->secret, secret, secret_length);
	trunks->secret_length = secret_length;
	trunks->count = count;
	trunks->session = session;
	trunks->now_us = now_us;
	trunks->act = act;
	trunks->arg = arg;
	for (unsigned i = 0; i < count; i++)
		trunks->trunk[i] = (struct trunk){
		    .config = configs[i],
		    .status = {.vni = configs[i].vni,
			       .keepalive = configs[i].keepalive,
			       .socket = &trunks->socket},
		    .enabled = true,
		    .challenges = TRUNK_CHALLENGES,
		    .keepalive_us = configs[i].keepalive ? now_us : NEVER,
		    .silent_us = NEVER,
		    .resolve_us = configs[i].named ? now_us : NEVER,
		};
	*result = trunks;
	return 0;
}

void trunks_free(struct trunks *trunks)
{
	if (!trunks)
		return;
	OPENSSL_cleanse(trunks->secret, sizeof(trunks->secret));
	free(trunks->trunk);
	free(trunks);
}

void trunks_shutdown(struct trunks *trunks, uint64_t now_us)
{
	trunks->now_us = now_us;
	for (unsigned i = 0; i < trunks->count; i++)
		trunks_link(trunks, i, false);
}

static struct trunk *find(struct trunks *trunks, uint32_t vni)
{
	for (unsigned i = 0; i < trunks->count; i++)
		if (trunks->trunk[i].config.vni == vni)
			return &trunks->trunk[i];
	return NULL;
}

/* The UDP source port of a peer without keepalives is a hash of the inner frame (RFC 7348 section 5). */
static bool is_peer(const struct trunk *trunk, const struct trunk_address *from)
{
	if (!trunk->status.known)
		return false;
	return trunk->config.keepalive ? trunk_same_address(from, &trunk->status.peer)
				       : trunk_same_host(from, &trunk->status.peer);
}

void trunks_receive(struct trunks *trunks, uint64_t now_us, const struct trunk_address *from, uint8_t *data,
		    size_t length, bool cut)
{
	struct trunk_action action = {.kind = TRUNK_ACTION_FRAME};
	struct vxlan vxlan;
	struct trunk *trunk;

	trunks->now_us = now_us;
	if (vxlan_decode(data, length, &vxlan, NULL)) {
		trunks->socket.malformed++;
		return;
	}
	trunk = find(trunks, vxlan.vni);
	if (!trunk)
		trunks->socket.wrong_vni++;
	else if (trunk_keepalive_is(vxlan.frame))
		trunk_keepalive_receive(trunks, trunk, from, data, cut ? 0 : length);
	else if (!is_peer(trunk, from))
		trunk->status.counters.unknown_peer++;
	else if (cut || vxlan.frame.length > ETHER_FRAME_MAX)
		trunk->status.counters.too_big++;
	else {
		trunk->status.counters.in_frames++;
		trunk->status.counters.in_octets += vxlan.frame.length;
		action.trunk = (unsigned)(trunk - trunks->trunk);
		action.port = trunk->config.port;
		action.body = data + VXLAN_HEADER;
		action.body_length = vxlan.frame.length;
		trunks->act(trunks->arg, &action);
	}
}

void trunks_resolved(struct trunks *trunks, uint64_t now_us, unsigned index,
		     const struct trunk_address *address)
{
	struct trunk *trunk = &trunks->trunk[index];
	bool answers =
	    trunk->config.keepalive && (trunk->status.state == TRUNK_UP || trunk->status.state == TRUNK_HELD);
	uint64_t wait = TRUNK_INTERVAL_US << (trunk->queries < 4 ? trunk->queries : 4);

	trunks->now_us = now_us;
	trunk->resolving = false;
	if (answers) /* from where we know it to be */
		return;
	trunk->queries++;
	trunk->resolve_us = now_us + (wait < TRUNK_RESOLVE_MAX_US ? wait : TRUNK_RESOLVE_MAX_US);
	if (!address)
		return;
	trunk_set_peer(trunks, trunk, address);
	trunk_happened(trunks, trunk, trunk->config.keepalive ? TRUNK_EVENT_ADDRESS : TRUNK_EVENT_UP);
	if (trunk->config.keepalive)
		trunk_keepalive_regular(trunks, trunk);
}

void trunks_send(struct trunks *trunks, unsigned index, const uint8_t *frame, size_t length)
{
	struct trunk *trunk = &trunks->trunk[index];
	const struct trunk_address peer = trunk->status.peer;
	uint8_t head[VXLAN_HEADER];
	const struct trunk_action action = {.kind = TRUNK_ACTION_SEND,
					    .trunk = index,
					    .port = trunk->config.port,
					    .address = &peer,
					    .head = head,
					    .head_length = sizeof(head),
					    .body = (uint8_t *)frame,
					    .body_length = length};

	if (!trunk->status.known) {
		trunk->status.counters.unsent++;
		return;
	}
	trunk->status.counters.out_frames++;
	trunk->status.counters.out_octets += length;
	vxlan_header(head, trunk->config.vni);
	trunks->act(trunks->arg, &action);
}

void trunks_unsent(struct trunks *trunks, unsigned index, int error)
{
	struct trunk_counters *counters = &trunks->trunk[index].status.counters;

	if (error == EMSGSIZE)
		counters->too_big++;
	else
		counters->unsent++;
}

void trunks_link(struct trunks *trunks, unsigned index, bool enabled)
{
	struct trunk *trunk = &trunks->trunk[index];

	if (trunk->enabled == enabled)
		return;
	trunk->enabled = enabled;
	if (trunk->config.keepalive)
		trunk_keepalive_regular(trunks, trunk);
}

uint64_t trunks_next(const struct trunks *trunks)
{
	uint64_t next = NEVER;

	for (unsigned i = 0; i < trunks->count; i++) {
		const struct trunk *trunk = &trunks->trunk[i];
		uint64_t resolve_us = trunk->resolving ? NEVER : trunk->resolve_us;

		next = trunk->keepalive_us < next ? trunk->keepalive_us : next;
		next = trunk->silent_us < next ? trunk->silent_us : next;
		next = resolve_us < next ? resolve_us : next;
	}
	return next;
}

void trunks_tick(struct trunks *trunks, uint64_t now_us)
{
	trunks->now_us = now_us;
	for (unsigned i = 0; i < trunks->count; i++) {
		struct trunk *trunk = &trunks->trunk[i];

		if (trunk->silent_us <= now_us) {
			trunk->silent_us = NEVER;
			if (trunk->config.named)
				trunk->resolve_us = now_us;
			trunk_happened(trunks, trunk, TRUNK_EVENT_SILENCE);
		}
		if (trunk->keepalive_us <= now_us)
			trunk_keepalive_regular(trunks, trunk);
		if (trunk->resolve_us <= now_us && !trunk->resolving) {
			trunk->resolving = true;
			tell(trunks, trunk, TRUNK_ACTION_RESOLVE);
		}
	}
}

const struct trunk_status *trunks_status(const struct trunks *trunks, unsigned index)
{
	return &trunks->trunk[index].status;
}
