/* Layer 2: every switch and both ends of every trunk between two ports. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/walk_internal.h"

#define LINKS 32

static const char *show_from(struct model_place place, const char *what, char text[WALK_OBJECT])
{
	snprintf(text, WALK_OBJECT, "show %.50s %.30s", place.sw, what);
	return text;
}

static void set_place(json_t *fact, struct model_place place)
{
	fact_value(fact, "switch", "%s", place.sw);
	fact_value(fact, "port", "%s", place.port);
}

int walk_untagged(const json_t *port)
{
	const char *mode = json_text(port, "mode");

	return !*mode ? -1 : (int)model_port_int(port, strcmp(mode, "trunk") ? "access_vlan" : "native_vlan");
}

enum walk_result walk_port_up(struct walk *walk, struct model_place place, const char *device)
{
	const json_t *port = model_port(walk->model, place.sw, place.port);
	const char *reason = json_text(port, "err_disabled"), *found = json_text(port, "device");
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *fact = NULL;

	walk_port_object(walk, place, object);
	if (!port)
		return WALK_UNKNOWN;
	if (model_is(port, "shutdown", true)) {
		fact = walk_fact(walk, "walk.port_shut", object, show_from(place, "running-config", from),
				 "%s of %s, the port of %s, is shut down", place.port, place.sw, device);
	} else if (*reason) {
		fact = walk_fact(
		    walk, "walk.port_err_disabled", object, show_from(place, "interfaces status", from),
		    "%s of %s, the port of %s, is err-disabled: %s", place.port, place.sw, device, reason);
		fact_value(fact, "reason", "%s", reason);
	} else if (!strcmp(json_text(port, "link"), "down")) {
		fact = walk_fact(walk, "walk.no_link", object, show_from(place, "interfaces status", from),
				 "%s of %s, the port of %s, has no link%s", place.port, place.sw, device,
				 *found ? "" : ": nothing is plugged in");
		fact_value(fact, "plugged", *found ? "yes" : "no");
	} else {
		return WALK_FINE;
	}
	set_place(fact, place);
	fact_value(fact, "device", "%s", device);
	return WALK_BROKEN;
}

enum walk_result walk_node_port(struct walk *walk, const char *node, struct model_place place, int vlan,
				int planned)
{
	const json_t *port = place.sw ? model_port(walk->model, place.sw, place.port) : NULL;
	enum walk_result up = place.sw ? walk_port_up(walk, place, node) : WALK_UNKNOWN;
	int found = port ? walk_untagged(port) : -1;
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *fact;

	if (up != WALK_FINE || found < 0 || vlan <= 0)
		return walk_worse(up, WALK_UNKNOWN);
	if (found == vlan)
		return WALK_FINE;
	/* The port is as planned: then the other end is in the wrong VLAN. */
	if (planned > 0 && found == planned)
		return WALK_BROKEN;
	fact = walk_fact(walk, "walk.access_vlan", walk_port_object(walk, place, object),
			 show_from(place, "running-config", from),
			 "%s of %s, the port of %s, is in VLAN %d, not in VLAN %d", place.port, place.sw,
			 node, found, planned > 0 ? planned : vlan);
	set_place(fact, place);
	fact_value(fact, "device", "%s", node);
	fact_value(fact, "found", "%d", found);
	fact_value(fact, "expected", "%d", planned > 0 ? planned : vlan);
	return WALK_BROKEN;
}

static enum walk_result check_vlan(struct walk *walk, const char *sw, int vlan)
{
	const json_t *vlans = json_object_get(model_switch(walk->model, sw), "vlans");
	char object[WALK_OBJECT], from[WALK_OBJECT], id[12];
	json_t *fact;

	snprintf(object, sizeof(object), "vlan %.60s %d", sw, vlan);
	snprintf(from, sizeof(from), "show %.60s vlan brief", sw);
	snprintf(id, sizeof(id), "%d", vlan);
	if (!model_has_vlan(walk->model, sw, vlan))
		fact = walk_fact(walk, "walk.vlan_missing", object, from, "%s has no VLAN %d", sw, vlan);
	else if (model_is(json_object_get(vlans, id), "active", false))
		fact = walk_fact(walk, "walk.vlan_not_active", object, from, "VLAN %d of %s is not active",
				 vlan, sw);
	else
		return vlans ? WALK_FINE : WALK_UNKNOWN;
	fact_value(fact, "switch", "%s", sw);
	fact_value(fact, "vlan", "%d", vlan);
	return WALK_BROKEN;
}

/* Does this end of a trunk carry the VLAN? */
static enum walk_result check_end(struct walk *walk, struct model_place place, const char *far, int vlan)
{
	const json_t *port = model_port(walk->model, place.sw, place.port);
	enum walk_result up = walk_port_up(walk, place, far);
	const char *mode = json_text(port, "mode");
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *fact = NULL;

