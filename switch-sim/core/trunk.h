#ifndef SWITCH_SIM_CORE_TRUNK_H
#define SWITCH_SIM_CORE_TRUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/mac.h"

/*
 * The trunks of a switch over UDP (wire/vxlan.h), without I/O. They share one socket, which is the driver's: datagrams come
 * in by trunks_receive, with the time passed in, and all results come out through one callback.
 *
 * A trunk is the VNI and the address of its peer. The address is that of the peer's name, or that of an authentic
 * keepalive. A keepalive is authentic if its HMAC is right and it is no replay: within a session (one run of a switch) its
 * sequence is greater than all before, and the first message of a session echoes a keepalive of ours that no message
 * has echoed before. The port has a carrier while the peer echoes recent keepalives, that is, while both directions
 * work. A peer without keepalives, such as a vxlan device of the kernel, has a known address, and its trunk is always up.
 */
struct trunks;

#define TRUNK_INTERVAL_US    UINT64_C(1000000)	/* between keepalives */
#define TRUNK_SILENCE_US     UINT64_C(3500000)	/* without a keepalive: the peer is silent */
#define TRUNK_RESOLVE_MAX_US UINT64_C(10000000) /* between queries for the peer's name, while it is silent */
#define TRUNK_CHALLENGES     8			/* answers to unknown sessions per interval */
#define TRUNK_SECRET_MIN     16			/* octets */
#define TRUNK_SECRET_MAX     256

/* A UDP endpoint. IPv4 addresses are mapped into IPv6 (RFC 4291 2.5.5.2). */
struct trunk_address {
	uint8_t ip[16];
	uint16_t port;
};

#define TRUNK_ADDRESS_TEXT 56

/* "10.0.0.1:4789" or "[2001:db8::1]:4789"; gives text back. */
const char *trunk_address_format(const struct trunk_address *address, char text[TRUNK_ADDRESS_TEXT]);

/* An address that is mapped. */
bool trunk_address_is_ipv4(const struct trunk_address *address);

struct trunk_config {
	unsigned port; /* of the switch */
	struct mac mac;
	uint32_t vni;	/* each trunk of a switch has its own */
	bool keepalive; /* false: the peer sends none */
	bool named;	/* the peer has a name or address that the driver resolves */
};

struct trunk_counters {
	uint64_t in_frames, in_octets, out_frames, out_octets;
	uint64_t too_big;	/* either way: beyond a frame, or beyond what the kernel sends */
	uint64_t unknown_peer;	/* our VNI, from another address than the peer's */
	uint64_t unsent;	/* frames without a peer, or that the kernel rejected */
	uint64_t keepalives_in; /* authentic */
	uint64_t keepalives_out;
	uint64_t forged;   /* keepalives that are malformed, unexpected or have a wrong HMAC */
	uint64_t replayed; /* keepalives that are authentic, but old or our own */
};

/* Datagrams at the socket that belong to no trunk. */
struct trunk_socket_counters {
	uint64_t wrong_vni, malformed;
};

enum trunk_state {
	TRUNK_UNKNOWN, /* no address */
	TRUNK_CALLING, /* an address, no answer */
	TRUNK_HELD,    /* the peer answers, its port is held down */
	TRUNK_UP,
};

/* The present state of a trunk, for show and status. */
struct trunk_status {
	uint32_t vni;
	bool keepalive, known; /* known: peer is an address */
	enum trunk_state state;
	struct trunk_address peer;
	struct trunk_counters counters;
	const struct trunk_socket_counters *socket; /* the same for all trunks of the switch */
};

const char *trunk_state_name(enum trunk_state state);

enum trunk_action_kind {
	TRUNK_ACTION_SEND,    /* a datagram: head, then body */
	TRUNK_ACTION_FRAME,   /* a frame came in at the port */
	TRUNK_ACTION_CARRIER, /* of the port */
	TRUNK_ACTION_RESOLVE, /* look the peer up, and answer with trunks_resolved */
	TRUNK_ACTION_PEER,    /* the peer has another address than before */
};

/* Pointers are valid during the callback. */
struct trunk_action {
	enum trunk_action_kind kind;
	unsigned trunk, port;
	bool up;			     /* carrier */
	const struct trunk_address *address; /* send, peer */
	const uint8_t *head;		     /* send */
	size_t head_length;
	uint8_t *body; /* send: not to be changed. frame: to be overwritten, with SWITCH_HEADROOM in front */
	size_t body_length;
};

/* The callback may call trunks_send, trunks_unsent and trunks_link, and at TRUNK_ACTION_RESOLVE trunks_resolved. */
typedef void trunk_act_fn(void *arg, const struct trunk_action *action);

/* The secret is copied; session is random and not 0. 0, -EINVAL with a reason (keepalives without a usable secret, a VNI
 * twice), or -ENOMEM. */
int trunks_new(struct trunks **trunks, const struct trunk_config *configs, unsigned count,
	       const uint8_t *secret, size_t secret_length, uint64_t session, uint64_t now_us,
	       trunk_act_fn *act, void *arg, struct fail *fail);

/* NULL is legal. The secret is erased. */
void trunks_free(struct trunks *trunks);

/* Leave in order: tell the peers that the ports are down. */
void trunks_shutdown(struct trunks *trunks, uint64_t now_us);

/* A datagram came in; cut: it was longer than length. Its bytes are overwritten. */
void trunks_receive(struct trunks *trunks, uint64_t now_us, const struct trunk_address *from, uint8_t *data,
		    size_t length, bool cut);

/* The result of TRUNK_ACTION_RESOLVE; address NULL: the name has none now. */
void trunks_resolved(struct trunks *trunks, uint64_t now_us, unsigned trunk,
		     const struct trunk_address *address);

/* A frame leaves by the trunk. */
void trunks_send(struct trunks *trunks, unsigned trunk, const uint8_t *frame, size_t length);

/* The kernel did not send the last datagram: error is a positive errno (EMSGSIZE: too big). */
void trunks_unsent(struct trunks *trunks, unsigned trunk, int error);

/* May the port of the trunk be up (it is neither shut down nor cut)? If not, the peer gets to know. */
void trunks_link(struct trunks *trunks, unsigned trunk, bool enabled);

/* When trunks_tick is due next (UINT64_MAX: never), and what is due. */
uint64_t trunks_next(const struct trunks *trunks);
void trunks_tick(struct trunks *trunks, uint64_t now_us);

/* Valid until trunks_free. */
const struct trunk_status *trunks_status(const struct trunks *trunks, unsigned trunk);

#endif
