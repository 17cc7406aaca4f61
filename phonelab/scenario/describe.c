/* Describe the parts of a scenario as text. */
#include "phonelab/scenario/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ladder.h"

struct words {
	char *text;
	size_t size, used;
};

static void add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *words, const char *format, ...)
{
	va_list args;
	int n;

	if (words->used + 1 >= words->size)
		return;
	va_start(args, format);
	n = vsnprintf(words->text + words->used, words->size - words->used, format, args);
	va_end(args);
	words->used += n > 0 ? (size_t)n : 0;
}

void scenario_time(int64_t ms, char text[24])
{
	if (ms % 1000)
		snprintf(text, 24, "%lldms", (long long)ms);
	else
		snprintf(text, 24, "%llds", (long long)ms / 1000);
}

static void add_bounds(struct words *words, const struct scenario_observation *observation, const char *unit)
{
	if (observation->at_least >= 0)
		add(words, " at least %lld%s", (long long)observation->at_least, unit);
	if (observation->at_most >= 0)
		add(words, "%s at most %lld%s", observation->at_least >= 0 ? " and" : "",
		    (long long)observation->at_most, unit);
}

static void add_port(struct words *words, const struct scenario_observation *observation)
{
	static const char *const links[] = {"down", "up"};
	static const char *const poes[] = {"off", "on", "denied", "faulty"};

	add(words, "port %s %s:", observation->switch_name, observation->port_name);
	if (observation->link >= 0)
		add(words, " link %s", links[observation->link]);
	if (observation->poe >= 0)
		add(words, " poe %s", poes[observation->poe]);
	if (observation->vlan)
		add(words, " vlan %d", observation->vlan);
	if (observation->voice_vlan > 0)
		add(words, " voice_vlan %d", observation->voice_vlan);
	if (observation->voice_vlan < 0)
		add(words, " voice_vlan none");
	if (observation->neighbor)
		add(words, " neighbor %s", observation->neighbor);
}

void scenario_describe_observation(const struct scenario_observation *observation, char *text, size_t size)
{
	struct words words = {text, size, 0};

	*text = 0;
	if (observation->per_phone)
		add(&words, "%s%s: ", observation->which == SCENARIO_ONE ? "phone " : "",
		    observation->which == SCENARIO_ONE	 ? observation->phone
		    : observation->which == SCENARIO_ALL ? "all phones"
							 : "any phone");
	switch (observation->kind) {
	case SCENARIO_STEP:
		add(&words, "step %s is %s", ladder_step_name(observation->step_number),
		    ladder_state_name((enum ladder_state)observation->state));
		break;
	case SCENARIO_MESSAGE:
		add(&words, "message \"%s\"", observation->message);
		add_bounds(&words, observation, " times");
		break;
	case SCENARIO_EVENT:
		add(&words, "event %s%s%s", observation->event, observation->node ? " of " : "",
		    observation->node ? observation->node : "");
		add_bounds(&words, observation, " times");
		break;
	case SCENARIO_REGISTERED: add(&words, "registered %s", observation->registered); break;
	case SCENARIO_PORT: add_port(&words, observation); break;
	case SCENARIO_POWER:
		add(&words, "power of %s", observation->switch_name);
		if (observation->used_at_least >= 0)
			add(&words, " at least %lld mW", (long long)observation->used_at_least);
		if (observation->used_at_most >= 0)
			add(&words, " at most %lld mW", (long long)observation->used_at_most);
		break;
	case SCENARIO_FIELD:
		add(&words, "%s", observation->field);
		if (observation->equals)
			add(&words, " is \"%s\"", observation->equals);
		add_bounds(&words, observation, "");
		break;
	case SCENARIO_EXEC:
		add(&words, "%s: `%.80s` ends with %lld", observation->node, observation->exec,
		    (long long)observation->status);
		if (observation->output)
			add(&words, " and prints \"%s\"", observation->output);
		break;
	case SCENARIO_KINDS: break;
	}
	if (observation->detail)
		add(&words, " with \"%s\"", observation->detail);
}

void scenario_describe_expectation(const struct scenario_expectation *e, char *text, size_t size)
{
	struct words words = {text, size, 0};
	char one[400], time[24];

	*text = 0;
	add(&words, "%s", e->mode == SCENARIO_IN_ORDER ? "in order" : scenario_mode_names[e->mode]);
	if (e->mode == SCENARIO_EVENTUALLY || e->mode == SCENARIO_IN_ORDER) {
		scenario_time(e->within, time);
		add(&words, " within %s", time);
	} else if (e->lasts >= 0) {
		scenario_time(e->lasts, time);
		add(&words, " for %s", time);
	}
	if (e->after)
		add(&words, " after %s", e->after);
	if (e->until)
		add(&words, " until %s", e->until);
	for (size_t i = 0; i < e->n; i++) {
		scenario_describe_observation(&e->observations[i], one, sizeof(one));
		add(&words, "%s %s", i ? ";" : ":", one);
	}
}

void scenario_describe_action(const struct scenario_action *action, char *text, size_t size)
{
	struct words words = {text, size, 0};

	*text = 0;
	add(&words, "%s", scenario_verb_names[action->verb]);
	switch (action->verb) {
	case SCENARIO_ADD_FAULT:
		add(&words, " %s%s%s", action->add_fault.id, action->add_fault.phone ? " phone " : "",
		    action->add_fault.phone ? action->add_fault.phone : "");
		break;
	case SCENARIO_CONFIGURE:
		add(&words, " %s:", action->target);
		for (size_t i = 0; i < action->configure.lines.n; i++)
			add(&words, "%s %s", i ? ";" : "", action->configure.lines.items[i]);
		break;
	case SCENARIO_DO_EXEC: add(&words, " %s: %.120s", action->target, action->exec.command); break;
	case SCENARIO_CLEAR_FAULT:
	case SCENARIO_STOP:
	case SCENARIO_KILL:
	case SCENARIO_PAUSE:
	case SCENARIO_CONTINUE:
	case SCENARIO_START:
	case SCENARIO_RESTART:
	case SCENARIO_UNPLUG:
	case SCENARIO_PLUG:
	case SCENARIO_RESET:
	case SCENARIO_RESTART_PHONE:
	case SCENARIO_SET_DEVICE: add(&words, " %s", action->target); break;
	case SCENARIO_VERBS: break;
	}
}

void scenario_describe_entry(const struct scenario_entry *entry, char *text, size_t size)
{
	struct words words = {text, size, 0};
	char part[400];

	*text = 0;
	if (entry->name)
		add(&words, "%s: ", entry->name);
	if (!entry->actions.n)
		add(&words, "a mark");
	for (size_t i = 0; i < entry->actions.n; i++) {
		scenario_describe_action(&entry->actions.items[i], part, sizeof(part));
		add(&words, "%s%s", i ? "; " : "", part);
	}
}
