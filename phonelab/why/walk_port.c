/* The phone's own port, and the ports of other phones. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/mac.h"
#include "phonelab/why/walk_internal.h"

#define SWITCH_VLANS 4096

const char *walk_port_object(const struct walk *walk, struct model_place place, char text[WALK_OBJECT])
{
	bool trunk = !strcmp(json_text(model_port(walk->model, place.sw, place.port), "mode"), "trunk");

	snprintf(text, WALK_OBJECT, "%s %.60s %.24s", trunk ? "trunk" : "port", place.sw, place.port);
	return text;
}

static json_t *port_fact(struct walk *walk, const char *name, const char *from, const char *text)
{
	char object[WALK_OBJECT], where[WALK_OBJECT];
	json_t *fact;

	walk_port_object(walk, walk->port, object);
	snprintf(where, sizeof(where), "show %.40s %.40s", walk->port.sw, from);
	fact = walk_fact(walk, name, object, where, "%s of %s, where %s is plugged in, %s", walk->port.port,
			 walk->port.sw, walk->it->name, text);
	fact_value(fact, "switch", "%s", walk->port.sw);
	fact_value(fact, "port", "%s", walk->port.port);
	return fact;
}

/* The VLAN that more than half of the other phones' ports have; 0 stands for no VLAN. -1: there is none. */
static long long usual_vlan(const struct walk *walk, const char *member)
{
	unsigned counts[SWITCH_VLANS] = {0}, all = 0;
	const char *name, *port_name;
	long long best = 0;
	json_t *sw, *port;

	json_object_foreach (json_object_get(walk->model, "switches"), name, sw)
		json_object_foreach (json_object_get(sw, "ports"), port_name, port) {
			const char *device = json_text(port, "device");
			long long vlan = json_int(port, member);

			if (strncmp(device, "SEP", 3) || !strcmp(device, walk->it->name) || vlan < 0 ||
			    vlan >= SWITCH_VLANS)
				continue;
			counts[vlan]++;
			all++;
		}
	for (long long vlan = 1; vlan < SWITCH_VLANS; vlan++)
		if (counts[vlan] > counts[best])
			best = vlan;
	return all >= 2 && counts[best] * 2 > all ? best : -1;
}

static void check_vlan(struct walk *walk, const json_t *port, const char *member, const char *name,
		       const char *what)
{
	long long found = json_int(port, member), usual = usual_vlan(walk, member);
	char text[160];
	json_t *fact;

	if (usual < 0 || found == usual || !json_object_get(port, member))
		return;
	if (found)
		snprintf(text, sizeof(text), "has the %s VLAN %lld; the ports of most other phones have %lld",
			 what, found, usual);
	else
		snprintf(text, sizeof(text), "has no %s VLAN; the ports of most other phones have %lld", what,
			 usual);
	fact = port_fact(walk, name, "running-config", text);
	fact_value(fact, "found", "%lld", found);
	fact_value(fact, "expected", "%lld", usual);
}

/* CDP and LLDP matter while the phone has not learned its voice VLAN. */
static void check_discovery(struct walk *walk, const json_t *port)
{
	const json_t *sw = model_switch(walk->model, walk->port.sw);
	bool learned = json_int(walk->it->phone, "voice_vlan") > 0;
	bool cdp_global = model_is(sw, "cdp", false), cdp_port = model_is(port, "cdp", false);
	bool lldp_global = model_is(sw, "lldp", false), lldp_port = model_is(port, "lldp_transmit", false);
	char object[WALK_OBJECT], from[WALK_OBJECT];
	const char *const names[] = {"CDP", "LLDP"};
	const bool globals[] = {cdp_global, lldp_global}, ports[] = {cdp_port, lldp_port};

	if (walk->it->step != LADDER_VOICE_VLAN && (learned || json_int(port, "voice_vlan") <= 0))
		return;
	snprintf(object, sizeof(object), "switch %.60s", walk->port.sw);
	snprintf(from, sizeof(from), "show %.60s running-config", walk->port.sw);
	for (int i = 0; i < 2; i++) {
		const char *fact_name = i ? "port.lldp_off" : "port.cdp_off";

		if (globals[i])
			fact_value(walk_fact(walk, fact_name, object, from, "%s runs no %s", walk->port.sw,
					     names[i]),
				   "switch", "%s", walk->port.sw);
		else if (ports[i])
			port_fact(walk, fact_name, "running-config", i ? "sends no LLDP" : "sends no CDP");
	}
}

/* Port security that has no place for the phone's MAC. It may drop without a violation (`protect`). */
static void check_security(struct walk *walk, const json_t *port)
{
	const char *secure = json_text(port, "security_mac");
	struct mac own, known;
	json_t *fact;
	char text[200];

	if (!model_is(port, "security", true) || !*secure || json_int(port, "security_maximum") > 1 ||
	    mac_parse_device(&own, walk->it->name) || mac_parse(&known, secure) || mac_equal(&own, &known))
		return;
	snprintf(text, sizeof(text), "has port-security for %.40s only", secure);
	fact = port_fact(walk, "port.security_excludes", "running-config", text);
	fact_value(fact, "mac", "%s", secure);
}

