/* Decide the expectations of a scenario from events and statuses. */
#include "phonelab/scenario/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_text.h"

int verdicts_init(struct verdicts *verdicts, const struct scenario *scenario)
{
	int err = scenario_world_init(&verdicts->world, scenario);

	verdicts->scenario = scenario;
	verdicts->n = 0;
	verdicts->items = calloc(scenario->expect.n + 1, sizeof(*verdicts->items));
	if (!verdicts->items)
		err = -ENOMEM;
	for (size_t i = 0; i < scenario->expect.n && !err; i++) {
		const struct scenario_expectation *e = &scenario->expect.items[i];
		struct verdict *verdict = &verdicts->items[verdicts->n++];

		verdict->expectation = e;
		verdict->probes = calloc(e->n + 1, sizeof(*verdict->probes));
		if (!verdict->probes)
			err = -ENOMEM;
		for (size_t p = 0; p < e->n && !err; p++)
			err = scenario_probe_init(&verdict->probes[p], scenario, &e->observations[p],
						  e->mode == SCENARIO_IN_ORDER);
	}
	return err;
}

void verdicts_free(struct verdicts *verdicts)
{
	for (size_t i = 0; i < verdicts->n && verdicts->items; i++) {
		struct verdict *verdict = &verdicts->items[i];

		for (size_t p = 0; verdict->probes && p < verdict->expectation->n; p++)
			scenario_probe_free(&verdict->probes[p]);
		free(verdict->probes);
	}
	free(verdicts->items);
	scenario_world_free(&verdicts->world);
	*verdicts = (struct verdicts){0};
}

static void open_verdict(struct verdicts *verdicts, struct verdict *verdict, uint64_t now)
{
	verdict->state = VERDICT_OPEN;
	verdict->opened = now;
	scenario_probe_open(&verdict->probes[0], verdicts->scenario, now);
}

static void decide(struct verdict *verdict, enum verdict_state state, uint64_t now, const char *found)
{
	verdict->state = state;
	verdict->decided = now;
	snprintf(verdict->found, sizeof(verdict->found), "%s", found);
}

void verdicts_begin(struct verdicts *verdicts, uint64_t now)
{
	for (size_t i = 0; i < verdicts->n; i++)
		if (verdicts->items[i].expectation->after_entry == SIZE_MAX)
			open_verdict(verdicts, &verdicts->items[i], now);
}

static bool is_lasting(const struct verdict *verdict)
{
	return verdict->expectation->mode == SCENARIO_ALWAYS || verdict->expectation->mode == SCENARIO_NEVER;
}

/* An `always` or `never` that was not broken until now holds. */
static void close_lasting(struct verdict *verdict, uint64_t now)
{
	if (verdict->state == VERDICT_OPEN && is_lasting(verdict))
		decide(verdict, VERDICT_HELD, now, "");
}

void verdicts_mark(struct verdicts *verdicts, size_t entry, uint64_t now)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		struct verdict *verdict = &verdicts->items[i];

		if (verdict->expectation->until_entry == entry)
			close_lasting(verdict, now);
		if (verdict->expectation->after_entry == entry)
			open_verdict(verdicts, verdict, now);
	}
}

/* The end of its time; UINT64_MAX: the end of the scenario. */
static uint64_t last_moment(const struct verdict *verdict)
{
	const struct scenario_expectation *e = verdict->expectation;
	int64_t ms = is_lasting(verdict) ? e->lasts : e->within;

	return ms < 0 ? UINT64_MAX : verdict->opened + (uint64_t)ms * 1000;
}

/* Decide an open expectation, if possible, from the state of the world at now. */
static void judge(struct verdicts *verdicts, struct verdict *verdict, uint64_t now)
{
	const struct scenario_expectation *e = verdict->expectation;
	char found[400];
	bool known, holds;

	if (verdict->state != VERDICT_OPEN || now > last_moment(verdict))
		return;
	holds = scenario_probe_holds(&verdict->probes[verdict->at], &verdicts->world, &known, found,
				     sizeof(found));
	if (e->mode == SCENARIO_ALWAYS ? holds || !known : !holds)
		return;
	if (is_lasting(verdict))
		decide(verdict, VERDICT_BROKEN, now, found);
	else if (e->mode == SCENARIO_EVENTUALLY || ++verdict->at == e->n)
		decide(verdict, VERDICT_HELD, now, found);
	else
		scenario_probe_open(&verdict->probes[verdict->at], verdicts->scenario, now);
}

