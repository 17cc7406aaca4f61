#ifndef PHONELAB_SUPERVISE_LOG_TIMES_H
#define PHONELAB_SUPERVISE_LOG_TIMES_H

#include "base/fail.h"

struct event_base;

/*
 * log.times: when each log of the lab grew, because most programs write lines without a time. Ten times per second the
 * lengths of the files in FOLDER/log are read; a line "TIME NAME LENGTH" (CLOCK_MONOTONIC in microseconds) is added for each
 * file whose length has changed. At 4 MiB FOLDER/log.times becomes FOLDER/log.times.1, and a new file begins.
 */
struct log_times;

/* 0, or a negative errno with the reason. folder must outlive it. */
int log_times_start(struct log_times **times, struct event_base *base, const char *folder, struct fail *fail);

/* Note what has been written since, and end. NULL is legal. */
void log_times_stop(struct log_times *times);

#endif
