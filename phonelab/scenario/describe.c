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

static void add_bounds(struct words *words, const struct scenario_observation *look, const char *unit)
{
	if (look->at_least >= 0)
		add(words, " at least %lld%s", (long long)look->at_least, unit);
	if (look->at_most >= 0)
		add(words, "%s at most %lld%s", look->at_least >= 0 ? " and" : "", (long long)look->at_most,
		    unit);
}

static void add_port(struct words *words, const struct scenario_observation *look)
{
	static const char *const links[] = {"down", "up"};
	static const char *const poes[] = {"off", "on", "denied", "faulty"};

	add(words, "port %s %s:", look->switch_name, look->port_name);
	if (look->link >= 0)
		add(words, " link %s", links[look->link]);
	if (look->poe >= 0)
		add(words, " poe %s", poes[look->poe]);
	if (look->vlan)
		add(words, " vlan %d", look->vlan);
	if (look->voice_vlan > 0)
		add(words, " voice_vlan %d", look->voice_vlan);
	if (look->voice_vlan < 0)
		add(words, " voice_vlan none");
	if (look->neighbor)
		add(words, " neighbor %s", look->neighbor);
}

void scenario_describe_observation(const struct scenario_observation *look, char *text, size_t size)
{
	struct words words = {text, size, 0};

	*text = 0;
	if (look->per_phone)
		add(&words, "%s%s: ", look->which == SCENARIO_ONE ? "phone " : "",
		    look->which == SCENARIO_ONE	  ? look->phone
		    : look->which == SCENARIO_ALL ? "all phones"
						  : "any phone");
	switch (look->kind) {
	case SCENARIO_STEP:
		add(&words, "step %s is %s", ladder_step_name(look->step_number),
		    ladder_state_name((enum ladder_state)look->state));
		break;
	case SCENARIO_MESSAGE:
		add(&words, "message \"%s\"", look->message);
		add_bounds(&words, look, " times");
		break;
	case SCENARIO_EVENT:
		add(&words, "event %s%s%s", look->event, look->node ? " of " : "",
		    look->node ? look->node : "");
		add_bounds(&words, look, " times");
		break;
	case SCENARIO_REGISTERED: add(&words, "registered %s", look->registered); break;
	case SCENARIO_PORT: add_port(&words, look); break;
	case SCENARIO_POWER:
		add(&words, "power of %s", look->switch_name);
		if (look->used_at_least >= 0)
			add(&words, " at least %lld mW", (long long)look->used_at_least);
		if (look->used_at_most >= 0)
			add(&words, " at most %lld mW", (long long)look->used_at_most);
		break;
	case SCENARIO_FIELD:
		add(&words, "%s", look->field);
		if (look->equals)
			add(&words, " is \"%s\"", look->equals);
		add_bounds(&words, look, "");
		break;
	case SCENARIO_EXEC:
		add(&words, "%s: `%.80s` ends with %lld", look->node, look->exec, (long long)look->status);
		if (look->output)
			add(&words, " and prints \"%s\"", look->output);
		break;
	case SCENARIO_KINDS: break;
	}
	if (look->detail)
		add(&words, " with \"%s\"", look->detail);
}

void scenario_describe_expectation(const struct scenario_expectation *e, char *text, size_t size)
{
	struct words words = {text, size, 0};
	char look[400], time[24];

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
		scenario_describe_observation(&e->looks[i], look, sizeof(look));
		add(&words, "%s %s", i ? ";" : ":", look);
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
