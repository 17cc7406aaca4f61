#include "switch-sim/core/configure.h"

#include <stdlib.h>

#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/mirror.h"
#include "switch-sim/core/security.h"
#include "base/text.h"
#include "switch-sim/core/vlan.h"

/* The configuration commands of port security and of mirror sessions. */

static void remove_addresses(struct port *port, bool all)
{
	security_forget(port, all);
	if (!all)
		return;
	port->security.violations = 0;
	port->security.last_vlan = 0;
}

static void secure(struct port *port, int what, const struct cli_values *values)
{
	struct switch_port_config *config = &port->config;

	switch (what) {
	case SECURITY_ON: config->security = true; break;
	case SECURITY_OFF:
		config->security = false;
		remove_addresses(port, false);
		break;
	case SECURITY_MAXIMUM: config->security_maximum = values->number; break;
	case SECURITY_NO_ADDRESS: remove_addresses(port, true); break;
	default: break;
	}
}

static bool refuse(struct cli_context *context, const struct port *port, int what,
		   const struct cli_values *values)
{
	if (what == SECURITY_ON && port->config.mode != SWITCH_ACCESS) {
		text_add(context->out, "%% Command rejected: %s is a trunk port.\n", port->long_name);
		return true;
	}
	if (what == SECURITY_MAXIMUM && (values->number < 1 || values->number > SECURE_MAX)) {
		text_add(context->out, "%% Maximum is from 1 to %d\n", SECURE_MAX);
		return true;
	}
	if (what != SECURITY_MAXIMUM || values->number >= port->security.count)
		return false;
	text_add(context->out,
		 "%% Command rejected: %s has %u secure addresses already, more than that maximum.\n",
		 port->long_name, port->security.count);
	return true;
}

static bool add_address(struct cli_context *context, struct port *port, const struct cli_values *values)
{
	struct mac mac;

	if (mac_parse(&mac, values->word) || mac_is_group(&mac)) {
		text_add(context->out, "%% \"%.40s\" is no MAC address of one device\n", values->word);
		return false;
	}
	if (security_add(port, vlan_untagged(port), &mac))
		return true;
	text_add(context->out, "%% Total secure mac-addresses on interface %s has reached maximum limit.\n",
		 port->long_name);
	return false;
}

bool configure_security(struct cli_context *context, const struct cli_values *values)
{
	int what = context->row->number;

	for (struct port *port = context->port; port <= context->last; port++)
		if (refuse(context, port, what, values))
			return false;
	for (struct port *port = context->port; port <= context->last; port++) {
		if (what == SECURITY_ADDRESS && !add_address(context, port, values))
			return false;
		secure(port, what, values);
	}
	return true;
}

static bool add_sources(struct cli_context *context, struct mirror *mirror, int what,
			const struct cli_values *values)
{
	struct switch_core *core = context->core;

	if (!mirror->in)
		mirror->in = calloc(core->count, sizeof(*mirror->in));
	if (!mirror->out)
		mirror->out = calloc(core->count, sizeof(*mirror->out));
	if (!mirror->in || !mirror->out) {
		text_add(context->out, "%% No memory\n");
		return false;
	}
	for (const struct port *port = values->port; port <= values->last; port++)
		if (port->monitoring) {
			text_add(context->out, "%% %s is the destination of a session\n", port->long_name);
			return false;
		}
	for (const struct port *port = values->port; port <= values->last; port++) {
		mirror->in[port->index] = what != MONITOR_TX;
		mirror->out[port->index] = what != MONITOR_RX;
	}
	return true;
}

static bool set_destination(struct cli_context *context, struct mirror *mirror, int what,
			    const struct port *port)
{
	if (port->monitored || (port->monitoring && mirror->to != (int)port->index)) {
		text_add(context->out, "%% %s is the %s of a session\n", port->long_name,
			 port->monitored ? "source" : "destination");
		return false;
	}
	mirror->to = (int)port->index;
	mirror->replicate = what == MONITOR_REPLICATE;
	return true;
}

bool configure_monitor(struct cli_context *context, const struct cli_values *values)
{
	struct switch_core *core = context->core;
	int what = context->row->number;
	struct mirror *mirror;
	bool done = true;

	if (values->number < 1 || values->number > MIRRORS) {
		text_add(context->out, "%% Session numbers are from 1 to %d\n", MIRRORS);
		return false;
	}
	mirror = &core->mirrors[values->number - 1];
	if (what == MONITOR_NONE) {
		free(mirror->in);
		free(mirror->out);
		*mirror = (struct mirror){.to = -1};
	} else if (what == MONITOR_TO || what == MONITOR_REPLICATE) {
		done = set_destination(context, mirror, what, values->port);
	} else {
		done = add_sources(context, mirror, what, values);
	}
	mirror_changed(core);
	return done;
}
