#include "phonelab/supervise/node_role.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The role of a server or call manager. */
static const char *role_of(const struct node_choice *choice, size_t i)
{
	size_t servers = choice->topology->servers.n;

	if (i < servers)
		return choice->nodes[i].kind;
	return choice->topology->cluster.nodes.items[i - servers].role == TOPOLOGY_PUBLISHER ? "publisher"
											     : "subscriber";
}

static void choose_switch(struct node_choice *choice, size_t i)
{
	choice->it = (struct node_role){NODE_ROLE_SWITCH, i, choice->topology->switches.items[i].name};
}

static void choose_server(struct node_choice *choice, size_t i)
{
	choice->it = (struct node_role){NODE_ROLE_SERVER, i, choice->nodes[i].name};
}

/* The number-th node of the kind, if there is one; false for an unknown kind. */
static bool find_kind(struct node_choice *choice, const char *kind, size_t number)
{
	static const char *const kinds[] = {"dhcp", "tftp", "router", "publisher", "subscriber", "switch"};
	static const struct node_role others[] = {
	    {NODE_ROLE_RACK, 0, "rack"}, {NODE_ROLE_PHONE, 0, "phone"}, {NODE_ROLE_KEEPER, 0, "keeper"}};
	bool known = false;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(kind, others[i].name)) {
			choice->it = others[i];
			return true;
		}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known = known || !strcmp(kinds[i], kind);
	if (!strcmp(kind, "switch") && number <= choice->topology->switches.n)
		choose_switch(choice, number - 1);
	for (size_t i = 0; i < choice->node_count; i++)
		if (!strcmp(role_of(choice, i), kind) && !--number)
			choose_server(choice, i);
	return known;
}

static bool find_name(struct node_choice *choice, const char *name)
{
	for (size_t i = 0; i < choice->node_count; i++)
		if (!strcmp(choice->nodes[i].name, name)) {
			choose_server(choice, i);
			return true;
		}
	for (size_t i = 0; i < choice->topology->switches.n; i++)
		if (!strcmp(choice->topology->switches.items[i].name, name)) {
			choose_switch(choice, i);
			return true;
		}
	for (size_t i = 0; i < choice->topology->phone_count; i++)
		if (!strcmp(choice->topology->phones[i].name, name)) {
			choice->it = (struct node_role){NODE_ROLE_RACK, 0, "rack"};
			return true;
		}
	return false;
}

void node_role_text(const struct node_choice *choice, char text[40])
{
	size_t index = choice->it.index, number = 0;

	*text = 0;
	switch (choice->it.kind) {
	case NODE_ROLE_NOTHING: return;
	case NODE_ROLE_SWITCH: snprintf(text, 40, "switch:%zu", index + 1); return;
	case NODE_ROLE_RACK: snprintf(text, 40, "rack:1"); return;
	case NODE_ROLE_PHONE: snprintf(text, 40, "phone:1"); return;
	case NODE_ROLE_KEEPER: snprintf(text, 40, "keeper:1"); return;
	case NODE_ROLE_SERVER: break;
	}
	for (size_t i = 0; i <= index; i++)
		number += !strcmp(role_of(choice, i), role_of(choice, index));
	snprintf(text, 40, "%.20s:%zu", role_of(choice, index), number);
}

int node_role_find(struct node_choice *choice, const char *text, struct fail *fail)
{
	char kind[40], *number;
	long n = 1;

	snprintf(kind, sizeof(kind), "%s", text);
	number = strchr(kind, ':');
	if (number) {
		char *end;

		*number++ = 0;
		n = strtol(number, &end, 10);
		if (*end || n < 1 || n > 1000)
			return fail_set(fail, -EINVAL,
					"unknown role \"%s\": a number from 1 to 1000 must follow the colon",
					text);
	}
	if ((!number && find_name(choice, text)) || find_kind(choice, kind, (size_t)n))
		return 0;
	return fail_set(
	    fail, -EINVAL,
	    "unknown node \"%s\"; give the name of a switch or server of lab %s, or switch, dhcp, "
	    "tftp, router, publisher, subscriber, rack, phone or keeper, each with :N for the N-th",
	    text, choice->topology->name);
}
