#include "phonelab/lab/config_lines.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"

json_t *config_lines(const char *text)
{
	char section[200] = "", line[600], whole[820];
	json_t *set = json_object();

	while (*text) {
		size_t length = strcspn(text, "\n"), n = 0;
		bool inside = *text == ' ';

		for (size_t i = 0; i < length && n + 1 < sizeof(line); i++)
			if (text[i] != ' ' || (n && line[n - 1] != ' '))
				line[n++] = text[i];
		while (n && line[n - 1] == ' ')
			n--;
		line[n] = 0;
		text += length + (text[length] == '\n');
		if (!n || *line == '!' || *line == '#' || !strncmp(line, "Building", 8) ||
		    !strncmp(line, "Current", 7))
			continue;
		if (!inside)
			snprintf(section, sizeof(section), "%.190s", line);
		if (inside)
			snprintf(whole, sizeof(whole), "%s: %s", section, line);
		else
			snprintf(whole, sizeof(whole), "%s", line);
		json_object_set_new(
		    set, whole,
		    json_pack("[o,o]", json_text_new(inside ? section : ""), json_text_new(line)));
	}
	return set;
}
