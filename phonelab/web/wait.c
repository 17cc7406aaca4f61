/* Requests that are answered later: when the lab replies, or when a command has ended. */
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/web/ask.h"
#include "phonelab/web/internal.h"
#include "phonelab/web/run.h"

#define PENDING 8 /* requests that wait at the same time */

static void forget(struct web_pending *pending)
{
	struct web_pending **at = &pending->server->pending;

	while (*at != pending)
		at = &(*at)->next;
	*at = pending->next;
	free(pending);
}

/* The client has closed the connection. Its request is no longer that of the connection. */
static void on_close(struct evhttp_connection *connection, void *arg)
{
	struct web_pending *pending = arg;

	(void)connection;
	evhttp_request_free(pending->request);
	pending->request = NULL;
	if (pending->to_end && pending->run)
		return;
	web_ask_cancel(pending->ask);
	web_run_cancel(pending->run);
	forget(pending);
}

struct evhttp_request *web_take_request(struct web_pending *pending)
{
	struct evhttp_request *request = pending->request;

	if (request)
		evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	forget(pending);
	return request;
}

/* A request that is answered later; NULL: too many wait, and this one was answered. */
static struct web_pending *wait_for(struct web_server *server, struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	const struct timeval unread = {.tv_sec = WEB_REQUEST_S};
	struct web_pending *pending;
	size_t waiting = 0;

	for (pending = server->pending; pending; pending = pending->next)
		waiting++;
	pending = waiting < PENDING ? calloc(1, sizeof(*pending)) : NULL;
	if (!pending) {
		web_reply_error(request, HTTP_SERVUNAVAIL, "too many requests wait for the lab; try again");
		return NULL;
	}
	pending->server = server;
	pending->request = request;
	pending->next = server->pending;
	server->pending = pending;
	evhttp_connection_set_closecb(connection, on_close, pending);
	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(connection), NULL, &unread);
	return pending;
}

void web_pending_free(struct web_server *server)
{
	while (server->pending) {
		struct web_pending *pending = server->pending;

		web_ask_cancel(pending->ask);
		web_run_cancel(pending->run);
		web_take_request(pending);
	}
}

void web_ask_lab(struct web_server *server, struct evhttp_request *request, const char *socket,
		 json_t *question, int seconds, web_ask_fn *done)
{
	struct web_pending *pending = wait_for(server, request);
	struct fail fail = {0};

	if (!pending) {
		json_decref(question);
		return;
	}
	pending->ask =
	    web_ask_start(server->base, server->lab, socket, question, seconds, done, pending, &fail);
	if (!pending->ask)
		done(pending, NULL, &fail);
}

static void on_command(void *arg, int status, const char *output, const char *errors)
{
	struct evhttp_request *request = web_take_request(arg);
	json_t *result, *object;

	if (!request)
		return;
	result = json_loads(output, 0, NULL);
	if (status == -ETIME)
		errors = "the command has not ended within its time limit";
	object = json_pack("{s:i,s:o,s:o}", "status", status, "errors", json_text_new(errors), "result",
			   result ? result : json_text_new(output));
	web_reply_json(request, HTTP_OK, object);
	json_decref(object);
}

static void run(struct web_server *server, struct evhttp_request *request, const char *const *words,
		int seconds, bool to_end, web_run_fn *done)
{
	struct web_pending *pending = wait_for(server, request);
	struct fail fail = {0};

	if (!pending)
		return;
	pending->to_end = to_end;
	pending->run = web_run_start(server->base, server->lab, words, seconds, done, pending, &fail);
	if (!pending->run)
		web_reply_error(web_take_request(pending), HTTP_SERVUNAVAIL, fail.text);
}

void web_run_command(struct web_server *server, struct evhttp_request *request, const char *const *words,
		     int seconds)
{
	run(server, request, words, seconds, false, on_command);
}

void web_run_to_end(struct web_server *server, struct evhttp_request *request, const char *const *words,
		    int seconds)
{
	run(server, request, words, seconds, true, on_command);
}

void web_run_then(struct web_server *server, struct evhttp_request *request, const char *const *words,
		  int seconds, web_run_fn *done)
{
	run(server, request, words, seconds, false, done);
}

void web_run_work_for(struct web_server *server, struct evhttp_request *request, web_run_work *function,
		      void *arg, int seconds)
{
	struct web_pending *pending = wait_for(server, request);
	struct fail fail = {0};

	if (!pending)
		return;
	pending->run = web_run_function(server->base, function, arg, seconds, on_command, pending, &fail);
	if (!pending->run)
		web_reply_error(web_take_request(pending), HTTP_SERVUNAVAIL, fail.text);
}