	if (up != WALK_FINE)
		return up;
	snprintf(object, sizeof(object), "trunk %.60s %.24s", place.sw, place.port);
	show_from(place, "running-config", from);
	if (!*mode)
		return WALK_UNKNOWN;
	if (strcmp(mode, "trunk") != 0 && walk_untagged(port) != vlan) {
		fact =
		    walk_fact(walk, "walk.not_trunk", object, from,
			      "%s of %s, towards %s, is an access port in VLAN %d: it does not carry VLAN %d",
			      place.port, place.sw, far, walk_untagged(port), vlan);
	} else if (!strcmp(mode, "trunk") && !model_trunk_allows(port, vlan)) {
		fact = walk_fact(walk, "walk.trunk_lacks_vlan", object, from,
				 "the trunk %s of %s, towards %s, does not carry VLAN %d (allowed: %s)",
				 place.port, place.sw, far, vlan, json_text(port, "allowed"));
		fact_value(fact, "allowed", "%s", json_text(port, "allowed"));
	} else {
		return WALK_FINE;
	}
	set_place(fact, place);
	fact_value(fact, "vlan", "%d", vlan);
	fact_value(fact, "towards", "%s", far);
	return WALK_BROKEN;
}

/* The end that differs from the plan; without one the near end. */
static struct model_place wrong_end(const struct model_link *link, int near_native)
{
	long long planned = model_port_int(json_array_get(link->plan, 0), "native");

	return planned > 0 && near_native == planned ? link->far : link->near;
}

/* A VLAN that one end sends without a tag, the other must take without a tag. */
static enum walk_result check_native(struct walk *walk, const struct model_link *link, int vlan)
{
	int near = walk_untagged(model_port(walk->model, link->near.sw, link->near.port));
	int far = walk_untagged(model_port(walk->model, link->far.sw, link->far.port));
	struct model_place wrong;
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *fact;

	if (near < 0 || far < 0)
		return WALK_UNKNOWN;
	if ((near == vlan) == (far == vlan))
		return WALK_FINE;
	wrong = wrong_end(link, near);
	snprintf(object, sizeof(object), "trunk %.60s %.24s", wrong.sw, wrong.port);
	fact = walk_fact(walk, "walk.native_mismatch", object, show_from(wrong, "running-config", from),
			 "the native VLANs of the trunk differ: %d at %s %s, %d at %s %s", near,
			 link->near.sw, link->near.port, far, link->far.sw, link->far.port);
	set_place(fact, wrong);
	fact_value(fact, "vlan", "%d", vlan);
	fact_value(fact, "found", "%d", wrong.sw == link->near.sw ? near : far);
	fact_value(fact, "expected", "%d", wrong.sw == link->near.sw ? far : near);
	return WALK_BROKEN;
}

/* A port at which the answers of a DHCP server arrive. */
static enum walk_result check_trust(struct walk *walk, struct model_place place)
{
	const json_t *port = model_port(walk->model, place.sw, place.port);
	char object[WALK_OBJECT], from[WALK_OBJECT];

	if (!model_is(model_switch(walk->model, place.sw), "snooping", true) ||
	    !model_is(port, "trusted", false))
		return WALK_FINE;
	set_place(walk_fact(walk, "walk.snooping_untrusted", walk_port_object(walk, place, object),
			    show_from(place, "running-config", from),
			    "%s snoops DHCP and does not trust %s, where the answers of the server arrive",
			    place.sw, place.port),
		  place);
	return WALK_BROKEN;
}

static bool is_off(const struct walk *walk, struct model_place place)
{
	const json_t *port = model_port(walk->model, place.sw, place.port);

	return model_is(port, "shutdown", true) || *json_text(port, "err_disabled");
}

static enum walk_result check_link(struct walk *walk, const struct model_link *link, int vlan, bool snooped)
{
	/* An end that is switched off takes the link from the other: only the cause is a fact. */
	bool near_off = is_off(walk, link->near), far_off = is_off(walk, link->far);
	enum walk_result result =
	    far_off && !near_off ? WALK_BROKEN : check_end(walk, link->near, link->far.sw, vlan);

	if (!near_off || far_off)
		result = walk_worse(result, check_end(walk, link->far, link->near.sw, vlan));
	if (result == WALK_FINE)
		result = check_native(walk, link, vlan);
	if (snooped)
		result = walk_worse(result, check_trust(walk, link->near));
	return result;
}

enum walk_result walk_switches(struct walk *walk, struct model_place from, struct model_place to, int vlan,
			       bool snooped)
{
	struct model_link links[LINKS];
	enum walk_result result;
	int n;

	if (!from.sw || !to.sw || vlan <= 0)
		return WALK_UNKNOWN;
	n = model_switch_path(walk->model, from.sw, to.sw, links, LINKS);
	if (n < 0)
		return WALK_UNKNOWN;
	result = check_vlan(walk, from.sw, vlan);
	for (int i = 0; i < n; i++) {
		result = walk_worse(result, check_link(walk, &links[i], vlan, snooped));
		result = walk_worse(result, check_vlan(walk, links[i].far.sw, vlan));
	}
	if (snooped)
		result = walk_worse(result, check_trust(walk, to));
	return result;
}
