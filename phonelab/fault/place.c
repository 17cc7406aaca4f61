#include "phonelab/fault/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/json_text.h"
#include "phonelab/document/arena.h"
#include "phonelab/fault/vars.h"

struct undo *fault_note(struct fault_done *done, enum fault_do what, const char *name)
{
	struct undo *undo = calloc(1, sizeof(*undo));

	if (!undo || !(undo->name = strdup(name ? name : "")))
		arena_out_of_memory();
	undo->what = what;
	undo->next = done->undos;
	done->undos = undo;
	return undo;
}

void fault_done_free(struct fault_done *done)
{
	while (done && done->undos) {
		struct undo *next = done->undos->next;

		free(done->undos->name);
		json_decref(done->undos->saved);
		free(done->undos);
		done->undos = next;
	}
	free(done);
}

const char *fault_var(const struct fault_place *place, const char *name)
{
	return json_text(place->vars, name);
}

const char *fault_device(const struct fault_place *place)
{
	return place->fault->scope <= FAULT_PORT ? fault_var(place, "phone") : "all";
}

json_t *fault_expand_list(const struct fault_place *place, const struct fault_text_list *list,
			  struct fail *fail)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < list->n; i++) {
		char *line = fault_expand(place->vars, list->items[i], fail);

		if (!line) {
			json_decref(lines);
			return NULL;
		}
		json_array_append_new(lines, json_string(line));
		free(line);
	}
	return lines;
}

int fault_tell(const char *socket, json_t *request, struct fail *fail)
{
	json_t *reply = control_ask(socket, request, FAULT_ASK_MS, NULL, fail);

	json_decref(reply);
	return reply ? 0 : -EIO;
}

int fault_wants(const struct fault_done *done, const char *service)
{
	for (const struct undo *undo = done->undos; undo; undo = undo->next) {
		if (strcmp(undo->name, service))
			continue;
		if (undo->what == FAULT_DO_STOP || undo->what == FAULT_DO_KILL)
			return PROGRAM_STOPPED;
		if (undo->what == FAULT_DO_PAUSE)
			return PROGRAM_PAUSED;
	}
	return -1;
}

struct undo *fault_sets(const struct fault_done *done, const char *setting)
{
	for (struct undo *undo = done->undos; undo; undo = undo->next)
		if (undo->what == FAULT_DO_SETTING && !strcmp(undo->name, setting))
			return undo;
	return NULL;
}
