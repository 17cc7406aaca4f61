#ifndef PHONELAB_SUPERVISE_LOG_LIMIT_H
#define PHONELAB_SUPERVISE_LOG_LIMIT_H

#include <stddef.h>

/* The logs of programs are bounded, because frames from any port cause their lines. A log that has grown beyond
 * LOG_LIMIT_BYTES is cut: its last LOG_LIMIT_KEPT octets stay, from the beginning of a line on. Its first line is then
 * "phonelab: N octets of older lines were removed", with the number of all cuts together. Programs append (O_APPEND), so they
 * go on at the new end; lines that they write during the cut may be lost and are counted too. */
#define LOG_LIMIT_BYTES (64l << 20)
#define LOG_LIMIT_KEPT	(8l << 20)

/* The octets that all cuts of an open log have removed; *first: the length of the line that says so. 0 and 0 if it was never cut. */
long long log_limit_removed(int fd, size_t *first);

/* Apply the limit to all files of a folder, now. */
void log_limit_apply(const char *folder);

#endif
