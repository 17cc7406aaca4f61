/* The configuration commands of interfaces: VLANs, power, protocols. */
#include "switch-sim/core/configure.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/port_link.h"
#include "base/text.h"
#include "switch-sim/core/vlan.h"

static void set_allowed(struct switch_port_config *config, int how, const uint8_t vlans[512])
{
	for (unsigned i = 0; i < sizeof(config->allowed); i++)
		switch (how) {
		case ALLOWED_SET: config->allowed[i] = vlans[i]; break;
		case ALLOWED_ADD: config->allowed[i] |= vlans[i]; break;
		case ALLOWED_REMOVE: config->allowed[i] &= (uint8_t)~vlans[i]; break;
		default: config->allowed[i] = 0xff; break;
		}
}

/* Store a number in the member of the row: a bool, a uint16_t, or an unsigned or enum. */
static void store(struct switch_port_config *config, const struct cli_row *row, unsigned number)
{
	char *member = (char *)config + row->member;

	if (row->size == sizeof(bool))
		memcpy(member, &(bool){number != 0}, sizeof(bool));
	else if (row->size == sizeof(uint16_t))
		memcpy(member, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
	else
		memcpy(member, &number, sizeof(number));
}

static bool sets(const struct cli_row *row, size_t member)
{
	return row->size && row->member == member;
}

/* The agents of a port follow at once: a protocol that is switched off removes its neighbours and sends its last message. */
static void agents_follow(struct switch_core *core, struct port *port,
			  const struct switch_port_config *before)
{
	if (before->cdp != port->config.cdp)
		cdp_agent_link(core, port);
	if (before->lldp_transmit && !port->config.lldp_transmit) {
		port->config.lldp_transmit = true;
		lldp_agent_shutdown(core, port);
		port->config.lldp_transmit = false;
	}
	if (before->lldp_transmit != port->config.lldp_transmit ||
	    before->lldp_receive != port->config.lldp_receive)
		lldp_agent_link(core, port);
}

static bool untagged_or_voice_changed(const struct switch_port_config *a, const struct switch_port_config *b)
{
	return a->mode != b->mode || a->access_vlan != b->access_vlan || a->voice_vlan != b->voice_vlan ||
	       a->native_vlan != b->native_vlan;
}

/* Everything that follows from a change of the configuration of a port. */
static void port_changed(struct switch_core *core, struct port *port, struct switch_port_config before)
{
	if (before.shutdown != port->config.shutdown && port->config.shutdown) {
		port->err_cause = NULL;
		lldp_agent_shutdown(core, port);
		core_log(core, "%%LINK-5-CHANGED: Interface %s, changed state to administratively down",
			 port->long_name);
	}
	if (before.poe_admin != port->config.poe_admin || before.poe_max_mw != port->config.poe_max_mw ||
	    before.poe_priority != port->config.poe_priority || before.shutdown != port->config.shutdown)
		port_reconfigured(core, port);
	vlan_changed(core);
	agents_follow(core, port, &before);
	if (!untagged_or_voice_changed(&before, &port->config))
		return;
	mactable_flush_port(core->macs, port->index);
	/* Announce a new VLAN to the neighbours at once. */
	cdp_agent_send(core, port);
	lldp_agent_send(core, port);
}

/* IOS makes a VLAN that an access port is put into. */
static void want_vlan(struct cli_context *context, const char *what, unsigned id)
{
	if (vlan_exists(context->core, id))
		return;
	text_add(context->out, "%% %s VLAN does not exist. Creating vlan %u\n", what, id);
	vlan_create(context->core, id);
}

bool configure_port(struct cli_context *context, const struct cli_values *values)
{
	const struct cli_row *row = context->row;
	unsigned number = row->number == CONFIGURE_GIVEN ? values->number : (unsigned)row->number;
	bool admin = sets(row, offsetof(struct switch_port_config, poe_admin)),
	     limited = strstr(row->pattern, "max <");

	if (admin && limited && (values->number < 4000 || values->number > 30000)) {
		text_add(context->out, "%% Power limit is from 4000 to 30000 milliwatts\n");
		return false;
	}
	for (struct port *port = context->port; port <= context->last; port++)
		if ((admin || sets(row, offsetof(struct switch_port_config, poe_priority))) &&
		    !poe_has_port(context->core, port)) {
			text_add(context->out, "%% %s has no inline power\n", port->name);
			return false;
		}
	if (number && sets(row, offsetof(struct switch_port_config, access_vlan)))
		want_vlan(context, "Access", number);
	if (number && sets(row, offsetof(struct switch_port_config, voice_vlan)))
		want_vlan(context, "Voice", number);
	for (struct port *port = context->port; port <= context->last; port++) {
		struct switch_port_config before = port->config;

		store(&port->config, row, number);
		if (admin && (number == SWITCH_POE_AUTO || number == SWITCH_POE_STATIC))
			port->config.poe_max_mw = limited ? values->number : 30000;
		port_changed(context->core, port, before);
	}
	return true;
}

bool configure_allowed(struct cli_context *context, const struct cli_values *values)
{
	for (struct port *port = context->port; port <= context->last; port++)
		set_allowed(&port->config, context->row->number, values->vlans);
	vlan_changed(context->core);
	return true;
}

bool configure_description(struct cli_context *context, const struct cli_values *values)
{
	for (struct port *port = context->port; port <= context->last; port++)
		snprintf(port->config.description, sizeof(port->config.description), "%.*s",
			 SWITCH_DESCRIPTION - 1, context->row->number ? values->word : "");
	return true;
}
