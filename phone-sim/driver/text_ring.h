#ifndef PHONE_SIM_DRIVER_TEXT_RING_H
#define PHONE_SIM_DRIVER_TEXT_RING_H

#include <stddef.h>
#include <jansson.h>

/* The last lines of something: the status messages of a phone (30 are kept), its console log. */
struct text_ring {
	char **line;
	size_t room; /* most lines */
	size_t next; /* where the next one goes */
	size_t count;
};

/* Room for that many lines, at least 1; memory is taken with the first line. */
void text_ring_init(struct text_ring *ring, size_t room);

/* Add a copy of text; the oldest goes when there is no room. Without memory the line is dropped. */
void text_ring_add(struct text_ring *ring, const char *text);

/* A new array of the lines, oldest first. */
json_t *text_ring_json(const struct text_ring *ring);

void text_ring_free(struct text_ring *ring);

#endif
