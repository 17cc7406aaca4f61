/* Scenarios: read, checked against their topology, and settled. */
#include "phonelab/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "phonelab/client.h"
#include "phonelab/scenario/keys.h"

const char *const scenario_kind_names[] = {"step",  "message", "event", "registered", "port",
					   "power", "field",   "exec",	NULL};
const char *const scenario_mode_names[] = {"eventually", "always", "never", "in_order", NULL};
const char *const scenario_verb_names[] = {
    "add_fault", "clear_fault", "stop",	 "kill",	  "pause",     "continue",   "start", "restart",
    "unplug",	 "plug",	"reset", "restart_phone", "configure", "set_device", "exec",  NULL};

struct settler {
	struct scenario *scenario;
	struct complaints *complaints;
};

/* The key of a map as it is written, for complaints about it; the map itself when it is not there. */
static const struct yaml_node *value_at(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *value = yaml_tree_get(map, key);

	return value ? value : map;
}

/* Exactly one of the names is a key of map: its index. -1 with the complaint otherwise. */
static int only_one(struct settler *it, const struct yaml_node *map, const char *path,
		    const char *const *names)
{
	char all[300] = "";
	size_t used = 0;
	int found = -1;

	for (int i = 0; names[i]; i++) {
		used += used < sizeof(all) ? (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
							      used ? ", " : "", names[i])
					   : 0;
		if (!yaml_tree_get(map, names[i]))
			continue;
		if (found >= 0) {
			complain(it->complaints, value_at(map, names[i]), path,
				 "found \"%s\" beside \"%s\", expected one of them", names[i], names[found]);
			return -1;
		}
		found = i;
	}
	if (found < 0)
		complain(it->complaints, map, path, "found none of %s, expected one of them", all);
	return found;
}

/* The index of the phone that text names, or SIZE_MAX. */
static size_t find_phone(const struct topology *topology, const char *text)
{
	struct mac mac;
	bool is_mac = !mac_parse(&mac, text);

	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];

		if (!strcasecmp(phone->name, text) || (is_mac && mac_equal(&phone->mac, &mac)))
			return i;
		for (size_t l = 0; l < phone->line_count; l++)
			if (!strcmp(phone->lines[l], text))
				return i;
	}
	return SIZE_MAX;
}

static size_t phone_named(struct settler *it, const struct yaml_node *at, const char *path, const char *text,
			  const char *others)
{
	const struct topology *topology = it->scenario->topology;
	size_t i = find_phone(topology, text);

	if (i == SIZE_MAX)
		complain(it->complaints, at, path,
			 "found \"%.40s\", expected %sa phone of the topology: a device name such as %s, a "
			 "MAC or a directory number such as %s",
			 text, others, topology->phones[0].name,
			 topology->phones[0].line_count ? topology->phones[0].lines[0] : "2001");
	return i;
}

static const char *switch_named(struct settler *it, const struct yaml_node *at, const char *path,
				const char *name)
{
	const struct topology *topology = it->scenario->topology;
	char all[200] = "";
	size_t used = 0;

	if (!name && topology->switches.n == 1)
		return topology->switches.items[0].name;
	for (size_t i = 0; i < topology->switches.n; i++) {
		if (name && !strcmp(topology->switches.items[i].name, name))
			return topology->switches.items[i].name;
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "",
						 topology->switches.items[i].name);
	}
	complain(it->complaints, at, path, "found %s%s%s, expected a switch of the topology: %s",
		 name ? "\"" : "", name ? name : "no switch", name ? "\"" : "", all);
	return NULL;
}

/* Every server, call manager, switch and phone. */
static bool node_exists(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->servers.n; i++)
		if (!strcmp(topology->servers.items[i].name, name))
			return true;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (!strcmp(topology->cluster.nodes.items[i].name, name))
			return true;
	for (size_t i = 0; i < topology->switches.n; i++)
		if (!strcmp(topology->switches.items[i].name, name))
			return true;
	return false;
}

/* A node by its name; a phone also by MAC or number: then its device name. NULL with the complaint. */
static const char *node_named(struct settler *it, const struct yaml_node *at, const char *path,
			      const char *name)
{
	const struct topology *topology = it->scenario->topology;
	size_t i;

	if (!name)
		return NULL; /* complained of already */
	if (node_exists(topology, name))
		return name;
	i = find_phone(topology, name);
	if (i != SIZE_MAX)
		return topology->phones[i].name;
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected a server, call manager, switch or phone of the topology", name);
	return NULL;
}

