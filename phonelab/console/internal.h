/* The parts of the console. */
#ifndef PHONELAB_CONSOLE_INTERNAL_H
#define PHONELAB_CONSOLE_INTERNAL_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/control.h"
#include "phonelab/closet/remote.h"
#include "phonelab/console/console.h"
#include "phonelab/console/merge.h"

struct console;
struct evconnlistener;
struct exercise_session;
struct splice;

/* One closet, as the console knows it. */
struct closet {
	struct console *console;
	size_t number; /* of the route */
	struct remote *remote;
	/* console_status.c */
	json_t *status;		     /* the last reply */
	uint64_t heard_us, asked_us; /* of the last reply; of the request in flight or the last one */
	bool asking, silent;	     /* a request is in flight; the last one had no reply */
	char complaint[400];	     /* why it is not reached, as it was printed */
	/* console_events.c */
	struct bufferevent *tail;
	char tail_id[40];    /* of the file of its events; another one after a restart of its lab */
	long long tail_from; /* octets of this file that are copied */
	bool tail_begun;     /* the reply has come; lines follow */
	bool tail_cut;	     /* within a line that was too long */
	/* console_splice.c */
	bool listing;
	uint64_t listed_us; /* 0: the closet may have other sockets since then */
};

struct console {
	const struct console_options *options;
	const struct topology *topology;
	const struct route *route;
	struct event_base *base;
	SSL_CTX *context;
	struct closet closets[ROUTE_CLOSETS];
	size_t n;
	struct event *ends[2], *tick, *settle;
	int listener; /* by which commands find a native console; -1: none */
	struct event *acceptable;
	time_t since;
	struct control_server *lab, *rack, *probes;
	/* console_status.c */
	uint64_t *waiting, *served; /* tickets: for the next round, of this round */
	size_t waiting_n, served_n;
	bool round;
	uint64_t round_us;
	size_t placed; /* phones that the topology does not contain */
	/* console_splice.c */
	struct splice *splices;
	/* console_events.c */
	int events;	      /* the file */
	uint64_t events_size; /* of the file */
	/* console_fault.c */
	struct exercise_session *exercise;
};

/* --- console_status.c --- */

void console_status_request(struct console *console, uint64_t ticket);
void console_status_settle(struct console *console); /* a round may be complete */
void console_status_tick(struct console *console);
void console_status_lost(struct closet *closet); /* its connection has ended, or an attempt failed */
/* 0, or -EHOSTUNREACH with "closet1: not reached for 12 s: ...". */
int console_status_check(const struct closet *closet, struct fail *fail);
void console_status_free(struct console *console);

/* --- console_verbs.c --- */

/* Listen at lab.sock and the sockets of the rack. 0 or a negative errno. */
int console_verbs_listen(struct console *console, struct fail *fail);

/* Pass a request on to a socket of a closet, and its reply to the client of ticket. request is borrowed. */
void console_forward(struct console *console, struct control_server *server, uint64_t ticket, size_t closet,
		     const char *socket, const json_t *request, int timeout_ms);

/* Ask every closet. each is called per reply, or with NULL and the reason; then last, once. */
struct console_round;
typedef void console_each_fn(struct console_round *round, size_t closet, const json_t *reply,
			     const struct fail *fail);
typedef void console_last_fn(struct console_round *round);
struct console_round {
	struct console *console;
	uint64_t ticket;
	size_t outstanding;
	json_t *result; /* of each and last, released after last */
	struct fail fail;
	console_each_fn *each;
	console_last_fn *last;
};
void console_ask_all(struct console *console, uint64_t ticket, const json_t *request, int timeout_ms,
		     console_each_fn *each, console_last_fn *last, json_t *result);

/* --- console_fault.c --- */

control_verb_fn console_fault_add, console_fault_vars, console_fault_ls, console_fault_clear,
    console_exercise;
int console_fault_begin(struct console *console, struct fail *fail);
void console_fault_free(struct console *console);

/* --- console_splice.c --- */

/* Listen at closets/NAME.sock. 0 or a negative errno. */
int console_splice_begin(struct console *console, struct fail *fail);

/* If that was long ago, or something has changed (listed_us is 0): ask a closet which sockets it has, and listen at those that are not
 * there yet. */
void console_splice_look(struct closet *closet);
void console_splice_free(struct console *console);

/* --- console_events.c --- */

int console_events_open(struct console *console, struct fail *fail);
void console_events_follow(struct closet *closet); /* unless it is followed */
void console_events_free(struct console *console);

/* --- console_place.c --- */

/* Make the run directory, in a mount namespace of this process if there is none. *here: there is one. */
int console_place(const struct console_options *options, bool *here, struct fail *fail);

#endif
