#include "phonelab/lab/device_page.h"

#include <string.h>
#include <time.h>

#include "base/json_text.h"
#include "cucm/alarm.h"

static json_t *time_of(long at)
{
	char text[32];
	time_t seconds = at;
	struct tm tm;

	if (at <= 0 || !gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(text);
}

static const char *registration_of(const struct cucm_device *device, const struct cucm_state *state)
{
	if (!state->registered)
		return state->lost ? state->lost->rejected ? "rejected" : "unregistered" : "unknown";
	for (size_t i = 0; i < device->line_count; i++)
		if (!cucm_has_line(state->registered, device->lines[i].number))
			return "partly registered";
	return "registered";
}

static json_t *lines_of(const struct cucm_device *device, const struct cucm_state *state)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < device->line_count; i++) {
		const struct cucm_line *line = &device->lines[i];

		json_array_append_new(
		    lines, json_pack("{s:s,s:s,s:s,s:b}", "number", line->number, "label",
				     line->label ? line->label : line->number, "display_name",
				     line->display_name ? line->display_name : line->number, "registered",
				     state->registered && cucm_has_line(state->registered, line->number)));
	}
	return lines;
}

static json_t *group_of(const struct cucm_plan *plan, const struct cucm_device *device)
{
	json_t *group = json_array();
	const struct cucm_node *node;

	for (size_t i = 0; (node = cucm_plan_member(plan, device, i)); i++)
		json_array_append_new(group, json_string(node->name));
	return group;
}

/* What the nodes know about it last: registered now, or until it was lost. */
static const struct cucm_registration *last_of(const struct cucm_state *state)
{
	return state->registered ? state->registered : state->lost ? &state->lost->last : NULL;
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_text_new(text) : json_null();
}

static json_t *last_registered(const struct cucm_state *state)
{
	const struct cucm_registration *last = last_of(state);

	if (!last || !last->registered_at)
		return json_null();
	return json_pack("{s:o,s:s,s:i,s:o}", "at", time_of(last->registered_at), "node",
			 state->registered ? state->node : state->lost_at, "code", (int)last->alarm, "reason",
			 json_text_new(last->last_reason));
}

/* A rejected device is in the other member. */
static json_t *last_lost(const struct cucm_state *state, bool rejected)
{
	const struct cucm_loss *lost = state->lost;
	const struct alarm_reason *reason;

	if (!lost || lost->rejected != rejected)
		return json_null();
	reason = alarm_reason(rejected ? ALARM_TRANSIENT : ALARM_UNREGISTERED, lost->cause);
	return json_pack("{s:o,s:s,s:i,s:s}", "at", time_of(lost->at), "node", state->lost_at, "code",
			 (int)lost->cause, "reason", reason ? reason->name : "unknown");
}

static void put_state(json_t *object, const struct cucm_device *device, const struct cucm_state *state)
{
	const struct cucm_registration *last = last_of(state);

	json_object_set_new(object, "registration", json_string(registration_of(device, state)));
	json_object_set_new(object, "registered_with", text_or_null(state->node));
	json_object_set_new(object, "ipv4", text_or_null(last ? last->address : NULL));
	json_object_set_new(object, "active_load", text_or_null(last ? last->active_load : NULL));
	json_object_set_new(object, "inactive_load", text_or_null(last ? last->inactive_load : NULL));
	json_object_set_new(object, "download_status",
			    json_text_new(last && *last->download_status ? last->download_status : "None"));
}

json_t *device_row(const struct cucm_plan *plan, const struct cucm_device *device,
		   const struct cucm_states *states)
{
	char name[DEVICE_TEXT];
	struct cucm_state state;
	json_t *row, *lines = json_array();

	mac_format_device(&device->mac, name);
	cucm_state_of(states, name, &state);
	for (size_t i = 0; i < device->line_count; i++)
		json_array_append_new(lines, json_string(device->lines[i].number));
	row = json_pack("{s:s,s:s,s:o,s:o,s:o}", "name", name, "model", device->model, "description",
			json_text_new(device->description ? device->description : name), "lines", lines,
			"load", json_string(cucm_plan_device_load(plan, device)));
	put_state(row, device, &state);
	return row;
}

json_t *device_page(const struct cucm_plan *plan, const struct cucm_device *device,
		    const struct cucm_states *states)
{
	json_t *page = device_row(plan, device, states);
	char name[DEVICE_TEXT];
	struct cucm_state state;

	mac_format_device(&device->mac, name);
	cucm_state_of(states, name, &state);
	json_object_set_new(page, "lines", lines_of(device, &state));
	json_object_set_new(page, "call_manager_group", group_of(plan, device));
	json_object_set_new(page, "locale", text_or_null(device->locale ? device->locale->user : NULL));
	json_object_set_new(page, "softkeys", text_or_null(device->softkeys ? device->softkeys->name : NULL));
	json_object_set_new(page, "last_registered", last_registered(&state));
	json_object_set_new(page, "last_unregistered", last_lost(&state, false));
	json_object_set_new(page, "last_rejected", last_lost(&state, true));
	return page;
}
