#ifndef PHONELAB_WEB_FEED_H
#define PHONELAB_WEB_FEED_H

#include <event2/event.h>

#include "phonelab/client/client.h"

/*
 * What happens in the lab, for those who view it: the board (shape.h) and its changes. The feed sleeps until the event stream
 * grows, collects what is new for up to WEB_BATCH_MS, and asks for the status some time later: what the call managers and the
 * programs do is in no event. While nobody views, it does nothing.
 */
struct web_feed;

#define WEB_BATCH_MS 60

struct web_feed_calls {
	void (*board)(void *arg, const json_t *board);		   /* the first one since the start */
	void (*patch)(void *arg, const json_t *patch);		   /* a change of it */
	void (*event)(void *arg, const char *line, size_t length); /* a line of the event stream */
	void (*flush)(void *arg);				   /* after the events of a batch */
	void (*failed)(void *arg, const struct fail *fail);	   /* the lab does not answer */
	void *arg;
};

/* calls is copied. NULL without memory. */
struct web_feed *web_feed_new(struct event_base *base, const struct lab *lab,
			      const struct web_feed_calls *calls);

/* Somebody views from now on: the first board follows. 0 or a negative errno with the reason. */
int web_feed_start(struct web_feed *feed, struct fail *fail);

/* Nobody views any more. */
void web_feed_stop(struct web_feed *feed);

/* Something was changed that no event reports: ask for the status soon. */
void web_feed_refresh(struct web_feed *feed);

/* The present board, NULL until it was read. */
const json_t *web_feed_board(const struct web_feed *feed);

/* The events of a node so far, the newest WEB_BACKLOG at most: a new list. They are those before the next call of `event`. */
#define WEB_BACKLOG 600
json_t *web_feed_backlog(struct web_feed *feed, const char *node);

void web_feed_free(struct web_feed *feed);

#endif
