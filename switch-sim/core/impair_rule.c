#include "switch-sim/core/impair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_config.h"
#include "switch-sim/core/internal.h"

/* A rule, from JSON. */

#define MS	UINT64_C(1000)
#define TIME_MS (24 * 3600 * 1000)

struct take_spec {
	int64_t nth_value, first_value, every_value;
	json_t *probability;
	int64_t count;
	bool per_port;
};

struct spec {
	char *name;
	struct config_list ports;
	bool has_ports, has_direction, has_filter, has_take;
	int direction;
	char *filter;
	struct take_spec take;
	int64_t for_ms;
	int64_t seed;
	bool has_seed;
	json_t *action;
};

static const char *const directions[] = {"in", "out", NULL};

static const struct config_key port_key = {.type = CONFIG_STRING, .min = 1, .max = SWITCH_PORT_NAME};

static const struct config_key take_keys[] = {
    CONFIG_ROW("nth", INTEGER, struct take_spec, nth_value, .min = 1, .max = 1000000000),
    CONFIG_ROW("first", INTEGER, struct take_spec, first_value, .min = 1, .max = 1000000000),
    CONFIG_ROW("every", INTEGER, struct take_spec, every_value, .min = 1, .max = 1000000000),
    CONFIG_ROW("probability", ANY, struct take_spec, probability),
    CONFIG_ROW("count", INTEGER, struct take_spec, count, .min = 1, .max = 1000000000),
    CONFIG_ROW("per_port", BOOL, struct take_spec, per_port),
    {0},
};

static const struct config_key keys[] = {
    CONFIG_ROW("name", STRING, struct spec, name, .min = 1, .max = 63),
    CONFIG_ROW("ports", LIST, struct spec, ports, .nullable = true, .min = 1, .max = SWITCH_PORTS_MAX,
	       .element = &port_key, .element_size = sizeof(char *),
	       .present = offsetof(struct spec, has_ports)),
    CONFIG_ROW("direction", CHOICE, struct spec, direction, .choices = directions,
	       .present = offsetof(struct spec, has_direction)),
    CONFIG_ROW("filter", STRING, struct spec, filter, .max = 512,
	       .present = offsetof(struct spec, has_filter)),
    CONFIG_ROW("take", OBJECT, struct spec, take, .keys = take_keys,
	       .present = offsetof(struct spec, has_take)),
    CONFIG_ROW("action", ANY, struct spec, action, .required = true),
    CONFIG_ROW("for_ms", INTEGER, struct spec, for_ms, .min = 1, .max = TIME_MS),
    CONFIG_ROW("seed", INTEGER, struct spec, seed, .min = 0, .max = INT64_MAX,
	       .present = offsetof(struct spec, has_seed)),
    {0},
};

static int read_ports(struct impair_rule *rule, const struct switch_core *core, const struct spec *spec,
		      struct fail *fail)
{
	char *const *names = spec->ports.items;

	if (!spec->has_ports)
		return 0;
	rule->ports = calloc((core->count + 7) / 8, 1);
	if (!rule->ports)
		return fail_set(fail, -ENOMEM, "no memory for a rule");
	for (size_t i = 0; i < spec->ports.count; i++) {
		int port = switch_config_find_port(&core->config, names[i], fail);

		if (port < 0)
			return fail_prefix(fail, port, "rule: ports[%zu]", i);
		rule->ports[port >> 3] |= (uint8_t)(1u << (port & 7));
	}
	return 0;
}

static int read_probability(struct impair_rule *rule, const json_t *json, struct fail *fail)
{
	double value = json_number_value(json);
	char *text;

	if (json_is_number(json) && value > 0 && value <= 1) {
		rule->take = IMPAIR_PROBABILITY;
		rule->probability = value;
		return 0;
	}
	text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
	fail_set(fail, -EINVAL, "rule: take.probability: found %.60s, expected a number above 0 and up to 1",
		 text ? text : "something");
	free(text);
	return -EINVAL;
}

