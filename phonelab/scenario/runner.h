#ifndef PHONELAB_SCENARIO_RUNNER_H
#define PHONELAB_SCENARIO_RUNNER_H

#include <jansson.h>

#include "phonelab/client/event_tail.h"
#include "phonelab/supervise/outer_link.h"
#include "phonelab/scenario/act.h"
#include "phonelab/scenario/join.h"
#include "phonelab/scenario/run.h"

/* A running scenario. Only run.c (the lab and the loop), timeline.c, result.c, evidence.c and page*.c include this
 * header. */
#define CAPTURES 32 /* switches whose ports are captured */

struct runner {
	const struct scenario *scenario;
	struct lab lab;
	struct scenario_hands hands;
	struct outer_link link;
	struct event_tail events;
	int captures[CAPTURES]; /* files with pcapng of all switch ports; in containers one for each switch */
	size_t capture_count;
	struct joined joined; /* the running lab, if it was not started for the scenario */
	bool held;	      /* switches and servers run; the phones have no power */
	bool failed;	      /* reason is set */
	enum scenario_outcome outcome;
	char reason[1500];
	unsigned reason_line;
	struct verdicts verdicts;
	json_t *status, *timeline;
	uint64_t power_on;	  /* power-on; 0: not yet. Times are microseconds of CLOCK_MONOTONIC */
	uint64_t booted, decided; /* when its phases ended: see result_add_phases */
	json_t *registered;	  /* the phones that were registered once */
	uint64_t next_status, next_exec;
	size_t entry;		    /* index of the next entry */
	uint64_t entry_since;	    /* when the previous entry was done */
	uint64_t entry_due;	    /* 0: its condition is not true yet */
	struct scenario_probe when; /* the condition of the entry */
};

/* Process all events that were written until now. */
void runner_read_events(struct runner *runner);

/* A file without a name, which the kernel removes with its last descriptor. -1: it cannot be made. */
int runner_file(void);

/* --- timeline.c --- */

/* Run the entries at the beginning with `at: 0s`, before the phones get power. */
void timeline_before_power(struct runner *runner);

/* Run each entry that is due. */
void timeline_advance(struct runner *runner);

/* The timeout has expired: fail with the condition of the next entry. */
void timeline_stuck(struct runner *runner);

/* --- result.c --- */

/* Set the outcome and its reason, unless the scenario has failed already. line: in the file; 0: none. */
void runner_fail(struct runner *runner, enum scenario_outcome outcome, unsigned line, const char *text);

/* The result that run.h describes (new reference). started: when the run began. */
json_t *result_of_run(const struct runner *runner, uint64_t started);

/* After the exit of the lab: add the duration of each phase and the CPU time of all processes. */
void result_add_phases(const struct runner *runner, json_t *result, uint64_t started);

/* --- evidence.c --- */

/* Write the folder of evidence, and its name to the result. 0 or a negative errno with the reason; the other files are
 * written in any case. */
int evidence_write(const struct runner *runner, json_t *result, const char *folder, struct fail *fail);

#endif
