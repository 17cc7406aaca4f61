#ifndef PHONELAB_LAB_KEEP_H
#define PHONELAB_LAB_KEEP_H

#include <sys/types.h>

/* Copy what a person collects from the run directory of a lab (logs, events, leases, configurations; no
 * sockets, no firmware, no keys) into folder, which is made when missing. pid: of the inner process. 0, or a
 * negative errno with the reason on standard error. */
int keep_run_directory(pid_t pid, const char *folder);

#endif
