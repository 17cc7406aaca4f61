#ifndef BASE_EVENT_LOG_H
#define BASE_EVENT_LOG_H

#include <stdint.h>
#include <jansson.h>

#include "base/fail.h"

/*
 * The one stream of a lab: every process appends whole lines to one events.jsonl (O_APPEND, one write a
 * line, so that lines never mix). A line, see docs/formats.md:
 *   {"t":<microseconds,
 * CLOCK_MONOTONIC>,"node":"SEP..","step":4,"event":"dhcp.ack","detail":"..","evidence":{..}}
 */
struct event_log;

/* Open for appending (made when missing, 0644). path NULL: a log that drops everything. 0 or a negative
 * errno. */
int event_log_open(struct event_log **log, const char *path, struct fail *fail);

/* Append one line. step 0: none. detail may be NULL. evidence may be NULL, and is taken over (its reference
 * is dropped here). A write that fails is counted, never fatal. */
void event_log_write(struct event_log *log, uint64_t now_us, const char *node, int step, const char *event,
		     const char *detail, json_t *evidence);

/* How many lines could not be written. */
uint64_t event_log_lost(const struct event_log *log);

/* Close; NULL is legal. */
void event_log_close(struct event_log *log);

#endif
