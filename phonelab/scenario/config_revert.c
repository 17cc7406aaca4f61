#include "phonelab/scenario/config_revert.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE 200

/* A line of a configuration and the section that it stands in: "interface Gi1/0/1", "vlan 20", or "" (global). */
struct place {
	const char *at; /* behind the line */
	char section[LINE], line[LINE];
};

/* The next line that configures something. The head of a section is a line of this section. */
static bool next_line(struct place *place)
{
	while (*place->at) {
		size_t length = strcspn(place->at, "\n");

		snprintf(place->line, sizeof(place->line), "%.*s", (int)length, place->at);
		place->at += length + (place->at[length] != 0);
		if (!strncmp(place->line, "interface ", 10) || !strncmp(place->line, "vlan ", 5))
			snprintf(place->section, sizeof(place->section), "%s", place->line);
		else if (*place->line != ' ')
			*place->section = 0;
		if (*place->line && *place->line != '!' && strcmp(place->line, "end") &&
		    strncmp(place->line, "Building", 8) && strncmp(place->line, "Current", 7) &&
		    strncmp(place->line, "hostname ", 9))
			return true;
	}
	return false;
}

static bool has_line(const char *config, const struct place *wanted)
{
	struct place place = {.at = config};

	while (next_line(&place))
		if (!strcmp(place.section, wanted->section) && !strcmp(place.line, wanted->line))
			return true;
	return false;
}

/* Append the line in its section. */
static void append(json_t *lines, const char *section, const char *line)
{
	const char *text = line + strspn(line, " ");

	if (strcmp(section, text))
		json_array_append_new(lines, json_string(*section ? section : "exit"));
	json_array_append_new(lines, json_string(text));
}

/* Undo a line that was not there before. */
static void negate(json_t *lines, const struct place *place)
{
	/* The commands whose negation names no value; another word stands for all power commands. */
	static const char *const valued[] = {"description",
					     "switchport access vlan",
					     "switchport voice vlan",
					     "switchport trunk native vlan",
					     "switchport trunk allowed vlan",
					     "switchport port-security maximum",
					     "switchport port-security violation",
					     "switchport port-security mac-address"};
	const char *text = place->line + strspn(place->line, " ");
	char undo[LINE + 8];
	unsigned session;

	snprintf(undo, sizeof(undo), strncmp(text, "no ", 3) ? "no %s" : "%s",
		 strncmp(text, "no ", 3) ? text : text + 3);
	for (size_t i = 0; i < sizeof(valued) / sizeof(valued[0]); i++)
		if (!strncmp(text, valued[i], strlen(valued[i])))
			snprintf(undo, sizeof(undo), "no %s", valued[i]);
	if (!strncmp(text, "power inline port priority", 26))
		snprintf(undo, sizeof(undo), "power inline port priority low");
	else if (!strncmp(text, "power inline budget", 19))
		return; /* there is no command for "as the model" */
	else if (!strncmp(text, "power inline", 12))
		snprintf(undo, sizeof(undo), "no power inline");
	else if (!strncmp(text, "switchport mode", 15) || !strncmp(text, "name ", 5) ||
		 !strncmp(text, "interface ", 10))
		return; /* the line of before sets it again */
	else if (sscanf(text, "monitor session %u", &session) == 1)
		snprintf(undo, sizeof(undo), "no monitor session %u", session);
	append(lines, strncmp(text, "vlan ", 5) ? place->section : "", undo);
}

/* Must the line of before be written? Also if it is still there but its section or session has another line, because
 * undoing that one may remove it: `no monitor session 1`, `switchport port-security`. */
static bool is_lost(const char *now, const char *before, const struct place *place)
{
	struct place other = {.at = now};

	if (!has_line(now, place))
		return true;
	if (strncmp(place->line, "monitor session ", 16) && !strstr(place->line, "port-security"))
		return false;
	while (next_line(&other))
		if (!strcmp(other.section, place->section) && !strncmp(other.line, place->line, 16) &&
		    !has_line(before, &other))
			return true;
	return false;
}

json_t *config_revert(const char *now, const char *before)
{
	json_t *lines = json_array();
	struct place place = {.at = now};

	while (next_line(&place))
		if (!has_line(before, &place))
			negate(lines, &place);
	for (place = (struct place){.at = before}; next_line(&place);)
		if (is_lost(now, before, &place))
			append(lines, place.section, place.line);
	return lines;
}
