#ifndef PHONELAB_WEB_RUN_H
#define PHONELAB_WEB_RUN_H

#include <event2/event.h>

#include "phonelab/client/client.h"

/* A command of phonelab, run in a process of its own beside the event loop: it does what the command does. */
struct web_run;

/* status: the exit status, or a negative errno (-ETIME: it was ended after the time limit); output, errors: of the command,
 * borrowed. Called once, unless it is cancelled. */
typedef void web_run_fn(void *arg, int status, const char *output, const char *errors);

/* Run `phonelab --lab LAB WORD...` (words: NULL at the end). NULL with the reason; done is then not called. */
struct web_run *web_run_start(struct event_base *base, const struct lab *lab, const char *const *words,
			      int timeout_s, web_run_fn *done, void *arg, struct fail *fail);

/* End it; done is not called. NULL is legal. Not after done was called. */
void web_run_cancel(struct web_run *run);

#endif
