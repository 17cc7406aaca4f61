/* Causes on the copper: power, boot, the voice VLAN. */
#include "base/json_text.h"
#include "phonelab/why/rules.h"

#include <string.h>

#include "base/ladder.h"

static bool own_port_shut(const struct why_case *it)
{
	return !strcmp(json_text(why_port(it, NULL), "admin"), "down");
}

static bool own_port_without_power(const struct why_case *it)
{
	return !strcmp(json_text(why_port(it, NULL), "poe_state"), "off");
}

static bool not_plugged(const struct why_case *it)
{
	return !why_port(it, NULL);
}

static bool has_failed(const struct why_case *it)
{
	return !strcmp(json_text(it->rung, "state"), "failed");
}

static bool err_disabled(const struct why_case *it)
{
	return *json_text(why_port(it, NULL), "err_disabled");
}

/* The switch has seen the link go, and the phone has power all the same. */
static bool link_lost(const struct why_case *it)
{
	const json_t *event;
	size_t i;

	json_array_foreach (it->events, i, event) {
		if (!strcmp(json_text(event, "event"), "link.down") &&
		    strcmp(json_text(event, "node"), it->name))
			return true;
	}
	return false;
}

const struct why_rule why_rules_link[] = {
    {LADDER_POWER, NULL, own_port_shut, "The port of the phone is shut down.", WHY_LOOK_PORTS},
    {LADDER_POWER, "limit", NULL,
     "The class of the phone needs more than the limit of the port: power inline auto max.",
     WHY_LOOK_RUNNING},
    {LADDER_POWER, "gives at most", NULL,
     "The class of the phone needs more than the limit of the port: power inline auto max.",
     WHY_LOOK_RUNNING},
    {LADDER_POWER, "budget", NULL,
     "The switch detected the phone but denied power: its PoE budget is used up. Raise poe_budget, give the "
     "phone's\n"
     "  port a higher poe_priority, or power it by an adapter (power: ac).",
     WHY_LOOK_POWER},
    {LADDER_POWER, NULL, not_plugged, "Nothing is plugged in: the cable is out.", WHY_LOOK_PORTS},
    {LADDER_POWER, NULL, own_port_without_power, "The port gives no power: power inline is never.",
     WHY_LOOK_POWER},
    {LADDER_POWER, NULL, NULL, "No power came: the switch denies it, or the phone is not detected.",
     WHY_LOOK_POWER},

    {LADDER_BOOT, NULL, has_failed, "Flash holds no intact image in either bank: there is nothing to boot.",
     WHY_LOOK_CONSOLE},

    {LADDER_VOICE_VLAN, NULL, err_disabled,
     "The switch has disabled the port for a violation: port security knows another MAC there.",
     "show SWITCH port-security"},
    {LADDER_VOICE_VLAN, NULL, link_lost,
     "The link of the port goes up and down, although the phone has power: a bad plug, or a bad cable.",
     WHY_LOOK_PORTS},
    {LADDER_VOICE_VLAN, NULL, NULL,
     "The phone has received no voice VLAN yet: neither CDP nor LLDP-MED was answered on the port.",
     WHY_LOOK_NEIGHBORS},
    {0},
};
