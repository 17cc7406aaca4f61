#include "switch-sim/core/impair.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/port_link.h"
#include "switch-sim/core/timer.h"

/* Rules come, are listed, and go. */

bool impair_covers(const struct impair_rule *rule, const struct port *port)
{
	return !rule->ports || rule->ports[port->index >> 3] >> (port->index & 7) & 1;
}

static void count_rules(struct switch_core *core)
{
	const struct impair *impair = core->impair;

	core->impaired_out = 0;
	for (unsigned i = 0; i < core->count; i++) {
		struct port *port = &core->ports[i];

		port->impaired_in = port->impaired_out = 0;
		for (unsigned r = 0; r < impair->count; r++) {
			const struct impair_rule *rule = impair->rules[r];

			if (rule->action == IMPAIR_FLAP || !impair_covers(rule, port))
				continue;
			if (rule->direction == IMPAIR_IN)
				port->impaired_in++;
			else
				port->impaired_out++;
		}
		core->impaired_out += port->impaired_out;
	}
}

void impair_arm(struct switch_core *core)
{
	const struct impair *impair = core->impair;
	uint64_t next = impair_hold_next(impair->hold);

	for (unsigned i = 0; i < impair->count; i++) {
		const struct impair_rule *rule = impair->rules[i];

		if (rule->expires_us < next)
			next = rule->expires_us;
		if (rule->action == IMPAIR_FLAP && rule->flap_us < next)
			next = rule->flap_us;
	}
	if (next == SWITCH_NEVER)
		timer_cancel(core->timers, core->count, TIMER_IMPAIR);
	else
		timer_arm(core->timers, core->count, TIMER_IMPAIR, next);
}

/* The links of the rule's ports go down or may come up again. */
static void pull(struct switch_core *core, struct impair_rule *rule, bool down)
{
	if (rule->down == down)
		return;
	rule->down = down;
	core->impair->depth++; /* links that come up send frames, which must not take out rules now */
	for (unsigned i = 0; i < core->count; i++) {
		struct port *port = &core->ports[i];

		if (!impair_covers(rule, port))
			continue;
		port->pulled += down ? 1 : -1;
		port_update_link(core, port);
	}
	core->impair->depth--;
}

void impair_flap(struct switch_core *core, struct impair_rule *rule)
{
	pull(core, rule, !rule->down);
	rule->flap_us = core->now_us + (rule->down ? rule->parameters.down_us : rule->parameters.up_us);
	if (rule->down) {
		rule->matched++;
		rule->touched++;
		core_event(core, NULL, 0, "impair.touch",
			   json_pack("{s:i,s:s,s:s,s:I}", "rule", (int)rule->id, "name", rule->name, "action",
				     impair_action_words[rule->action], "touched", (json_int_t)rule->touched),
			   "rule %u: flap: the link is down", rule->id);
	} else {
		impair_count_down(rule);
	}
}

static json_t *rule_json(const struct switch_core *core, const struct impair_rule *rule)
{
	const struct impair *impair = core->impair;
	char digest[20], flow_digest[20];
	json_t *object;

	snprintf(digest, sizeof(digest), "%016" PRIx64, rule->digest);
	snprintf(flow_digest, sizeof(flow_digest), "%016" PRIx64, rule->flow_digest);
	object = json_pack(
	    "{s:i,s:s,s:O,s:I,s:I,s:I,s:I,s:I,s:s,s:s}", "id", (int)rule->id, "name", rule->name, "rule",
	    rule->source, "seen", (json_int_t)rule->seen, "matched", (json_int_t)rule->matched, "touched",
	    (json_int_t)rule->touched, "overflowed", (json_int_t)rule->overflowed, "waiting",
	    (json_int_t)impair_hold_count(impair->hold, rule), "digest", digest, "flow_digest", flow_digest);
	if (object && rule->expires_us != SWITCH_NEVER)
		json_object_set_new(object, "left_ms",
				    json_integer(rule->expires_us > core->now_us
						     ? (json_int_t)((rule->expires_us - core->now_us) / 1000)
						     : 0));
	return object;
}

