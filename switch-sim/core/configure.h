#ifndef SWITCH_SIM_CORE_CONFIGURE_H
#define SWITCH_SIM_CORE_CONFIGURE_H

#include "switch-sim/core/cli.h"

/* Configuration mode: configure.c has the table of its commands and the modes; what they do is in the other
 * configure_*.c, by the number of the row. */

/* --- configure_port.c: at the interfaces context->port to context->last --- */

/* Store the row's number in its member of struct switch_port_config; CONFIGURE_GIVEN: the number of the line. */
#define CONFIGURE_GIVEN (-1)
bool configure_port(struct cli_context *context, const struct cli_values *values);

enum configure_allowed_row {
	ALLOWED_SET,
	ALLOWED_ADD,
	ALLOWED_REMOVE,
	ALLOWED_ALL,
};
bool configure_allowed(struct cli_context *context, const struct cli_values *values);
bool configure_description(struct cli_context *context,
			   const struct cli_values *values); /* the row's number: set? */

/* --- configure_switch.c: of the whole switch, and its VLANs; the row's number: on or off --- */

bool configure_cdp(struct cli_context *context, const struct cli_values *values);
bool configure_lldp(struct cli_context *context, const struct cli_values *values);
bool configure_snooping(struct cli_context *context, const struct cli_values *values);
bool configure_budget(struct cli_context *context, const struct cli_values *values);

bool configure_no_vlan(struct cli_context *context, const struct cli_values *values);
bool configure_vlan_name(struct cli_context *context, const struct cli_values *values); /* of context->vlan */

/* --- configure_guard.c: port security and mirror sessions --- */

enum configure_guard_row {
	SECURITY_ON,
	SECURITY_OFF,
	SECURITY_MAXIMUM,
	SECURITY_ADDRESS,
	SECURITY_NO_ADDRESS,
	MONITOR_BOTH,
	MONITOR_RX,
	MONITOR_TX,
	MONITOR_TO,
	MONITOR_REPLICATE,
	MONITOR_NONE,
};
bool configure_security(struct cli_context *context, const struct cli_values *values);
bool configure_monitor(struct cli_context *context, const struct cli_values *values);

#endif
