/* One observation: does it hold? */
#include "phonelab/scenario/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"

/* --- the world --- */

int scenario_world_init(struct scenario_world *world, const struct scenario *scenario)
{
	*world = (struct scenario_world){.scenario = scenario};
	world->rungs = calloc(scenario->topology->phone_count + 1, sizeof(*world->rungs));
	return world->rungs ? 0 : -ENOMEM;
}

void scenario_world_free(struct scenario_world *world)
{
	free(world->rungs);
	world->rungs = NULL;
}

size_t scenario_world_phone(const struct scenario_world *world, const char *name)
{
	const struct topology *topology = world->scenario->topology;

	for (size_t i = 0; i < topology->phone_count; i++)
		if (!strcmp(topology->phones[i].name, name))
			return i;
	return SIZE_MAX;
}

/* "step.failed" as a state, or -1. */
static int state_of(const json_t *event)
{
	const char *name = json_text(event, "event");

	return strncmp(name, "step.", 5) ? -1 : ladder_state_find(name + 5);
}

void scenario_world_event(struct scenario_world *world, const json_t *event)
{
	json_int_t step = json_integer_value(json_object_get(event, "step"));
	size_t phone = scenario_world_phone(world, json_text(event, "node"));
	int state = state_of(event);
	struct scenario_rung *rung;

	if (phone == SIZE_MAX || state < 0 || step < 1 || step > LADDER_STEPS)
		return;
	rung = &world->rungs[phone][step - 1];
	rung->state = (uint8_t)state;
	snprintf(rung->detail, sizeof(rung->detail), "%s", json_text(event, "detail"));
}

/* --- the probe --- */

int scenario_probe_init(struct scenario_probe *probe, const struct scenario *scenario,
			const struct scenario_observation *look, bool edge)
{
	*probe = (struct scenario_probe){.look = look, .edge = edge};
	probe->seen = calloc(scenario->topology->phone_count + 1, sizeof(*probe->seen));
	return probe->seen ? 0 : -ENOMEM;
}

void scenario_probe_free(struct scenario_probe *probe)
{
	free(probe->seen);
	probe->seen = NULL;
}

void scenario_probe_open(struct scenario_probe *probe, const struct scenario *scenario, uint64_t now)
{
	probe->open = true;
	probe->since = now;
	probe->asked = false;
	memset(probe->seen, 0, (scenario->topology->phone_count + 1) * sizeof(*probe->seen));
}

static bool name_fits(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	return n && pattern[n - 1] == '*' ? !strncmp(pattern, name, n - 1) : !strcmp(pattern, name);
}

static bool event_fits(const struct scenario_probe *probe, const json_t *event)
{
	const struct scenario_observation *look = probe->look;

	switch (look->kind) {
	case SCENARIO_STEP:
		return probe->edge && state_of(event) == look->state &&
		       json_integer_value(json_object_get(event, "step")) == look->step_number &&
		       (!look->detail || strstr(json_text(event, "detail"), look->detail));
	case SCENARIO_MESSAGE:
		return !strcmp(json_text(event, "event"), "phone.message") &&
		       strstr(json_text(event, "detail"), look->message);
	case SCENARIO_EVENT:
		return name_fits(look->event, json_text(event, "event")) &&
		       (!look->node || !strcmp(look->node, json_text(event, "node"))) &&
		       (!look->detail || strstr(json_text(event, "detail"), look->detail));
	case SCENARIO_REGISTERED:
	case SCENARIO_PORT:
	case SCENARIO_POWER:
	case SCENARIO_FIELD:
	case SCENARIO_EXEC:
	case SCENARIO_KINDS: break;
	}
	return false;
}

void scenario_probe_event(struct scenario_probe *probe, const struct scenario_world *world,
			  const json_t *event)
{
	size_t phone = 0;

	if (!probe->open || !event_fits(probe, event) ||
	    (uint64_t)json_integer_value(json_object_get(event, "t")) < probe->since)
		return;
	if (probe->look->per_phone)
		phone = scenario_world_phone(world, json_text(event, "node"));
	if (phone != SIZE_MAX)
		probe->seen[phone]++;
}

