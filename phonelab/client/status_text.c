#include "phonelab/client/status_text.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"

static const char *step_mark(const char *state)
{
	static const char *const marks[] = {[LADDER_PENDING] = ".",
					    [LADDER_ACTIVE] = ">",
					    [LADDER_DONE] = "#",
					    [LADDER_SKIPPED] = "o",
					    [LADDER_FAILED] = "X"};
	int n = ladder_state_find(state);

	return n >= 0 ? marks[n] : "?";
}

/* The column DN is as wide as the longest text in it, up to this. */
#define DN_WIDTH 24

/* "2001,2002": the numbers that the call manager has bound to the phone. */
static void join_lines(const json_t *phone, char *text, size_t size)
{
	const json_t *number;
	size_t i, at = 0;

	snprintf(text, size, "%s", json_text_or(phone, "directory_number", "-"));
	json_array_foreach (json_object_get(phone, "registered_lines"), i, number)
		if (at < size)
			at += (size_t)snprintf(text + at, size - at, "%s%s", i ? "," : "",
					       json_string_value(number));
}

/* The state, "(old)" if the closet of the phone is not reached. */
static void state_text(const json_t *phone, char text[60])
{
	bool old = json_is_true(json_object_get(phone, "old"));

	snprintf(text, 60, "%.50s%s",
		 status_read_by_word(phone) ? "registered (by the phone's word)"
					    : json_text_or(phone, "state", "-"),
		 old ? " (old)" : "");
}

/* What a phone went on without, behind the place where it stands: at, a step that stands there already. */
static void add_continued(struct text *out, const json_t *phone, const json_t *at)
{
	const json_t *list = json_object_get(phone, "continued_without"), *entry, *first = NULL;
	size_t i, more = 0;

	json_array_foreach (list, i, entry) {
		if (at && json_int(entry, "step") == json_int(at, "n"))
			continue;
		if (first)
			more++;
		else
			first = entry;
	}
	if (first)
		text_add(out, "; went on at step %lld without: %s", json_int(first, "step"),
			 json_text(first, "what"));
	if (more)
		text_add(out, " (and %zu more)", more);
}

static void add_phones(struct text *out, const json_t *status)
{
	const json_t *phone, *step;
	char lines[200], state[60];
	size_t i, j, width = 6, states = 18;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		join_lines(phone, lines, sizeof(lines));
		if (strlen(lines) > width && strlen(lines) <= DN_WIDTH)
			width = strlen(lines);
		state_text(phone, state);
		if (strlen(state) > states)
			states = strlen(state);
	}
	text_add(out, "%-16s %-*s %-14s %-*s %-15s %-5s %s\n", "PHONE", (int)states, "STATE", "STEPS 1-14",
		 (int)width, "DN", "IPV4", "VLAN", "REGISTERED WITH, OR WHERE IT STANDS");
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const json_t *vlan = json_object_get(phone, "voice_vlan");
		const json_t *at = status_read_open_step(phone);
		char ladder[LADDER_STEPS + 1] = "", number[12] = "-";

		json_array_foreach (json_object_get(phone, "steps"), j, step) {
			if (j < LADDER_STEPS)
				ladder[j] = *step_mark(json_text_or(step, "state", "-"));
		}
		if (json_is_integer(vlan))
			snprintf(number, sizeof(number), "%d", (int)json_integer_value(vlan));
		join_lines(phone, lines, sizeof(lines));
		state_text(phone, state);
		text_add(out, "%-16s %-*s %-14s %-*s %-15s %-5s ", json_text_or(phone, "name", "-"),
			 (int)states, state, ladder, (int)width, lines, json_text_or(phone, "ipv4", "-"),
			 number);
		if (at)
			text_add(out, "%s%s: %s", status_read_stored(phone) ? "stored configuration; " : "",
				 json_text_or(at, "name", "-"), json_text_or(at, "detail", "-"));
		else
			text_add(out, "%s", json_text_or(phone, "registered_with", "-"));
		add_continued(out, phone, at);
		text_add(out, "\n");
	}
}

static void add_externals(struct text *out, const json_t *status)
{
	const json_t *phone;
	size_t i;

	json_array_foreach (json_object_get(status, "external_phones"), i, phone) {
		if (!i)
			text_add(out, "\n%-16s %-6s %s\n", "EXTERNAL PHONE", "DN", "REGISTERED WITH");
		text_add(out, "%-16s %-6s %s\n", json_text_or(phone, "name", "-"),
			 json_text_or(phone, "directory_number", "-"),
			 json_text_or(phone, "registered_with", "-"));
	}
}

/* The far end of a port: the name of the CDP or LLDP neighbour, else the node whose cable is plugged in. */
static const char *far_end(const json_t *port)
{
	const char *neighbor = json_text_or(port, "neighbor", "-");

	return strcmp(neighbor, "-") ? neighbor : json_text_or(port, "device", "-");
}

static void add_port(struct text *out, const json_t *port, const char *link)
{
	const json_t *voice = json_object_get(port, "voice_vlan");
	const json_t *access = json_object_get(port, "vlan");
	char number[12] = "-", vlan[12] = "-";

	if (json_is_integer(voice))
		snprintf(number, sizeof(number), "%d", (int)json_integer_value(voice));
	if (json_is_integer(access))
		snprintf(vlan, sizeof(vlan), "%d", (int)json_integer_value(access));
	text_add(out, "  %-10s %-6s %-5s %-5s %-18s %-10s %.1f\n", json_text_or(port, "name", "-"), link,
		 vlan, number, far_end(port), json_text_or(port, "poe_state", "-"),
		 json_number_value(json_object_get(port, "poe_mw")) / 1000);
}

