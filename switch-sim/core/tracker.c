#include "switch-sim/core/tracker.h"

#include <stdlib.h>

#include "switch-sim/core/forward.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/mactable.h"
#include "wire/arp.h"

struct tracked {
	uint32_t address; /* 0: free */
	uint16_t vlan;
	struct mac mac;
	uint64_t seen_us;
};

struct tracker {
	struct tracked *entries; /* TRACKER_ENTRIES; NULL until the first address */
};

struct tracker *tracker_new(void)
{
	return calloc(1, sizeof(struct tracker));
}

void tracker_free(struct tracker *tracker)
{
	if (tracker)
		free(tracker->entries);
	free(tracker);
}

static struct tracked *bucket(const struct tracker *tracker, uint16_t vlan, uint32_t address)
{
	uint64_t hash = ((uint64_t)vlan << 32 | address) * 0x9e3779b97f4a7c15u;

	return &tracker->entries[(hash >> 40) % (TRACKER_ENTRIES / TRACKER_WAYS) * TRACKER_WAYS];
}

static struct tracked *find(struct tracker *tracker, uint16_t vlan, uint32_t address, uint64_t now_us)
{
	struct tracked *entry = tracker->entries ? bucket(tracker, vlan, address) : NULL;

	for (int i = 0; entry && i < TRACKER_WAYS; i++, entry++)
		if (entry->address == address && entry->vlan == vlan &&
		    now_us - entry->seen_us < TRACKER_AGE_US)
			return entry;
	return NULL;
}

static void enter(struct tracker *tracker, uint16_t vlan, uint32_t address, const struct mac *mac,
		  uint64_t now_us)
{
	struct tracked *first, *oldest;

	if (!tracker->entries)
		tracker->entries = calloc(TRACKER_ENTRIES, sizeof(*tracker->entries));
	if (!tracker->entries)
		return;
	oldest = first = bucket(tracker, vlan, address);
	for (int i = 0; i < TRACKER_WAYS; i++) {
		if (first[i].address == address && first[i].vlan == vlan) {
			oldest = &first[i];
			break;
		}
		if (!first[i].address || first[i].seen_us < oldest->seen_us)
			oldest = &first[i];
	}
	*oldest = (struct tracked){address, vlan, *mac, now_us};
}

void tracker_leased(struct tracker *tracker, uint16_t vlan, uint32_t address, const struct mac *mac,
		    uint64_t now_us)
{
	if (!find(tracker, vlan, address, now_us))
		enter(tracker, vlan, address, mac, now_us);
}

static void learn_sender(struct switch_core *core, const struct transit *frame,
			 const struct arp_packet *packet)
{
	struct tracked *entry;

	if (!packet->sender_ip)
		return;
	entry = find(core->tracker, frame->vlan, packet->sender_ip, core->now_us);
	/* Its owner, or the address has moved and the old owner has left. */
	if (!entry || mac_equal(&entry->mac, &packet->sender_mac) ||
	    mactable_find(core->macs, frame->vlan, &entry->mac, core->now_us) < 0)
		enter(core->tracker, frame->vlan, packet->sender_ip, &packet->sender_mac, core->now_us);
}

/* Learn from the frame. False: it is no ARP packet, or the switch does not track devices. */
static bool learn(struct switch_core *core, const struct transit *frame, struct arp_packet *packet)
{
	if (!core->config.arp_suppression || wire_get16(frame->data + ETHER_ADDRESSES) != ETHER_ARP ||
	    arp_decode(frame->data + ETHER_HEADER, frame->length - ETHER_HEADER, packet, NULL))
		return false;
	learn_sender(core, frame, packet);
	return true;
}

void tracker_learn(struct switch_core *core, const struct transit *frame)
{
	struct arp_packet packet;

	learn(core, frame, &packet);
}

enum tracker_verdict tracker_inspect(struct switch_core *core, const struct transit *frame, int *to)
{
	const struct tracked *entry;
	struct arp_packet packet;

	if (!learn(core, frame, &packet))
		return TRACKER_FLOOD;
	if (packet.operation != ARP_REQUEST)
		return TRACKER_FLOOD;
	entry = find(core->tracker, frame->vlan, packet.target_ip, core->now_us);
	if (!entry)
		return TRACKER_FLOOD;
	if (mac_equal(&entry->mac, &packet.sender_mac))
		return TRACKER_TRUSTED;
	*to = mactable_find(core->macs, frame->vlan, &entry->mac, core->now_us);
	return *to >= 0 ? TRACKER_PORT : TRACKER_FLOOD;
}
