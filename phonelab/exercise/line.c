/* Changed lines of a switch. */
#include "phonelab/exercise/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

#define TEXT 120

/* The kind of device at a port. */
enum at { AT_NONE, AT_PHONE, AT_SERVER };

/* A change of a line of a port: the line is removed or replaced, or a line is added. A `#` stands for a VLAN. */
static const struct change {
	const char *line;	   /* its beginning; NULL: a line is added */
	unsigned where;		   /* bits of enum at */
	const char *add[3];	   /* the commands; "#": the other VLANs of the switch, one change for each */
	const char *undo[3];	   /* NULL: the line as it was */
	const char *cause, *close; /* regular expressions */
	const char *what;
} changes[] = {
    {NULL,
     1u << AT_PHONE | 1u << AT_SERVER,
     {"shutdown"},
     {"no shutdown"},
     "shut",
     "disabled",
     "The port was shut down."},
    {NULL,
     1u << AT_PHONE,
     {"power inline never"},
     {"power inline auto"},
     "inline never|(power|poe).*(off|never|disabled)",
     "power|poe",
     "Power over Ethernet was switched off on the port."},
    {NULL,
     1u << AT_PHONE,
     {"no cdp enable", "no lldp transmit"},
     {"cdp enable", "lldp transmit"},
     "cdp|lldp|discovery",
     "voice vlan",
     "The discovery protocols were switched off on the port."},
    {"switchport voice vlan",
     1u << AT_PHONE,
     {"no switchport voice vlan"},
     {NULL},
     "voice vlan",
     "vlan",
     "The voice VLAN was removed from the port."},
    {"switchport voice vlan",
     1u << AT_PHONE,
     {"switchport voice vlan #"},
     {NULL},
     "voice vlan",
     "vlan",
     "The voice VLAN of the port was changed."},
    {"switchport access vlan",
     1u << AT_SERVER,
     {"switchport access vlan #"},
     {NULL},
     "vlan",
     "port",
     "The VLAN of the port was changed."},
    {"ip dhcp snooping trust",
     1u << AT_SERVER,
     {"no ip dhcp snooping trust"},
     {NULL},
     "trust",
     "snooping",
     "DHCP snooping no longer trusts the port."},
};

/* The configuration of a switch, line by line. */
struct reader {
	const char *sw;
	const json_t *ports;
	json_t *vlans; /* numbers as texts */
	json_t *list;
};

/* The next line, without its line break. */
static bool next_line(const char **text, char line[TEXT])
{
	size_t length = strcspn(*text, "\n");

	if (!**text)
		return false;
	snprintf(line, TEXT, "%.*s", (int)(length < TEXT ? length : TEXT - 1), *text);
	*text += length + ((*text)[length] == '\n');
	return true;
}

/* "interface GigabitEthernet1/0/5" is the port Gi1/0/5 of the status. */
static const json_t *port_of(const struct reader *it, const char *line)
{
	const char *digits;
	json_t *port;
	size_t i;

	if (strncmp(line, "interface ", 10))
		return NULL;
	digits = line + strcspn(line, "0123456789");
	json_array_foreach ((json_t *)it->ports, i, port) {
		const char *name = json_text(port, "name");

		if (!strncmp(name, line + 10, 2) && !strcmp(name + 2, digits))
			return port;
	}
	return NULL;
}

static enum at device_at(const json_t *port)
{
	const char *device = json_text(port, "device");

	return !*device ? AT_NONE : strncmp(device, "SEP", 3) ? AT_SERVER : AT_PHONE;
}

static void append(json_t *list, const char *text, const char *vlan)
{
	const char *hash = strchr(text, '#');

	json_array_append_new(list, hash ? json_sprintf("%.*s%s", (int)(hash - text), text, vlan)
					 : json_string(text));
}

static void add_part(const struct reader *it, json_t *line, const char *port, const char *device,
		     const char *what)
{
	char first[TEXT];

	snprintf(first, sizeof(first), "%s",
		 json_string_value(json_array_get(json_object_get(line, "lines"), 0)));
	json_object_update_new(line,
			       json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "switch", it->sw, "port", port,
					 "title", "A line of the switch was changed", "phone",
					 strncmp(device, "SEP", 3) ? "" : device, "what", what, "find",
					 "Compare the running configuration of the switch with what it was.",
					 "repair", "Restore the line."));
}

