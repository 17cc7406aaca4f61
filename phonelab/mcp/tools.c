/* The table of tools, and its JSON Schema. */
#include "phonelab/mcp/tool.h"

#include <string.h>

#define PHONE                                                                                                \
	{                                                                                                    \
		"phone", TOOL_NAME, true, 0, 0, "a phone: its name (SEP...), MAC or directory number",       \
		{                                                                                            \
			0                                                                                    \
		}                                                                                            \
	}

static const struct tool tools[] = {
    {.name = "ticket",
     .doc = "Read the ticket of the exercise: the complaint, the choices of answers if it has any, and the "
	    "number of hints.",
     .words = {"exercise", "show", "--json"},
     .seconds = 20},
    {.name = "status",
     .doc = "The steps of every phone, the ports and power of the switches, the call managers and services.",
     .parameters = {{"json", TOOL_FLAG, false, 0, 0, "return all details as JSON", {0}}},
     .words = {"status", "$json"},
     .seconds = 20},
    {.name = "show",
     .doc = "Run a show command on a switch, such as: power inline, vlan brief, interfaces status, "
	    "running-config, logging, "
	    "cdp neighbors detail, mac address-table, ip dhcp snooping binding.",
     .parameters = {{"switch", TOOL_NAME, true, 0, 0, "the name of the switch, such as sw1", {0}},
		    {"command", TOOL_SPLIT, true, 0, 0, "the words after \"show\"", {0}}},
     .words = {"show", "$switch", "$command"},
     .seconds = 20},
    {.name = "configure",
     .doc = "Configure a switch, one command per line, from the global mode: [\"interface Gi1/0/1\", \"no "
	    "shutdown\"].",
     .parameters = {{"switch", TOOL_NAME, true, 0, 0, "the name of the switch", {0}},
		    {"lines", TOOL_LINES, true, 0, 0, "commands, in order", {0}}},
     .words = {"configure", "$switch", "$lines"},
     .seconds = 20},
    {.name = "exec",
     .doc = "Run a shell command in the namespaces of a node: a phone, a server, a router or a switch. The "
	    "files of the "
	    "servers are below /run/phonelab, files of last night, if any, below /run/phonelab/backup. The "
	    "control sockets of "
	    "the lab are not there.",
     .parameters =
	 {{"node", TOOL_NAME, true, 0, 0, "the node, such as dhcp, tftp, cucm-pub or SEP001122AABB01", {0}},
	  {"command", TOOL_SCRIPT, true, 0, 0, "for sh -c", {0}},
	  {"timeout", TOOL_NUMBER, false, 1, 60, "limit in seconds (default: 10)", {0}}},
     .words = {"exec", "--confined", "$node", "--", "sh", "-c", "$command"},
     .seconds = 10},
    {.name = "service",
     .doc = "Start, stop or restart the program of a server, or read its state.",
     .parameters =
	 {{"program", TOOL_NAME, true, 0, 0, "such as dhcp, tftp, tftp-http or cucm-pub", {0}},
	  {"action", TOOL_NAME, true, 0, 0, "what to do", {"start", "stop", "restart", "status", NULL}}},
     .words = {"service", "$program", "$action"},
     .seconds = 30},
    {.name = "messages",
     .doc = "The status messages that a phone shows.",
     .parameters = {PHONE},
     .words = {"messages", "$phone"},
     .seconds = 20},
    {.name = "console",
     .doc = "The console log of a phone.",
     .parameters = {PHONE},
     .words = {"console", "$phone"},
     .seconds = 20},
    {.name = "capture",
     .doc = "Capture frames at a phone, a server, a port or all ports of a switch, until the limits are "
	    "reached. Returns the "
	    "name of the capture and its first frames, decoded; decode reads the others.",
     .parameters = {{"at", TOOL_NAME, true, 0, 0, "NODE, SWITCH or SWITCH:PORT, such as sw1:Gi1/0/1", {0}},
		    {"duration", TOOL_NUMBER, false, 1, 30, "seconds (default: 5)", {0}},
		    {"count", TOOL_NUMBER, false, 1, 5000, "frames (default: 500)", {0}},
		    {"reset", TOOL_NAME, false, 0, 0, "a phone to reset when the capture has begun", {0}}},
     .call = mcp_capture},
    {.name = "decode",
     .doc = "Decode frames of a capture: one JSON object per line.",
     .parameters = {{"file", TOOL_NAME, true, 0, 0, "the name that capture returned", {0}},
		    {"first", TOOL_NUMBER, false, 1, 1000000, "the first frame (default: 1)", {0}},
		    {"count", TOOL_NUMBER, false, 1, 500, "frames (default: 50)", {0}}},
     .call = mcp_decode},
    {.name = "plug",
     .doc = "Plug the cable of a phone into its port.",
     .parameters = {PHONE},
     .words = {"plug", "$phone"},
     .seconds = 20},
    {.name = "unplug",
     .doc = "Unplug the cable of a phone.",
     .parameters = {PHONE},
     .words = {"unplug", "$phone"},
     .seconds = 20},
    {.name = "reset",
     .doc = "Reset a phone: it boots again.",
     .parameters = {PHONE},
     .words = {"reset", "$phone"},
     .seconds = 20},
    {.name = "hint",
     .doc = "Read the next hint of the exercise, which costs points.",
     .words = {"exercise", "hint"},
     .seconds = 20},
    {.name = "check",
     .doc = "Check the repair and your answer. If the lab is not repaired, the check costs points and says "
	    "where "
	    "the lab differs; else the exercise is finished.",
     .parameters =
	 {{"component",
	   TOOL_NAME,
	   true,
	   0,
	   0,
	   "where the fault is: a port, a phone, a server, a switch (several with commas); none if nothing "
	   "is "
	   "wrong; or the number of a choice",
	   {0}},
	  {"cause",
	   TOOL_NAME,
	   true,
	   0,
	   0,
	   "the fault in a few words; nothing if nothing is wrong; or the number of a choice",
	   {0}},
	  {"patience", TOOL_NUMBER, false, 1, 120, "seconds for every phone to register (default: 30)", {0}}},
     .words = {"exercise", "check", "--component", "$component", "--cause", "$cause", "$patience"},
     .seconds = 200,
     .fine = 1},
};
#define TOOLS (sizeof(tools) / sizeof(tools[0]))