/* A server, or one program of it. */
static const char *service_named(struct settler *it, const struct yaml_node *at, const char *path,
				 const char *name)
{
	const struct topology *topology = it->scenario->topology;
	size_t length = name ? strlen(name) : 0;
	char server[80];

	if (!name)
		return NULL; /* complained of already */
	snprintf(server, sizeof(server), "%.*s",
		 length > 5 && !strcmp(name + length - 5, "-http") ? (int)length - 5 : (int)length, name);
	for (size_t i = 0; i < topology->servers.n; i++)
		if (topology->servers.items[i].kind != TOPOLOGY_ROUTER &&
		    !strcmp(topology->servers.items[i].name, server))
			return name;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP &&
		    !strcmp(topology->cluster.nodes.items[i].name, name))
			return name;
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected a server or call manager that runs a program", name);
	return NULL;
}

/* --- observations --- */

/* Keys that only go with some kinds. */
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
			complain(
			    it->complaints, value_at(look->at, company[i].key), path,
			    "found \"%s\" with \"%s\", expected it to go with another kind of observation",
			    company[i].key, scenario_kind_names[look->kind]);
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
		look->phone_index =
		    phone_named(it, value_at(look->at, "phone"), path, look->phone, "all, any or ");
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
	complain(it->complaints, value_at(look->at, "registered"), path,
		 "found \"%.40s\", expected yes, no or a call manager of the topology", look->registered);
}

static void need_one(struct settler *it, const struct scenario_observation *look, const char *path,
		     const char *const *keys, const char *expected)
{
	for (size_t i = 0; keys[i]; i++)
		if (yaml_tree_get(look->at, keys[i]))
			return;
	complain(it->complaints, look->at, path, "found nothing that is asked of it, expected %s", expected);
}

/* Could the value of its kind be read? */
static bool was_read(const struct scenario_observation *look)
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

static void settle_look(struct settler *it, struct scenario_observation *look, const char *path, bool never)
{
	static const char *const port_keys[] = {"link", "poe", "vlan", "voice_vlan", "neighbor", NULL};
	static const char *const power_keys[] = {"used_at_least", "used_at_most", NULL};
	static const char *const field_keys[] = {"equals", "at_least", "at_most", NULL};
	int kind = only_one(it, look->at, path, scenario_kind_names);

	if (kind < 0)
		return;
	look->kind = (enum scenario_kind)kind;
	check_company(it, look, path);
	settle_phone(it, look, path, never);
	look->step_number = look->step + 1;
	if (!was_read(look))
		return; /* complained of already */
	switch (look->kind) {
	case SCENARIO_STEP:
	case SCENARIO_MESSAGE: break;
	case SCENARIO_EVENT:
		if (look->node)
			look->node =
			    node_exists(it->scenario->topology, look->node) || !strcmp(look->node, "lab")
				? look->node
				: node_named(it, value_at(look->at, "node"), path, look->node);
		break;
	case SCENARIO_REGISTERED: settle_registered(it, look, path); break;
	case SCENARIO_PORT:
		look->switch_name =
		    switch_named(it, value_at(look->at, "port"), path, look->port.switch_name);
		topology_port_format(&look->port, look->port_name);
		need_one(it, look, path, port_keys, "link, poe, vlan, voice_vlan or neighbor");
		break;
	case SCENARIO_POWER:
		look->switch_name = switch_named(it, value_at(look->at, "power"), path, look->power);
		need_one(it, look, path, power_keys, "used_at_least or used_at_most");
		break;
	case SCENARIO_FIELD: need_one(it, look, path, field_keys, "equals, at_least or at_most"); break;
	case SCENARIO_EXEC:
		if (!look->node)
			complain(it->complaints, look->at, path,
				 "found no \"node\", expected the node that it runs in");
		else
			look->node = node_named(it, value_at(look->at, "node"), path, look->node);
		break;
	case SCENARIO_KINDS: break;
	}
}

/* --- the timeline --- */

static const char *phone_target(struct settler *it, const struct scenario_action *action, const char *path,
				const char *text)
{
	size_t i;

	if (!text)
		return NULL; /* complained of already */
	if (!strcmp(text, "all"))
		return "all";
	i = phone_named(it, value_at(action->at, scenario_verb_names[action->verb]), path, text, "all or ");
	return i == SIZE_MAX ? NULL : it->scenario->topology->phones[i].name;
}

static const char *one_phone(struct settler *it, const struct yaml_node *at, const char *path,
			     const char *text)
{
	size_t i = phone_named(it, at, path, text, "");

	return i == SIZE_MAX ? NULL : it->scenario->topology->phones[i].name;
}

