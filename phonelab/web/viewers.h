#ifndef PHONELAB_WEB_VIEWERS_H
#define PHONELAB_WEB_VIEWERS_H

#include <event2/http.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The open pages: each has a stream of server-sent events (HTML standard, 9.2). A viewer that looks at a phone also receives
 * the events of this phone.
 */
struct web_viewers;

#define WEB_VIEWERS 32

/* gone: called when the last viewer has left. NULL without memory. */
struct web_viewers *web_viewers_new(struct event_base *base, void (*gone)(void *arg), void *arg);

/* Begin the stream of a request, which is taken over. phone: a device name, or "". False: there are too many viewers, and the
 * request is as before. */
bool web_viewers_add(struct web_viewers *viewers, struct evhttp_request *request, const char *phone);

size_t web_viewers_count(const struct web_viewers *viewers);

/* Send to all; data is borrowed. */
void web_viewers_send(struct web_viewers *viewers, const char *event, const json_t *data);

/* Send the board to all that have none yet, with the backlog of their phone. */
typedef json_t *web_backlog_fn(void *arg, const char *phone);
void web_viewers_greet(struct web_viewers *viewers, const json_t *board, web_backlog_fn *backlog, void *arg);

/* A line of the event stream: kept for the viewers of its phone until web_viewers_flush(). */
void web_viewers_event(struct web_viewers *viewers, const char *line, size_t length);
void web_viewers_flush(struct web_viewers *viewers);

/* End all streams. NULL is legal. */
void web_viewers_free(struct web_viewers *viewers);

#endif
