#ifndef PHONELAB_WHY_LOGS_H
#define PHONELAB_WHY_LOGS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The logs of a lab's programs, with the time of each line. Most programs write no time, so the lab notes how long each
 * log is whenever that changes (log.times, docs/formats.md). The files are read when they are first asked for.
 */
struct why_logs;

/* The run directory or kept folder, "/" at its end. NULL without memory. why_logs_free(NULL) is legal. */
struct why_logs *why_logs_new(const char *directory);
void why_logs_free(struct why_logs *logs);

struct why_log_entry {
	unsigned long number; /* of the line, from 1 */
	const char *text;     /* without its newline; borrowed until why_logs_free */
	size_t length;
	long long t; /* the latest time at which it can have been written, microseconds as in events */
};

/* Call take with each line of a log (log/NAME) that was written at or after since, the oldest first, up to the newest
 * 2,000. A line is left out if nobody noted when it was written. */
typedef void why_log_fn(void *arg, const struct why_log_entry *entry);
void why_logs_read(struct why_logs *logs, const char *name, long long since, why_log_fn *take, void *arg);

/* The same with every line of the last 4 MiB. */
void why_logs_read_all(struct why_logs *logs, const char *name, long long since, why_log_fn *take, void *arg);

#endif
