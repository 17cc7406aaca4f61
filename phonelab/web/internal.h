#ifndef PHONELAB_WEB_INTERNAL_H
#define PHONELAB_WEB_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <jansson.h>
#include <stdbool.h>

#include "phonelab/web/feed.h"
#include "phonelab/web/guard.h"
#include "phonelab/web/limit.h"
#include "phonelab/web/viewers.h"
#include "phonelab/web/web.h"

/* The server itself; only the files of this folder include this. */
struct web_server {
	const struct lab *lab;
	struct event_base *base;
	struct evhttp *http;
	struct web_limit *limit;
	struct web_guard guard;
	struct web_feed *feed;
	struct web_viewers *viewers;
	struct web_pending *pending; /* requests whose reply is not complete yet (answer.c) */
	struct event *ended, *signals[2];
	int process; /* pidfd of the lab */
	bool lab_ended;
	char url[80];
};

/* --- answer.c --- */

/* Reply to a request that has passed the checks, now or later. */
void web_answer(struct web_server *server, struct evhttp_request *request, const struct web_path *path,
		const char *query);

/* Forget the requests that wait. */
void web_pending_free(struct web_server *server);

/* --- server.c --- */

/* Begin a stream of server-sent events; phone: "" or a device name. */
void web_begin_stream(struct web_server *server, struct evhttp_request *request, const char *phone);

void web_reply(struct evhttp_request *request, int status, const char *type, const void *bytes,
	       size_t length);
void web_reply_json(struct evhttp_request *request, int status, const json_t *object);
void web_reply_error(struct evhttp_request *request, int status, const char *text);

#endif
