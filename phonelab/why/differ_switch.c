/* The running configurations of the switches. */
#include "phonelab/why/differ_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/json_text.h"
#include "phonelab/lab/config_lines.h"

#define ASK_MS 1000

/* One switch, and what its lines are about. */
struct place {
	const struct differ *of;
	const struct topology_switch *sw;
	size_t index;
	const struct topology_phone *phone; /* NULL: not of the topology */
	char object[120], section[220];
	json_t *old, *new; /* as config_lines */
};

/* --- what is between the phone and its servers --- */

static bool is_port(const struct key_port *port, const char *name)
{
	char text[24];

	topology_port_format(port, text);
	return !strcmp(text, name);
}

static bool is_trunk(const struct place *at, const char *name)
{
	const struct topology *topology = at->of->intended->topology;

	for (size_t i = 0; i < topology->switches.n + topology->away_switches; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			const struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];

			if ((i == at->index && is_port(&uplink->port, name)) ||
			    (uplink->to_index == at->index && is_port(&uplink->remote_port, name)))
				return true;
		}
	return false;
}

/* Call each with every plug of a server or call manager. Does one of them answer true? */
typedef bool plug_fn(const struct place *at, const struct topology_plug *plug, const void *arg);

static bool any_plug(const struct place *at, plug_fn *each, const void *arg)
{
	const struct topology *topology = at->of->intended->topology;
	bool found = false;

	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		found = found || (server->kind != TOPOLOGY_ROUTER && each(at, &server->plug, arg));
		for (size_t j = 0; j < server->interfaces.n; j++)
			found = found || each(at, &server->interfaces.items[j], arg);
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		found = found || each(at, &topology->cluster.nodes.items[i].plug, arg);
	return found;
}

static bool is_at_port(const struct place *at, const struct topology_plug *plug, const void *name)
{
	return plug->switch_index == at->index && is_port(&plug->port, name);
}

static bool is_in_vlan(const struct place *at, const struct topology_plug *plug, const void *id)
{
	(void)at;
	return plug->vlan == *(const int *)id;
}

static bool port_concerns(const struct place *at, const char *name)
{
	const char *now = json_text(at->of->it->phone, "port");

	return is_trunk(at, name) || any_plug(at, is_at_port, name) || !strcmp(now, name) ||
	       (at->phone && at->phone->switch_index == at->index && is_port(&at->phone->port, name));
}

static bool vlan_concerns(const struct place *at, int id)
{
	const struct topology *topology = at->of->intended->topology;
	struct topology_port_setting port;

	if (!at->phone || any_plug(at, is_in_vlan, &id))
		return true;
	port = topology_port_merged(&topology->switches.items[at->phone->switch_index], &at->phone->port);
	return port.access_vlan == id || port.voice_vlan == id ||
	       (at->phone->net && at->phone->net->id == id);
}

/* --- lines --- */

/* "GigabitEthernet1/0/2" is Gi1/0/2. */
static void short_name(const char *name, char text[40])
{
	size_t letters = strcspn(name, "0123456789");

	snprintf(text, 40, "%.2s%.30s", name, name + letters);
}

/* Set object and section of a line. Returns false if the line does not concern the phone. */
static bool set_object(struct place *at, const char *section)
{
	char port[40];
	int id;

	snprintf(at->section, sizeof(at->section), "%.200s", section);
	if (!strncmp(section, "interface Vlan", 14) || strncmp(section, "interface ", 10)) {
		bool vlan = sscanf(section, "vlan %d", &id) == 1;

		if (vlan)
			snprintf(at->object, sizeof(at->object), "vlan %.60s %d", at->sw->name, id);
		else
			snprintf(at->object, sizeof(at->object), "switch %.60s", at->sw->name);
		return !vlan || vlan_concerns(at, id);
	}
	short_name(section + 10, port);
	snprintf(at->object, sizeof(at->object), "%s %.60s %s", is_trunk(at, port) ? "trunk" : "port",
		 at->sw->name, port);
	return port_concerns(at, port);
}

static void put(const struct place *at, const char *kind, const char *was, const char *found)
{
	const char *under =
	    *at->section && strcmp(at->section, was) && strcmp(at->section, found) ? " under " : "";
	const char *section = *under ? at->section : "";
	char from[100];
	json_t *fact;

	snprintf(from, sizeof(from), "show %.60s running-config", at->sw->name);
	if (!strcmp(kind, "changed"))
		fact = fact_add(at->of->facts, "diff.switch_line", at->object, 0, from,
				"%s has \"%s\"%s%s, was rendered with \"%s\"", at->sw->name, found, under,
				section, was);
	else
		fact = fact_add(at->of->facts, "diff.switch_line", at->object, 0, from,
				!strcmp(kind, "missing") ? "%s lacks \"%s\"%s%s, which was rendered"
							 : "%s has \"%s\"%s%s, which was not rendered",
				at->sw->name, *found ? found : was, under, section);
	fact_value(fact, "kind", "%s", kind);
	fact_value(fact, "section", "%s", at->section);
	fact_value(fact, "line", "%s", *found ? found : was);
	fact_value(fact, "was", "%s", was);
	fact_value(fact, "found", "%s", found);
}

