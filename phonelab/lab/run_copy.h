#ifndef PHONELAB_LAB_RUN_COPY_H
#define PHONELAB_LAB_RUN_COPY_H

#include <sys/types.h>

/* Copy the run directory of a lab (logs, events, leases, configurations, SIP messages; no sockets, no firmware, no keys) into
 * folder, which is created if missing. pid: of the inner process; 0: the run directory is mounted here. 0, or a negative
 * errno with the reason on standard error. */
int run_copy(pid_t pid, const char *folder);

#endif
