#ifndef PHONELAB_WEB_CLASS_H
#define PHONELAB_WEB_CLASS_H

#include <event2/event.h>
#include <jansson.h>

#include "base/fail.h"

/*
 * Where the trainees of a class stand, for those who view it: the object of `phonelab exercise board FILE --json`, which a process
 * reads again and again. It asks labs of containers too, so it may take some time; it then runs less often. While nobody views,
 * nothing runs.
 */
struct web_class;

/* board: each time it has changed, borrowed; failed: it cannot be read. file: of the class, borrowed. NULL without memory. */
struct web_class *web_class_new(struct event_base *base, const char *file,
				void (*board)(void *arg, const json_t *board),
				void (*failed)(void *arg, const struct fail *fail), void *arg);

/* Somebody views from now on. */
void web_class_start(struct web_class *class);

/* Nobody views any more. */
void web_class_stop(struct web_class *class);

/* The present board, NULL until it was read. */
const json_t *web_class_board(const struct web_class *class);

/* The file of the class. */
const char *web_class_file(const struct web_class *class);

/* NULL is legal. */
void web_class_free(struct web_class *class);

#endif