static bool within(int64_t value, const struct scenario_observation *look, int64_t least)
{
	if (look->at_least >= 0)
		least = look->at_least;
	else if (look->at_most >= 0)
		least = 0;
	return value >= least && (look->at_most < 0 || value <= look->at_most);
}

static const json_t *phone_in_status(const json_t *status, const char *name)
{
	const json_t *phone;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		if (!strcmp(json_text(phone, "name"), name))
			return phone;
	}
	return NULL;
}

static bool registered(const struct scenario_observation *look, const json_t *phone, char *found, size_t size)
{
	bool is = !strcmp(json_text(phone, "state"), "registered");
	const char *want = look->registered, *with = json_text(phone, "registered_with");

	snprintf(found, size, "%.20s%s%.40s", json_text(phone, "state"), is ? " with " : "", is ? with : "");
	if (!strcmp(want, "no") || !strcmp(want, "false"))
		return !is;
	return is && (!strcmp(want, "yes") || !strcmp(want, "true") || !strcmp(want, with));
}

/* A member as text: numbers, booleans and lists in JSON. */
static void field_text(const json_t *value, char *text, size_t size)
{
	char *json;

	if (json_is_string(value)) {
		snprintf(text, size, "%s", json_string_value(value));
		return;
	}
	json = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	snprintf(text, size, "%s", json ? json : "missing");
	free(json);
}

static bool field(const struct scenario_observation *look, const json_t *phone, char *found, size_t size)
{
	const json_t *value = json_object_get(phone, look->field);
	char text[200];

	field_text(value, text, sizeof(text));
	snprintf(found, size, "%s is %.100s", look->field, text);
	if (look->equals && strcmp(look->equals, text))
		return false;
	if (look->at_least < 0 && look->at_most < 0)
		return true;
	return json_is_number(value) && within((int64_t)json_number_value(value), look, INT64_MIN);
}

/* Does the observation hold for one phone? */
static bool phone_holds(const struct scenario_probe *probe, const struct scenario_world *world, size_t i,
			char *found, size_t size)
{
	const struct scenario_observation *look = probe->look;
	const struct scenario_rung *rung;
	const json_t *phone;

	switch (look->kind) {
	case SCENARIO_STEP:
		rung = &world->rungs[i][look->step_number - 1];
		snprintf(found, size, "step %s is %s%s%s", ladder_step_name(look->step_number),
			 ladder_state_name((enum ladder_state)rung->state), *rung->detail ? ": " : "",
			 rung->detail);
		if (probe->edge)
			return probe->seen[i] > 0;
		return rung->state == look->state && (!look->detail || strstr(rung->detail, look->detail));
	case SCENARIO_MESSAGE:
	case SCENARIO_EVENT:
		snprintf(found, size, "seen %u times", probe->seen[i]);
		return within(probe->seen[i], look, 1);
	case SCENARIO_REGISTERED:
	case SCENARIO_FIELD:
		phone = phone_in_status(world->status, world->scenario->topology->phones[i].name);
		return look->kind == SCENARIO_FIELD ? field(look, phone, found, size)
						    : registered(look, phone, found, size);
	case SCENARIO_PORT:
	case SCENARIO_POWER:
	case SCENARIO_EXEC:
	case SCENARIO_KINDS: break;
	}
	return false;
}

static bool phones_hold(const struct scenario_probe *probe, const struct scenario_world *world, char *found,
			size_t size)
{
	const struct topology *topology = world->scenario->topology;
	const struct scenario_observation *look = probe->look;
	size_t good = 0, first = SIZE_MAX;
	char one[240], decisive[240] = "";

	for (size_t i = 0; i < topology->phone_count; i++) {
		bool holds;

		if (look->which == SCENARIO_ONE && i != look->phone_index)
			continue;
		holds = phone_holds(probe, world, i, one, sizeof(one));
		good += holds;
		/* Report the first phone that holds for "any", otherwise the first that does not. */
		if (first == SIZE_MAX || (holds == (look->which == SCENARIO_ANY) && !*decisive)) {
			first = i;
			if (holds == (look->which == SCENARIO_ANY))
				snprintf(decisive, sizeof(decisive), "%s", one);
			else
				snprintf(found, size, "%s: %.240s", topology->phones[i].name, one);
		}
	}
	if (*decisive)
		snprintf(found, size, "%s: %.240s", topology->phones[first].name, decisive);
	return look->which == SCENARIO_ANY   ? good > 0
	       : look->which == SCENARIO_ALL ? good == topology->phone_count
					     : good == 1;
}

