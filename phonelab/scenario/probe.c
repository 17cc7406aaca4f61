/* One observation: does it hold? */
#include "phonelab/scenario/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"

#define PHONES_LISTED 5 /* by name; of the others the number */

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

/* The index of the phone with this device name, or SIZE_MAX. */
static size_t phone_index(const struct scenario_world *world, const char *name)
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
	long long step = json_int(event, "step");
	size_t phone = phone_index(world, json_text(event, "node"));
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
			const struct scenario_observation *observation, bool edge)
{
	*probe = (struct scenario_probe){.observation = observation, .edge = edge};
	probe->seen = calloc(scenario->topology->phone_count + 1, sizeof(*probe->seen));
	probe->deciding = calloc(scenario->topology->phone_count + 1, sizeof(*probe->deciding));
	return probe->seen && probe->deciding ? 0 : -ENOMEM;
}

void scenario_probe_free(struct scenario_probe *probe)
{
	free(probe->seen);
	free(probe->deciding);
	probe->seen = NULL;
	probe->deciding = NULL;
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
	const struct scenario_observation *observation = probe->observation;

	if (observation->kind == SCENARIO_STEP)
		return probe->edge && state_of(event) == observation->state &&
		       json_int(event, "step") == observation->step_number &&
		       (!observation->detail || strstr(json_text(event, "detail"), observation->detail));
	if (observation->kind == SCENARIO_MESSAGE)
		return !strcmp(json_text(event, "event"), "phone.message") &&
		       strstr(json_text(event, "detail"), observation->message);
	return observation->kind == SCENARIO_EVENT &&
	       name_fits(observation->event, json_text(event, "event")) &&
	       (!observation->node || !strcmp(observation->node, json_text(event, "node"))) &&
	       (!observation->detail || strstr(json_text(event, "detail"), observation->detail));
}

void scenario_probe_event(struct scenario_probe *probe, const struct scenario_world *world,
			  const json_t *event)
{
	size_t phone = 0;

	if (!probe->open || !event_fits(probe, event) || (uint64_t)json_int(event, "t") < probe->since)
		return;
	if (probe->observation->per_phone)
		phone = phone_index(world, json_text(event, "node"));
	if (phone != SIZE_MAX)
		probe->seen[phone]++;
}

static bool within(int64_t value, const struct scenario_observation *observation, int64_t least)
{
	if (observation->at_least >= 0)
		least = observation->at_least;
	else if (observation->at_most >= 0)
		least = 0;
	return value >= least && (observation->at_most < 0 || value <= observation->at_most);
}

static bool registered(const struct scenario_observation *observation, const json_t *phone, char *found,
		       size_t size)
{
	bool is = status_read_registered(phone);
	const char *want = observation->registered, *with = json_text(phone, "registered_with");

	snprintf(found, size, "%.20s%s%.40s", json_text(phone, "state"), is ? " with " : "", is ? with : "");
	if (!strcmp(want, "claimed"))
		return is || !strcmp(json_text(phone, "state"), "claims-registered");
	if (!strcmp(want, "no") || !strcmp(want, "false"))
		return !is;
	return is && (!strcmp(want, "yes") || !strcmp(want, "true") || !strcmp(want, with));
}

static void json_field_text(const json_t *value, char *text, size_t size)
{
	char *json = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	snprintf(text, size, "%s", json ? json : "missing");
	free(json);
}

/* A member as text: numbers and booleans in JSON, a list of texts as "10.20.0.3, 10.20.0.4". */
static void field_text(const json_t *value, char *text, size_t size)
{
	const json_t *entry;
	size_t i, n = 0;

	if (json_is_string(value)) {
		snprintf(text, size, "%s", json_string_value(value));
		return;
	}
	*text = 0;
	json_array_foreach (value, i, entry)
		if (json_is_string(entry) && n < size)
			n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "",
					      json_string_value(entry));
	if (!n)
		json_field_text(value, text, size);
}

