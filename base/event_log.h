#ifndef BASE_EVENT_LOG_H
#define BASE_EVENT_LOG_H

#include <stdint.h>
#include <jansson.h>

#include "base/fail.h"

/*
 * The event stream of a lab. Every process appends to one events.jsonl (O_APPEND, and only whole lines in a write, so that
 * lines never mix). A line, see docs/formats.md:
 *   {"t":81234567,"node":"SEP..","step":4,"event":"dhcp.ack","detail":"..","evidence":{..}}
 * t is CLOCK_MONOTONIC in microseconds.
 *
 * Frames and messages from the network cause events, so the log has two bounds:
 * - A rate per source. A source is one event name of one node. It may write 8,192 lines at once and 50 per second after
 *   that.
 *   A phone writes 62 lines of one name while it boots (phone.console), a switch 4 per phone (syslog): a switch
 *   with 1,000 phones that all boot at the same moment stays at half of the burst.
 * - A size. A file of 512 MiB does not grow any more. A boot of 1,000 phones writes 23 MB.
 * Lines that are dropped, and lines that cannot be written because the disk is full, count as lost. The next line of the source
 * that is written has "not_reported" with the number of lines that were lost before it. After a failed write the file may
 * have an empty line, or a part of a line; the next line begins at its beginning.
 */
struct event_log;

/* Open for appending; a missing file is created with mode 0644. path NULL: a log that drops everything. 0 or a negative
 * errno. */
int event_log_open(struct event_log **log, const char *path, struct fail *fail);

/* Append one line. step 0: none. detail may be NULL. evidence may be NULL; its reference is released here. A line that
 * cannot be written is counted, never fatal. */
void event_log_write(struct event_log *log, uint64_t now_us, const char *node, int step, const char *event,
		     const char *detail, json_t *evidence);

/* From now on lines wait for event_log_flush, 64 KiB of them at most, so that many go into one write. Without memory, each is
 * still written at once. */
void event_log_gather(struct event_log *log);

/* Write the lines that wait. event_log_close does so too. */
void event_log_flush(struct event_log *log);

/* The number of lines that are not in the file: above the rate, above the size, or failed writes. */
uint64_t event_log_lost(const struct event_log *log);

/* Close; NULL is legal. */
void event_log_close(struct event_log *log);

#endif
