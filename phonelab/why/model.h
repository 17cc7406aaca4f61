#ifndef PHONELAB_WHY_MODEL_H
#define PHONELAB_WHY_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "phonelab/client/client.h"

/*
 * The lab as it runs, as one object (docs/why.md): "nodes" and "phones" as they look from inside (lab/inspect.h), "plan"
 * (the topology), and "switches" by their running configuration, their `show` output and status. A part that is unknown
 * is absent, and no deviation.
 */

/* The model of a running lab. phones: a list of device names whose own namespaces are read too, or NULL. A new object. */
json_t *model_of_lab(const struct lab *lab, const json_t *status, const json_t *phones);

/* The model that was kept in the folder (model.json); without it, what status tells. A new object. */
json_t *model_of_folder(const char *directory, const json_t *status);

/* What the object `status --json` tells: the ports. A new object. */
json_t *model_of_status(const json_t *status);

/* Add what a switch prints: `show running-config`, `show mac address-table`, `show port-security`. */
void model_add_running(json_t *model, const char *sw, const char *text);
void model_add_macs(json_t *model, const char *sw, const char *text);
void model_add_security(json_t *model, const char *sw, const char *text);

/* --- reading; everything is borrowed, NULL where it is unknown --- */

const json_t *model_node(const json_t *model, const char *name); /* its inspection */
const json_t *model_plan(const json_t *model, const char *node); /* its entry in the plan */
const json_t *model_switch(const json_t *model, const char *name);
const json_t *model_port(const json_t *model, const char *sw, const char *port);

/* An integer of a port, or -1 if it is unknown. */
long long model_port_int(const json_t *port, const char *member);

/* Is a flag of a port (or of a switch) known to be that? */
bool model_is(const json_t *object, const char *member, bool value);

/* Does the trunk port carry the VLAN? Its list is unknown: it does. */
bool model_trunk_allows(const json_t *port, int vlan);

/* Does the switch know the VLAN? Its table is unknown: it does. */
bool model_has_vlan(const json_t *model, const char *sw, int vlan);

/* Where a port is: names are borrowed from the model. sw NULL: unknown. */
struct model_place {
	const char *sw, *port;
};

/* Where a device is plugged in; *count: in how many ports. */
struct model_place model_place_of(const json_t *model, const char *device, size_t *count);

/* The port of a node's interface with that address, by the plan and the cables. plug: its entry in the plan, or NULL. */
struct model_place model_node_port(const json_t *model, const char *node, const char *interface,
				   const char *address, const json_t **plug);

/* The cables between switches on the way from one to another: up to most, in order. -1: there is no way. */
struct model_link {
	struct model_place near, far;
	const json_t *plan; /* its entry in the plan (two ends), or NULL */
};
int model_switch_path(const json_t *model, const char *from, const char *to, struct model_link *links,
		      int most);

/* The port of a switch behind which the MAC was last seen in any VLAN, not a trunk if possible; and the device there. */
struct model_place model_mac_place(const json_t *model, const char *mac);
const char *model_device_at(const json_t *model, struct model_place place);

#endif
