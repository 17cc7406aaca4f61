/* Expectations: their mode, their conditions and their time. */
#include "phonelab/scenario/settle.h"

#include <string.h>

static size_t entry_named(struct settler *it, const struct scenario_expectation *e, const char *key,
			  const char *name)
{
	struct nearest nearest = nearest_to(name ? name : "");
	char all[300] = "", mean[100];

	if (!name)
		return SIZE_MAX;
	for (size_t i = 0; i < it->scenario->timeline.n; i++) {
		const char *own = it->scenario->timeline.items[i].name;

		if (own && !strcmp(own, name))
			return i;
		if (!own)
			continue;
		settle_list(all, own);
		nearest_offer(&nearest, own);
	}
	complain(it->complaints, settle_value_at(e->at, key), "expect",
		 "found \"%s\", expected the name of an entry of the timeline%s%s%s", name, *all ? ": " : "",
		 all, settle_suggest(&nearest, mean));
	return SIZE_MAX;
}

static void settle_order(struct settler *it, struct scenario_expectation *e)
{
	for (size_t i = 0; i < e->in_order.n; i++) {
		struct scenario_observation *observation = &e->in_order.items[i];

		if (!observation->at)
			continue;
		settle_observation(it, observation, "expect.in_order", true);
		if (observation->kind != SCENARIO_STEP && observation->kind != SCENARIO_MESSAGE &&
		    observation->kind != SCENARIO_EVENT)
			complain(it->complaints, observation->at, "expect.in_order",
				 "found \"%s\", expected a condition with a moment: step, message or event",
				 scenario_kind_names[observation->kind]);
		else if (observation->per_phone && observation->which == SCENARIO_ALL)
			complain(it->complaints, observation->at, "expect.in_order",
				 "found all phones, expected one phone, or any phone");
	}
	e->observations = e->in_order.items;
	e->n = e->in_order.n;
}

void settle_expectation(struct settler *it, struct scenario_expectation *e)
{
	int mode = settle_only_one(it, e->at, "expect", scenario_mode_names);
	bool timed;

	if (mode < 0)
		return;
	e->mode = (enum scenario_mode)mode;
	timed = e->mode == SCENARIO_EVENTUALLY || e->mode == SCENARIO_IN_ORDER;
	if (e->mode == SCENARIO_IN_ORDER) {
		settle_order(it, e);
	} else if (e->observation.at) {
		settle_observation(it, &e->observation, scenario_mode_names[mode], e->mode == SCENARIO_NEVER);
		e->observations = &e->observation;
		e->n = 1;
	}
	for (size_t i = 0; i < 2; i++)
		if (timed && yaml_tree_get(e->at, i ? "until" : "for"))
			complain(it->complaints, settle_value_at(e->at, i ? "until" : "for"), "expect",
				 "found \"%s\" with \"%s\", expected \"within\"", i ? "until" : "for",
				 scenario_mode_names[mode]);
	if (!timed && yaml_tree_get(e->at, "within"))
		complain(it->complaints, settle_value_at(e->at, "within"), "expect",
			 "found \"within\" with \"%s\", expected \"for\" or \"until\"",
			 scenario_mode_names[mode]);
	e->after_entry = entry_named(it, e, "after", e->after);
	e->until_entry = entry_named(it, e, "until", e->until);
}

void settle_end(struct settler *it)
{
	const struct scenario *scenario = it->scenario;
	bool takes_time = scenario->timeline.n > 0 || scenario->lasts > 0 || !scenario->expect.n;

	for (size_t i = 0; i < scenario->expect.n; i++) {
		const struct scenario_expectation *e = &scenario->expect.items[i];

		takes_time = takes_time || e->mode == SCENARIO_EVENTUALLY || e->mode == SCENARIO_IN_ORDER ||
			     e->lasts > 0;
	}
	if (!takes_time)
		complain(it->complaints, scenario->expect.items[0].at, "expect",
			 "the scenario would end at power-on, because nothing takes time; add `for` to an "
			 "expectation "
			 "or `lasts` to the scenario");
}
