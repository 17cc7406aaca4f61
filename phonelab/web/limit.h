#ifndef PHONELAB_WEB_LIMIT_H
#define PHONELAB_WEB_LIMIT_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

/*
 * Limits of the connections of an HTTP server. libevent limits the size of headers and body, and the time between two
 * octets. This limits how many connections there are, the time until a request is complete, and the octets that a client may
 * send ahead. If there are too many connections, the oldest one without a complete request is closed: new visitors are not
 * locked out by connections that send nothing.
 */
struct web_limit;

#define WEB_CONNECTIONS 64
#define WEB_REQUEST_S	10 /* from the connection to the complete request */

/* For all connections that http accepts from now on. NULL without memory. Free it after http. */
struct web_limit *web_limit_new(struct event_base *base, struct evhttp *http);

/* The request of this connection is complete: the connection is not closed any more. */
void web_limit_served(struct web_limit *limit, struct bufferevent *stream);

/* NULL is legal. */
void web_limit_free(struct web_limit *limit);

#endif