static void settle_action(struct settler *it, struct scenario_action *action, const char *path)
{
	const struct yaml_node *at;
	int verb = only_one(it, action->at, path, scenario_verb_names);

	if (verb < 0)
		return;
	action->verb = (enum scenario_verb)verb;
	at = value_at(action->at, scenario_verb_names[verb]);
	switch (action->verb) {
	case SCENARIO_ADD_FAULT:
		if (action->add_fault.phone)
			action->add_fault.phone =
			    one_phone(it, value_at(at, "phone"), path, action->add_fault.phone);
		break;
	case SCENARIO_CLEAR_FAULT: action->target = action->clear_fault; break;
	case SCENARIO_STOP: action->target = service_named(it, at, path, action->stop); break;
	case SCENARIO_KILL: action->target = service_named(it, at, path, action->kill); break;
	case SCENARIO_PAUSE: action->target = service_named(it, at, path, action->pause); break;
	case SCENARIO_CONTINUE: action->target = service_named(it, at, path, action->resume); break;
	case SCENARIO_START: action->target = service_named(it, at, path, action->start); break;
	case SCENARIO_RESTART: action->target = service_named(it, at, path, action->restart); break;
	case SCENARIO_UNPLUG: action->target = phone_target(it, action, path, action->unplug); break;
	case SCENARIO_PLUG: action->target = phone_target(it, action, path, action->plug); break;
	case SCENARIO_RESET: action->target = phone_target(it, action, path, action->reset); break;
	case SCENARIO_RESTART_PHONE:
		action->target = phone_target(it, action, path, action->restart_phone);
		break;
	case SCENARIO_CONFIGURE:
		action->target =
		    switch_named(it, value_at(at, "switch"), path, action->configure.switch_name);
		break;
	case SCENARIO_SET_DEVICE:
		if (action->set_device.phone)
			action->target = one_phone(it, value_at(at, "phone"), path, action->set_device.phone);
		break;
	case SCENARIO_DO_EXEC:
		if (action->exec.node)
			action->target = node_named(it, value_at(at, "node"), path, action->exec.node);
		break;
	case SCENARIO_VERBS: break;
	}
}

static void settle_entry(struct settler *it, size_t index)
{
	struct scenario_entry *entry = &it->scenario->timeline.items[index];

	if (entry->when.at && entry->time != TOPOLOGY_UNSET)
		complain(it->complaints, value_at(entry->at, "when"), "timeline",
			 "found \"when\" beside \"at\", expected one of them");
	if (entry->when.at)
		settle_look(it, &entry->when, "timeline.when", false);
	if (!entry->actions.n && !entry->name)
		complain(it->complaints, entry->at, "timeline",
			 "found neither \"do\" nor \"name\", expected something to do, or a name for a mark");
	for (size_t i = 0; entry->name && i < index; i++)
		if (it->scenario->timeline.items[i].name &&
		    !strcmp(it->scenario->timeline.items[i].name, entry->name))
			complain(it->complaints, value_at(entry->at, "name"), "timeline.name",
				 "found \"%s\" a second time, expected a name of its own (line %u)",
				 entry->name, it->scenario->timeline.items[i].at->line);
	for (size_t i = 0; i < entry->actions.n; i++)
		if (entry->actions.items[i].at)
			settle_action(it, &entry->actions.items[i], "timeline.do");
}

/* --- expectations --- */

static size_t entry_named(struct settler *it, const struct scenario_expectation *e, const char *key,
			  const char *name)
{
	char all[300] = "";
	size_t used = 0;

	if (!name)
		return SIZE_MAX;
	for (size_t i = 0; i < it->scenario->timeline.n; i++) {
		const char *own = it->scenario->timeline.items[i].name;

		if (own && !strcmp(own, name))
			return i;
		if (own && used < sizeof(all))
			used +=
			    (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "", own);
	}
	complain(it->complaints, value_at(e->at, key), "expect",
		 "found \"%s\", expected the name of an entry of the timeline%s%s", name, used ? ": " : "",
		 all);
	return SIZE_MAX;
}

static void settle_order(struct settler *it, struct scenario_expectation *e)
{
	for (size_t i = 0; i < e->in_order.n; i++) {
		struct scenario_observation *look = &e->in_order.items[i];

		if (!look->at)
			continue;
		settle_look(it, look, "expect.in_order", true);
		if (look->kind != SCENARIO_STEP && look->kind != SCENARIO_MESSAGE &&
		    look->kind != SCENARIO_EVENT)
			complain(it->complaints, look->at, "expect.in_order",
				 "found \"%s\", expected what happens at a moment: step, message or event",
				 scenario_kind_names[look->kind]);
		else if (look->per_phone && look->which == SCENARIO_ALL)
			complain(it->complaints, look->at, "expect.in_order",
				 "found all phones, expected one phone, or any");
	}
	e->looks = e->in_order.items;
	e->n = e->in_order.n;
}

