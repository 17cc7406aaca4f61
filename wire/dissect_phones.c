/* Which frames are about which phone. */
#include "wire/dissect_private.h"

#include <string.h>

static uint64_t mac_key(const struct mac *mac)
{
	uint64_t key = 0;

	for (int i = 0; i < 6; i++)
		key = key << 8 | mac->octet[i];
	return key + 1;
}

static size_t bucket(uint64_t key)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 55) % DISSECT_BUCKETS;
}

static void map_put(struct dissect_context *context, struct dissect_map *map, uint64_t key,
		    const struct mac *phone)
{
	size_t b = bucket(key), way = 0;

	for (size_t i = 0; i < DISSECT_WAYS; i++) {
		if (map->slot[b][i].key == key) {
			way = i;
			break;
		}
		if (map->slot[b][i].used < map->slot[b][way].used)
			way = i;
	}
	if (map->slot[b][way].key != key)
		map->slot[b][way].step = 0;
	map->slot[b][way].key = key;
	map->slot[b][way].used = context->clock;
	map->slot[b][way].phone = *phone;
}

/* The step of an entry, or NULL. */
static int *map_step(struct dissect_map *map, uint64_t key)
{
	size_t b = bucket(key);

	for (size_t i = 0; i < DISSECT_WAYS; i++)
		if (map->slot[b][i].key == key)
			return &map->slot[b][i].step;
	return NULL;
}

static const struct mac *map_get(struct dissect_context *context, struct dissect_map *map, uint64_t key)
{
	size_t b = bucket(key);

	for (size_t i = 0; i < DISSECT_WAYS; i++)
		if (map->slot[b][i].key == key) {
			map->slot[b][i].used = context->clock;
			return &map->slot[b][i].phone;
		}
	return NULL;
}

void dissect_is_phone(struct dissect_view *view, const struct mac *mac)
{
	map_put(view->context, &view->context->by_mac, mac_key(mac), mac);
	mac_format_device(mac, view->out->phone);
}

void dissect_about(struct dissect_view *view, const struct mac *mac)
{
	if (map_get(view->context, &view->context->by_mac, mac_key(mac)))
		mac_format_device(mac, view->out->phone);
}

void dissect_has_address(struct dissect_view *view, const struct mac *phone, uint32_t ipv4)
{
	if (ipv4 != 0 && ipv4 != UINT32_MAX)
		map_put(view->context, &view->context->by_address, (uint64_t)ipv4 + 1, phone);
}

int dissect_last_step(struct dissect_view *view, uint32_t ipv4)
{
	const int *step = map_step(&view->context->by_address, (uint64_t)ipv4 + 1);

	return step ? *step : 0;
}

void dissect_note_step(struct dissect_view *view, const struct ipv4_packet *packet)
{
	const uint32_t ends[] = {packet->source, packet->destination};

	for (int i = 0; i < 2 && view->out->step; i++) {
		int *step = map_step(&view->context->by_address, (uint64_t)ends[i] + 1);

		if (step)
			*step = view->out->step;
	}
}

bool dissect_find_device(const char *name, struct mac *mac)
{
	const char *found = strstr(name, "SEP");
	char device[DEVICE_TEXT];

	if (!found || strlen(found) < DEVICE_TEXT - 1)
		return false;
	memcpy(device, found, DEVICE_TEXT - 1);
	device[DEVICE_TEXT - 1] = '\0';
	return mac_parse_device(mac, device) == 0;
}

void dissect_find_phone(struct dissect_view *view, const struct ether_frame *frame,
			const struct ipv4_packet *packet)
{
	struct dissect_context *context = view->context;
	const struct mac *phone = NULL;

	if (view->out->phone[0])
		return;
	phone = map_get(context, &context->by_mac, mac_key(&frame->source));
	if (!phone)
		phone = map_get(context, &context->by_mac, mac_key(&frame->destination));
	if (!phone && packet)
		phone = map_get(context, &context->by_address, (uint64_t)packet->source + 1);
	if (!phone && packet)
		phone = map_get(context, &context->by_address, (uint64_t)packet->destination + 1);
	if (phone)
		mac_format_device(phone, view->out->phone);
}
