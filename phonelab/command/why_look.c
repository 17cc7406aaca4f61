#include "phonelab/command/why_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/supervise/node_role.h"

/* The switch of the phone: by its port, else the first one. */
static const char *switch_of(const struct why_case *it)
{
	const char *sw = json_text(it->phone, "switch");

	if (*sw || why_port(it, &sw))
		return sw;
	return json_text(json_array_get(json_object_get(it->status, "switches"), 0), "name");
}

/* --- words in capitals --- */

/* The command with the names of the lab. New. */
static char *named(const struct why_case *it, const json_t *report)
{
	const char *const words[][2] = {
	    {"SERVER", json_text(json_object_get(report, "server"), "name")},
	    {"PHONE", it->name},
	    {"SWITCH", switch_of(it)},
	    {"DHCP", why_node(it, "dhcp")},
	    {"CALL-MANAGER", json_text(json_array_get(json_object_get(it->status, "cluster"), 0), "name")}};
	const char *look = json_text(report, "look");
	struct text text = {0};

	while (*look) {
		size_t w;

		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			if (!strncmp(look, words[w][0], strlen(words[w][0])))
				break;
		if (w < sizeof(words) / sizeof(words[0])) {
			text_add(&text, "%s", words[w][1]);
			look += strlen(words[w][0]);
		} else {
			text_add(&text, "%c", *look++);
		}
	}
	return text_take(&text);
}

/* --- through compose --- */

/* The service of compose/compose.yaml whose container has the node; "" if it is unknown. */
static const char *service_of(const char *node)
{
	static const char *const services[][2] = {{"switch:1", "switch"}, {"switch:2", "switch-2"},
						  {"router:1", "gw"},	  {"dhcp:1", "dhcp"},
						  {"tftp:1", "tftp"},	  {"publisher:1", "cucm-pub"},
						  {"rack:1", "phones"},	  {"subscriber:1", "cucm-sub"}};
	struct fail ignored = {0};
	struct node_choice choice = {.topology = lab_file_topology(&ignored)};
	char role[40] = "";

	if (choice.topology && !node_list(choice.topology, &choice.nodes, &choice.node_count, &ignored) &&
	    !node_role_find(&choice, node, &ignored))
		node_role_text(&choice, role);
	free(choice.nodes);
	topology_free(choice.topology);
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (!strcmp(services[i][0], role))
			return services[i][1];
	return "";
}

/* "exec NODE -- WORDS" runs in the container of the node, where only a phone has a namespace of its own. "capture NODE -w FILE"
 * writes the file here. The other commands need no namespace. */
static void add_compose(struct text *text, const char *look)
{
	char node[80] = "", verb[20] = "";
	const char *service, *words = strstr(look, " -- "), *file = strstr(look, " -w ");

	if (sscanf(look, "%19s %79[^ :]", verb, node) != 2)
		*verb = 0;
	service = service_of(node);
	text_add(text, CLIENT_COMPOSE " ");
	if (!strcmp(verb, "exec") && words && !strcmp(service, "phones"))
		text_add(text, "exec phones phonelab %s", look);
	else if (!strcmp(verb, "exec") && words && *service)
		text_add(text, "exec %s as-phonelab %s", service, words + 4);
	else if (!strcmp(verb, "capture") && *service && file)
		text_add(text, "exec -T %s phonelab %.*s >%s", service, (int)(file - look), look, file + 4);
	else
		text_add(text, "run --rm phonelab %s", look);
}

void why_set_look(const struct why_source *source, const struct why_case *it, json_t *report)
{
	char *look = named(it, report);
	struct fail ignored = {0};
	struct text text = {0};
	struct lab lab;

	if (look && *look && *source->lab && !client_find(source->lab, &lab, &ignored)) {
		if (lab.pid)
			text_add(&text, "phonelab --lab %s %s", lab.name, look);
		else if (client_is_console(&lab))
			text_add(&text, "phonelab %s", look);
		else
			add_compose(&text, look);
	}
	json_object_del(report, "look");
	if (text.length)
		json_object_set_new(report, "look", json_text_new(text.bytes));
	text_free(&text);
	free(look);
}