/* --- schemas --- */

static json_t *schema_of_parameter(const struct tool_parameter *it)
{
	json_t *schema = NULL;

	switch (it->kind) {
	case TOOL_NAME:
	case TOOL_SCRIPT:
	case TOOL_SPLIT: schema = json_pack("{s:s}", "type", "string"); break;
	case TOOL_LINES:
		schema = json_pack("{s:s,s:{s:s},s:i,s:i}", "type", "array", "items", "type", "string",
				   "minItems", 1, "maxItems", TOOL_LIST);
		break;
	case TOOL_NUMBER:
		schema = json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", (json_int_t)it->min,
				   "maximum", (json_int_t)it->max);
		break;
	case TOOL_FLAG: schema = json_pack("{s:s}", "type", "boolean"); break;
	}
	json_object_set_new(schema, "description", json_string(it->doc));
	if (*it->choices) {
		json_t *list = json_array();

		for (size_t i = 0; it->choices[i]; i++)
			json_array_append_new(list, json_string(it->choices[i]));
		json_object_set_new(schema, "enum", list);
	}
	return schema;
}

json_t *mcp_tools(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < TOOLS; i++) {
		json_t *properties = json_object(), *required = json_array();

		for (const struct tool_parameter *it = tools[i].parameters; it->name; it++) {
			json_object_set_new(properties, it->name, schema_of_parameter(it));
			if (it->required)
				json_array_append_new(required, json_string(it->name));
		}
		json_array_append_new(list, json_pack("{s:s,s:s,s:{s:s,s:o,s:o,s:b}}", "name", tools[i].name,
						      "description", tools[i].doc, "inputSchema", "type",
						      "object", "properties", properties, "required",
						      required, "additionalProperties", 0));
	}
	return list;
}

const struct tool *mcp_tool(const char *name)
{
	for (size_t i = 0; i < TOOLS; i++)
		if (!strcmp(tools[i].name, name))
			return &tools[i];
	return NULL;
}
