#ifndef PHONELAB_SCENARIO_VERDICT_H
#define PHONELAB_SCENARIO_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "phonelab/scenario/scenario.h"

/*
 * What has been seen of a lab, and what follows from it for the expectations of a scenario. No clock and no
 * I/O: events, statuses and answers go in with their times (CLOCK_MONOTONIC, microseconds), in order.
 */

/* --- a probe: one observation, from a moment on --- */

/* What is known of the phones by their events. */
struct scenario_world {
	const struct scenario *scenario;
	struct scenario_rung {
		uint8_t state; /* enum ladder_state */
		char detail[120];
	} (*rungs)[14];	      /* of each phone */
	const json_t *status; /* borrowed: the newest, or NULL */
	uint64_t status_us;   /* when it was asked for */
};

struct scenario_probe {
	const struct scenario_observation *look;
	bool open, edge; /* edge: a step must be seen to change */
	uint64_t since;
	unsigned *seen; /* events and messages: how often, of each phone, or [0] */
	bool asked;	/* EXEC: since it was opened */
	int status;	/* EXEC */
	char output[200];
};

/* edge: a step counts when it is seen to get there, not when it is there already. 0 or -ENOMEM. */
int scenario_probe_init(struct scenario_probe *probe, const struct scenario *scenario,
			const struct scenario_observation *look, bool edge);
void scenario_probe_open(struct scenario_probe *probe, const struct scenario *scenario, uint64_t now);
void scenario_probe_event(struct scenario_probe *probe, const struct scenario_world *world,
			  const json_t *event);
void scenario_probe_free(struct scenario_probe *probe);

/* Does it hold? found: what is seen instead, or of it. *known (may be NULL) is false while there is nothing
 * to go by: no status since it was opened, no answer. */
bool scenario_probe_holds(const struct scenario_probe *probe, const struct scenario_world *world, bool *known,
			  char *found, size_t size);

int scenario_world_init(struct scenario_world *world, const struct scenario *scenario);
void scenario_world_event(struct scenario_world *world, const json_t *event);
void scenario_world_free(struct scenario_world *world);

/* The index of the phone of that device name, or SIZE_MAX. */
size_t scenario_world_phone(const struct scenario_world *world, const char *name);

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
	struct scenario_probe *probes; /* one for each of its observations */
	size_t at;		       /* in order: the one that is waited for */
	char found[400];	       /* BROKEN: what was seen instead */
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

/* The phones have got power: what is `after` nothing begins. */
void verdicts_begin(struct verdicts *verdicts, uint64_t now);

/* An entry of the timeline is done; now is when it began. */
void verdicts_mark(struct verdicts *verdicts, size_t entry, uint64_t now);

/* A line of events.jsonl, by its own time. */
void verdicts_event(struct verdicts *verdicts, const json_t *event);

/* What `status` says, asked for at now. The reference must stay until the next one. */
void verdicts_status(struct verdicts *verdicts, const json_t *status, uint64_t now);

/* Time has passed, and all events up to now have been told. */
void verdicts_tick(struct verdicts *verdicts, uint64_t now);

/* Are all decided, but for those that last to the end? */
bool verdicts_settled(const struct verdicts *verdicts);

/* The scenario ends: what has lasted to the end holds; what was still waited for is broken. */
void verdicts_end(struct verdicts *verdicts, uint64_t now);

/* The first that broke, or NULL. */
const struct verdict *verdicts_broken(const struct verdicts *verdicts);

/* Does any open probe need the status; which open probe needs its command run? */
bool verdicts_need_status(const struct verdicts *verdicts);
struct scenario_probe *verdicts_need_exec(struct verdicts *verdicts, size_t *from);

#endif
