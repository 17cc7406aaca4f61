/* Observations: their kind, their phone and their other keys. */
#include "phonelab/scenario/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF_PHONES                                                                                            \
	(1u << SCENARIO_STEP | 1u << SCENARIO_MESSAGE | 1u << SCENARIO_EVENT | 1u << SCENARIO_REGISTERED |   \
	 1u << SCENARIO_FIELD)

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
	    {"phone", OF_PHONES},
	    {"phones", OF_PHONES},
	    {"model", OF_PHONES},
	    {"except", OF_PHONES},
	};

	for (size_t i = 0; i < sizeof(company) / sizeof(company[0]); i++)
		if (yaml_tree_get(observation->at, company[i].key) &&
		    !(company[i].kinds & 1u << observation->kind))
			complain(it->complaints, settle_value_at(observation->at, company[i].key), path,
				 "found \"%s\" with \"%s\", which does not have this key", company[i].key,
				 scenario_kind_names[observation->kind]);
}

/* Does an observation of this kind concern phones? An event does if a key names phones. */
static bool concerns_phones(const struct scenario_observation *observation)
{
	return observation->kind == SCENARIO_STEP || observation->kind == SCENARIO_MESSAGE ||
	       observation->kind == SCENARIO_REGISTERED || observation->kind == SCENARIO_FIELD ||
	       (observation->kind == SCENARIO_EVENT && (observation->phone || observation->phones.n ||
							observation->models.n || observation->except.n));
}

static void settle_registered(struct settler *it, const struct scenario_observation *observation,
			      const char *path)
{
	const struct topology *topology = it->scenario->topology;
	static const char *const words[] = {"yes", "no", "claimed", "true", "false", NULL};
	struct nearest nearest = nearest_to(observation->registered);
	char mean[100];

	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(observation->registered, words[i]))
			return;
		if (i < 3)
			nearest_offer(&nearest, words[i]);
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		if (!strcmp(topology->cluster.nodes.items[i].name, observation->registered))
			return;
		nearest_offer(&nearest, topology->cluster.nodes.items[i].name);
	}
	complain(it->complaints, settle_value_at(observation->at, "registered"), path,
		 "found \"%.40s\", expected yes, no, claimed or a call manager of the topology%s",
		 observation->registered, settle_suggest(&nearest, mean));
}

/* Does the number stand among the words of a line? */
static bool has_number(const char *line, int number)
{
	for (const char *at = line; *at;) {
		size_t digits = strspn(at, "0123456789");

		if (digits && atol(at) == number)
			return true;
		at += digits ? digits : 1;
	}
	return false;
}

/* Does the timeline configure this VLAN, or apply faults that may configure any VLAN? */
static bool may_make_vlan(const struct scenario *scenario, int vlan)
{
	for (size_t i = 0; i < scenario->timeline.n; i++)
		for (size_t j = 0; j < scenario->timeline.items[i].actions.n; j++) {
			const struct scenario_action *action = &scenario->timeline.items[i].actions.items[j];

			if (action->at && action->add_fault.id)
				return true;
			for (size_t n = 0; n < action->configure.lines.n; n++)
				if (action->configure.lines.items[n] &&
				    has_number(action->configure.lines.items[n], vlan))
					return true;
		}
	return false;
}

/* VLAN 1 always exists. */
static void settle_vlan(struct settler *it, const struct scenario_observation *observation, const char *path,
			const char *key, int vlan)
{
	const struct topology *topology = it->scenario->topology;
	char all[300] = "", one[16];

	if (vlan <= 1 || topology_vlan_find(topology, vlan) || may_make_vlan(it->scenario, vlan))
		return;
	for (size_t i = 0; i < topology->vlans.n; i++) {
		snprintf(one, sizeof(one), "%d", topology->vlans.items[i].id);
		settle_list(all, one);
	}
	complain(it->complaints, settle_value_at(observation->at, key), path,
		 "found VLAN %d, expected a VLAN of the topology: 1, %s", vlan, all);
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
	observation->per_phone = concerns_phones(observation);
	settle_phones(it, observation, path, never);
	observation->step_number = observation->step + 1;
	if (!is_valid(observation))
		return; /* reported already */
	switch (observation->kind) {
	case SCENARIO_STEP:
	case SCENARIO_MESSAGE: break;
	case SCENARIO_EVENT:
		if (observation->node)
			observation->node = settle_node_named(it, settle_value_at(observation->at, "node"),
							      path, observation->node, "lab");
		break;
	case SCENARIO_REGISTERED: settle_registered(it, observation, path); break;
	case SCENARIO_PORT:
		observation->switch_name = settle_switch_named(
		    it, settle_value_at(observation->at, "port"), path, observation->port.switch_name,
		    /* Only the link of an external switch is known. */
		    !yaml_tree_get(observation->at, "link"));
		topology_port_format(&observation->port, observation->port_name);
		settle_port_of(it, settle_value_at(observation->at, "port"), path, observation->switch_name,
			       &observation->port);
		settle_vlan(it, observation, path, "vlan", observation->vlan);
		settle_vlan(it, observation, path, "voice_vlan", observation->voice_vlan);
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
							      path, observation->node, NULL);
		break;
	case SCENARIO_KINDS: break;
	}
}
