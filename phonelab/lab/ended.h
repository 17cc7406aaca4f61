#ifndef PHONELAB_LAB_ENDED_H
#define PHONELAB_LAB_ENDED_H

#include <time.h>

/* Why a detached lab failed, for `phonelab ls`: a file per lab in $XDG_RUNTIME_DIR/phonelab, or in
 * /tmp/phonelab-UID. The next lab of that name removes it. */

/* Write the reason, one line. Errors are ignored: the lab has failed already. */
void ended_write(const char *lab, const char *reason);

/* Remove the reason of an earlier lab of that name. */
void ended_remove(const char *lab);

/* Call found for each lab that failed. */
typedef void ended_fn(void *arg, const char *lab, time_t when, const char *reason);
void ended_each(ended_fn *found, void *arg);

#endif
