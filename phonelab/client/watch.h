#ifndef PHONELAB_CLIENT_WATCH_H
#define PHONELAB_CLIENT_WATCH_H

#include <jansson.h>
#include <stdbool.h>

#include "phonelab/topology/topology.h"

/* The progress of a starting lab: on a terminal a table of the ladder, one row per phone; else plain lines. */
struct watch;

/* out: standard output. tty: redraw. */
struct watch *watch_new(const struct topology *topology, const char *lab, bool tty);

/* One line of events.jsonl. */
void watch_event(struct watch *watch, const char *line, size_t length);

/* "dhcp is starting": the line below the table, or a line of its own. */
void watch_say(struct watch *watch, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Draw what has changed. */
void watch_draw(struct watch *watch);

/* How many phones have reported that they are registered. */
size_t watch_registered(const struct watch *watch);

/* Put the cursor below the table for good. */
void watch_end(struct watch *watch);

/* NULL is legal. */
void watch_free(struct watch *watch);

/* The summary out of a status object: each phone with its number, address, call manager and seconds. */
void watch_summary(const json_t *status, bool tty);

/* The phones that are not registered: at which step and why. */
void watch_stuck(const json_t *status);

#endif
