#include "phonelab/client/initial.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/status_read.h"

struct list {
	json_t *events;
	uint64_t t;
};

/* step 0: none. evidence is released here; it may be NULL. */
static void add(struct list *list, const char *node, int step, const char *event, const char *detail,
		json_t *evidence)
{
	json_t *object = json_pack("{s:I,s:s}", "t", (json_int_t)list->t, "node", node);

	if (step)
		json_object_set_new(object, "step", json_integer(step));
	json_object_set_new(object, "event", json_string(event));
	json_object_set_new(object, "detail", json_string(detail));
	json_object_set_new(object, "evidence", evidence ? evidence : json_object());
	json_object_set_new(object, "initial", json_true());
	json_array_append_new(list->events, object);
}

static void add_phone(struct list *list, const json_t *phone)
{
	const char *name = json_text(phone, "name");
	char event[40], with[100];
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(phone, "steps"), i, step) {
		const char *state = json_text(step, "state");
		json_t *ms = json_object_get(step, "ms");

		if (!strcmp(state, "pending"))
			continue;
		snprintf(event, sizeof(event), "step.%s", state);
		add(list, name, (int)json_int(step, "n"), event, json_text(step, "detail"),
		    json_is_null(ms) ? NULL : json_pack("{s:O}", "ms", ms));
	}
	if (!status_read_registered(phone) && !status_read_partly(phone) && !status_read_by_word(phone))
		return;
	snprintf(with, sizeof(with), "%s with %s", json_text(phone, "directory_number"),
		 json_text(phone, "registered_with"));
	add(list, name, 0, "phone.registered", with, NULL);
}

static void add_switch(struct list *list, const json_t *sw)
{
	const json_t *port;
	size_t i;

	json_array_foreach (json_object_get(sw, "ports"), i, port) {
		if (strcmp(json_text(port, "link"), "up"))
			continue;
		add(list, json_text(sw, "name"), 0, "link.up", json_text(port, "name"),
		    json_pack("{s:s,s:s}", "port", json_text(port, "name"), "device",
			      json_text(port, "device")));
	}
}

static void add_fault(struct list *list, const json_t *fault)
{
	static const char *const keys[] = {"number", "id", "step", "phone", "switch", "port"};
	json_t *evidence = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_get(fault, keys[i]))
			json_object_set(evidence, keys[i], json_object_get(fault, keys[i]));
	add(list, "lab", 0, "fault.applied", json_text(fault, "title"), evidence);
}

json_t *initial_events(const json_t *status, const json_t *faults, uint64_t t)
{
	struct list list = {.events = json_array(), .t = t};
	const json_t *one;
	size_t i, registered = 0;
	char text[80];

	json_array_foreach (json_object_get(status, "switches"), i, one)
		add_switch(&list, one);
	json_array_foreach (json_object_get(status, "services"), i, one)
		add(&list, json_text(one, "node"), 0, "service.state", json_text(one, "state"),
		    json_pack("{s:s,s:s}", "service", json_text(one, "name"), "kind",
			      json_text(one, "kind")));
	json_array_foreach (json_object_get(faults, "faults"), i, one)
		add_fault(&list, one);
	json_array_foreach (json_object_get(status, "phones"), i, one) {
		registered += status_read_registered(one);
		add_phone(&list, one);
	}
	snprintf(text, sizeof(text), "%zu of %zu phones are registered", registered,
		 json_array_size(json_object_get(status, "phones")));
	add(&list, "lab", 0, "lab.initial", text, NULL);
	return list.events;
}
