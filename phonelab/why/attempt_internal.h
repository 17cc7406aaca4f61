#ifndef PHONELAB_WHY_ATTEMPT_INTERNAL_H
#define PHONELAB_WHY_ATTEMPT_INTERNAL_H

#include "phonelab/why/attempt.h"
#include "phonelab/why/fact.h"

/* What the files of the attempt share. */
struct attempt_source {
	const struct why_case *it;
	const struct why_attempt *attempt;
	const struct why_exchanges *exchanges;
	json_t *facts;
	int failed; /* the step that has failed; 0: none */
};

/* The facts by part of the path. */
void attempt_link(const struct attempt_source *source);	    /* power, boot, link, voice VLAN */
void attempt_dhcp(const struct attempt_source *source);	    /* step 4, and names */
void attempt_files(const struct attempt_source *source);    /* what was requested of file servers */
void attempt_trust(const struct attempt_source *source);    /* signatures, firmware */
void attempt_register(const struct attempt_source *source); /* call managers */
void attempt_tls(const struct attempt_source *source);	    /* certificates of servers, TVS, CAPF */
void attempt_clock(const struct attempt_source *source);    /* NTP */
void attempt_logs(const struct attempt_source *source);	    /* what servers wrote during the failing step */
void attempt_alarms(const struct attempt_source *source); /* what call managers reported of the phone then */

/* Add a fact of an event: with its time and its line. Returns it, or NULL. */
json_t *attempt_fact(const struct attempt_source *source, const char *name, const char *object,
		     const json_t *event, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "events.jsonl:LINE", or "frame LINE". Returns text. */
const char *attempt_from(const struct attempt_source *source, long long line, char text[64]);

/* The last event of the attempt with that name, and of that step unless it is 0; NULL: none. */
const json_t *attempt_last(const struct attempt_source *source, const char *name, int step);

/* A text of an event's evidence, "" if it has none. */
const char *attempt_evidence(const json_t *event, const char *key);

/* The node that has an address, as the status knows it; the address itself otherwise. */
const char *attempt_node(const struct attempt_source *source, const char *address);

/* "phone SEP001122AABB01". Returns text. */
const char *attempt_phone(const struct attempt_source *source, char text[80]);

#endif
