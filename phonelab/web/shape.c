#include "phonelab/web/shape.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"

/* Members that change without a meaning for the page. */
static const char *const left_out[] = {"steps", "step", "panel", "frames_not_sent", "unlisted", "name"};

static const char *standing_of(const json_t *phone)
{
	const json_t *step;
	size_t i;

	if (status_read_registered(phone) && !status_read_stored(phone))
		return "registered";
	json_array_foreach (json_object_get(phone, "steps"), i, step)
		if (!strcmp(json_text(step, "state"), "failed"))
			return "failed";
	if (status_read_stored(phone))
		return "failed";
	if (status_read_by_word(phone))
		return "word";
	if (status_read_partly(phone))
		return "partly";
	return strcmp(json_text(phone, "state"), "dark") ? "busy" : "dark";
}

/* A copy of an object without members that are null. */
static json_t *compact(const json_t *object)
{
	json_t *copy = json_object(), *value;
	const char *key;

	json_object_foreach ((json_t *)object, key, value)
		if (!json_is_null(value))
			json_object_set(copy, key, value);
	return copy;
}

static json_t *shape_phone(const json_t *phone)
{
	json_t *row = compact(phone), *steps = json_object();
	const json_t *step;
	size_t i;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		json_object_del(row, left_out[i]);
	json_array_foreach (json_object_get(phone, "steps"), i, step) {
		json_t *ms = json_object_get(step, "ms");
		char key[24];

		snprintf(key, sizeof(key), "%lld", json_int(step, "n"));
		json_object_set_new(steps, key,
				    json_pack("[s,o,s]", json_text(step, "state"),
					      json_is_number(ms) ? json_incref(ms) : json_null(),
					      json_text(step, "detail")));
	}
	json_object_set_new(row, "steps", steps);
	json_object_set_new(row, "standing", json_string(standing_of(phone)));
	return row;
}

static json_t *shape_switch(const json_t *status, const json_t *sw)
{
	json_t *row = compact(sw), *ports = json_object(), *port;
	size_t i;

	json_array_foreach (json_object_get(sw, "ports"), i, port) {
		json_t *copy = compact(port);

		json_object_del(copy, "name");
		json_object_set_new(ports, json_text(port, "name"), copy);
	}
	json_object_del(row, "name");
	json_object_set_new(row, "ports", ports);
	if (status_read_named(status, "unanswered", json_text(sw, "name")))
		json_object_set_new(row, "silent", json_true());
	return row;
}

static json_t *shape_manager(const json_t *node)
{
	json_t *row = compact(node);

	json_object_del(row, "name");
	json_object_set_new(row, "registered",
			    json_integer((json_int_t)json_array_size(json_object_get(node, "registered"))));
	return row;
}

static json_t *shape_servers(const json_t *status)
{
	json_t *servers = json_object(), *service;
	char key[200];
	size_t i;

	json_array_foreach (json_object_get(status, "services"), i, service) {
		snprintf(key, sizeof(key), "%s %s", json_text(service, "name"),
			 json_text(service, "address"));
		json_object_set_new(servers, key, compact(service));
	}
	json_array_foreach (json_object_get(status, "external"), i, service) {
		json_t *row = compact(service);

		snprintf(key, sizeof(key), "%s external", json_text(service, "name"));
		json_object_set_new(row, "state",
				    json_string(json_is_true(json_object_get(service, "attached"))
						    ? "plugged in"
						    : "not plugged in"));
		json_object_set_new(servers, key, row);
	}
	return servers;
}

static json_t *shape_notes(const json_t *status)
{
	json_t *notes = json_array(), *entry;
	char text[300];
	size_t i;

	json_array_foreach (json_object_get(status, "failures"), i, entry)
		json_array_append(notes, entry);
	json_array_foreach (json_object_get(status, "unanswered"), i, entry) {
		snprintf(text, sizeof(text), "%s does not answer",
			 json_text_or(entry, "name", "a simulator"));
		json_array_append_new(notes, json_text_new(text));
	}
	if (status_read_lost(status, text))
		json_array_append_new(notes, json_text_new(text));
	return notes;
}

json_t *web_shape(const json_t *status)
{
	json_t *phones = json_object(), *switches = json_object(), *cluster = json_object(), *entry;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, entry)
		json_object_set_new(phones, json_text(entry, "name"), shape_phone(entry));
	json_array_foreach (json_object_get(status, "switches"), i, entry)
		json_object_set_new(switches, json_text(entry, "name"), shape_switch(status, entry));
	json_array_foreach (json_object_get(status, "cluster"), i, entry)
		json_object_set_new(cluster, json_text(entry, "name"), shape_manager(entry));
	return json_pack("{s:{s:s},s:o,s:o,s:o,s:o,s:o}", "lab", "name", json_text(status, "lab"), "phones",
			 phones, "switches", switches, "cluster", cluster, "servers", shape_servers(status),
			 "notes", shape_notes(status));
}

json_t *web_shape_event(const json_t *board, const json_t *event)
{
	const char *node = json_text(event, "node"), *name = json_text(event, "event");
	const json_t *phone = json_object_get(json_object_get(board, "phones"), node), *old;
	long long n = json_int(event, "step");
	char key[24];
	json_t *step;

	if (!strcmp(node, "lab") && !strncmp(name, "fault.", 6))
		return json_pack("{s:I}", "faults", (json_int_t)json_int(event, "t"));
	if (!phone || strncmp(name, "step.", 5) || ladder_state_find(name + 5) < 0 || n < 1 ||
	    n > LADDER_STEPS)
		return NULL;
	snprintf(key, sizeof(key), "%lld", n);
	old = json_object_get(json_object_get(phone, "steps"), key);
	step = json_pack("[s,n,s]", name + 5, json_text(event, "detail"));
	if (json_equal(step, old)) {
		json_decref(step);
		return NULL;
	}
	if (strcmp(name, "step.failed"))
		return json_pack("{s:{s:{s:{s:o}}}}", "phones", node, "steps", key, step);
	return json_pack("{s:{s:{s:{s:o},s:s}}}", "phones", node, "steps", key, step, "standing", "failed");
}

json_t *web_patch(const json_t *from, const json_t *to)
{
	json_t *patch = json_object(), *value;
	const char *key;

	json_object_foreach ((json_t *)from, key, value)
		if (!json_object_get(to, key))
			json_object_set_new(patch, key, json_null());
	json_object_foreach ((json_t *)to, key, value) {
		json_t *old = json_object_get(from, key);

		if (json_is_object(old) && json_is_object(value)) {
			json_t *inner = web_patch(old, value);

			if (inner)
				json_object_set_new(patch, key, inner);
		} else if (!json_equal(old, value)) {
			json_object_set(patch, key, value);
		}
	}
	if (json_object_size(patch))
		return patch;
	json_decref(patch);
	return NULL;
}