static int read_take(struct impair_rule *rule, const struct switch_core *core, const struct take_spec *take,
		     struct fail *fail)
{
	const int64_t values[] = {take->nth_value, take->first_value, take->every_value};
	static const enum impair_take kinds[] = {IMPAIR_NTH, IMPAIR_FIRST, IMPAIR_EVERY};
	unsigned found = take->probability != NULL;

	for (unsigned i = 0; i < 3; i++)
		if (values[i]) {
			found++;
			rule->take = kinds[i];
			rule->number = (uint64_t)values[i];
		}
	if (found > 1)
		return fail_set(
		    fail, -EINVAL,
		    "rule: take: found %u of nth, first, every and probability, expected at most one", found);
	rule->count = (uint64_t)take->count;
	if (take->per_port) {
		rule->port_matched = calloc(core->count, sizeof(*rule->port_matched));
		if (!rule->port_matched)
			return fail_set(fail, -ENOMEM, "no memory for a rule");
	}
	return take->probability ? read_probability(rule, take->probability, fail) : 0;
}

/* Check combinations: a flapping link has no frames; every other action needs a direction. */
static int check(const struct impair_rule *rule, const struct spec *spec, struct fail *fail)
{
	bool flap = rule->action == IMPAIR_FLAP;

	if (!flap && !spec->has_direction)
		return fail_set(fail, -EINVAL,
				"rule: the key \"direction\" is missing (\"in\" or \"out\" of the switch)");
	if (flap && !spec->has_ports)
		return fail_set(fail, -EINVAL, "rule: the key \"ports\" is missing: which links flap");
	if (flap &&
	    (spec->has_direction || spec->has_filter || rule->take != IMPAIR_ALL || rule->port_matched))
		return fail_set(
		    fail, -EINVAL,
		    "rule: flap is about links: direction, filter and take (except take.count) do not apply");
	return 0;
}

static int fill(struct impair_rule *rule, const struct switch_core *core, const struct spec *spec,
		struct fail *fail)
{
	char stream[32];
	int err;

	rule->id = core->impair->next_id;
	rule->direction = spec->direction ? IMPAIR_OUT : IMPAIR_IN;
	snprintf(rule->name, sizeof(rule->name), "%s", spec->name ? spec->name : "");
	rule->expires_us = spec->for_ms ? core->now_us + (uint64_t)spec->for_ms * MS : SWITCH_NEVER;
	snprintf(stream, sizeof(stream), "impair%u", spec->has_seed ? 0 : rule->id);
	rng_seed(&rule->rng, spec->has_seed ? (uint64_t)spec->seed : core->config.seed, stream);
	rule->seed = rule->rng.state;
	err = read_ports(rule, core, spec, fail);
	if (!err)
		err = read_take(rule, core, &spec->take, fail);
	if (!err)
		err = impair_action_read(spec->action, rule, fail);
	if (!err && spec->filter && *spec->filter) {
		err = impair_filter_new(&rule->filter, spec->filter, fail);
		if (err)
			fail_prefix(fail, err, "rule");
	}
	return err ? err : check(rule, spec, fail);
}

int impair_rule_new(struct impair_rule **result, const struct switch_core *core, const json_t *json,
		    struct fail *fail)
{
	struct spec spec = {0};
	struct impair_rule *rule;
	int err = json_config_object(json, "rule", keys, &spec, fail);

	if (err)
		return err;
	rule = calloc(1, sizeof(*rule));
	if (rule) {
		rule->source = json_deep_copy(json);
		rule->flows = impair_flows_new();
		err = fill(rule, core, &spec, fail);
	}
	if (!rule || !rule->source || !rule->flows)
		err = fail_set(fail, -ENOMEM, "no memory for a rule");
	json_config_free(keys, &spec);
	if (err) {
		impair_rule_free(rule);
		return err;
	}
	*result = rule;
	return 0;
}

void impair_rule_free(struct impair_rule *rule)
{
	if (!rule)
		return;
	json_decref(rule->source);
	impair_filter_free(rule->filter);
	impair_flows_free(rule->flows);
	free(rule->ports);
	free(rule->port_matched);
	free(rule);
}
