#include "phonelab/client/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/status_read.h"

struct view *view_new(const char *lab)
{
	struct view *view = calloc(1, sizeof(*view));

	if (view)
		snprintf(view->lab, sizeof(view->lab), "%s", lab);
	return view;
}

void view_free(struct view *view)
{
	if (!view)
		return;
	free(view->phones);
	free(view);
}

bool view_add_phone(struct view *view, const char *name, const char *model, const char *number)
{
	struct view_phone *phone, *more;

	more = realloc(view->phones, (view->count + 1) * sizeof(*more));
	if (!more)
		return false;
	view->phones = more;
	phone = &more[view->count++];
	*phone = (struct view_phone){.registered = false};
	snprintf(phone->name, sizeof(phone->name), "%s", name);
	snprintf(phone->model, sizeof(phone->model), "%s", model);
	snprintf(phone->number, sizeof(phone->number), "%s", number);
	return true;
}

struct view *view_of_topology(const struct topology *topology, const char *lab)
{
	struct view *view = view_new(lab);

	for (size_t i = 0; view && i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];

		if (view_add_phone(view, phone->name, phone->row->model->name,
				   phone->line_count ? phone->lines[0] : ""))
			continue;
		view_free(view);
		view = NULL;
	}
	if (view)
		snprintf(view->pace, sizeof(view->pace), "%s",
			 topology->pace == TOPOLOGY_PACE_REAL ? "real" : "fast");
	return view;
}

static struct view_phone *find_phone(struct view *view, const char *name)
{
	for (size_t i = 0; i < view->count; i++)
		if (!strcmp(view->phones[i].name, name))
			return &view->phones[i];
	return NULL;
}

void view_say(struct view *view, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(view->message, sizeof(view->message), format, args);
	va_end(args);
	view->while_all = false;
}

/* --- questions --- */

int view_step(const struct view_phone *phone)
{
	for (int i = 0; i < LADDER_STEPS; i++)
		if (phone->state[i] == LADDER_FAILED)
			return i + 1;
	for (int i = 0; i < LADDER_STEPS; i++)
		if (phone->state[i] == LADDER_ACTIVE)
			return i + 1;
	for (int i = 0; i < LADDER_STEPS; i++)
		if (phone->state[i] == LADDER_PENDING)
			return i + 1;
	return 0;
}

enum view_class view_class(const struct view_phone *phone)
{
	int step = view_step(phone);
	bool failed = step && phone->state[step - 1] == LADDER_FAILED;

	if (phone->registered)
		return failed ? VIEW_COMPLAINS : VIEW_REGISTERED;
	if (failed)
		return VIEW_FAILED;
	if (step && phone->state[step - 1] == LADDER_ACTIVE)
		return VIEW_CLIMBING;
	return phone->trouble_us ? VIEW_LOST : VIEW_WAITING;
}

/* --- the present state --- */

static void set_registered(struct view *view, struct view_phone *phone, bool registered)
{
	if (phone->registered && !registered && view->while_all)
		*view->message = 0;
	view->registered += (size_t)registered - (size_t)phone->registered;
	phone->registered = registered;
	if (registered)
		phone->trouble_us = 0;
}

static void set_step(struct view_phone *phone, int step, enum ladder_state state, const char *detail)
{
	phone->state[step - 1] = state;
	snprintf(phone->detail[step - 1], VIEW_DETAIL, "%s", detail);
}

static void phone_status(struct view *view, struct view_phone *phone, const json_t *object, uint64_t now_us)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(object, "steps"), i, step) {
		int n = (int)json_int(step, "n"), state = ladder_state_find(json_text(step, "state"));

		if (n < 1 || n > LADDER_STEPS || state < 0)
			continue;
		if (phone->state[n - 1] != (enum ladder_state)state)
			phone->since_us = now_us;
		set_step(phone, n, (enum ladder_state)state, json_text(step, "detail"));
	}
	if (json_object_get(object, "port"))
		phone->unplugged = json_is_null(json_object_get(object, "port"));
	set_registered(view, phone,
		       status_read_registered(object) || status_read_partly(object) ||
			   status_read_by_word(object));
	if (phone->registered)
		snprintf(phone->with, sizeof(phone->with), "%s%s", json_text(object, "registered_with"),
			 status_read_partly(object) ? " (partly)" : "");
}

void view_status(struct view *view, const json_t *status, uint64_t now_us)
{
	const json_t *object;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, object) {
		const char *name = json_text(object, "name");

		if (!find_phone(view, name) && !view_add_phone(view, name, json_text(object, "model"),
							       json_text(object, "directory_number")))
			continue;
		phone_status(view, find_phone(view, name), object, now_us);
	}
	view->stale = false;
}

static void add_fault(struct view *view, long number, const char *id, const char *phone)
{
	size_t n = view->fault_count++;

	if (n >= VIEW_FAULTS)
		return;
	view->faults[n].number = number;
	snprintf(view->faults[n].text, sizeof(view->faults[n].text), "%s%s%s", id, *phone ? " " : "", phone);
}

static void remove_fault(struct view *view, long number)
{
	size_t known = view->fault_count < VIEW_FAULTS ? view->fault_count : VIEW_FAULTS;

	for (size_t i = 0; i < known; i++)
		if (view->faults[i].number == number) {
			memmove(&view->faults[i], &view->faults[i + 1],
				(known - i - 1) * sizeof(view->faults[0]));
			break;
		}
	view->fault_count -= view->fault_count > 0;
}

