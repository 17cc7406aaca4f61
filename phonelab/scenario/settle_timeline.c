/* The timeline: the target of each action. */
#include "phonelab/scenario/settle.h"

#include <string.h>
#include <sys/stat.h>

#include "phonelab/document/file_id.h"
#include "phonelab/fault/target.h"

static const char *phone_named(struct settler *it, const struct yaml_node *at, const char *path,
			       const char *text, const char *others)
{
	size_t i = settle_phone_named(it, at, path, text, others);

	return i == SIZE_MAX ? NULL : it->scenario->topology->phones[i].name;
}

/* "sw1:Gi1/0/1", or "Gi1/0/1" of the only switch, or of the switch of the fault's phone. */
static void settle_fault_port(struct settler *it, const struct yaml_node *at, const char *path,
			      const char *text)
{
	static const struct key key = {.type = KEY_PORT};
	const char *colon = strchr(text, ':');
	const char *name = colon ? arena_copy(&it->scenario->arena, text, (size_t)(colon - text)) : NULL;
	struct key_port port = {0};

	if (key_parse(&key, colon ? colon + 1 : text, &it->scenario->arena, &port)) {
		complain(it->complaints, at, path, "found \"%.60s\", expected a port, such as %s:Gi1/0/5",
			 text, it->scenario->topology->switches.items[0].name);
		return;
	}
	if (!name && it->scenario->topology->switches.n > 1)
		return; /* the switch of the fault's phone */
	name = settle_switch_named(it, at, path, name, true);
	if (name)
		settle_port_of(it, at, path, name, &port);
}

static void settle_fault_service(struct settler *it, const struct yaml_node *at, const char *path,
				 const char *name)
{
	const struct topology *topology = it->scenario->topology;
	struct nearest nearest = nearest_to(name);
	char mean[100];

	if (topology_has_server(topology, name)) {
		settle_is_ours(it, at, path, name);
		return;
	}
	for (size_t i = 0; i < topology->servers.n; i++)
		nearest_offer(&nearest, topology->servers.items[i].name);
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		nearest_offer(&nearest, topology->cluster.nodes.items[i].name);
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected a server or call manager of the topology%s", name,
		 settle_suggest(&nearest, mean));
}

/* Only a fault that the scenario has applied can be reverted. */
static void settle_clear(struct settler *it, const struct yaml_node *at, const char *path,
			 const struct scenario_action *clear)
{
	struct nearest nearest = nearest_to(clear->target);
	char all[300] = "", mean[100];

	if (!strcmp(clear->target, "all"))
		return;
	for (size_t i = 0; i < it->scenario->timeline.n; i++)
		for (size_t j = 0; j < it->scenario->timeline.items[i].actions.n; j++) {
			const struct scenario_action *other =
			    &it->scenario->timeline.items[i].actions.items[j];
			const char *id = other->add_fault.own_id;

			if (!id)
				continue; /* another action, a later one, or one with an unknown fault */
			if (!strcmp(id, clear->target))
				return;
			settle_list(all, id);
			nearest_offer(&nearest, id);
		}
	complain(it->complaints, at, path,
		 "found \"%.60s\", expected all or a fault that the timeline has applied before%s%s%s",
		 clear->target, *all ? ": " : "", all, settle_suggest(&nearest, mean));
}

/* Complain about an unknown id, a file that is none, and a target that does not fit. */
static void settle_fault(struct settler *it, const struct yaml_node *at, const char *path,
			 struct scenario_fault *wanted)
{
	const struct fault_target target = {.phone = wanted->phone,
					    .port = wanted->port,
					    .service = wanted->service,
					    .all = wanted->all == 1};
	const struct fault *fault;
	struct fault_set *set;
	struct fail fail = {0};
	char file[PATH_MAX];
	struct stat info;

