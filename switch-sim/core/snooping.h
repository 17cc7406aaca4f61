#ifndef SWITCH_SIM_CORE_SNOOPING_H
#define SWITCH_SIM_CORE_SNOOPING_H

#include <stdint.h>

#include "base/mac.h"

/* DHCP snooping: which messages may pass, where they go, and which client has which lease. */

struct switch_core;
struct port;
struct snooping;
struct transit;

enum snooping_verdict {
	SNOOPING_FORWARD, /* like any frame */
	SNOOPING_TRUSTED, /* to trusted ports only */
	SNOOPING_CLIENT,  /* a server's broadcast: to the port where the client is, if it is known */
	SNOOPING_DROP,
};

struct snooping_binding {
	struct mac mac;
	uint32_t address;
	uint16_t vlan;
	uint16_t port;
	uint64_t expires_us;
};

struct snooping *snooping_new(void);
void snooping_free(struct snooping *snooping);

/* Decide about a frame; with SNOOPING_CLIENT, *client is the client of the broadcast. */
enum snooping_verdict snooping_inspect(struct switch_core *core, struct port *port,
				       const struct transit *frame, struct mac *client);

/* Remove the expired bindings; remove the bindings of a port. */
void snooping_sweep(struct switch_core *core);
void snooping_flush_port(struct switch_core *core, unsigned port);

const struct snooping_binding *snooping_bindings(const struct snooping *snooping, unsigned *count);

#endif
