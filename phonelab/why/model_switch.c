/* What a switch prints, as members of the model. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/mac.h"
#include "phonelab/why/model.h"

#define LINE_MOST 512

/* "GigabitEthernet1/0/5" as "Gi1/0/5". */
static void short_name(const char *name, char text[24])
{
	size_t letters = strcspn(name, "0123456789");

	snprintf(text, 24, "%.*s%.20s", letters < 2 ? (int)letters : 2, name, name + letters);
}

static json_t *member_of(json_t *object, const char *name)
{
	json_t *member = json_object_get(object, name);

	if (!member) {
		member = json_object();
		json_object_set_new(object, name, member);
	}
	return member;
}

static json_t *switch_of(json_t *model, const char *sw)
{
	return member_of(member_of(model, "switches"), sw);
}

/* The next line of a text without its end; NULL after the last. */
static const char *next_line(const char *at, char line[LINE_MOST])
{
	size_t length = strcspn(at, "\n");

	snprintf(line, LINE_MOST, "%.*s", (int)(length < LINE_MOST ? length : LINE_MOST - 1), at);
	line[strcspn(line, "\r")] = 0;
	return at[length] ? at + length + 1 : at + length;
}

enum value { NUMBER, TEXT, YES, NO, WORD };

struct row {
	const char *line, *member;
	enum value value;
	const char *word;
};

static const struct row port_rows[] = {
    {"description ", "description", TEXT, NULL},
    {"switchport access vlan ", "access_vlan", NUMBER, NULL},
    {"switchport voice vlan ", "voice_vlan", NUMBER, NULL},
    {"switchport trunk native vlan ", "native_vlan", NUMBER, NULL},
    {"switchport trunk allowed vlan ", "allowed", TEXT, NULL},
    {"switchport mode access", "mode", WORD, "access"},
    {"switchport mode trunk", "mode", WORD, "trunk"},
    {"switchport port-security maximum ", "security_maximum", NUMBER, NULL},
    {"switchport port-security violation ", "violation", TEXT, NULL},
    {"switchport port-security mac-address ", "security_mac", TEXT, NULL},
    {"switchport port-security", "security", YES, NULL},
    {"power inline never", "poe", WORD, "never"},
    {"power inline auto max ", "poe_max_mw", NUMBER, NULL},
    {"power inline static max ", "poe_max_mw", NUMBER, NULL},
    {"no cdp enable", "cdp", NO, NULL},
    {"no lldp transmit", "lldp_transmit", NO, NULL},
    {"no lldp receive", "lldp_receive", NO, NULL},
    {"ip dhcp snooping trust", "trusted", YES, NULL},
    {"shutdown", "shutdown", YES, NULL},
    {NULL, NULL, NUMBER, NULL},
};

static const struct row switch_rows[] = {
    {"ip dhcp snooping", "snooping", YES, NULL},
    {"no cdp run", "cdp", NO, NULL},
    {"no lldp run", "lldp", NO, NULL},
    {"power inline budget ", "poe_budget_mw", NUMBER, NULL},
    {NULL, NULL, NUMBER, NULL},
};

static const struct row vlan_rows[] = {
    {"name ", "name", TEXT, NULL},
    {"shutdown", "active", NO, NULL},
    {"state suspend", "active", NO, NULL},
    {NULL, NULL, NUMBER, NULL},
};

static void set_row(json_t *object, const struct row *row, const char *rest)
{
	switch (row->value) {
	case NUMBER: json_object_set_new(object, row->member, json_integer(atoll(rest))); break;
	case TEXT: json_object_set_new(object, row->member, json_text_new(rest)); break;
	case YES: json_object_set_new(object, row->member, json_true()); break;
	case NO: json_object_set_new(object, row->member, json_false()); break;
	case WORD: json_object_set_new(object, row->member, json_string(row->word)); break;
	}
}

/* A row with a space at its end takes a value; any other is the whole line. */
static void apply(json_t *object, const struct row *rows, const char *line)
{
	for (; rows->line; rows++) {
		size_t length = strlen(rows->line);

		if (rows->line[length - 1] == ' ' ? !strncmp(line, rows->line, length)
						  : !strcmp(line, rows->line)) {
			set_row(object, rows, line + length);
			return;
		}
	}
}

/* The settings of a port without a line about them. */
static void set_port_defaults(json_t *port)
{
	json_t *defaults =
	    json_pack("{s:s,s:i,s:n,s:i,s:b,s:b,s:b,s:b,s:b,s:b,s:s}", "mode", "access", "access_vlan", 1,
		      "voice_vlan", "native_vlan", 1, "cdp", 1, "lldp_transmit", 1, "lldp_receive", 1,
		      "trusted", 0, "shutdown", 0, "security", 0, "poe", "auto");

	json_object_update(port, defaults);
	json_decref(defaults);
}

void model_add_running(json_t *model, const char *name, const char *text)
{
	json_t *sw = switch_of(model, name), *ports = member_of(sw, "ports"), *vlans, *block = NULL;
	const struct row *rows = NULL;
	char line[LINE_MOST], port[24];

	json_object_set_new(sw, "running", json_text_new(text));
	json_object_set_new(sw, "vlans", json_pack("{s:{s:s,s:b}}", "1", "name", "default", "active", 1));
	vlans = json_object_get(sw, "vlans");
	json_object_set_new(sw, "snooping", json_false());
	json_object_set_new(sw, "cdp", json_true());
	json_object_set_new(sw, "lldp", json_true());
	while (*text) {
		text = next_line(text, line);
		if (*line == ' ') {
			if (block)
				apply(block, rows, line + 1);
			continue;
		}
		block = NULL;
		if (!strncmp(line, "interface ", 10)) {
			short_name(line + 10, port);
			block = member_of(ports, port);
			set_port_defaults(block);
			rows = port_rows;
		} else if (!strncmp(line, "vlan ", 5) && isdigit((unsigned char)line[5])) {
			block = member_of(vlans, line + 5);
			json_object_set_new(block, "active", json_true());
			rows = vlan_rows;
		} else {
			apply(sw, switch_rows, line);
		}
	}
}

void model_add_macs(json_t *model, const char *name, const char *text)
{
	json_t *macs = json_array();
	char line[LINE_MOST], mac_text[MAC_TEXT];

	while (*text) {
		char vlan[8], mac[20], port[24];
		struct mac parsed;

		text = next_line(text, line);
		if (sscanf(line, " %7s %19s DYNAMIC %23s", vlan, mac, port) != 3 || mac_parse(&parsed, mac))
			continue;
		mac_format(&parsed, mac_text);
		json_array_append_new(
		    macs, json_pack("{s:i,s:s,s:s}", "vlan", atoi(vlan), "mac", mac_text, "port", port));
	}
	json_object_set_new(switch_of(model, name), "macs", macs);
}

/* "Gi1/0/2   1   1   5   Restrict" */
void model_add_security(json_t *model, const char *name, const char *text)
{
	json_t *ports = member_of(switch_of(model, name), "ports");
	char line[LINE_MOST];

	while (*text) {
		char port[24];
		long long violations;

		text = next_line(text, line);
		if (sscanf(line, " %23s %*u %*u %lld", port, &violations) == 2 &&
		    json_object_get(ports, port))
			json_object_set_new(json_object_get(ports, port), "violations",
					    json_integer(violations));
	}
}
