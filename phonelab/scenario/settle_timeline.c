/* The timeline: the target of each action. */
#include "phonelab/scenario/settle.h"

#include <string.h>

static const char *phone_target(struct settler *it, const struct scenario_action *action, const char *path,
				const char *text)
{
	size_t i;

	if (!text)
		return NULL; /* reported already */
	if (!strcmp(text, "all"))
		return "all";
	i = settle_phone_named(it, settle_value_at(action->at, scenario_verb_names[action->verb]), path, text,
			       "all or ");
	return i == SIZE_MAX ? NULL : it->scenario->topology->phones[i].name;
}

static const char *one_phone(struct settler *it, const struct yaml_node *at, const char *path,
			     const char *text)
{
	size_t i = settle_phone_named(it, at, path, text, "");

	return i == SIZE_MAX ? NULL : it->scenario->topology->phones[i].name;
}

static void settle_action(struct settler *it, struct scenario_action *action, const char *path)
{
	const struct yaml_node *at;
	int verb = settle_only_one(it, action->at, path, scenario_verb_names);

	if (verb < 0)
		return;
	action->verb = (enum scenario_verb)verb;
	at = settle_value_at(action->at, scenario_verb_names[verb]);
	switch (action->verb) {
	case SCENARIO_ADD_FAULT:
		if (action->add_fault.phone)
			action->add_fault.phone =
			    one_phone(it, settle_value_at(at, "phone"), path, action->add_fault.phone);
		settle_fault(it, at, path, &action->add_fault);
		break;
	case SCENARIO_CLEAR_FAULT: action->target = action->clear_fault; break;
	case SCENARIO_STOP: action->target = settle_service_named(it, at, path, action->stop); break;
	case SCENARIO_KILL: action->target = settle_service_named(it, at, path, action->kill); break;
	case SCENARIO_PAUSE: action->target = settle_service_named(it, at, path, action->pause); break;
	case SCENARIO_CONTINUE: action->target = settle_service_named(it, at, path, action->resume); break;
	case SCENARIO_START: action->target = settle_service_named(it, at, path, action->start); break;
	case SCENARIO_RESTART: action->target = settle_service_named(it, at, path, action->restart); break;
	case SCENARIO_UNPLUG: action->target = phone_target(it, action, path, action->unplug); break;
	case SCENARIO_PLUG: action->target = phone_target(it, action, path, action->plug); break;
	case SCENARIO_RESET: action->target = phone_target(it, action, path, action->reset); break;
	case SCENARIO_RESTART_PHONE:
		action->target = phone_target(it, action, path, action->restart_phone);
		break;
	case SCENARIO_CONFIGURE:
		action->target = settle_switch_named(it, settle_value_at(at, "switch"), path,
						     action->configure.switch_name);
		break;
	case SCENARIO_SET_DEVICE:
		if (action->set_device.phone)
			action->target =
			    one_phone(it, settle_value_at(at, "phone"), path, action->set_device.phone);
		break;
	case SCENARIO_DO_EXEC:
		if (action->exec.node)
			action->target =
			    settle_node_named(it, settle_value_at(at, "node"), path, action->exec.node);
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