/* The port has a voice VLAN and announces it, to a phone that has not learned it. */
static void check_announcement(struct walk *walk, const json_t *port)
{
	const json_t *sw = model_switch(walk->model, walk->port.sw);
	bool cdp = model_is(sw, "cdp", true) && model_is(port, "cdp", true);
	bool lldp = model_is(sw, "lldp", true) && model_is(port, "lldp_transmit", true);
	char text[160];

	if (json_int(walk->it->phone, "voice_vlan") > 0 || json_int(port, "voice_vlan") <= 0 ||
	    (!cdp && !lldp) || model_is(port, "shutdown", true))
		return;
	snprintf(text, sizeof(text), "announces the voice VLAN %lld by %s", json_int(port, "voice_vlan"),
		 cdp && lldp ? "CDP and LLDP"
		 : cdp	     ? "CDP"
			     : "LLDP");
	fact_value(port_fact(walk, "port.announces", "running-config", text), "vlan", "%lld",
		   json_int(port, "voice_vlan"));
}

static void check_power(struct walk *walk, const json_t *port)
{
	const char *state = json_text(port, "poe_state");
	char text[120];

	if (!strcmp(json_text(port, "poe"), "never") &&
	    !json_is_true(json_object_get(walk->it->phone, "powered")))
		port_fact(walk, "port.poe_off", "running-config", "has `power inline never`");
	if (strcmp(state, "denied") != 0 && strcmp(state, "faulty") != 0)
		return;
	snprintf(text, sizeof(text), "has the PoE state %s", state);
	fact_value(port_fact(walk, strcmp(state, "denied") ? "port.poe_faulty" : "port.poe_denied",
			     "power inline", text),
		   "state", "%s", state);
}

static void check_state(struct walk *walk, const json_t *port)
{
	const char *reason = json_text(port, "err_disabled");
	long long violations = json_int(port, "violations");
	char text[160];

	if (*reason) {
		snprintf(text, sizeof(text), "is err-disabled: %.100s", reason);
		fact_value(port_fact(walk, "port.err_disabled", "interfaces status", text), "reason", "%s",
			   reason);
	}
	if (model_is(port, "shutdown", true))
		port_fact(walk, "port.shut", "running-config", "is shut down");
	if (violations > 0 && !*reason) {
		snprintf(text, sizeof(text),
			 "has dropped frames of unknown MAC addresses: %lld violations of port-security",
			 violations);
		fact_value(port_fact(walk, "port.mac_violation", "port-security", text), "violations", "%lld",
			   violations);
	}
	if (!strcmp(json_text(port, "mode"), "trunk"))
		port_fact(walk, "port.trunk", "running-config", "is a trunk");
	if (!strcmp(json_text(port, "link"), "down") && !*reason && !model_is(port, "shutdown", true))
		port_fact(walk, "port.no_link", "interfaces status", "has no link");
}

/* The phone must send in the voice VLAN of its port. */
static void check_learned(struct walk *walk, const json_t *port)
{
	long long learned = json_int(walk->it->phone, "voice_vlan"), has = json_int(port, "voice_vlan");
	char text[160];
	json_t *fact;

	if (learned <= 0 || !json_object_get(port, "voice_vlan") || has == learned)
		return;
	if (has)
		snprintf(text, sizeof(text), "has the voice VLAN %lld; the phone sends in VLAN %lld", has,
			 learned);
	else
		snprintf(text, sizeof(text), "has no voice VLAN; the phone sends in VLAN %lld", learned);
	fact = port_fact(walk, "port.vlan_not_learned", "running-config", text);
	fact_value(fact, "found", "%lld", has);
	fact_value(fact, "phone", "%lld", learned);
}

void walk_own_port(struct walk *walk)
{
	const json_t *port = walk->port.sw ? model_port(walk->model, walk->port.sw, walk->port.port) : NULL;

	if (!walk->port.sw) {
		/* Only a model that has the switches knows it. */
		if (json_object_size(json_object_get(walk->model, "switches")))
			walk_fact(walk, "port.unplugged", "", "show interfaces status",
				  "%s is not plugged into any switch", walk->it->name);
		return;
	}
	check_state(walk, port);
	check_vlan(walk, port, "voice_vlan", "port.voice_vlan", "voice");
	check_vlan(walk, port, "access_vlan", "port.access_vlan", "access");
	check_learned(walk, port);
	check_discovery(walk, port);
	check_announcement(walk, port);
	check_power(walk, port);
	check_security(walk, port);
}
