#include "switch-sim/core/security.h"

#include <stdlib.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/port_link.h"

unsigned security_maximum(const struct port *port)
{
	unsigned most = port->config.security_maximum ? port->config.security_maximum : 1;

	return most < SECURE_MAX ? most : SECURE_MAX;
}

static struct secure_address *find(struct port *port, uint16_t vlan, const struct mac *mac)
{
	struct security *security = &port->security;

	for (unsigned i = 0; i < security->count; i++)
		if (security->addresses[i].vlan == vlan && mac_equal(&security->addresses[i].mac, mac))
			return &security->addresses[i];
	return NULL;
}

/* Another port may hold the address: then it is at the wrong port here. */
static bool elsewhere(struct switch_core *core, const struct port *port, uint16_t vlan, const struct mac *mac)
{
	for (unsigned i = 0; i < core->count; i++)
		if (&core->ports[i] != port && core->ports[i].config.security &&
		    find(&core->ports[i], vlan, mac))
			return true;
	return false;
}

static bool add(struct port *port, uint16_t vlan, const struct mac *mac, bool configured)
{
	struct security *security = &port->security;

	if (!security->addresses)
		security->addresses = calloc(SECURE_MAX, sizeof(*security->addresses));
	if (!security->addresses || security->count >= security_maximum(port))
		return false;
	security->addresses[security->count++] = (struct secure_address){*mac, vlan, configured};
	return true;
}

bool security_add(struct port *port, uint16_t vlan, const struct mac *mac)
{
	struct secure_address *known = find(port, vlan, mac);

	if (!known)
		return add(port, vlan, mac, true);
	known->configured = true;
	return true;
}

void security_forget(struct port *port, bool all)
{
	struct security *security = &port->security;

	for (unsigned i = 0; i < security->count;)
		if (all || !security->addresses[i].configured)
			security->addresses[i] = security->addresses[--security->count];
		else
			i++;
}

static void violation(struct switch_core *core, struct port *port, const struct mac *source)
{
	struct security *security = &port->security;
	char text[MAC_TEXT];

	core_trace(core, LOG_FORWARD, "%s: frame dropped: port security", port->name);
	if (port->config.violation == SWITCH_VIOLATION_PROTECT)
		return;
	security->violations++;
	mac_format_cisco(source, text);
	if (port->config.violation == SWITCH_VIOLATION_SHUTDOWN)
		port_err_disable(core, port, "psecure-violation");
	else if (security->logged_us && core->now_us - security->logged_us < SECOND)
		return; /* one line a second is enough */
	security->logged_us = core->now_us;
	core_log(
	    core,
	    "%%PORT_SECURITY-2-PSECURE_VIOLATION: Security violation occurred, caused by MAC address %s on "
	    "port %s.",
	    text, port->long_name);
	core_event(core, port, 0, "port.violation", json_pack("{s:s}", "mac", text), "%s: %s", port->name,
		   text);
}

bool security_admits(struct switch_core *core, struct port *port, uint16_t vlan, const struct mac *source)
{
	port->security.last = *source;
	port->security.last_vlan = vlan;
	if (find(port, vlan, source))
		return true;
	if (!elsewhere(core, port, vlan, source) && add(port, vlan, source, false))
		return true;
	violation(core, port, source);
	return false;
}
