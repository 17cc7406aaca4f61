/* Actions of a fault on the switch: its configuration, and rules on the wire. */
#include "phonelab/fault/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/control.h"
#include "base/log.h"
#include "phonelab/fault/vars.h"
#include "phonelab/lab/plan.h"

static void switch_socket(const struct fault_place *place, char path[128])
{
	snprintf(path, 128, PLAN_PREFIX "/switches/%s.sock", fault_var(place, "switch"));
}

static int configure(const char *socket, json_t *lines, struct fail *fail)
{
	json_t *reply = control_ask(socket, json_pack("{s:s,s:O}", "do", "configure", "lines", lines),
				    FAULT_ASK_MS, NULL, fail);
	int err = reply ? 0 : -EIO;

	if (reply && json_integer_value(json_object_get(reply, "errors")))
		err = fail_set(fail, -EINVAL, "the switch rejects the lines: %s",
			       json_string_value(json_object_get(reply, "text")));
	json_decref(reply);
	return err;
}

int fault_switch_configure(const struct fault_place *place, struct fault_done *done,
			   const struct fault_action *action, struct fail *fail)
{
	json_t *lines = fault_expand_list(place, &action->lines, fail);
	json_t *back = lines ? fault_expand_list(place, &action->undo, fail) : NULL;
	char socket[128];
	int err = -EINVAL;

	if (back) {
		switch_socket(place, socket);
		err = configure(socket, lines, fail);
		fault_note(done, FAULT_DO_CONFIGURE, socket)->saved = json_incref(back);
	}
	json_decref(lines);
	json_decref(back);
	return err;
}

/* The rule for the switch: on the target's port, unless the rule names its own ports. */
static json_t *rule_of(const struct fault_place *place, const struct fault_action *action, struct fail *fail)
{
	char *text = fault_expand(place->vars, action->rule, fail);
	json_error_t error;
	json_t *rule = text ? json_loads(text, 0, &error) : NULL, *take;

	if (text && !json_is_object(rule))
		fail_set(fail, -EINVAL, "rule: column %d: %s, expected a JSON object", error.column,
			 error.text);
	free(text);
	if (!json_is_object(rule)) {
		json_decref(rule);
		return NULL;
	}
	if (!json_object_get(rule, "ports") && place->fault->scope <= FAULT_PORT)
		json_object_set_new(rule, "ports", json_pack("[s]", fault_var(place, "port")));
	if (place->count) {
		take = json_object_get(rule, "take");
		if (!take) {
			take = json_object();
			json_object_set_new(rule, "take", take);
		}
		json_object_set_new(take, "count", json_integer(place->count));
	}
	return rule;
}

int fault_switch_wire(const struct fault_place *place, struct fault_done *done,
		      const struct fault_action *action, struct fail *fail)
{
	json_t *rule = rule_of(place, action, fail), *reply;
	char socket[128];
	long id;

	if (!rule)
		return -EINVAL;
	switch_socket(place, socket);
	reply = control_ask(socket, json_pack("{s:s,s:o}", "do", "impair add", "rule", rule), FAULT_ASK_MS,
			    NULL, fail);
	if (!reply)
		return -EINVAL;
	id = (long)json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	fault_note(done, FAULT_DO_WIRE, socket)->number = id;
	log_debug(LOG_FAULT, "rule %ld applied: %s", id, socket);
	return 0;
}

int fault_switch_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail)
{
	struct fail ignored = {0};

	(void)place;
	if (undo->what == FAULT_DO_CONFIGURE)
		return configure(undo->name, undo->saved, fail);
	/* The switch may have removed the rule already, after its count of frames. */
	log_debug(LOG_FAULT, "rule %ld reverted: %s", undo->number, undo->name);
	fault_tell(undo->name, json_pack("{s:s,s:I}", "do", "impair clear", "id", (json_int_t)undo->number),
		   &ignored);
	return 0;
}
