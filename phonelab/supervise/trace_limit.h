#ifndef PHONELAB_SUPERVISE_TRACE_LIMIT_H
#define PHONELAB_SUPERVISE_TRACE_LIMIT_H

#include "base/fail.h"

struct event_base;

/* The traces of SIP messages, FOLDER/trace/NODE, are bounded: every 10 s the oldest files of each node are removed until at
 * most TRACE_LIMIT_BYTES and TRACE_LIMIT_FILES are left. The newest TRACE_LIMIT_OPEN stay, because the call manager writes them. */
#define TRACE_LIMIT_BYTES (10l << 20)
#define TRACE_LIMIT_FILES 240
#define TRACE_LIMIT_OPEN  2 /* sip-TIME.data and sip-TIME.meta */

struct trace_limit;

/* Apply it every 10 s, and the limit of logs (log_limit.h) to FOLDER/log. 0, or a negative errno with the reason. folder must
 * outlive it. */
int trace_limit_start(struct trace_limit **limit, struct event_base *base, const char *folder,
		      struct fail *fail);
/* NULL is legal. */
void trace_limit_stop(struct trace_limit *limit);

/* Apply the limit to one folder, now. */
void trace_limit_apply(const char *folder);

#endif
