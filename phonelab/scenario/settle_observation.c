/* Observations: their kind, their phone and their other keys. */
#include "phonelab/scenario/settle.h"

#include <string.h>

/* Keys that are valid with some kinds only. */
static void check_company(struct settler *it, const struct scenario_observation *observation,
			  const char *path)
{
	static const struct {
		const char *key;
		unsigned kinds;
	} company[] = {
	    {"state", 1u << SCENARIO_STEP},
	    {"detail", 1u << SCENARIO_STEP | 1u << SCENARIO_EVENT},
	    {"node", 1u << SCENARIO_EVENT | 1u << SCENARIO_EXEC},
	    {"link", 1u << SCENARIO_PORT},
	    {"poe", 1u << SCENARIO_PORT},
	    {"vlan", 1u << SCENARIO_PORT},
	    {"voice_vlan", 1u << SCENARIO_PORT},
	    {"neighbor", 1u << SCENARIO_PORT},
	    {"used_at_least", 1u << SCENARIO_POWER},
	    {"used_at_most", 1u << SCENARIO_POWER},
	    {"equals", 1u << SCENARIO_FIELD},
	    {"at_least", 1u << SCENARIO_FIELD | 1u << SCENARIO_EVENT | 1u << SCENARIO_MESSAGE},
	    {"at_most", 1u << SCENARIO_FIELD | 1u << SCENARIO_EVENT | 1u << SCENARIO_MESSAGE},
	    {"output", 1u << SCENARIO_EXEC},
	    {"status", 1u << SCENARIO_EXEC},
	    {"phone", 1u << SCENARIO_STEP | 1u << SCENARIO_MESSAGE | 1u << SCENARIO_EVENT |
			  1u << SCENARIO_REGISTERED | 1u << SCENARIO_FIELD},
	};

	for (size_t i = 0; i < sizeof(company) / sizeof(company[0]); i++)
		if (yaml_tree_get(observation->at, company[i].key) &&
		    !(company[i].kinds & 1u << observation->kind))
			complain(it->complaints, settle_value_at(observation->at, company[i].key), path,
				 "found \"%s\" with \"%s\", which does not have this key", company[i].key,
				 scenario_kind_names[observation->kind]);
}

static void settle_phone(struct settler *it, struct scenario_observation *observation, const char *path,
			 bool never)
{
	observation->per_phone =
	    observation->kind == SCENARIO_STEP || observation->kind == SCENARIO_MESSAGE ||
	    observation->kind == SCENARIO_REGISTERED || observation->kind == SCENARIO_FIELD ||
	    (observation->kind == SCENARIO_EVENT && observation->phone);
	observation->which = never ? SCENARIO_ANY : SCENARIO_ALL;
	if (!observation->phone)
		return;
	if (!strcmp(observation->phone, "all")) {
		observation->which = SCENARIO_ALL;
	} else if (!strcmp(observation->phone, "any")) {
		observation->which = SCENARIO_ANY;
	} else {
		observation->which = SCENARIO_ONE;
		observation->phone_index = settle_phone_named(it, settle_value_at(observation->at, "phone"),
							      path, observation->phone, "all, any or ");
	}
}

static void settle_registered(struct settler *it, const struct scenario_observation *observation,
			      const char *path)
{
	const struct topology *topology = it->scenario->topology;

	if (!strcmp(observation->registered, "yes") || !strcmp(observation->registered, "no") ||
	    !strcmp(observation->registered, "true") || !strcmp(observation->registered, "false"))
		return;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (!strcmp(topology->cluster.nodes.items[i].name, observation->registered))
			return;
	complain(it->complaints, settle_value_at(observation->at, "registered"), path,
		 "found \"%.40s\", expected yes, no or a call manager of the topology",
		 observation->registered);
}

static void need_one(struct settler *it, const struct scenario_observation *observation, const char *path,
		     const char *const *keys, const char *expected)
{
	for (size_t i = 0; keys[i]; i++)
		if (yaml_tree_get(observation->at, keys[i]))
			return;
	complain(it->complaints, observation->at, path, "missing condition; expected %s", expected);
}

/* Was the value of its kind valid? */
static bool is_valid(const struct scenario_observation *observation)
{
	switch (observation->kind) {
	case SCENARIO_STEP: return observation->step >= 0;
	case SCENARIO_MESSAGE: return observation->message;
	case SCENARIO_EVENT: return observation->event;
	case SCENARIO_REGISTERED: return observation->registered;
	case SCENARIO_PORT: return observation->port.member;
	case SCENARIO_POWER: return observation->power;
	case SCENARIO_FIELD: return observation->field;
	case SCENARIO_EXEC: return observation->exec;
	case SCENARIO_KINDS: break;
	}
	return false;
}

void settle_observation(struct settler *it, struct scenario_observation *observation, const char *path,
			bool never)
{
	static const char *const port_keys[] = {"link", "poe", "vlan", "voice_vlan", "neighbor", NULL};
	static const char *const power_keys[] = {"used_at_least", "used_at_most", NULL};
	static const char *const field_keys[] = {"equals", "at_least", "at_most", NULL};
	int kind = settle_only_one(it, observation->at, path, scenario_kind_names);

	if (kind < 0)
		return;
	observation->kind = (enum scenario_kind)kind;
	check_company(it, observation, path);
	settle_phone(it, observation, path, never);
	observation->step_number = observation->step + 1;
	if (!is_valid(observation))
		return; /* reported already */
	switch (observation->kind) {
	case SCENARIO_STEP:
	case SCENARIO_MESSAGE: break;
	case SCENARIO_EVENT:
		if (observation->node)
			observation->node =
			    settle_node_exists(it->scenario->topology, observation->node) ||
				    !strcmp(observation->node, "lab")
				? observation->node
				: settle_node_named(it, settle_value_at(observation->at, "node"), path,
						    observation->node);
		break;
	case SCENARIO_REGISTERED: settle_registered(it, observation, path); break;
	case SCENARIO_PORT:
		observation->switch_name = settle_switch_named(
		    it, settle_value_at(observation->at, "port"), path, observation->port.switch_name,
		    /* Only the link of an external switch is known. */
		    !yaml_tree_get(observation->at, "link"));
		topology_port_format(&observation->port, observation->port_name);
		need_one(it, observation, path, port_keys, "link, poe, vlan, voice_vlan or neighbor");
		break;
	case SCENARIO_POWER:
		observation->switch_name = settle_switch_named(it, settle_value_at(observation->at, "power"),
							       path, observation->power, true);
		need_one(it, observation, path, power_keys, "used_at_least or used_at_most");
		break;
	case SCENARIO_FIELD:
		need_one(it, observation, path, field_keys, "equals, at_least or at_most");
		break;
	case SCENARIO_EXEC:
		if (!observation->node)
			complain(it->complaints, observation->at, path,
				 "missing key \"node\"; expected the node that runs the command");
		else
			observation->node = settle_node_named(it, settle_value_at(observation->at, "node"),
							      path, observation->node);
		break;
	case SCENARIO_KINDS: break;
	}
}