/* Clear one rule, report it, and release the frames that it holds. */
static void remove_rule(struct switch_core *core, unsigned i)
{
	struct impair *impair = core->impair;
	struct impair_rule *rule = impair->rules[i];

	if (rule->action == IMPAIR_FLAP)
		pull(core, rule, false);
	impair_hold_release(impair->hold, rule, core->now_us);
	core_event(core, NULL, 0, "impair.clear", rule_json(core, rule),
		   "rule %u: %s after %" PRIu64 " touches", rule->id, rule->reason ? rule->reason : "cleared",
		   rule->touched);
	memmove(&impair->rules[i], &impair->rules[i + 1], (impair->count - i - 1) * sizeof(*impair->rules));
	impair->count--;
	impair_rule_free(rule);
}

void impair_sweep(struct switch_core *core)
{
	struct impair *impair = core->impair;
	bool changed = false;

	for (unsigned i = 0; i < impair->count;)
		if (impair->rules[i]->ended) {
			remove_rule(core, i);
			changed = true;
		} else {
			i++;
		}
	if (changed)
		count_rules(core);
}

static int begin(struct switch_core *core, struct fail *fail)
{
	struct impair *impair;

	if (core->impair)
		return 0;
	impair = core->impair = calloc(1, sizeof(*impair));
	if (impair) {
		impair->next_id = 1;
		impair->hold = impair_hold_new();
		impair->plain = calloc(core->count, sizeof(*impair->plain));
	}
	if (impair && impair->hold && impair->plain)
		return 0;
	impair_free(core);
	return fail_set(fail, -ENOMEM, "no memory for rules");
}

int switch_core_impair_add(struct switch_core *core, uint64_t now_us, const json_t *json, unsigned *id,
			   struct fail *fail)
{
	struct impair_rule *rule;
	int err;

	core_now_is(core, now_us);
	err = begin(core, fail);
	if (err)
		return err;
	if (core->impair->count == IMPAIR_RULES)
		return fail_set(fail, -ENOSPC, "there are %d rules already: clear some", IMPAIR_RULES);
	err = impair_rule_new(&rule, core, json, fail);
	if (err)
		return err;
	*id = core->impair->next_id++;
	core->impair->rules[core->impair->count++] = rule;
	core_event(core, NULL, 0, "impair.add", rule_json(core, rule), "rule %u: %s", *id,
		   impair_action_words[rule->action]);
	if (rule->action == IMPAIR_FLAP)
		impair_flap(core, rule);
	count_rules(core);
	impair_arm(core);
	return 0;
}

json_t *switch_core_impair_list(struct switch_core *core, uint64_t now_us)
{
	json_t *list = json_array();

	core_now_is(core, now_us);
	for (unsigned i = 0; core->impair && i < core->impair->count; i++)
		json_array_append_new(list, rule_json(core, core->impair->rules[i]));
	return list;
}

int switch_core_impair_clear(struct switch_core *core, uint64_t now_us, unsigned id, struct fail *fail)
{
	int cleared = 0;

	core_now_is(core, now_us);
	for (unsigned i = 0; core->impair && i < core->impair->count; i++)
		if (!id || core->impair->rules[i]->id == id) {
			core->impair->rules[i]->ended = true;
			cleared++;
		}
	if (id && !cleared)
		return fail_set(fail, -ENOENT, "unknown rule %u; list the rules with: impair ls", id);
	/* Held frames continue at once. */
	if (cleared) {
		impair_sweep(core);
		impair_tick(core);
	}
	return cleared;
}

void impair_free(struct switch_core *core)
{
	struct impair *impair = core->impair;

	if (!impair)
		return;
	for (unsigned i = 0; i < impair->count; i++)
		impair_rule_free(impair->rules[i]);
	impair_hold_free(impair->hold);
	free(impair->plain);
	free(impair);
	core->impair = NULL;
}
