#ifndef PHONELAB_SCENARIO_VERDICT_H
#define PHONELAB_SCENARIO_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "phonelab/scenario/scenario.h"

/*
 * Decide the expectations of a scenario from the events and statuses of its lab. No clock and no I/O: the caller
 * passes events, statuses and command results with their times (CLOCK_MONOTONIC, microseconds), in order.
 */

/* --- a probe: one observation that starts at a moment --- */

/* The state of the phones. */
struct scenario_world {
	const struct scenario *scenario;
	struct scenario_rung {
		uint8_t state; /* enum ladder_state */
		char detail[120];
	} (*rungs)[14];	      /* of each phone */
	const json_t *status; /* borrowed: the last one, or NULL */
	uint64_t status_us;   /* when it was requested */
};

struct scenario_probe {
	const struct scenario_observation *observation;
	bool open, edge; /* edge: a step must enter its state */
	uint64_t since;
	unsigned *seen;	    /* number of events or messages, for each phone, or [0] */
	bool *deciding;	    /* for each phone: did it decide the last scenario_probe_holds()? See there */
	bool asked;	    /* EXEC: the command has run since the probe was opened */
	int status;	    /* EXEC */
	char output[65536]; /* EXEC: its beginning */
};

/* edge: a step counts only if it enters its state after the probe was opened. 0 or -ENOMEM. */
int scenario_probe_init(struct scenario_probe *probe, const struct scenario *scenario,
			const struct scenario_observation *observation, bool edge);
void scenario_probe_open(struct scenario_probe *probe, const struct scenario *scenario, uint64_t now);
void scenario_probe_event(struct scenario_probe *probe, const struct scenario_world *world,
			  const json_t *event);
void scenario_probe_free(struct scenario_probe *probe);

/* Does an observation of this kind need a status of the lab? */
bool scenario_kind_needs_status(enum scenario_kind kind);

/* Does the observation hold? found describes the current state; it names the phones that decide: of "any" the phones
 * for which the observation holds, otherwise the phones for which it does not. *known (may be NULL) is false while no status or
 * command result has arrived since the probe was opened. */
bool scenario_probe_holds(const struct scenario_probe *probe, const struct scenario_world *world, bool *known,
			  char *found, size_t size);

int scenario_world_init(struct scenario_world *world, const struct scenario *scenario);
void scenario_world_event(struct scenario_world *world, const json_t *event);
void scenario_world_free(struct scenario_world *world);

/* --- verdicts --- */

enum verdict_state {
	VERDICT_WAITING, /* its time has not begun */
	VERDICT_OPEN,
	VERDICT_HELD,
	VERDICT_BROKEN,
};

struct verdict {
	const struct scenario_expectation *expectation;
	enum verdict_state state;
	uint64_t opened, decided;
	struct scenario_probe *probes; /* one for each observation */
	size_t at;		       /* in_order: the next observation */
	char found[400];	       /* BROKEN: the state that was seen instead */
};

struct verdicts {
	const struct scenario *scenario;
	struct scenario_world world;
	struct verdict *items; /* one for each expectation */
	size_t n;
};

/* 0 or -ENOMEM. */
int verdicts_init(struct verdicts *verdicts, const struct scenario *scenario);
void verdicts_free(struct verdicts *verdicts);

/* The phones have power: expectations without `after` begin. */
void verdicts_begin(struct verdicts *verdicts, uint64_t now);

/* An entry of the timeline has run; it began at now. */
void verdicts_mark(struct verdicts *verdicts, size_t entry, uint64_t now);

/* A line of events.jsonl, which contains its time. */
void verdicts_event(struct verdicts *verdicts, const json_t *event);

/* The reply to `status`, requested at now. It must stay valid until the next call. */
void verdicts_status(struct verdicts *verdicts, const json_t *status, uint64_t now);

/* Advance the time. All events until now have been passed. */
void verdicts_tick(struct verdicts *verdicts, uint64_t now);

/* Are all expectations decided, except those that last until the end? */
bool verdicts_settled(const struct verdicts *verdicts);

/* The scenario ends: open `always` and `never` hold; other open expectations are broken. */
void verdicts_end(struct verdicts *verdicts, uint64_t now);

/* The expectation that was broken first, or NULL. */
const struct verdict *verdicts_broken(const struct verdicts *verdicts);

/* Does an open probe need the status? The next open probe, from *from, whose command has to run. */
bool verdicts_need_status(const struct verdicts *verdicts);
struct scenario_probe *verdicts_need_exec(struct verdicts *verdicts, size_t *from);

#endif
