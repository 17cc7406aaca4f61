/* Repairs of switches in a model. */
#include "phonelab/why/retry_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/model.h"

/* The model is the caller's own copy. */
static json_t *own(const json_t *part)
{
	return (json_t *)part;
}

static json_t *port_of(json_t *model, const json_t *fact)
{
	return own(model_port(model, fact_text(fact, "switch"), fact_text(fact, "port")));
}

static bool set_bool(json_t *object, const char *member, bool value)
{
	return object && !json_object_set_new(object, member, json_boolean(value));
}

/* A VLAN, as text; "0": none. */
static bool set_vlan(json_t *object, const char *member, const char *text)
{
	int vlan = atoi(text);

	return object && *text &&
	       !json_object_set_new(object, member, vlan ? json_integer(vlan) : json_null());
}

/* A port that is switched on has a link, and so has the switch at its other end. */
static bool port_up(json_t *model, const json_t *fact)
{
	const char *device = json_text(port_of(model, fact), "device"), *name;
	json_t *port = port_of(model, fact), *far;

	if (!port || !*device)
		return false;
	json_object_foreach (json_object_get(own(model_switch(model, device)), "ports"), name, far)
		if (!strcmp(json_text(far, "device"), fact_text(fact, "switch")) &&
		    !model_is(far, "shutdown", true))
			json_object_set_new(far, "link", json_string("up"));
	json_object_set_new(port, "link", json_string("up"));
	return set_bool(port, "shutdown", false);
}

/* A cable that is plugged in again. That a plugged cable has no link has another reason, which is unknown. */
static bool plug(json_t *model, const json_t *fact)
{
	json_t *port = port_of(model, fact);

	if (!port || strcmp(fact_text(fact, "plugged"), "no") || !*fact_text(fact, "device"))
		return false;
	json_object_set_new(port, "device", json_string(fact_text(fact, "device")));
	return !json_object_set_new(port, "link", json_string("up"));
}

static bool vlan_active(json_t *model, const json_t *fact)
{
	json_t *vlans = json_object_get(own(model_switch(model, fact_text(fact, "switch"))), "vlans");

	return vlans && !json_object_set_new(vlans, fact_text(fact, "vlan"), json_pack("{s:b}", "active", 1));
}

static bool access_vlan(json_t *model, const json_t *fact)
{
	return set_vlan(port_of(model, fact), "access_vlan", fact_text(fact, "expected"));
}

static bool native_vlan(json_t *model, const json_t *fact)
{
	return set_vlan(port_of(model, fact), "native_vlan", fact_text(fact, "expected"));
}

static bool voice_vlan(json_t *model, const json_t *fact)
{
	return atoi(fact_text(fact, "expected")) > 0 &&
	       set_vlan(port_of(model, fact), "voice_vlan", fact_text(fact, "expected"));
}

static bool trunk_mode(json_t *model, const json_t *fact)
{
	json_t *port = port_of(model, fact);

	return port && !json_object_set_new(port, "mode", json_string("trunk"));
}

static bool access_mode(json_t *model, const json_t *fact)
{
	json_t *port = port_of(model, fact);

	return port && !json_object_set_new(port, "mode", json_string("access"));
}

static bool trunk_allows(json_t *model, const json_t *fact)
{
	json_t *port = port_of(model, fact);
	const char *allowed = json_text(port, "allowed");
	char text[600];

	if (!port || strlen(allowed) > sizeof(text) - 16)
		return false;
	/* "none", or a list. */
	snprintf(text, sizeof(text), "%s%s%s", *allowed >= '0' && *allowed <= '9' ? allowed : "",
		 *allowed >= '0' && *allowed <= '9' ? "," : "", fact_text(fact, "vlan"));
	return !json_object_set_new(port, "allowed", json_string(text));
}

static bool trusted(json_t *model, const json_t *fact)
{
	return set_bool(port_of(model, fact), "trusted", true);
}

/* At the port, or at the whole switch. */
static bool announces(json_t *model, const json_t *fact, const char *of_port, const char *of_switch)
{
	return *fact_text(fact, "port")
		   ? set_bool(port_of(model, fact), of_port, true)
		   : set_bool(own(model_switch(model, fact_text(fact, "switch"))), of_switch, true);
}

static bool cdp_on(json_t *model, const json_t *fact)
{
	return announces(model, fact, "cdp", "cdp");
}

static bool lldp_on(json_t *model, const json_t *fact)
{
	return announces(model, fact, "lldp_transmit", "lldp");
}

static const struct repair {
	const char *fact;
	bool (*make)(json_t *model, const json_t *fact);
} repairs[] = {
    {"walk.port_shut", port_up},
    {"port.shut", port_up},
    {"walk.no_link", plug},
    {"walk.vlan_missing", vlan_active},
    {"walk.vlan_not_active", vlan_active},
    {"walk.access_vlan", access_vlan},
    {"walk.not_trunk", trunk_mode},
    {"walk.trunk_lacks_vlan", trunk_allows},
    {"walk.native_mismatch", native_vlan},
    {"walk.snooping_untrusted", trusted},
    {"port.voice_vlan", voice_vlan},
    {"port.access_vlan", access_vlan},
    {"port.trunk", access_mode},
    {"port.cdp_off", cdp_on},
    {"port.lldp_off", lldp_on},
};

bool retry_repair(json_t *model, const json_t *fact)
{
	bool known = false, done = retry_repair_node(model, fact, &known);

	for (size_t i = 0; !known && i < sizeof(repairs) / sizeof(repairs[0]); i++)
		if (!strcmp(repairs[i].fact, json_text(fact, "fact")))
			return repairs[i].make(model, fact);
	return known && done;
}