void view_fault_list(struct view *view, const json_t *reply)
{
	const json_t *fault;
	size_t i;

	view->fault_count = 0;
	json_array_foreach (json_object_get(reply, "faults"), i, fault)
		add_fault(view, (long)json_int(fault, "number"), json_text(fault, "id"),
			  json_text(fault, "phone"));
}

/* --- events --- */

struct event {
	const char *name, *node, *detail;
	uint64_t t;
	int step;
	const json_t *evidence;
};

/* "SEP001122AABB01   1.234 s  ", without seconds if the time of its power-on is unknown. */
static void begin_plain(struct text *plain, const struct view_phone *phone, uint64_t t)
{
	text_add(plain, "%s  ", phone->name);
	if (phone->power_us && t >= phone->power_us)
		text_add(plain, "%6.3f s  ", (double)(t - phone->power_us) / 1e6);
}

/* Of a large rack only failures are worth a line, and registrations. */
#define MANY_PHONES 20

static bool step_event(struct view *view, struct view_phone *phone, const struct event *event,
		       struct text *plain)
{
	const char *what = event->name + strlen("step.");
	int state = ladder_state_find(what);

	if (event->step < 1 || event->step > LADDER_STEPS || state < 0)
		return false;
	if (event->step == LADDER_POWER && (!phone->power_us || state == LADDER_ACTIVE))
		phone->power_us = event->t;
	if (event->step == LADDER_BOOT && state == LADDER_ACTIVE) /* again: a new load, or a reset */
		for (int i = LADDER_BOOT; i < LADDER_STEPS; i++)
			phone->state[i] = LADDER_PENDING;
	if (state != LADDER_FAILED || phone->state[event->step - 1] != LADDER_FAILED)
		phone->since_us = event->t;
	set_step(phone, event->step, (enum ladder_state)state, event->detail);
	if (plain && state != LADDER_ACTIVE && state != LADDER_PENDING &&
	    (view->count <= MANY_PHONES || state == LADDER_FAILED)) {
		begin_plain(plain, phone, event->t);
		text_add(plain, "%2d %-10s %s%s%s", event->step, ladder_step_name(event->step), what,
			 *event->detail ? ": " : "", event->detail);
	}
	return true;
}

static void registered_event(struct view *view, struct view_phone *phone, const struct event *event,
			     struct text *plain)
{
	set_registered(view, phone, true);
	snprintf(phone->with, sizeof(phone->with), "%s", event->detail);
	if (!plain)
		return;
	begin_plain(plain, phone, event->t);
	text_add(plain, "registered%s%s (%zu of %zu)", *event->detail ? ": " : "", event->detail,
		 view->registered, view->count);
}

static bool phone_event(struct view *view, struct view_phone *phone, const struct event *event,
			struct text *plain)
{
	const char *what = event->name;

	if (!strncmp(what, "step.", 5))
		return step_event(view, phone, event, plain);
	if (!strcmp(what, "phone.registered")) {
		registered_event(view, phone, event, plain);
	} else if (!strcmp(what, "phone.unregistered")) {
		if (phone->registered)
			phone->trouble_us = phone->since_us = event->t;
		set_registered(view, phone, false);
	} else if (!strcmp(what, "phone.unplugged") || !strcmp(what, "phone.plugged")) {
		phone->unplugged = !strcmp(what, "phone.unplugged");
		phone->trouble_us = phone->power_us = 0;
		set_registered(view, phone, false);
		for (int i = 1; i <= LADDER_STEPS; i++)
			set_step(phone, i, LADDER_PENDING, "");
	} else {
		return false;
	}
	if (plain && !plain->length)
		text_add(plain, "%s  %s%s%s", phone->name, what + strlen("phone."),
			 *event->detail ? ": " : "", event->detail);
	return true;
}

static bool lab_event(struct view *view, const struct event *event, struct text *plain)
{
	long number = (long)json_int(event->evidence, "number");

	if (!strcmp(event->name, "fault.applied")) {
		add_fault(view, number, json_text(event->evidence, "id"),
			  json_text(event->evidence, "phone"));
		view_say(view, "fault %ld applied: %s", number, event->detail);
	} else if (!strcmp(event->name, "fault.reverted")) {
		remove_fault(view, number);
		view_say(view, "fault %ld reverted: %s", number, event->detail);
	} else if (!strcmp(event->name, "service.action")) {
		view_say(view, "%s: %s", event->node, event->detail);
	} else if (!strcmp(event->name, "lab.child_died") || !strcmp(event->name, "lab.failed")) {
		view_say(view, "%s", event->detail);
	} else if (!strcmp(event->name, "lab.stopping")) {
		view_say(view, "the lab is ending");
	} else {
		return false;
	}
	if (plain)
		text_add(plain, "%s", view->message);
	return true;
}

bool view_event(struct view *view, const char *line, size_t length, struct text *plain)
{
	json_t *object = json_loadb(line, length, 0, NULL);
	const struct event event = {.name = json_text(object, "event"),
				    .node = json_text(object, "node"),
				    .detail = json_text(object, "detail"),
				    .t = (uint64_t)json_int(object, "t"),
				    .step = (int)json_int(object, "step"),
				    .evidence = json_object_get(object, "evidence")};
	struct view_phone *phone = find_phone(view, event.node);
	bool changed;

	view->stale = view->stale || json_object_get(object, "not_reported");
	changed = phone ? phone_event(view, phone, &event, plain) : lab_event(view, &event, plain);
	json_decref(object);
	return changed;
}
