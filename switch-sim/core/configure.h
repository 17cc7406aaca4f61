#ifndef SWITCH_SIM_CORE_CONFIGURE_H
#define SWITCH_SIM_CORE_CONFIGURE_H

#include "switch-sim/core/cli.h"

/* Configuration mode: configure.c has the table of its commands and the modes; what they do is in the other
 * configure_*.c, by the number of the row. */

/* --- configure_port.c: at the interfaces context->port to context->last --- */

enum configure_port_row {
	PORT_SHUT,
	PORT_NO_SHUT,
	PORT_MODE_ACCESS,
	PORT_MODE_TRUNK,
	PORT_ACCESS_VLAN,
	PORT_NO_ACCESS_VLAN,
	PORT_VOICE_VLAN,
	PORT_NO_VOICE_VLAN,
	PORT_NATIVE_VLAN,
	PORT_NO_NATIVE_VLAN,
	PORT_ALLOWED,
	PORT_ALLOWED_ADD,
	PORT_ALLOWED_REMOVE,
	PORT_NO_ALLOWED,
	PORT_POWER_AUTO,
	PORT_POWER_AUTO_MAX,
	PORT_POWER_STATIC,
	PORT_POWER_STATIC_MAX,
	PORT_POWER_NEVER,
	PORT_POWER_OFF,
	PORT_PRIORITY_CRITICAL,
	PORT_PRIORITY_HIGH,
	PORT_PRIORITY_LOW,
	PORT_CDP,
	PORT_NO_CDP,
	PORT_LLDP_TRANSMIT,
	PORT_NO_LLDP_TRANSMIT,
	PORT_LLDP_RECEIVE,
	PORT_NO_LLDP_RECEIVE,
	PORT_TRUST,
	PORT_NO_TRUST,
	PORT_DESCRIPTION,
	PORT_NO_DESCRIPTION,
};
bool configure_port(struct cli_context *context, const struct cli_values *values);

/* --- configure_switch.c: of the whole switch, and its VLANs --- */

enum configure_switch_row {
	GLOBAL_CDP_RUN,
	GLOBAL_NO_CDP_RUN,
	GLOBAL_LLDP_RUN,
	GLOBAL_NO_LLDP_RUN,
	GLOBAL_SNOOPING,
	GLOBAL_NO_SNOOPING,
};
bool configure_switch(struct cli_context *context, const struct cli_values *values);
bool configure_budget(struct cli_context *context, const struct cli_values *values);

void configure_create_vlan(struct switch_core *core, unsigned id);
bool configure_no_vlan(struct cli_context *context, const struct cli_values *values);
bool configure_vlan_name(struct cli_context *context, const struct cli_values *values); /* of context->vlan */

/* --- configure_guard.c: port security and mirror sessions --- */

enum configure_guard_row {
	SECURITY_ON,
	SECURITY_OFF,
	SECURITY_MAXIMUM,
	SECURITY_NO_MAXIMUM,
	SECURITY_SHUTDOWN,
	SECURITY_RESTRICT,
	SECURITY_PROTECT,
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