	if (!wanted->id)
		return; /* a complaint states it already */
	wanted->source = file_id_is_file(wanted->id) ? settle_beside(it->scenario, wanted->id) : wanted->id;
	file_id_split(wanted->source, file);
	if (file_id_is_file(wanted->source) && (stat(file, &info) || !S_ISREG(info.st_mode))) {
		complain(it->complaints, settle_value_at(at, "id"), path,
			 "found \"%.60s\", expected a file of faults", wanted->id);
		return;
	}
	fault = fault_named(wanted->source, &set, &fail);
	if (!fault) {
		complain(it->complaints, settle_value_at(at, "id"), path, "%.*s",
			 (int)strcspn(fail.text, "\n"), fail.text);
		return;
	}
	wanted->own_id = arena_copy(&it->scenario->arena, fault->id, strlen(fault->id));
	if (wanted->port)
		settle_fault_port(it, settle_value_at(at, "port"), path, wanted->port);
	if (wanted->service)
		settle_fault_service(it, settle_value_at(at, "service"), path, wanted->service);
	if (!it->complaints->n && fault_target_check(it->scenario->topology, fault, &target, &fail))
		complain(it->complaints, at, path, "%s", fail.text);
	fault_set_free(set);
}

/* A call manager whose certificates are the lab's. */
static void settle_call_manager(struct settler *it, const struct yaml_node *at, const char *path,
				const char *name)
{
	const struct topology *topology = it->scenario->topology;
	struct nearest nearest = nearest_to(name);
	char mean[100];

	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		if (!strcmp(topology->cluster.nodes.items[i].name, name)) {
			settle_is_ours(it, at, path, name);
			return;
		}
		nearest_offer(&nearest, topology->cluster.nodes.items[i].name);
	}
	complain(it->complaints, at, path, "found \"%.40s\", expected a call manager of the topology%s", name,
		 settle_suggest(&nearest, mean));
}

/* The number of the cluster of that name; 0 for NULL, and after a complaint. */
static size_t settle_cluster(struct settler *it, const struct yaml_node *at, const char *path,
			     const char *name)
{
	const struct topology *topology = it->scenario->topology;
	size_t i = name ? topology_cluster_find(topology, name) : 0;
	struct nearest nearest = nearest_to(name ? name : "");
	char mean[100];

	if (i < topology_cluster_count(topology))
		return i;
	for (size_t other = 0; other < topology_cluster_count(topology); other++)
		nearest_offer(&nearest, topology_cluster_name(topology, other));
	complain(it->complaints, settle_value_at(at, "cluster"), path,
		 "found \"%.40s\", expected a cluster of the topology%s", name,
		 settle_suggest(&nearest, mean));
	return 0;
}

/* Complain about a cluster without certificates and about keys that do not belong together. Returns the words of the action. */
static const char *settle_cucm(struct settler *it, const struct yaml_node *at, const char *path,
			       const struct scenario_cucm *cucm)
{
	static const char *const names[] = {"renew",	"restart",   "update",	    "mixed_mode",
					    "rollback", "reset_itl", "consolidate", NULL};
	bool of_node = cucm->renew && (!strcmp(cucm->renew, "callmanager") || !strcmp(cucm->renew, "tvs"));
	int name = settle_only_one(it, at, path, names);
	struct arena *arena = &it->scenario->arena;
	size_t cluster = settle_cluster(it, at, path, cucm->cluster);

	if (!topology_cluster_has_certificates(it->scenario->topology, cluster))
		complain(it->complaints, at, path,
			 "found \"cucm\", expected a cluster with certificates; set `security: mixed` or "
			 "`release` in `cluster` of the topology");
	/* The word after a key that is wrong has its own complaint. */
	if (cucm->node && (name || cucm->renew) && !of_node)
		complain(it->complaints, settle_value_at(at, "node"), path,
			 "found \"node\", expected it only with renew: callmanager or renew: tvs");
	else if (cucm->node)
		settle_call_manager(it, settle_value_at(at, "node"), path, cucm->node);
	if (cucm->expired >= 0 && name)
		complain(it->complaints, settle_value_at(at, "expired"), path,
			 "found \"expired\", expected it only with renew");
	if (cucm->consolidate != KEY_UNSET && (cucm->consolidate != 1 || cucm->cluster))
		complain(it->complaints, settle_value_at(at, "consolidate"), path,
			 "found `consolidate` off or with `cluster`, expected on, for all clusters");
	if (cucm->consolidate == 1 && !it->scenario->topology->clusters.n)
		complain(it->complaints, settle_value_at(at, "consolidate"), path,
			 "found \"consolidate\", expected a topology with `clusters`");
	if (cucm->renew)
		return arena_format(arena, "renew %s%s%s%s", cucm->renew, cucm->node ? " of " : "",
				    cucm->node ? cucm->node : "", cucm->expired == 1 ? ", expired" : "");
	if (cucm->restart)
		return "restart tftp";
	if (cucm->update)
		return "update ctl";
	if (cucm->reset_itl)
		return "reset_itl localkey";
	if (cucm->consolidate == 1)
		return "consolidate";
	if (cucm->rollback != KEY_UNSET)
		return cucm->rollback == 1 ? "rollback on" : "rollback off";
	return cucm->mixed_mode == 1 ? "mixed_mode on" : "mixed_mode off";
}

