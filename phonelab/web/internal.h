#ifndef PHONELAB_WEB_INTERNAL_H
#define PHONELAB_WEB_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <jansson.h>
#include <stdbool.h>

#include "phonelab/web/ask.h"
#include "phonelab/web/class.h"
#include "phonelab/web/feed.h"
#include "phonelab/web/guard.h"
#include "phonelab/web/limit.h"
#include "phonelab/web/run.h"
#include "phonelab/web/tails.h"
#include "phonelab/closet/mux.h"
#include "phonelab/web/viewers.h"
#include "phonelab/web/web.h"

/* The server itself; only the files of this folder include this. */
struct web_server {
	const struct lab *lab; /* NULL: a server for a class */
	struct event_base *base;
	struct evhttp *http;
	struct web_limit *limit;
	struct web_guard guard;
	struct web_feed *feed;	 /* of a lab */
	struct web_class *class; /* of a server for a class, which has no lab */
	struct web_viewers *viewers;
	struct web_tails *tails;
	char *runs;		     /* the folder of evidence */
	struct web_pending *pending; /* requests whose reply is not complete yet (wait.c) */
	struct event *ended, *signals[2];
	struct mux *tunnel; /* of a server that the host reaches by pipes; else NULL */
	uint16_t port;	    /* on which it listens itself */
	int process;	    /* pidfd of the lab; -1: a lab of containers, inside */
	bool lab_ended;
	char url[80];
	char frame_key[WEB_SECRET]; /* of the links to the page of a phone (answer_phone_page.c) */
};

/* --- answer.c --- */

/* Reply to a request that has passed the checks, now or later. */
void web_answer(struct web_server *server, struct evhttp_request *request, const struct web_path *path,
		const char *query);

void web_answer_page(struct web_server *server, struct evhttp_request *request);

/* answer_frames.c: the frames of a phone. answer_phone_page.c: the page that a phone serves. */
void web_answer_frames(struct web_server *server, struct evhttp_request *request, enum web_route route);
void web_answer_phone_page(struct web_server *server, struct evhttp_request *request, const char *query,
			   const char *phone);

/* The query of a request's target, behind the "?"; "" if there is none. */
const char *web_query_of(struct evhttp_request *request);

/* A parameter of the query; "" if there is none, or if it does not fit. Returns text. */
const char *web_parameter(const char *query, const char *name, char *text, size_t size);

/* Is this a device name, "SEP" and a MAC? A name of a node? Nothing else becomes part of a path or an argument of a command. */
bool web_is_device(const char *text);
bool web_is_name(const char *text);

/* --- answer_exercise.c --- */

/* action: "state", "list", "hint" or "check". */
void web_answer_exercise(struct web_server *server, struct evhttp_request *request, const char *action,
			 const char *query);

/* --- answer_class.c --- */

/* The board of the class as a CSV file (RFC 4180). */
void web_answer_csv(struct web_server *server, struct evhttp_request *request);
/* --- answer_servers.c, answer_faults.c, answer_runs.c --- */

void web_answer_follow(struct web_server *server, struct evhttp_request *request, const char *query);
void web_answer_location(struct web_server *server, struct evhttp_request *request, const char *query);

/* action: of the verb "program" (phonelab/lab/program.h). */
void web_answer_program(struct web_server *server, struct evhttp_request *request, const char *action,
			const char *query);

void web_answer_configure(struct web_server *server, struct evhttp_request *request, const char *query);

/* The catalogue, the active faults, and what is done with a fault. During an exercise each of them is refused. */
void web_answer_fault(struct web_server *server, struct evhttp_request *request);

void web_answer_runs(struct web_server *server, struct evhttp_request *request);
void web_answer_evidence(struct web_server *server, struct evhttp_request *request, const char *query);

/* --- wait.c --- */

/* Ask the program behind a socket of the lab (question: taken over). done gets the pending request as its arg, and replies to
 * what web_take_request() returns. */
void web_ask_lab(struct web_server *server, struct evhttp_request *request, const char *socket,
		 json_t *question, int seconds, web_ask_fn *done);

/* Run `phonelab WORD...` (words: NULL at the end) and reply with {status, errors, result}: result is the JSON that the command
 * prints, else its text. */
void web_run_command(struct web_server *server, struct evhttp_request *request, const char *const *words,
		     int seconds);

/* The same for a command that goes on if its client closes the connection. */
void web_run_to_end(struct web_server *server, struct evhttp_request *request, const char *const *words,
		    int seconds);

/* The same with another function that replies. It gets the pending request as its arg. */
void web_run_then(struct web_server *server, struct evhttp_request *request, const char *const *words,
		  int seconds, web_run_fn *done);
/* The same for a function, which prints its result (run.h). */
void web_run_work_for(struct web_server *server, struct evhttp_request *request, web_run_work *function,
		      void *arg, int seconds);

/* A request that waits for the lab or for a command. */
struct web_pending {
	struct web_server *server;
	struct evhttp_request *request; /* NULL: its client has left a command that goes on */
	bool to_end;
	struct web_ask *ask;
	struct web_run *run;
	struct web_pending *next;
};

/* The request is about to be answered: pending is gone. NULL: nobody waits for the reply. */
struct evhttp_request *web_take_request(struct web_pending *pending);

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
