#ifndef PHONELAB_WHY_ATTEMPT_H
#define PHONELAB_WHY_ATTEMPT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/ladder.h"
#include "phonelab/why/why.h"

/*
 * The last attempt of a phone: what has happened since it was plugged in or reset, and, of each step, since the step
 * began. Everything before is history: it is no evidence.
 */
struct why_attempt {
	long long
	    begin; /* it was plugged in, or reset, microseconds as in events; 0: before the first event */
	long long newest; /* of all its events */
	/* When the phone has entered a step the last time and the time before that; 0: it has not. A step that failed
	 * is entered again and again. */
	long long entered[LADDER_STEPS + 1], entered_before[LADDER_STEPS + 1];
	json_t *events;	    /* of the phone in this attempt, without its console, each with "line" */
	json_t *port;	    /* of the switch port, some of them older */
	json_t *registered; /* the last `phone.registered`, of this attempt or of an earlier one; or NULL */
};

/* NULL without memory. */
struct why_attempt *why_attempt_new(void);
void why_attempt_free(struct why_attempt *it);

/* Add the next event of the phone, or of its switch port (own: false). The reference is borrowed. */
void why_attempt_add(struct why_attempt *it, json_t *event, bool own);

/* From when on something counts as seen during the last try of a step, or the one before it if that was not the first. */
long long why_attempt_since(const struct why_attempt *it, int step);

/* Is the link lost again and again, although the cable is in? Then every boot is a new one. NULL is legal. */
bool why_attempt_flaps(const struct why_attempt *it);

/* Append the facts of the last attempt (docs/why.md, "Facts of the attempt"). If the case has no attempt, as that of a
 * capture, it is made of the case's events. */
void why_attempt_facts(const struct why_case *it, json_t *facts);

#endif
