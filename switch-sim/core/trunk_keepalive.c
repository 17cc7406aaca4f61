/* Keepalives of trunks: what proves that a peer is there, and where. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "switch-sim/core/trunk_internal.h"

static bool authenticate(const struct trunks *trunks, const uint8_t *data, uint8_t hmac[TRUNK_KEEPALIVE_HMAC])
{
	unsigned length = TRUNK_KEEPALIVE_HMAC;

	return HMAC(EVP_sha256(), trunks->secret, (int)trunks->secret_length, data,
		    TRUNK_KEEPALIVE - TRUNK_KEEPALIVE_HMAC, hmac, &length) != NULL;
}

void trunk_keepalive_send(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *to,
			  uint64_t echo_session, uint32_t echo_sequence)
{
	const struct trunk_keepalive keepalive = {.vni = trunk->config.vni,
						  .source = trunk->config.mac,
						  .up = trunk->enabled,
						  .session = trunks->session,
						  .sequence = ++trunk->sequence,
						  .echo_session = echo_session,
						  .echo_sequence = echo_sequence};
	uint8_t data[TRUNK_KEEPALIVE];
	const struct trunk_action action = {.kind = TRUNK_ACTION_SEND,
					    .trunk = (unsigned)(trunk - trunks->trunk),
					    .port = trunk->config.port,
					    .address = to,
					    .head = data,
					    .head_length = sizeof(data)};

	trunk_keepalive_encode(&keepalive, data, sizeof(data));
	if (!authenticate(trunks, data, data + sizeof(data) - TRUNK_KEEPALIVE_HMAC))
		return;
	trunk->status.counters.keepalives_out++;
	trunks->act(trunks->arg, &action);
}

/* To the peer, in the session of the peer that we know. */
static void send_to_peer(struct trunks *trunks, struct trunk *trunk)
{
	const struct trunk_address peer = trunk->status.peer;

	trunk_keepalive_send(trunks, trunk, &peer, trunk->peer_session, trunk->peer_sequence);
}

void trunk_keepalive_regular(struct trunks *trunks, struct trunk *trunk)
{
	trunk->challenges = TRUNK_CHALLENGES;
	trunk->keepalive_us = trunks->now_us + TRUNK_INTERVAL_US;
	if (!trunk->status.known)
		return;
	memmove(trunk->recent + 1, trunk->recent, sizeof(trunk->recent) - sizeof(*trunk->recent));
	trunk->recent[0] = trunk->sequence + 1;
	send_to_peer(trunks, trunk);
}

/* The peer has received one of our last keepalives: both directions work. */
static bool is_recent(const struct trunks *trunks, const struct trunk *trunk, const struct trunk_keepalive *k)
{
	return k->echo_session == trunks->session && k->echo_sequence <= trunk->sequence &&
	       k->echo_sequence >= trunk->recent[RECENT - 1] && k->echo_sequence > 0;
}

/* Answer to an address that is not proved yet, at most TRUNK_CHALLENGES times per interval. */
static void challenge(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *to,
		      const struct trunk_keepalive *k)
{
	if (!trunk->challenges)
		return;
	trunk->challenges--;
	trunk_keepalive_send(trunks, trunk, to, k->session, k->sequence);
}

/* The message is authentic and new. reply: the peer has to receive our answer before the frames that follow the
 * carrier. */
static void accept_keepalive(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *from,
			     const struct trunk_keepalive *k, bool reply)
{
	trunk->status.counters.keepalives_in++;
	trunk->peer_session = k->session;
	trunk->peer_sequence = k->sequence;
	if (k->echo_session == trunks->session && k->echo_sequence > trunk->echoed)
		trunk->echoed = k->echo_sequence;
	if (!is_recent(trunks, trunk, k)) {
		/* A peer that has moved receives nothing from us until we answer to its new address. */
		if (!trunk->status.known || !trunk_same_address(from, &trunk->status.peer))
			challenge(trunks, trunk, from, k);
		return;
	}
	trunk_set_peer(trunks, trunk, from);
	trunk->silent_us = trunks->now_us + TRUNK_SILENCE_US;
	trunk->resolve_us = NEVER;
	trunk->queries = 0;
	if (reply)
		send_to_peer(trunks, trunk);
	trunk_happened(trunks, trunk, k->up ? TRUNK_EVENT_UP : TRUNK_EVENT_HELD);
}

/* A session that we do not know: a peer that has started, or a replay of an earlier session. A peer proves that it is
 * there by echoing a keepalive that we have sent to it only now. */
static void open_session(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *from,
			 const struct trunk_keepalive *k)
{
	/* Two peers with one VNI do not take the trunk from each other. */
	if (trunk->status.state == TRUNK_UP && !trunk_same_host(from, &trunk->status.peer)) {
		trunk->status.counters.unknown_peer++;
		return;
	}
	if (is_recent(trunks, trunk, k) && k->echo_sequence > trunk->echoed) {
		accept_keepalive(trunks, trunk, from, k, true);
		return;
	}
	if (k->echo_session == trunks->session)
		trunk->status.counters.replayed++;
	challenge(trunks, trunk, from, k);
}

void trunk_keepalive_receive(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *from,
			     const uint8_t *data, size_t length)
{
	struct trunk_counters *counters = &trunk->status.counters;
	uint8_t hmac[TRUNK_KEEPALIVE_HMAC];
	struct trunk_keepalive k;

	if (!trunk->config.keepalive || trunk_keepalive_decode(data, length, &k, NULL) ||
	    !authenticate(trunks, data, hmac) || CRYPTO_memcmp(hmac, k.hmac, sizeof(hmac)) != 0) {
		counters->forged++;
		return;
	}
	if (k.session == trunks->session ||
	    (k.session == trunk->peer_session && k.sequence <= trunk->peer_sequence))
		counters->replayed++;
	else if (k.session == trunk->peer_session)
		accept_keepalive(trunks, trunk, from, &k, false);
	else
		open_session(trunks, trunk, from, &k);
}
