/* Observations: their kind, their phone and their other keys. */
#include "phonelab/scenario/settle.h"

#include <string.h>

/* Keys that are valid with some kinds only. */
static void check_company(struct settler *it, const struct scenario_observation *look, const char *path)
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
		if (yaml_tree_get(look->at, company[i].key) && !(company[i].kinds & 1u << look->kind))
			complain(it->complaints, settle_value_at(look->at, company[i].key), path,
				 "found \"%s\" with \"%s\", which does not have this key", company[i].key,
				 scenario_kind_names[look->kind]);
}

static void settle_phone(struct settler *it, struct scenario_observation *look, const char *path, bool never)
{
	look->per_phone = look->kind == SCENARIO_STEP || look->kind == SCENARIO_MESSAGE ||
			  look->kind == SCENARIO_REGISTERED || look->kind == SCENARIO_FIELD ||
			  (look->kind == SCENARIO_EVENT && look->phone);
	look->which = never ? SCENARIO_ANY : SCENARIO_ALL;
	if (!look->phone)
		return;
	if (!strcmp(look->phone, "all")) {
		look->which = SCENARIO_ALL;
	} else if (!strcmp(look->phone, "any")) {
		look->which = SCENARIO_ANY;
	} else {
		look->which = SCENARIO_ONE;
		look->phone_index = settle_phone_named(it, settle_value_at(look->at, "phone"), path,
						       look->phone, "all, any or ");
	}
}

static void settle_registered(struct settler *it, const struct scenario_observation *look, const char *path)
{
	const struct topology *topology = it->scenario->topology;

	if (!strcmp(look->registered, "yes") || !strcmp(look->registered, "no") ||
	    !strcmp(look->registered, "true") || !strcmp(look->registered, "false"))
		return;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (!strcmp(topology->cluster.nodes.items[i].name, look->registered))
			return;
	complain(it->complaints, settle_value_at(look->at, "registered"), path,
		 "found \"%.40s\", expected yes, no or a call manager of the topology", look->registered);
}

static void need_one(struct settler *it, const struct scenario_observation *look, const char *path,
		     const char *const *keys, const char *expected)
{
	for (size_t i = 0; keys[i]; i++)
		if (yaml_tree_get(look->at, keys[i]))
			return;
	complain(it->complaints, look->at, path, "missing condition; expected %s", expected);
}

/* Was the value of its kind valid? */
static bool is_valid(const struct scenario_observation *look)
{
	switch (look->kind) {
	case SCENARIO_STEP: return look->step >= 0;
	case SCENARIO_MESSAGE: return look->message;
	case SCENARIO_EVENT: return look->event;
	case SCENARIO_REGISTERED: return look->registered;
	case SCENARIO_PORT: return look->port.member;
	case SCENARIO_POWER: return look->power;
	case SCENARIO_FIELD: return look->field;
	case SCENARIO_EXEC: return look->exec;
	case SCENARIO_KINDS: break;
	}
	return false;
}

void settle_look(struct settler *it, struct scenario_observation *look, const char *path, bool never)
{
	static const char *const port_keys[] = {"link", "poe", "vlan", "voice_vlan", "neighbor", NULL};
	static const char *const power_keys[] = {"used_at_least", "used_at_most", NULL};
	static const char *const field_keys[] = {"equals", "at_least", "at_most", NULL};
	int kind = settle_only_one(it, look->at, path, scenario_kind_names);

	if (kind < 0)
		return;
	look->kind = (enum scenario_kind)kind;
	check_company(it, look, path);
	settle_phone(it, look, path, never);
	look->step_number = look->step + 1;
	if (!is_valid(look))
		return; /* reported already */
	switch (look->kind) {
	case SCENARIO_STEP:
	case SCENARIO_MESSAGE: break;
	case SCENARIO_EVENT:
		if (look->node)
			look->node =
			    settle_node_exists(it->scenario->topology, look->node) ||
				    !strcmp(look->node, "lab")
				? look->node
				: settle_node_named(it, settle_value_at(look->at, "node"), path, look->node);
		break;
	case SCENARIO_REGISTERED: settle_registered(it, look, path); break;
	case SCENARIO_PORT:
		look->switch_name =
		    settle_switch_named(it, settle_value_at(look->at, "port"), path, look->port.switch_name);
		topology_port_format(&look->port, look->port_name);
		need_one(it, look, path, port_keys, "link, poe, vlan, voice_vlan or neighbor");
		break;
	case SCENARIO_POWER:
		look->switch_name =
		    settle_switch_named(it, settle_value_at(look->at, "power"), path, look->power);
		need_one(it, look, path, power_keys, "used_at_least or used_at_most");
		break;
	case SCENARIO_FIELD: need_one(it, look, path, field_keys, "equals, at_least or at_most"); break;
	case SCENARIO_EXEC:
		if (!look->node)
			complain(it->complaints, look->at, path,
				 "missing key \"node\"; expected the node that runs the command");
		else
			look->node =
			    settle_node_named(it, settle_value_at(look->at, "node"), path, look->node);
		break;
	case SCENARIO_KINDS: break;
	}
}