void verdicts_event(struct verdicts *verdicts, const json_t *event)
{
	uint64_t t = (uint64_t)json_int(event, "t");

	scenario_world_event(&verdicts->world, event);
	for (size_t i = 0; i < verdicts->n; i++) {
		struct verdict *verdict = &verdicts->items[i];

		if (verdict->state != VERDICT_OPEN || t < verdict->opened)
			continue;
		scenario_probe_event(
		    &verdict->probes[verdict->at < verdict->expectation->n ? verdict->at : 0],
		    &verdicts->world, event);
		judge(verdicts, verdict, t);
	}
}

void verdicts_status(struct verdicts *verdicts, const json_t *status, uint64_t now)
{
	verdicts->world.status = status;
	verdicts->world.status_us = now;
	for (size_t i = 0; i < verdicts->n; i++)
		judge(verdicts, &verdicts->items[i], now);
}

/* The time of an expectation has expired. */
static void expire(struct verdicts *verdicts, struct verdict *verdict, uint64_t now, const char *why)
{
	const struct scenario_expectation *e = verdict->expectation;
	char found[300], text[400], next[300];

	if (is_lasting(verdict)) {
		close_lasting(verdict, now);
		return;
	}
	scenario_probe_holds(&verdict->probes[verdict->at], &verdicts->world, NULL, found, sizeof(found));
	if (e->mode == SCENARIO_IN_ORDER) {
		scenario_describe_observation(&e->observations[verdict->at], next, sizeof(next));
		snprintf(text, sizeof(text),
			 "%s: number %zu was not seen after its predecessor: %.120s (%.160s)", why,
			 verdict->at + 1, next, found);
	} else {
		snprintf(text, sizeof(text), "%s: %.300s", why, found);
	}
	decide(verdict, VERDICT_BROKEN, now, text);
}

void verdicts_tick(struct verdicts *verdicts, uint64_t now)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		struct verdict *verdict = &verdicts->items[i];

		judge(verdicts, verdict, now);
		if (verdict->state == VERDICT_OPEN && now > last_moment(verdict))
			expire(verdicts, verdict, last_moment(verdict), "the time has passed");
	}
}

bool verdicts_settled(const struct verdicts *verdicts)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct verdict *verdict = &verdicts->items[i];
		bool to_the_end = is_lasting(verdict) && verdict->expectation->lasts < 0;

		if (verdict->state == VERDICT_WAITING || (verdict->state == VERDICT_OPEN && !to_the_end))
			return false;
	}
	return true;
}

void verdicts_end(struct verdicts *verdicts, uint64_t now)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		struct verdict *verdict = &verdicts->items[i];
		char found[200];
		bool known;

		if (verdict->state == VERDICT_WAITING) {
			decide(verdict, VERDICT_BROKEN, now, "its time did not begin");
		} else if (verdict->state == VERDICT_OPEN) {
			scenario_probe_holds(&verdict->probes[verdict->at], &verdicts->world, &known, found,
					     sizeof(found));
			if (verdict->expectation->mode == SCENARIO_ALWAYS && !known)
				decide(verdict, VERDICT_BROKEN, now, "it was never checked");
			else
				expire(verdicts, verdict, now, "the scenario has ended");
		}
	}
}

const struct verdict *verdicts_broken(const struct verdicts *verdicts)
{
	const struct verdict *first = NULL;

	for (size_t i = 0; i < verdicts->n; i++)
		if (verdicts->items[i].state == VERDICT_BROKEN &&
		    (!first || verdicts->items[i].decided < first->decided))
			first = &verdicts->items[i];
	return first;
}

bool verdicts_need_status(const struct verdicts *verdicts)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct verdict *verdict = &verdicts->items[i];

		if (verdict->state == VERDICT_OPEN &&
		    scenario_kind_needs_status(verdict->expectation->observations[0].kind))
			return true;
	}
	return false;
}

struct scenario_probe *verdicts_need_exec(struct verdicts *verdicts, size_t *from)
{
	while (*from < verdicts->n) {
		struct verdict *verdict = &verdicts->items[(*from)++];

		if (verdict->state == VERDICT_OPEN && verdict->probes[0].observation->kind == SCENARIO_EXEC)
			return &verdict->probes[0];
	}
	return NULL;
}