static void settle_expectation(struct settler *it, struct scenario_expectation *e)
{
	int mode = only_one(it, e->at, "expect", scenario_mode_names);
	struct scenario_observation *look = NULL;
	bool timed;

	if (mode < 0)
		return;
	e->mode = (enum scenario_mode)mode;
	timed = e->mode == SCENARIO_EVENTUALLY || e->mode == SCENARIO_IN_ORDER;
	switch (e->mode) {
	case SCENARIO_EVENTUALLY: look = &e->eventually; break;
	case SCENARIO_ALWAYS: look = &e->always; break;
	case SCENARIO_NEVER: look = &e->never; break;
	case SCENARIO_IN_ORDER: settle_order(it, e); break;
	case SCENARIO_MODES: break;
	}
	if (look && look->at) {
		settle_look(it, look, scenario_mode_names[mode], e->mode == SCENARIO_NEVER);
		e->looks = look;
		e->n = 1;
	}
	for (size_t i = 0; i < 2; i++)
		if (timed && yaml_tree_get(e->at, i ? "until" : "for"))
			complain(it->complaints, value_at(e->at, i ? "until" : "for"), "expect",
				 "found \"%s\" with \"%s\", expected within", i ? "until" : "for",
				 scenario_mode_names[mode]);
	if (!timed && yaml_tree_get(e->at, "within"))
		complain(it->complaints, value_at(e->at, "within"), "expect",
			 "found \"within\" with \"%s\", expected for or until", scenario_mode_names[mode]);
	e->after_entry = entry_named(it, e, "after", e->after);
	e->until_entry = entry_named(it, e, "until", e->until);
}

/* --- reading --- */

/* path, seen from the folder of file. */
static const char *beside(struct arena *arena, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	return *path == '/' || !slash ? path
				      : arena_format(arena, "%.*s/%s", (int)(slash - file), file, path);
}

static const char *name_of(struct arena *arena, const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path, *dot = strrchr(base, '.');

	return arena_copy(arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

/* Its topology. What is wrong there is complained of there, after one complaint here. */
static void read_topology(struct scenario *scenario, struct complaints *complaints)
{
	struct complaints own = {0};
	const char *path;
	char *text, *line, *save = NULL;

	if (!scenario->topology_file)
		return;
	path = beside(&scenario->arena, scenario->file, scenario->topology_file);
	scenario->topology = topology_read_changed(path, scenario->overrides, scenario->file,
						   scenario->phones > 0 ? (size_t)scenario->phones : 0, &own);
	if (scenario->topology) {
		if (scenario->seed != TOPOLOGY_UNSET)
			scenario->topology->seed = scenario->seed;
		return;
	}
	text = complaints_text(&own);
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		complain(complaints, value_at(scenario->at, "topology"), "topology", "%s", line);
	free(text);
}

struct scenario *scenario_read(const char *path, struct complaints *complaints)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct settler settler = {.scenario = scenario, .complaints = complaints};
	const struct yaml_node *root;

	complaints->file = path;
	if (!scenario) {
		complain(complaints, NULL, NULL, "out of memory");
		return NULL;
	}
	scenario->file = arena_format(&scenario->arena, "%s", path);
	root = yaml_tree_read(path, &scenario->arena, complaints);
	if (root)
		shape_decode(&scenario_shape, root, &scenario->arena, complaints, scenario);
	if (root && root->kind == YAML_MAP)
		read_topology(scenario, complaints);
	if (!scenario->name)
		scenario->name = name_of(&scenario->arena, path);
	for (size_t i = 0; scenario->topology && i < scenario->timeline.n; i++)
		if (scenario->timeline.items[i].at)
			settle_entry(&settler, i);
	for (size_t i = 0; scenario->topology && i < scenario->expect.n; i++)
		if (scenario->expect.items[i].at)
			settle_expectation(&settler, &scenario->expect.items[i]);
	if (complaints->n) {
		scenario_free(scenario);
		return NULL;
	}
	return scenario;
}

void scenario_free(struct scenario *scenario)
{
	if (!scenario)
		return;
	topology_free(scenario->topology);
	arena_free(&scenario->arena);
	free(scenario);
}