/* A list is equal to its JSON too. */
static bool field_equals(const json_t *value, const char *text, const char *want)
{
	char json[200];

	if (!json_is_array(value))
		return !strcmp(text, want);
	json_field_text(value, json, sizeof(json));
	return !strcmp(text, want) || !strcmp(json, want);
}

static bool field(const struct scenario_observation *observation, const json_t *phone, char *found,
		  size_t size)
{
	const json_t *value = json_object_get(phone, observation->field);
	char text[200];

	field_text(value, text, sizeof(text));
	snprintf(found, size, "%s is %.100s", observation->field, text);
	if (observation->equals && !field_equals(value, text, observation->equals))
		return false;
	if (observation->at_least < 0 && observation->at_most < 0)
		return true;
	return json_is_number(value) && within((int64_t)json_number_value(value), observation, INT64_MIN);
}

/* The number of events or messages. */
static bool seen(const struct scenario_probe *probe, size_t phone, char *found, size_t size)
{
	snprintf(found, size, "seen %u times", probe->seen[phone]);
	return within(probe->seen[phone], probe->observation, 1);
}

/* Does the observation hold for one phone? */
static bool phone_holds(const struct scenario_probe *probe, const struct scenario_world *world, size_t i,
			char *found, size_t size)
{
	const struct scenario_observation *observation = probe->observation;
	const struct scenario_rung *rung;
	const json_t *phone;

	if (observation->kind == SCENARIO_STEP) {
		rung = &world->rungs[i][observation->step_number - 1];
		snprintf(found, size, "step %s is %s%s%s", ladder_step_name(observation->step_number),
			 ladder_state_name((enum ladder_state)rung->state), *rung->detail ? ": " : "",
			 rung->detail);
		if (probe->edge)
			return probe->seen[i] > 0;
		return rung->state == observation->state &&
		       (!observation->detail || strstr(rung->detail, observation->detail));
	}
	if (observation->kind == SCENARIO_MESSAGE || observation->kind == SCENARIO_EVENT)
		return seen(probe, i, found, size);
	phone = status_read_named(world->status, "phones", world->scenario->topology->phones[i].name);
	return observation->kind == SCENARIO_FIELD ? field(observation, phone, found, size)
						   : registered(observation, phone, found, size);
}

/* "3 of 8 phones (2001, 2003, 2004): ": the phones that decide the observation, if there are several. */
static size_t list_phones(const struct scenario_world *world, const bool *deciding, size_t count, size_t of,
			  char *text, size_t size)
{
	const struct topology *topology = world->scenario->topology;
	size_t used = 0, listed = 0;

	*text = 0;
	if (count < 2)
		return 0;
	used = (size_t)snprintf(text, size, "%zu of %zu phones (", count, of);
	for (size_t i = 0; i < topology->phone_count && listed < PHONES_LISTED; i++)
		if (deciding[i])
			used += (size_t)snprintf(text + used, size - used, "%s%.20s", listed++ ? ", " : "",
						 scenario_phone_called(topology, topology->phones[i].name));
	if (count > listed)
		used += (size_t)snprintf(text + used, size - used, " and %zu more", count - listed);
	return used + (size_t)snprintf(text + used, size - used, "), first ");
}

