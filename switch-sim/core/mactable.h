#ifndef SWITCH_SIM_CORE_MACTABLE_H
#define SWITCH_SIM_CORE_MACTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mac.h"

/* The forwarding table of a bridge (802.1Q 8.8): the port at which a MAC of a VLAN was last seen. A hash table that grows
 * with its entries; an entry that was not refreshed for the ageing time does not count. */
struct mactable;

#define MACTABLE_AGEING_US (300 * UINT64_C(1000000))

struct mactable_entry {
	struct mac mac;
	uint16_t vlan;
	uint16_t port;
	uint64_t seen_us;
};

/* An empty table for at most capacity entries; NULL without memory. */
struct mactable *mactable_new(unsigned capacity);

/* NULL is legal. */
void mactable_free(struct mactable *table);

/* The address is behind port: enter it, move it or refresh it. False when the table is full, or without
 * memory. */
bool mactable_learn(struct mactable *table, uint16_t vlan, const struct mac *mac, unsigned port,
		    uint64_t now_us);

/* The port, or -1. */
int mactable_find(const struct mactable *table, uint16_t vlan, const struct mac *mac, uint64_t now_us);

/* Remove the entries of a port, of a VLAN, or the expired ones. */
void mactable_flush_port(struct mactable *table, unsigned port);
void mactable_flush_vlan(struct mactable *table, uint16_t vlan);
void mactable_sweep(struct mactable *table, uint64_t now_us);

unsigned mactable_count(const struct mactable *table);

/* Copy the entries below the ageing time, sorted by VLAN and address, into entries (room for
 * mactable_count()). How many. */
unsigned mactable_list(const struct mactable *table, uint64_t now_us, struct mactable_entry *entries);

#endif