static const json_t *switch_in_status(const json_t *status, const char *name)
{
	const json_t *sw;
	size_t i;

	json_array_foreach (json_object_get(status, "switches"), i, sw) {
		if (!strcmp(json_text(sw, "name"), name))
			return sw;
	}
	return NULL;
}

static bool port_holds(const struct scenario_observation *look, const json_t *status, char *found,
		       size_t size)
{
	static const char *const links[] = {"down", "up"};
	static const char *const poes[] = {"off", "on", "denied", "faulty"};
	const json_t *ports = json_object_get(switch_in_status(status, look->switch_name), "ports"), *port;
	size_t i;

	json_array_foreach (ports, i, port) {
		int vlan, voice;

		if (strcmp(json_text(port, "name"), look->port_name))
			continue;
		vlan = (int)json_integer_value(json_object_get(port, "vlan"));
		voice = (int)json_integer_value(json_object_get(port, "voice_vlan"));
		snprintf(found, size, "%s: link %s, poe %s, vlan %d, voice_vlan %d, neighbor %.60s",
			 look->port_name, json_text(port, "link"), json_text(port, "poe_state"), vlan, voice,
			 json_text(port, "neighbor"));
		return (look->link < 0 || !strcmp(json_text(port, "link"), links[look->link])) &&
		       (look->poe < 0 || !strcmp(json_text(port, "poe_state"), poes[look->poe])) &&
		       (!look->vlan || vlan == look->vlan) &&
		       (!look->voice_vlan || voice == (look->voice_vlan < 0 ? 0 : look->voice_vlan)) &&
		       (!look->neighbor || strstr(json_text(port, "neighbor"), look->neighbor));
	}
	snprintf(found, size, "%s is not in the status of %s", look->port_name, look->switch_name);
	return false;
}

static bool power_holds(const struct scenario_observation *look, const json_t *status, char *found,
			size_t size)
{
	const json_t *poe = json_object_get(switch_in_status(status, look->switch_name), "poe");
	json_int_t used = json_integer_value(json_object_get(poe, "used_mw"));

	snprintf(found, size, "%s supplies %lld mW of %lld", look->switch_name, (long long)used,
		 (long long)json_integer_value(json_object_get(poe, "budget_mw")));
	return poe && (look->used_at_least < 0 || used >= look->used_at_least) &&
	       (look->used_at_most < 0 || used <= look->used_at_most);
}

static bool needs_status(enum scenario_kind kind)
{
	return kind == SCENARIO_REGISTERED || kind == SCENARIO_PORT || kind == SCENARIO_POWER ||
	       kind == SCENARIO_FIELD;
}

bool scenario_probe_holds(const struct scenario_probe *probe, const struct scenario_world *world, bool *known,
			  char *found, size_t size)
{
	const struct scenario_observation *look = probe->look;
	bool is_known = true;

	if (needs_status(look->kind))
		is_known = world->status && world->status_us >= probe->since;
	if (look->kind == SCENARIO_EXEC)
		is_known = probe->asked;
	if (known)
		*known = is_known;
	snprintf(found, size, "nothing yet");
	if (!is_known || !probe->open)
		return false;
	if (look->per_phone)
		return phones_hold(probe, world, found, size);
	switch (look->kind) {
	case SCENARIO_PORT: return port_holds(look, world->status, found, size);
	case SCENARIO_POWER: return power_holds(look, world->status, found, size);
	case SCENARIO_EXEC:
		snprintf(found, size, "status %d, output \"%.160s\"", probe->status, probe->output);
		return probe->status == look->status &&
		       (!look->output || strstr(probe->output, look->output));
	case SCENARIO_EVENT:
		snprintf(found, size, "seen %u times", probe->seen[0]);
		return within(probe->seen[0], look, 1);
	case SCENARIO_STEP:
	case SCENARIO_MESSAGE:
	case SCENARIO_REGISTERED:
	case SCENARIO_FIELD:
	case SCENARIO_KINDS: break;
	}
	return false;
}