/* The phones that decide: for "any" those for which the observation holds, otherwise those for which it does not. */
static bool phones_hold(const struct scenario_probe *probe, const struct scenario_world *world, char *found,
			size_t size)
{
	const struct topology *topology = world->scenario->topology;
	const struct scenario_observation *observation = probe->observation;
	bool any = observation->which == SCENARIO_ANY;
	size_t chosen = 0, deciding = 0, first = SIZE_MAX, used;
	char one[240], text[240] = "";

	for (size_t i = 0; i < topology->phone_count; i++) {
		bool decides;

		probe->deciding[i] = false;
		if (!observation->chosen[i])
			continue;
		chosen++;
		decides = phone_holds(probe, world, i, one, sizeof(one)) == any;
		if (first == SIZE_MAX || (decides && !deciding)) {
			first = i;
			snprintf(text, sizeof(text), "%s", one);
		}
		probe->deciding[i] = decides;
		deciding += decides;
	}
	used = list_phones(world, probe->deciding, deciding, chosen, found, size);
	if (first != SIZE_MAX && used < size)
		snprintf(found + used, size - used, "%s: %.240s", topology->phones[first].name, text);
	return any ? deciding > 0 : !deciding;
}

static bool port_holds(const struct scenario_observation *observation, const json_t *status, char *found,
		       size_t size)
{
	const json_t *sw = status_read_named(status, "switches", observation->switch_name);
	const json_t *port = status_read_named(sw, "ports", observation->port_name);
	const char *link = json_text(port, "link"), *poe = json_text(port, "poe_state");
	const char *neighbor = json_text(port, "neighbor");
	long long vlan = json_int(port, "vlan"), voice = json_int(port, "voice_vlan");

	if (!port) {
		snprintf(found, size, "%s is not in the status of %s", observation->port_name,
			 observation->switch_name);
		return false;
	}
	snprintf(found, size, "%s: link %s, poe %s, vlan %lld, voice_vlan %lld, neighbor %.60s",
		 observation->port_name, link, poe, vlan, voice, neighbor);
	return (observation->link < 0 || !strcmp(link, scenario_link_names[observation->link])) &&
	       (observation->poe < 0 || !strcmp(poe, scenario_poe_names[observation->poe])) &&
	       (!observation->vlan || vlan == observation->vlan) &&
	       (!observation->voice_vlan ||
		voice == (observation->voice_vlan < 0 ? 0 : observation->voice_vlan)) &&
	       (!observation->neighbor || strstr(neighbor, observation->neighbor));
}

static bool power_holds(const struct scenario_observation *observation, const json_t *status, char *found,
			size_t size)
{
	const json_t *sw = status_read_named(status, "switches", observation->switch_name);
	const json_t *poe = json_object_get(sw, "poe");
	long long used = json_int(poe, "used_mw");

	snprintf(found, size, "%s supplies %lld mW of %lld", observation->switch_name, used,
		 json_int(poe, "budget_mw"));
	return poe && (observation->used_at_least < 0 || used >= observation->used_at_least) &&
	       (observation->used_at_most < 0 || used <= observation->used_at_most);
}

bool scenario_kind_needs_status(enum scenario_kind kind)
{
	return kind == SCENARIO_REGISTERED || kind == SCENARIO_PORT || kind == SCENARIO_POWER ||
	       kind == SCENARIO_FIELD;
}

bool scenario_probe_holds(const struct scenario_probe *probe, const struct scenario_world *world, bool *known,
			  char *found, size_t size)
{
	const struct scenario_observation *observation = probe->observation;
	bool is_known = true;

	if (scenario_kind_needs_status(observation->kind))
		is_known = world->status && world->status_us >= probe->since;
	if (observation->kind == SCENARIO_EXEC)
		is_known = probe->asked;
	if (known)
		*known = is_known;
	snprintf(found, size, "nothing yet");
	if (!is_known || !probe->open)
		return false;
	if (observation->per_phone)
		return phones_hold(probe, world, found, size);
	if (observation->kind == SCENARIO_PORT)
		return port_holds(observation, world->status, found, size);
	if (observation->kind == SCENARIO_POWER)
		return power_holds(observation, world->status, found, size);
	if (observation->kind == SCENARIO_EVENT)
		return seen(probe, 0, found, size);
	snprintf(found, size, "status %d, output \"%.160s\"", probe->status, probe->output);
	return probe->status == observation->status &&
	       (!observation->output || strstr(probe->output, observation->output));
}
