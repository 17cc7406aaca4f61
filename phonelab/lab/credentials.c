#include "phonelab/lab/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of a password from 1; 0: it is not in the list. */
static size_t number_of(const struct credentials *list, const char *password)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->item[i], password))
			return i + 1;
	return 0;
}

void credentials_add(struct credentials *list, const char *password)
{
	const char **more;

	if (!password || !*password || number_of(list, password))
		return;
	if (list->n == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		more = realloc(list->item, list->room * sizeof(*more));
		if (!more) {
			list->room = list->n;
			return;
		}
		list->item = more;
	}
	list->item[list->n++] = password;
}

void credentials_of_plan(struct credentials *list, const struct cucm_plan *plan)
{
	for (size_t i = 0; i < plan->device_count; i++)
		for (size_t j = 0; j < plan->devices[i].line_count; j++)
			credentials_add(list, plan->devices[i].lines[j].auth_password);
}

void credentials_free(struct credentials *list)
{
	free(list->item);
	*list = (struct credentials){0};
}

const char *credentials_substitute(const struct credentials *list, const char *password,
				   char text[CREDENTIALS_SUBSTITUTE])
{
	size_t number = number_of(list, password);

	snprintf(text, CREDENTIALS_SUBSTITUTE, number ? "removed-%zu" : "removed", number);
	return text;
}

static void replace(struct arena *arena, struct cucm_plan *plan, const struct credentials *list)
{
	struct cucm_device *devices = arena_alloc(arena, (plan->device_count + 1) * sizeof(*devices));

	for (size_t i = 0; i < plan->device_count; i++) {
		size_t count = plan->devices[i].line_count;
		struct cucm_line *lines = arena_alloc(arena, (count + 1) * sizeof(*lines));
		char text[CREDENTIALS_SUBSTITUTE];

		for (size_t j = 0; j < count; j++) {
			lines[j] = plan->devices[i].lines[j];
			if (lines[j].auth_password && *lines[j].auth_password)
				lines[j].auth_password = arena_format(
				    arena, "%s", credentials_substitute(list, lines[j].auth_password, text));
		}
		devices[i] = plan->devices[i];
		devices[i].lines = lines;
		if (devices[i].capf.string)
			devices[i].capf.string = CREDENTIALS_DIGITS;
	}
	plan->devices = devices;
	plan->axl_password = "removed";
}

void credentials_remove(struct arena *arena, struct cucm_plan *first, struct cucm_plan *now)
{
	struct credentials list = {0};

	credentials_of_plan(&list, first);
	credentials_of_plan(&list, now);
	replace(arena, first, &list);
	replace(arena, now, &list);
	credentials_free(&list);
}
