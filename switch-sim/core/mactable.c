#include "switch-sim/core/mactable.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct node {
	struct mactable_entry entry;
	uint32_t next; /* in the bucket, or in the list of free nodes */
};

struct mactable {
	unsigned count, capacity, mask;
	uint32_t *bucket;
	uint32_t free;
	struct node *node;
};

struct mactable *mactable_new(unsigned capacity)
{
	struct mactable *table = calloc(1, sizeof(*table));
	unsigned buckets = 64;

	if (!table)
		return NULL;
	while (buckets < capacity)
		buckets *= 2;
	table->capacity = capacity;
	table->mask = buckets - 1;
	table->bucket = calloc(buckets, sizeof(*table->bucket));
	table->node = calloc(capacity ? capacity : 1, sizeof(*table->node));
	if (!table->bucket || !table->node) {
		mactable_free(table);
		return NULL;
	}
	for (unsigned i = 0; i < buckets; i++)
		table->bucket[i] = NONE;
	for (unsigned i = 0; i < capacity; i++)
		table->node[i].next = i + 1 < capacity ? i + 1 : NONE;
	table->free = capacity ? 0 : NONE;
	return table;
}

void mactable_free(struct mactable *table)
{
	if (!table)
		return;
	free(table->bucket);
	free(table->node);
	free(table);
}

static uint32_t *bucket_of(const struct mactable *table, uint16_t vlan, const struct mac *mac)
{
	uint64_t key = vlan;

	for (int i = 0; i < 6; i++)
		key = key << 8 | mac->octet[i];
	key *= 0x9e3779b97f4a7c15u;
	return &table->bucket[(key >> 32) & table->mask];
}

static bool is_entry(const struct mactable_entry *entry, uint16_t vlan, const struct mac *mac)
{
	return entry->vlan == vlan && mac_equal(&entry->mac, mac);
}

bool mactable_learn(struct mactable *table, uint16_t vlan, const struct mac *mac, unsigned port,
		    uint64_t now_us)
{
	uint32_t *head = bucket_of(table, vlan, mac), at;

	for (at = *head; at != NONE; at = table->node[at].next)
		if (is_entry(&table->node[at].entry, vlan, mac))
			break;
	if (at == NONE) {
		at = table->free;
		if (at == NONE)
			return false;
		table->free = table->node[at].next;
		table->node[at] = (struct node){{*mac, vlan, 0, 0}, *head};
		*head = at;
		table->count++;
	}
	table->node[at].entry.port = (uint16_t)port;
	table->node[at].entry.seen_us = now_us;
	return true;
}

static bool is_old(const struct mactable_entry *entry, uint64_t now_us)
{
	return now_us - entry->seen_us >= MACTABLE_AGEING_US;
}

int mactable_find(const struct mactable *table, uint16_t vlan, const struct mac *mac, uint64_t now_us)
{
	for (uint32_t at = *bucket_of(table, vlan, mac); at != NONE; at = table->node[at].next) {
		const struct mactable_entry *entry = &table->node[at].entry;

		if (is_entry(entry, vlan, mac))
			return is_old(entry, now_us) ? -1 : entry->port;
	}
	return -1;
}

/* Remove the entries of a port or of a VLAN (-1: any) with that age (0: any). */
static void drop(struct mactable *table, int port, int vlan, uint64_t now_us)
{
	for (unsigned i = 0; i <= table->mask; i++) {
		uint32_t *link = &table->bucket[i], at;

		while ((at = *link) != NONE) {
			const struct mactable_entry *entry = &table->node[at].entry;

			if ((port >= 0 && entry->port != port) || (vlan >= 0 && entry->vlan != vlan) ||
			    (now_us && !is_old(entry, now_us))) {
				link = &table->node[at].next;
				continue;
			}
			*link = table->node[at].next;
			table->node[at].next = table->free;
			table->free = at;
			table->count--;
		}
	}
}

void mactable_flush_port(struct mactable *table, unsigned port)
{
	drop(table, (int)port, -1, 0);
}

void mactable_flush_vlan(struct mactable *table, uint16_t vlan)
{
	drop(table, -1, vlan, 0);
}

void mactable_sweep(struct mactable *table, uint64_t now_us)
{
	if (now_us)
		drop(table, -1, -1, now_us);
}

unsigned mactable_count(const struct mactable *table)
{
	return table->count;
}

static int compare(const void *a, const void *b)
{
	const struct mactable_entry *x = a, *y = b;

	if (x->vlan != y->vlan)
		return x->vlan < y->vlan ? -1 : 1;
	return memcmp(x->mac.octet, y->mac.octet, sizeof(x->mac.octet));
}

unsigned mactable_list(const struct mactable *table, uint64_t now_us, struct mactable_entry *entries)
{
	unsigned count = 0;

	for (unsigned i = 0; i <= table->mask; i++)
		for (uint32_t at = table->bucket[i]; at != NONE; at = table->node[at].next)
			if (!is_old(&table->node[at].entry, now_us))
				entries[count++] = table->node[at].entry;
	qsort(entries, count, sizeof(*entries), compare);
	return count;
}
