/* Describe the parts of a scenario as text. */
#include "phonelab/scenario/scenario.h"

#include <stdio.h>
#include <string.h>

#include "base/ladder.h"
#include "base/text.h"

/* Copy the text to its buffer, cut to the size, and release it. */
static void finish(struct text *words, char *text, size_t size)
{
	snprintf(text, size, "%s", words->bytes ? words->bytes : "");
	text_free(words);
}

const char *scenario_phone_called(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->phone_count; i++)
		if (!strcmp(topology->phones[i].name, name) && topology->phones[i].line_count)
			return topology->phones[i].lines[0];
	return name;
}

void scenario_time(int64_t ms, char text[24])
{
	if (ms % 1000)
		snprintf(text, 24, "%lldms", (long long)ms);
	else
		snprintf(text, 24, "%llds", (long long)ms / 1000);
}

static void add_bounds(struct text *words, const struct scenario_observation *observation, const char *unit)
{
	if (observation->at_least >= 0)
		text_add(words, " at least %lld%s", (long long)observation->at_least, unit);
	if (observation->at_most >= 0)
		text_add(words, "%s at most %lld%s", observation->at_least >= 0 ? " and" : "",
			 (long long)observation->at_most, unit);
}

static void add_port(struct text *words, const struct scenario_observation *observation)
{
	text_add(words, "port %s %s:", observation->switch_name, observation->port_name);
	if (observation->link >= 0)
		text_add(words, " link %s", scenario_link_names[observation->link]);
	if (observation->poe >= 0)
		text_add(words, " poe %s", scenario_poe_names[observation->poe]);
	if (observation->vlan)
		text_add(words, " vlan %d", observation->vlan);
	if (observation->voice_vlan > 0)
		text_add(words, " voice_vlan %d", observation->voice_vlan);
	if (observation->voice_vlan < 0)
		text_add(words, " voice_vlan none");
	if (observation->neighbor)
		text_add(words, " neighbor %s", observation->neighbor);
}

static void add_words(struct text *words, const char *before, const struct scenario_words *list)
{
	for (size_t i = 0; i < list->n; i++)
		text_add(words, "%s%s", i ? ", " : before, list->items[i]);
}

/* "phone 2001: ", "all phones of 2001-2010, model 7841, except 2003: " */
static void add_phones(struct text *words, const struct scenario_observation *observation)
{
	bool listed;

	if (observation->which == SCENARIO_ONE) {
		text_add(words, "phone %s: ", observation->phone);
		return;
	}
	listed = observation->phones.n && strcmp(observation->phones.items[0], "all");
	text_add(words, observation->which == SCENARIO_ALL ? "all phones" : "any phone");
	if (listed)
		add_words(words, " of ", &observation->phones);
	add_words(words, listed ? ", model " : " of model ", &observation->models);
	add_words(words, listed || observation->models.n ? ", except " : " except ", &observation->except);
	text_add(words, ": ");
}

void scenario_describe_observation(const struct scenario_observation *observation, char *text, size_t size)
{
	struct text words = {0};

	if (observation->per_phone)
		add_phones(&words, observation);
	switch (observation->kind) {
	case SCENARIO_STEP:
		text_add(&words, "step %s is %s", ladder_step_name(observation->step_number),
			 ladder_state_name((enum ladder_state)observation->state));
		break;
	case SCENARIO_MESSAGE:
		text_add(&words, "message \"%s\"", observation->message);
		add_bounds(&words, observation, " times");
		break;
	case SCENARIO_EVENT:
		text_add(&words, "event %s%s%s", observation->event, observation->node ? " of " : "",
			 observation->node ? observation->node : "");
		add_bounds(&words, observation, " times");
		break;
	case SCENARIO_REGISTERED: text_add(&words, "registered %s", observation->registered); break;
	case SCENARIO_PORT: add_port(&words, observation); break;
	case SCENARIO_POWER:
		text_add(&words, "power of %s", observation->switch_name);
		if (observation->used_at_least >= 0)
			text_add(&words, " at least %lld mW", (long long)observation->used_at_least);
		if (observation->used_at_most >= 0)
			text_add(&words, " at most %lld mW", (long long)observation->used_at_most);
		break;
	case SCENARIO_FIELD:
		text_add(&words, "%s", observation->field);
		if (observation->equals)
			text_add(&words, " is \"%s\"", observation->equals);
		add_bounds(&words, observation, "");
		break;
	case SCENARIO_EXEC:
		text_add(&words, "%s: `%.80s` ends with %lld", observation->node, observation->exec,
			 (long long)observation->status);
		if (observation->output)
			text_add(&words, " and prints \"%s\"", observation->output);
		break;
	case SCENARIO_KINDS: break;
	}
	if (observation->detail)
		text_add(&words, " with \"%s\"", observation->detail);
	finish(&words, text, size);
}

void scenario_describe_expectation(const struct scenario_expectation *e, char *text, size_t size)
{
	struct text words = {0};
	char one[400], time[24];

	text_add(&words, "%s", e->mode == SCENARIO_IN_ORDER ? "in order" : scenario_mode_names[e->mode]);
	if (e->mode == SCENARIO_EVENTUALLY || e->mode == SCENARIO_IN_ORDER) {
		scenario_time(e->within, time);
		text_add(&words, " within %s", time);
	} else if (e->lasts >= 0) {
		scenario_time(e->lasts, time);
		text_add(&words, " for %s", time);
	}
	if (e->after)
		text_add(&words, " after %s", e->after);
	if (e->until)
		text_add(&words, " until %s", e->until);
	for (size_t i = 0; i < e->n; i++) {
		scenario_describe_observation(&e->observations[i], one, sizeof(one));
		text_add(&words, "%s %s", i ? ";" : ":", one);
	}
	finish(&words, text, size);
}

void scenario_describe_action(const struct scenario_action *action, char *text, size_t size)
{
	struct text words = {0};

	text_add(&words, "%s", scenario_verb_names[action->verb]);
	if (action->verb == SCENARIO_ADD_FAULT)
		text_add(&words, " %s%s%s", action->add_fault.id, action->add_fault.phone ? " phone " : "",
			 action->add_fault.phone ? action->add_fault.phone : "");
	else
		text_add(&words, " %s", action->target);
	if (action->verb == SCENARIO_DO_EXEC)
		text_add(&words, ": %.120s", action->exec.command);
	for (size_t i = 0; action->verb == SCENARIO_CONFIGURE && i < action->configure.lines.n; i++)
		text_add(&words, "%s %s", i ? ";" : ":", action->configure.lines.items[i]);
	finish(&words, text, size);
}

void scenario_describe_entry(const struct scenario_entry *entry, char *text, size_t size)
{
	struct text words = {0};
	char part[400];

	if (entry->name)
		text_add(&words, "%s: ", entry->name);
	if (!entry->actions.n)
		text_add(&words, "a mark");
	for (size_t i = 0; i < entry->actions.n; i++) {
		scenario_describe_action(&entry->actions.items[i], part, sizeof(part));
		text_add(&words, "%s%s", i ? "; " : "", part);
	}
	finish(&words, text, size);
}
