#include "phone-sim/driver/text_ring.h"

#include <stdlib.h>
#include <string.h>

void text_ring_init(struct text_ring *ring, size_t room)
{
	*ring = (struct text_ring){.room = room ? room : 1};
}

void text_ring_add(struct text_ring *ring, const char *text)
{
	char *copy;

	if (!ring->line)
		ring->line = calloc(ring->room, sizeof(*ring->line));
	copy = ring->line ? strdup(text) : NULL;
	if (!copy)
		return;
	free(ring->line[ring->next]);
	ring->line[ring->next] = copy;
	ring->next = (ring->next + 1) % ring->room;
	if (ring->count < ring->room)
		ring->count++;
}

json_t *text_ring_json(const struct text_ring *ring)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < ring->count; i++) {
		size_t at = (ring->next + ring->room - ring->count + i) % ring->room;
		json_array_append_new(lines, json_string(ring->line[at]));
	}
	return lines;
}

void text_ring_free(struct text_ring *ring)
{
	for (size_t i = 0; ring->line && i < ring->room; i++)
		free(ring->line[i]);
	free(ring->line);
	text_ring_init(ring, ring->room);
}
