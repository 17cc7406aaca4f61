#ifndef PHONELAB_WHY_WHY_H
#define PHONELAB_WHY_WHY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "phonelab/why/exchange.h"

/*
 * Why a phone is not registered: the first step that is neither done nor skipped, what was seen of it, and
 * the first rule of a table that fits.
 */
#define WHY_EVENTS 4096

struct why_case {
	const json_t *status;	 /* borrowed: of the lab */
	const json_t *nodes;	 /* borrowed: [{"name","kind"}] of the lab, or NULL */
	const char *name;	 /* of the phone */
	const json_t *phone;	 /* in status */
	const json_t *rung;	 /* its first broken step, or NULL */
	int step;		 /* number of that step; 0: healthy */
	char directory[256];	 /* the run directory, "/" at its end; "" when there is none */
	const char *events_name; /* how evidence calls the list; NULL: events.jsonl */
	json_t *phone_more;	 /* of the phone by its rack: gateway, tftp, ..; NULL when not asked */
	char *running;		 /* running-config of its switch; NULL when not asked */
	json_t *events;		 /* a list: of this phone, of its switch port, and of the lab */
	struct why_exchanges *exchanges; /* of the phone's last attempt; NULL before why_read_events */
	struct why_attempt *attempt;	 /* the same (attempt.h) */
	struct why_logs *logs;		 /* borrowed: shared by several cases (logs.h); NULL: none */
	long long *others_ms; /* how long files took that other phones asked of the user's servers */
	size_t others;
	const char *expected; /* the directory number that a scenario expects of the phone; NULL: none */
	bool booting;	      /* still on its way: it is not accused (gather.h) */
	json_t *facts;	      /* all facts (fact.h); NULL: none were collected */
};

/* Find the phone in the status, and its first broken step. 0 or -ENOENT. */
int why_find_phone(struct why_case *it);

/* Read events.jsonl: fill events (the last WHY_EVENTS events that matter, each with its line number as "line"), exchanges
 * and attempt. The phone of the case has been found. */
void why_read_events(struct why_case *it, const char *path);

/* The same for n cases of one status; the file is read once. */
void why_read_all(struct why_case *cases, size_t n, const char *path);

/* Fill the same from a list of events that are all of this phone: those of a capture. events: borrowed. */
void why_take_events(struct why_case *it, json_t *events);

/* The name of the first node of a kind ("dhcp"); the kind itself if there is none. */
const char *why_node(const struct why_case *it, const char *kind);

/* The port of a switch where the phone is plugged in, and the switch's name (sw_name may be NULL); NULL when nowhere. */
const json_t *why_port(const struct why_case *it, const char **sw_name);

/* Free the events of why_read_events. */
void why_free(struct why_case *it);

#endif
