#ifndef PHONELAB_LAB_JOB_H
#define PHONELAB_LAB_JOB_H

#include <jansson.h>

#include "base/fail.h"

struct event_base;

/* Work that waits for replies of the lab, done by a fork of the process that answers for the lab, so that its event loop
 * continues. The fork prints nothing and ends with its parent. Its result comes back as JSON. */
struct job;

/* The work, in the fork. A new object, or NULL with the reason. */
typedef json_t *job_work_fn(void *arg, struct fail *fail);

/* In the parent: the result of the work (borrowed), or NULL with the reason. The job is freed after it. */
typedef void job_done_fn(void *arg, const json_t *result, const struct fail *fail);

/* Begin. arg is for both. 0 or a negative errno with the reason. */
int job_start(struct job **job, struct event_base *base, job_work_fn *work, job_done_fn *done, void *arg,
	      struct fail *fail);

/* Kill it; done is not called. NULL is legal. */
void job_cancel(struct job *job);

#endif
