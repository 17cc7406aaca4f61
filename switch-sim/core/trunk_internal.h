#ifndef SWITCH_SIM_CORE_TRUNK_INTERNAL_H
#define SWITCH_SIM_CORE_TRUNK_INTERNAL_H

#include "switch-sim/core/trunk.h"
#include "wire/vxlan.h"

#define RECENT 3 /* keepalives that a peer may echo */
#define NEVER  UINT64_MAX

struct trunk {
	struct trunk_config config;
	struct trunk_status status;
	bool enabled;		 /* our port may be up */
	uint32_t sequence;	 /* of our last keepalive */
	uint32_t recent[RECENT]; /* the sequences of the last regular ones, the latest first */
	uint64_t peer_session;	 /* 0: none yet */
	uint32_t peer_sequence;	 /* the greatest accepted */
	uint32_t echoed;	 /* the greatest of ours that the peer has echoed */
	unsigned challenges;	 /* still allowed in this interval */
	unsigned queries;	 /* for the peer's name, since it was last heard */
	bool resolving;		 /* the driver is at it */
	uint64_t keepalive_us, silent_us, resolve_us; /* due then, or NEVER */
};

struct trunks {
	struct trunk *trunk;
	unsigned count;
	struct trunk_socket_counters socket;
	uint8_t secret[TRUNK_SECRET_MAX];
	size_t secret_length;
	uint64_t session;
	uint64_t now_us;
	trunk_act_fn *act;
	void *arg;
};

enum trunk_event {
	TRUNK_EVENT_ADDRESS, /* the peer has an address */
	TRUNK_EVENT_UP,	     /* it answers, and its port may be up */
	TRUNK_EVENT_HELD,    /* it answers, and its port is held down */
	TRUNK_EVENT_SILENCE,
};

/* Change the state as the table has it. */
void trunk_happened(struct trunks *trunks, struct trunk *trunk, enum trunk_event event);

/* Take the address as the peer's. */
void trunk_set_peer(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *address);

/* trunk_keepalive.c: send one to an address, echoing that message; check and use a keepalive that came in. */
void trunk_keepalive_send(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *to,
			  uint64_t echo_session, uint32_t echo_sequence);
void trunk_keepalive_regular(struct trunks *trunks, struct trunk *trunk);
void trunk_keepalive_receive(struct trunks *trunks, struct trunk *trunk, const struct trunk_address *from,
			     const uint8_t *data, size_t length);

/* An address is the same with or without the port. */
bool trunk_same_host(const struct trunk_address *a, const struct trunk_address *b);
bool trunk_same_address(const struct trunk_address *a, const struct trunk_address *b);

#endif
