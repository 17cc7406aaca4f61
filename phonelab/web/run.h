#ifndef PHONELAB_WEB_RUN_H
#define PHONELAB_WEB_RUN_H

#include <event2/event.h>

#include "phonelab/client/client.h"

/* A command of phonelab, run in a process of its own beside the event loop: it does what the command does. */
struct web_run;

/* status: the exit status, or a negative errno (-ETIME: it was ended after the time limit); output, errors: of the command,
 * borrowed. Called once, unless it is cancelled. */
typedef void web_run_fn(void *arg, int status, const char *output, const char *errors);

/* Run `phonelab --lab LAB WORD...` (lab NULL: without --lab; words: NULL at the end). NULL with the reason; done is then not called. */
struct web_run *web_run_start(struct event_base *base, const struct lab *lab, const char *const *words,
			      int timeout_s, web_run_fn *done, void *arg, struct fail *fail);

/* The same for a function that would block the event loop: it runs in a forked process and prints its result. Its return
 * value is the exit status. */
typedef int web_run_work(void *arg);
struct web_run *web_run_function(struct event_base *base, web_run_work *function, void *work_arg,
				 int timeout_s, web_run_fn *done, void *arg, struct fail *fail);

/* End it; done is not called. NULL is legal. Not after done was called. */
void web_run_cancel(struct web_run *run);

#endif