/* "sw1: PoE 14.4 of 740.0 W" */
static void add_switch_title(struct text *out, const json_t *sw)
{
	const json_t *poe = json_object_get(sw, "poe");
	const char *name = json_text_or(sw, "name", "-");

	if (json_is_true(json_object_get(sw, "unknown")))
		text_add(out, "\n%s: unknown, %s is not reached\n", name, json_text(sw, "closet"));
	else if (json_is_true(json_object_get(sw, "external")))
		text_add(out, "\n%s: a switch of yours\n", name);
	else
		text_add(out, "\n%s: PoE %.1f of %.1f W%s\n", name,
			 json_number_value(json_object_get(poe, "used_mw")) / 1000,
			 json_number_value(json_object_get(poe, "budget_mw")) / 1000,
			 json_is_true(json_object_get(sw, "old")) ? " (old)" : "");
}

static void add_switches(struct text *out, const json_t *status)
{
	const json_t *sw, *port;
	size_t i, j;

	json_array_foreach (json_object_get(status, "switches"), i, sw) {
		size_t connected = 0;

		if (status_read_named(status, "unanswered", json_text_or(sw, "name", "-")))
			continue;
		add_switch_title(out, sw);
		json_array_foreach (json_object_get(sw, "ports"), j, port) {
			const char *link = json_text_or(port, "link", "-");

			if (strcmp(link, "up") && strcmp(link, "connected") && !strcmp(far_end(port), "-"))
				continue;
			if (!connected++)
				text_add(out, "  %-10s %-6s %-5s %-5s %-18s %-10s %s\n", "PORT", "LINK",
					 "VLAN", "VOICE", "FAR END", "POE", "WATTS");
			if (connected <= 60)
				add_port(out, port, link);
		}
		if (connected > 60)
			text_add(out, "  and %zu more\n", connected - 60);
	}
}

/* Nobody but the phones can say how many are registered with a call manager of the user. */
static size_t by_word(const json_t *status, const char *manager)
{
	const json_t *phone;
	size_t i, n = 0;

	json_array_foreach (json_object_get(status, "phones"), i, phone)
		n += status_read_by_word(phone) && !strcmp(json_text(phone, "registered_with"), manager);
	return n;
}

static void add_manager(struct text *out, const json_t *status, const json_t *node)
{
	const char *name = json_text_or(node, "name", "-"), *error = json_text(node, "error");
	size_t claimed = by_word(status, name);

	text_add(out, "%-16s %-12s ", name, json_text_or(node, "role", "-"));
	if (*error)
		text_add(out, "unknown: %s\n", error);
	else if (claimed)
		text_add(out, "%zu (by the phones' word)\n", claimed);
	else if (*json_text(node, "cluster"))
		text_add(out, "%-11zu %s\n", json_array_size(json_object_get(node, "registered")),
			 json_text(node, "cluster"));
	else
		text_add(out, "%zu\n", json_array_size(json_object_get(node, "registered")));
}

static void add_cluster(struct text *out, const json_t *status)
{
	const json_t *nodes = json_object_get(status, "cluster"), *node, *failure, *paused;
	char lost[160];
	size_t i;

	text_add(out, "\n%-16s %-12s %s%s\n", "CALL MANAGER", "ROLE", "REGISTERED",
		 *json_text(json_array_get(nodes, 0), "cluster") ? "  CLUSTER" : "");
	json_array_foreach (nodes, i, node)
		add_manager(out, status, node);
	json_array_foreach (json_object_get(status, "failures"), i, failure)
		text_add(out, "%s%s\n", i ? "" : "\n", json_string_value(failure));
	json_array_foreach (json_object_get(status, "switches"), i, node)
		if (*json_text(node, "degraded"))
			text_add(out, "\n%s: %s\n", json_text(node, "name"), json_text(node, "degraded"));
	json_array_foreach (json_object_get(status, "paused"), i, paused)
		text_add(out, "%s%s is stopped by a signal\n", i ? "" : "\n", json_string_value(paused));
	if (status_read_lost(status, lost))
		text_add(out, "\n%s\n", lost);
}

static void add_external(struct text *out, const json_t *status)
{
	const json_t *node;
	size_t i;

	json_array_foreach (json_object_get(status, "external"), i, node) {
		const char *name = json_text(node, "name"), *at = json_text(node, "port");

		if (!i)
			text_add(out, "\n%-16s %-12s %-15s %s\n", "EXTERNAL", "KIND", "ADDRESS",
				 "PLUGGED INTO");
		text_add(out, "%-16s %-12s %-15s ", name, json_text(node, "kind"),
			 json_text_or(node, "address", "-"));
		if (json_is_true(json_object_get(node, "attached")))
			text_add(out, "%s%s%s\n", at, *at ? " of " : "the lab", json_text(node, "switch"));
		else
			text_add(out, "nothing: plug it in with: phonelab attach %s -- COMMAND\n", name);
	}
}

/* The closets that are not reached. */
static void add_closets(struct text *out, const json_t *status)
{
	const json_t *closet;
	char text[STATUS_SILENCE];
	size_t i, n = 0;

	json_array_foreach (json_object_get(status, "closets"), i, closet) {
		if (json_is_true(json_object_get(closet, "reached")))
			continue;
		status_read_silence(closet, text);
		text_add(out, "%s\n", text);
		n++;
	}
	if (n)
		text_add(out, "What is marked (old) is the last known state.\n\n");
}

void status_text(struct text *out, const json_t *status)
{
	text_add(out, "lab %s\n\n", json_text(status, "lab"));
	add_closets(out, status);
	if (!status_read_named(status, "unanswered", "rack"))
		add_phones(out, status);
	add_externals(out, status);
	add_switches(out, status);
	add_cluster(out, status);
	add_external(out, status);
}
