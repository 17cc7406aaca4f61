/* A switch that only has a patch panel: its ports are interfaces of this namespace, which a switch of the user's joins. The
 * core keeps the ports and their power; it sees no frame. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/confine.h"
#include "cable/link.h"
#include "switch-sim/driver/switchd.h"

bool panel_only_event(const char *event)
{
	return !strncmp(event, "link.", 5);
}

/* What the core does not know: the link as the user's switch has set it, and VLANs. */
static void correct(struct switchd *d, json_t *port, unsigned number)
{
	struct fail ignored = {0};
	struct link_info info;

	if (link_get(d->rtnl, switch_core_interface(d->core, number), &info, &ignored) || !info.up ||
	    !info.carrier)
		json_object_set_new(port, "link", json_string("down"));
	json_object_set_new(port, "vlan", json_null());
	json_object_set_new(port, "voice_vlan", json_null());
	json_object_set_new(port, "poe_state", json_string("n/a"));
	json_object_set_new(port, "poe_class", json_null());
	json_object_set_new(port, "poe_mw", json_integer(0));
}

static json_t *verb_status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct switchd *d = arg;
	json_t *status, *port;
	size_t i;

	(void)request, (void)fd;
	switchd_enter(d);
	status = switch_core_status(d->core, d->now_us);
	json_object_set_new(status, "external", json_true());
	json_object_set_new(status, "poe", json_pack("{s:i,s:i}", "budget_mw", 0, "used_mw", 0));
	json_array_foreach (json_object_get(status, "ports"), i, port)
		correct(d, port, (unsigned)i);
	if (!status)
		fail_set(fail, -ENOMEM, "no memory for the status");
	return status ? json_pack("{s:o,s:I}", "switch", status, "events_lost",
				  (json_int_t)event_log_lost(d->log))
		      : NULL;
}

static json_t *verb_rejected(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct switchd *d = arg;
	const char *verb = json_string_value(json_object_get(request, "do"));

	(void)fd;
	fail_set(fail, -EOPNOTSUPP,
		 "%s is external: the lab does not run it, so it has no \"%s\"; ask your own switch, with: "
		 "phonelab "
		 "exec %s -- COMMAND",
		 d->file->config.name, verb, d->file->config.name);
	return NULL;
}

const struct control_verb panel_only_verbs[] = {
    {"status", verb_status},	     {"netns", switchd_netns},
    {"far-end", switchd_far_end},    {"confinement", confine_verb},
    {"show", verb_rejected},	     {"configure", verb_rejected},
    {"impair add", verb_rejected},   {"impair ls", verb_rejected},
    {"impair clear", verb_rejected}, {0},
};
