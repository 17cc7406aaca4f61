#ifndef PHONELAB_WEB_ASK_H
#define PHONELAB_WEB_ASK_H

#include <event2/event.h>

#include "phonelab/client/client.h"

/* A request to a control socket of a lab (base/control.h) that does not block the event loop. */
struct web_ask;

/* reply: borrowed; NULL: there is none, and fail has the reason. Called once, unless the request is cancelled. */
typedef void web_ask_fn(void *arg, const json_t *reply, const struct fail *fail);

/* Send the request (its reference is released) to a control socket ("lab.sock") of a lab. In a lab of containers without a keeper
 * only the status is known. NULL with the reason; done is then not called. */
struct web_ask *web_ask_start(struct event_base *base, const struct lab *lab, const char *socket,
			      json_t *request, int timeout_s, web_ask_fn *done, void *arg, struct fail *fail);

/* Forget it; done is not called. NULL is legal. Not after done was called. */
void web_ask_cancel(struct web_ask *ask);

#endif
