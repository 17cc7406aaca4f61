#include "switch-sim/core/mactable.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 64 /* a power of two */

/* The entries are dense: a flush costs as much as there are entries, and a table as much memory. */
struct node {
	struct mactable_entry entry;
	uint32_t next; /* in the bucket, as in bucket[] */
};

struct mactable {
	unsigned count, capacity;
	unsigned size;	  /* of both blocks: a power of two */
	uint32_t *bucket; /* place of the first node, plus one; 0: none */
	struct node *node;
};

static uint32_t *bucket_of(const struct mactable *table, uint16_t vlan, const struct mac *mac)
{
	uint64_t key = vlan;

	for (int i = 0; i < 6; i++)
		key = key << 8 | mac->octet[i];
	key *= 0x9e3779b97f4a7c15u;
	return &table->bucket[(key >> 32) & (table->size - 1)];
}

static void put_in_bucket(struct mactable *table, unsigned i)
{
	const struct mactable_entry *entry = &table->node[i].entry;
	uint32_t *head = bucket_of(table, entry->vlan, &entry->mac);

	table->node[i].next = *head;
	*head = i + 1;
}

/* Room for that many entries; the table stays as it is when memory is short. */
static bool resize(struct mactable *table, unsigned size)
{
	struct node *node = realloc(table->node, size * sizeof(*node));
	uint32_t *bucket = node ? calloc(size, sizeof(*bucket)) : NULL;

	if (node)
		table->node = node;
	if (!bucket)
		return false;
	free(table->bucket);
	table->bucket = bucket;
	table->size = size;
	for (unsigned i = 0; i < table->count; i++)
		put_in_bucket(table, i);
	return true;
}

struct mactable *mactable_new(unsigned capacity)
{
	struct mactable *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->capacity = capacity;
	if (!resize(table, SIZE_FIRST)) {
		mactable_free(table);
		return NULL;
	}
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

static bool is_entry(const struct mactable_entry *entry, uint16_t vlan, const struct mac *mac)
{
	return entry->vlan == vlan && mac_equal(&entry->mac, mac);
}

bool mactable_learn(struct mactable *table, uint16_t vlan, const struct mac *mac, unsigned port,
		    uint64_t now_us)
{
	uint32_t at = *bucket_of(table, vlan, mac);

	while (at && !is_entry(&table->node[at - 1].entry, vlan, mac))
		at = table->node[at - 1].next;
	if (!at) {
		if (table->count == table->capacity ||
		    (table->count == table->size && !resize(table, 2 * table->size)))
			return false;
		at = ++table->count;
		table->node[at - 1].entry = (struct mactable_entry){*mac, vlan, 0, 0};
		put_in_bucket(table, at - 1);
	}
	table->node[at - 1].entry.port = (uint16_t)port;
	table->node[at - 1].entry.seen_us = now_us;
	return true;
}

static bool is_old(const struct mactable_entry *entry, uint64_t now_us)
{
	return now_us - entry->seen_us >= MACTABLE_AGEING_US;
}

int mactable_find(const struct mactable *table, uint16_t vlan, const struct mac *mac, uint64_t now_us)
{
	for (uint32_t at = *bucket_of(table, vlan, mac); at; at = table->node[at - 1].next) {
		const struct mactable_entry *entry = &table->node[at - 1].entry;

		if (is_entry(entry, vlan, mac))
			return is_old(entry, now_us) ? -1 : entry->port;
	}
	return -1;
}

/* The link of the bucket that leads to the node. */
static uint32_t *link_to(const struct mactable *table, unsigned i)
{
	const struct mactable_entry *entry = &table->node[i].entry;
	uint32_t *link = bucket_of(table, entry->vlan, &entry->mac);

	while (*link != i + 1)
		link = &table->node[*link - 1].next;
	return link;
}

/* The last node takes the place of the removed one. */
static void remove_node(struct mactable *table, unsigned i)
{
	unsigned last = --table->count;

	*link_to(table, i) = table->node[i].next;
	if (i == last)
		return;
	*link_to(table, last) = i + 1;
	table->node[i] = table->node[last];
}

/* Remove the entries of a port or of a VLAN (-1: any) with that age (0: any). */
static void drop(struct mactable *table, int port, int vlan, uint64_t now_us)
{
	for (unsigned i = 0; i < table->count;) {
		const struct mactable_entry *entry = &table->node[i].entry;

		if ((port >= 0 && entry->port != port) || (vlan >= 0 && entry->vlan != vlan) ||
		    (now_us && !is_old(entry, now_us)))
			i++;
		else
			remove_node(table, i);
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

	for (unsigned i = 0; i < table->count; i++)
		if (!is_old(&table->node[i].entry, now_us))
			entries[count++] = table->node[i].entry;
	qsort(entries, count, sizeof(*entries), compare);
	return count;
}
