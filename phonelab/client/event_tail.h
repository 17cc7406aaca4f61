#ifndef PHONELAB_CLIENT_EVENT_TAIL_H
#define PHONELAB_CLIENT_EVENT_TAIL_H

#include <stddef.h>

#include "base/text.h"
#include "phonelab/client/client.h"

/* The event stream of a lab (events.jsonl), read as it is written. Starts as {.fd = -1}. */
struct event_tail {
	int fd;		     /* -1 until the file is there */
	struct text pending; /* the start of a line that is not complete yet */
	long long at;	     /* of a lab with a relay: the octets that were read */
};

/* Called with each whole line, without its newline; it lives until this returns. */
typedef void event_tail_fn(void *arg, const char *line, size_t length);

/* Open the stream now, from its first event on; also of a lab of containers, inside. 0 or a negative errno with the
 * reason. */
int event_tail_open(struct event_tail *tail, const struct lab *lab, struct fail *fail);

/* Pass on all lines that were added since the last call; without memory they are passed on by a later call. */
void event_tail_read(struct event_tail *tail, const struct lab *lab, event_tail_fn *take, void *arg);

void event_tail_close(struct event_tail *tail);

#endif