static void add_change(const struct reader *it, const json_t *port, const struct change *change,
		       const char *line, const char *vlan)
{
	const char *name = json_text(port, "name"), *device = json_text(port, "device");
	json_t *lines = json_pack("[o]", json_sprintf("interface %s", name)), *undo = json_deep_copy(lines),
	       *one;

	for (size_t i = 0; i < 3 && change->add[i]; i++)
		append(lines, change->add[i], vlan);
	for (size_t i = 0; i < 3 && change->undo[i]; i++)
		append(undo, change->undo[i], "");
	if (!change->undo[0])
		append(undo, line, "");
	one = json_pack("{s:o,s:o,s:o,s:[o],s:[s,s],s:[s],s:[s]}", "lines", lines, "undo", undo, "target",
			json_sprintf("%s:%s", it->sw, name), "component", json_sprintf("\\b%s\\b", name),
			"near", it->sw, "port", "cause", change->cause, "close", change->close);
	/* The phone stands for its port; a server does not: its name says too little. */
	json_array_append_new(json_object_get(one, device_at(port) == AT_PHONE ? "component" : "near"),
			      json_sprintf("\\b%s\\b", device));
	add_part(it, one, name, device, change->what);
	json_array_append_new(it->list, one);
}

static void add_changes(const struct reader *it, const json_t *port, const char *line)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *change = &changes[i];
		const char *present = line ? line : "";
		json_t *vlan;
		size_t j;

		if (!(change->where & (1u << device_at(port))) || !change->line != !line ||
		    (line && strncmp(line, change->line, strlen(change->line))))
			continue;
		if (!strchr(change->add[0], '#')) {
			add_change(it, port, change, present, "");
			continue;
		}
		json_array_foreach (it->vlans, j, vlan)
			if (strcmp(json_string_value(vlan), present + strcspn(present, "0123456789")))
				add_change(it, port, change, present, json_string_value(vlan));
	}
}

/* "no vlan 110", with the line of its name to restore it. */
static void add_vlan(const struct reader *it, const char *vlan, const char *name)
{
	const char *port = json_text(json_array_get(it->ports, 0), "name");
	json_t *line =
	    json_pack("{s:[o],s:[o],s:o,s:[o],s:[],s:[s],s:[]}", "lines", json_sprintf("no vlan %s", vlan),
		      "undo", json_sprintf("vlan %s", vlan), "target", json_sprintf("%s:%s", it->sw, port),
		      "component", json_sprintf("\\b%s\\b", it->sw), "near", "cause", "vlan", "close");

	if (*name)
		json_array_append_new(json_object_get(line, "undo"), json_string(name));
	add_part(it, line, port, "", "A VLAN was deleted.");
	json_array_append_new(it->list, line);
}

json_t *exercise_lines(const char *sw, const char *running, const json_t *ports)
{
	struct reader it = {.sw = sw, .ports = ports, .vlans = json_array(), .list = json_array()};
	const json_t *port = NULL;
	char line[TEXT], name[TEXT], vlan[TEXT] = "";
	const char *at = running;

	while (next_line(&at, line))
		if (!strncmp(line, "vlan ", 5))
			json_array_append_new(it.vlans, json_string(line + 5));
	for (at = running; next_line(&at, line);) {
		if (*line == ' ' && port)
			add_changes(&it, port, line + 1);
		else if (*line != ' ')
			port = port_of(&it, line);
		if (*line != ' ' && port && device_at(port) != AT_NONE)
			add_changes(&it, port, NULL);
		if (strncmp(line, "vlan ", 5))
			continue;
		snprintf(vlan, sizeof(vlan), "%s", line + 5);
		*name = 0;
		if (*at == ' ' && next_line(&at, line))
			snprintf(name, sizeof(name), "%s", line + 1);
		add_vlan(&it, vlan, name);
	}
	json_decref(it.vlans);
	return it.list;
}

/* JSON is YAML. The symptom is not known; the exercise waits for any. */
char *exercise_line_fault(const json_t *line)
{
	json_t *file = json_pack(
	    "{s:[{s:s,s:s,s:s,s:i,s:s,s:[{s:s,s:O,s:O}],s:[{s:s,s:s,s:s}],s:{s:i,s:s,s:s,s:s},s:s,s:s,s:s}]}",
	    "faults", "id", "line", "title", json_text(line, "title"), "layer", "network", "step", 1, "scope",
	    "port", "inject", "do", "configure", "lines", json_object_get(line, "lines"), "undo",
	    json_object_get(line, "undo"), "proof", "look", "show", "at", "running-config", "has",
	    "interface", "symptom", "step", 1, "state", "failed", "why", "line", "registered", "no", "cause",
	    json_text(line, "what"), "find", json_text(line, "find"), "repair", json_text(line, "repair"));
	char *text = file ? json_dumps(file, 0) : NULL;

	json_decref(file);
	return text;
}
