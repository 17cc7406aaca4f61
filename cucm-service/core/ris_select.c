#include "cucm-service/core/ris_hits.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool ris_line_registered(const struct hit *hit, const char *number)
{
	return hit->registered && cucm_has_line(hit->registered, number);
}

const char *ris_status(const struct hit *hit)
{
	if (!hit->registered)
		return hit->lost->rejected ? "Rejected" : "UnRegistered";
	for (size_t i = 0; i < hit->device->line_count; i++)
		if (!ris_line_registered(hit, hit->device->lines[i].number))
			return "PartiallyRegistered";
	return "Registered";
}

const struct cucm_registration *ris_page(const struct hit *hit)
{
	return hit->registered ? hit->registered : &hit->lost->last;
}

/* What a phone reports, as a word of the enumeration. */
const char *ris_download(const struct hit *hit)
{
	static const char *const words[] = {"Successful", "Failed", "Upgrading"};
	const char *status = ris_page(hit)->download_status;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncasecmp(status, words[i], strlen(words[i])))
			return words[i];
	return "Unknown";
}

static bool item_fits(const struct ris_criteria *criteria, const struct hit *hit, const char *item)
{
	bool (*same)(const char *pattern, const char *text) = table_glob;
	const struct table_device *device = hit->device;

	if (!strcmp(criteria->by, "IPV4Address"))
		return same(item, ris_page(hit)->address);
	if (!strcmp(criteria->by, "IPV6Address"))
		return false;
	if (!strcmp(criteria->by, "Description"))
		return same(item, device->description);
	if (!strcmp(criteria->by, "Name"))
		return same(item, device->name);
	for (size_t i = 0; i < device->line_count; i++)
		if (same(item, device->lines[i].number))
			return true;
	return false;
}

static bool fits(const struct ris_criteria *criteria, const struct hit *hit)
{
	if (criteria->none || (criteria->model != 255 && criteria->model != (long)hit->device->model) ||
	    (strcmp(criteria->status, "Any") && strcmp(criteria->status, ris_status(hit))) ||
	    (strcmp(criteria->download, "Any") && strcmp(criteria->download, ris_download(hit))))
		return false;
	for (size_t i = 0; i < criteria->item_count && !criteria->all; i++) {
		const char *item = criteria->items[i];

		/* Ext takes no wildcards: such an item is no name. */
		if (!(criteria->latest && strpbrk(item, "*?")) && item_fits(criteria, hit, item))
			return true;
	}
	return criteria->all;
}

static void add(struct hits *hits, const struct hit *hit)
{
	if (hits->count == hits->room) {
		size_t room = hits->room ? 2 * hits->room : 64;
		struct hit *more = realloc(hits->list, room * sizeof(*more));

		if (!more) {
			hits->failed = true;
			return;
		}
		hits->list = more;
		hits->room = room;
	}
	hits->list[hits->count++] = *hit;
}

/* The node that knew the device last: where it is registered, else where it was lost last. */
static const char *latest_node(const struct cucm_states *states, const char *device)
{
	struct cucm_state state;

	cucm_state_of(states, device, &state);
	return state.node ? state.node : state.lost_at;
}

static void offer(const struct ris_criteria *criteria, const struct table *table,
		  const struct cucm_states *states, struct hit hit, const char *name, struct hits *hits)
{
	hit.device = table_find(table, name);
	if (!hit.device ||
	    (criteria->latest && strcmp(latest_node(states, name), states->node[hit.node].name)))
		return;
	if (fits(criteria, &hit))
		add(hits, &hit);
}

/* Both lists of a node are sorted by the name of the device. A device that is registered there is not lost. */
void ris_select(const struct ris_criteria *criteria, const struct table *table,
		const struct cucm_states *states, size_t n, struct hits *hits)
{
	const struct cucm_node_state *node = &states->node[n];
	size_t r = 0, l = 0;

	while (r < node->registered_count || l < node->lost_count) {
		const struct cucm_registration *registered =
		    r < node->registered_count ? &node->registered[r] : NULL;
		const struct cucm_loss *lost = l < node->lost_count ? &node->lost[l] : NULL;
		int order = !lost ? -1 : !registered ? 1 : strcmp(registered->device, lost->device);

		r += order <= 0;
		l += order >= 0;
		if (order <= 0)
			offer(criteria, table, states, (struct hit){.node = n, .registered = registered},
			      registered->device, hits);
		else
			offer(criteria, table, states, (struct hit){.node = n, .lost = lost}, lost->device,
			      hits);
	}
}