/* Do both lines set the same thing: all but their last words are equal? A VLAN or an interface is another thing. */
static bool alike(const char *a, const char *b)
{
	const char *x = strrchr(a, ' '), *y = strrchr(b, ' ');

	return strncmp(a, "vlan ", 5) && strncmp(a, "interface ", 10) && x && y && x - a == y - b &&
	       !strncmp(a, b, (size_t)(x - a));
}

/* The line of `from` that is not in `without`, in the same section, and sets the same thing; NULL: none. */
static const char *counterpart(const json_t *from, const json_t *without, const char *section,
			       const char *line)
{
	json_t *value;
	const char *whole;

	json_object_foreach ((json_t *)from, whole, value) {
		const char *other = json_string_value(json_array_get(value, 1));

		if (!json_object_get(without, whole) &&
		    !strcmp(json_string_value(json_array_get(value, 0)), section) && alike(line, other))
			return other;
	}
	return NULL;
}

/* Lines of a section that is missing as a whole are not listed. */
static bool section_is_there(const json_t *lines, const char *section)
{
	return !*section || json_object_get(lines, section);
}

static void compare_lines(struct place *at, const json_t *these, const json_t *those, bool missing)
{
	json_t *value;
	const char *whole;

	json_object_foreach ((json_t *)these, whole, value) {
		const char *section = json_string_value(json_array_get(value, 0));
		const char *line = json_string_value(json_array_get(value, 1)), *other;

		if (json_object_get(those, whole) || !section_is_there(those, section) ||
		    !set_object(at, *section ? section : line))
			continue;
		other = counterpart(those, these, section, line);
		if (!other)
			put(at, missing ? "missing" : "added", missing ? line : "", missing ? "" : line);
		else if (missing)
			put(at, "changed", line, other);
	}
}

/* --- a switch --- */

/* The running configuration in model.json of a kept folder; NULL: there is none. To be free()d. */
static char *running_kept(const struct place *at)
{
	char path[DIFFER_PATH];
	json_t *model;
	const char *text;
	char *copy;

	snprintf(path, sizeof(path), "%smodel.json", at->of->it->directory);
	model = json_load_file(path, 0, NULL);
	text = json_text(json_object_get(json_object_get(model, "switches"), at->sw->name), "running");
	copy = *text ? strdup(text) : NULL;
	json_decref(model);
	return copy;
}

/* The running configuration; NULL if the switch does not answer. To be free()d. */
static char *running_of(const struct place *at)
{
	const struct why_case *it = at->of->it;
	struct fail ignored = {0};
	char path[DIFFER_PATH], *text;
	json_t *reply;

	snprintf(path, sizeof(path), "%sswitches/%.60s.sock", it->directory, at->sw->name);
	reply = control_ask(path, json_pack("{s:s,s:[s]}", "do", "show", "args", "running-config"), ASK_MS,
			    NULL, &ignored);
	text = reply ? strdup(json_text(reply, "text")) : NULL;
	json_decref(reply);
	if (!text)
		text = running_kept(at);
	if (!text && it->running && !strcmp(json_text(it->phone, "switch"), at->sw->name))
		text = strdup(it->running);
	return text;
}

/* The lines of a switch as rendered and as they run, which are read once. False if it does not answer. */
static bool read_switch(struct place *at)
{
	struct differ_base *base = at->of->base;
	struct fail ignored = {0};
	char *now, *first;

	if (!json_object_get(base->running, at->sw->name)) {
		now = running_of(at);
		first = now ? intended_running_config(at->of->intended, at->index, &ignored) : NULL;
		json_object_set_new(base->rendered, at->sw->name, first ? config_lines(first) : json_null());
		json_object_set_new(base->running, at->sw->name, first ? config_lines(now) : json_null());
		free(first);
		free(now);
	}
	at->old = json_object_get(base->rendered, at->sw->name);
	at->new = json_object_get(base->running, at->sw->name);
	return json_is_object(at->old);
}

static void compare_switch(struct place *at)
{
	if (!read_switch(at))
		return;
	compare_lines(at, at->old, at->new, true);
	compare_lines(at, at->new, at->old, false);
}

static const struct topology_phone *phone_of(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology_known_phones(topology); i++)
		if (!strcmp(topology->phones[i].name, name))
			return &topology->phones[i];
	return NULL;
}

void differ_switches(const struct differ *of)
{
	const struct topology *topology = of->intended->topology;

	for (size_t i = 0; i < topology->switches.n; i++) {
		struct place at = {.of = of,
				   .sw = &topology->switches.items[i],
				   .index = i,
				   .phone = phone_of(topology, of->it->name)};

		if (at.sw->external != 1)
			compare_switch(&at);
	}
}