static void settle_action(struct settler *it, struct scenario_action *action, const char *path)
{
	const struct yaml_node *at;
	struct fail fail = {0};
	int verb = settle_only_one(it, action->at, path, scenario_verb_names);

	if (verb < 0)
		return;
	action->verb = (enum scenario_verb)verb;
	at = settle_value_at(action->at, scenario_verb_names[verb]);
	switch (action->verb) {
	case SCENARIO_ADD_FAULT:
		if (action->add_fault.phone)
			action->add_fault.phone =
			    phone_named(it, settle_value_at(at, "phone"), path, action->add_fault.phone, "");
		settle_fault(it, at, path, &action->add_fault);
		break;
	case SCENARIO_CLEAR_FAULT:
		if (action->target)
			settle_clear(it, at, path, action);
		break;
	case SCENARIO_STOP:
	case SCENARIO_KILL:
	case SCENARIO_PAUSE:
	case SCENARIO_CONTINUE:
	case SCENARIO_START:
	case SCENARIO_RESTART: action->target = settle_service_named(it, at, path, action->target); break;
	case SCENARIO_UNPLUG:
	case SCENARIO_PLUG:
	case SCENARIO_RESET:
	case SCENARIO_RESTART_PHONE:
	case SCENARIO_ERASE:
		if (action->target && strcmp(action->target, "all"))
			action->target = phone_named(it, at, path, action->target, "all or ");
		break;
	case SCENARIO_CONFIGURE:
		action->target = settle_switch_named(it, settle_value_at(at, "switch"), path,
						     action->configure.switch_name, true);
		break;
	case SCENARIO_SET_DEVICE:
		if (fault_target_provisions(it->scenario->topology, &fail))
			complain(it->complaints, at, path, "%s", fail.text);
		if (action->set_device.phone)
			action->target =
			    phone_named(it, settle_value_at(at, "phone"), path, action->set_device.phone, "");
		break;
	case SCENARIO_CUCM: action->target = settle_cucm(it, at, path, &action->cucm); break;
	case SCENARIO_MOVE:
		settle_cluster(it, at, path, action->move.cluster);
		if (!it->scenario->topology->clusters.n)
			complain(it->complaints, at, path,
				 "found \"move\", expected a topology with `clusters`");
		if (action->move.phone)
			action->target =
			    phone_named(it, settle_value_at(at, "phone"), path, action->move.phone, "");
		break;
	case SCENARIO_DO_EXEC:
		if (action->exec.node)
			action->target =
			    settle_node_named(it, settle_value_at(at, "node"), path, action->exec.node, NULL);
		break;
	case SCENARIO_VERBS: break;
	}
}

void settle_entry(struct settler *it, size_t index)
{
	struct scenario_entry *entry = &it->scenario->timeline.items[index];

	if (entry->when.at && entry->time != KEY_UNSET)
		complain(it->complaints, settle_value_at(entry->at, "when"), "timeline",
			 "found \"when\" beside \"at\", expected one of them");
	if (entry->when.at)
		settle_observation(it, &entry->when, "timeline.when", false);
	if (!entry->actions.n && !entry->name)
		complain(it->complaints, entry->at, "timeline",
			 "missing key; expected \"do\" (actions) or \"name\" (a mark)");
	for (size_t i = 0; entry->name && i < index; i++)
		if (it->scenario->timeline.items[i].name &&
		    !strcmp(it->scenario->timeline.items[i].name, entry->name))
			complain(it->complaints, settle_value_at(entry->at, "name"), "timeline.name",
				 "found \"%s\" again, expected a unique name (the first is in line %u)",
				 entry->name, it->scenario->timeline.items[i].at->line);
	for (size_t i = 0; i < entry->actions.n; i++)
		if (entry->actions.items[i].at)
			settle_action(it, &entry->actions.items[i], "timeline.do");
}
