#ifndef PHONELAB_SCENARIO_RUNNER_H
#define PHONELAB_SCENARIO_RUNNER_H

#include <jansson.h>

#include "phonelab/client/event_tail.h"
#include "phonelab/supervise/outer_link.h"
#include "phonelab/scenario/act.h"
#include "phonelab/scenario/run.h"

/* A scenario that runs: between run.c (the lab and the loop), timeline.c and result.c, and nobody else. */
struct runner {
	const struct scenario *scenario;
	struct lab lab;
	struct scenario_hands hands;
	struct outer_link link;
	struct event_tail events;
	int capture; /* pcapng of all switch ports */
	bool held;   /* switches and servers are up */
	bool failed; /* by the first reason there was */
	enum scenario_outcome outcome;
	char reason[1500];
	unsigned reason_line;
	struct verdicts verdicts;
	json_t *status, *timeline;
	uint64_t begun; /* power-on; 0: not yet. Times are microseconds of CLOCK_MONOTONIC */
	uint64_t held_at, booted, decided; /* when its phases ended: see result_add_phases */
	json_t *registered;		   /* who has been, once */
	uint64_t next_status, next_exec;
	size_t entry;		    /* the one that is next */
	uint64_t entry_since;	    /* the one before was done */
	uint64_t entry_due;	    /* 0: its condition is not there yet */
	struct scenario_probe when; /* of the entry */
};

/* The outcome, unless there is one already: why, and the line of the file that says so (0: none). */
void runner_fail(struct runner *runner, enum scenario_outcome outcome, unsigned line, const char *text);

/* Take all events that were written by now. */
void runner_read_events(struct runner *runner);

/* --- timeline.c --- */

/* What stands first with `at: 0s` is done while the phones are still dark. */
void timeline_before_power(struct runner *runner);

/* Do every entry that is due by now. */
void timeline_advance(struct runner *runner);

/* The time has passed before all was done: fail with what it waited for. */
void timeline_stuck(struct runner *runner);

/* --- result.c --- */

/* The result that run.h describes (new reference). started: when the run began. */
json_t *result_of_run(const struct runner *runner, uint64_t started);

/* When the lab has ended: what each phase took, and the CPU time of all its processes. */
void result_add_phases(const struct runner *runner, json_t *result, uint64_t started);

/* Write the folder of evidence; the result says when that failed. */
void result_leave_evidence(const struct runner *runner, json_t *result, const char *folder);

#endif
