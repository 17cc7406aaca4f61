#ifndef SWITCH_SIM_CORE_SHOW_H
#define SWITCH_SIM_CORE_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The software version and image name of show version, as parsers expect them. */
#define SHOW_VERSION "17.6.1"
#define SHOW_IMAGE   "SWITCHSIM-M"

/* Show command number i: "cdp neighbors <interface> detail"; NULL past the last one. */
const char *show_pattern(size_t i);

/* The output of `show`: show_ports.c, show_neighbors.c, show_guard.c, running_config.c, log.c. only: of that
 * port; NULL: of all. */

struct switch_core;
struct port;
struct switch_port_config;

/* The VLANs as "10,20-22"; "none" when there are none. */
void show_vlan_list(struct text *text, const uint8_t allowed[512]);
/* Does the trunk carry every VLAN? */
bool show_allows_all(const struct switch_port_config *config);
void show_running_config(const struct switch_core *core, struct text *text, const struct port *only);

void show_cdp_neighbors(struct switch_core *core, struct text *text, const struct port *only, bool detail);
void show_lldp_neighbors(struct switch_core *core, struct text *text, const struct port *only, bool detail);
void show_power_inline(struct switch_core *core, struct text *text, const struct port *only);
void show_vlan_brief(struct switch_core *core, struct text *text);
void show_mac_table(struct switch_core *core, struct text *text, const struct port *only, int vlan);
void show_interfaces_status(struct switch_core *core, struct text *text, const struct port *only);
void show_interfaces_counters(struct switch_core *core, struct text *text, const struct port *only);
void show_interfaces(struct switch_core *core, struct text *text, const struct port *only);
void show_interfaces_switchport(struct switch_core *core, struct text *text, const struct port *only);
void show_snooping(struct switch_core *core, struct text *text, bool bindings);
void show_err_disabled(struct switch_core *core, struct text *text);
void show_port_security(struct switch_core *core, struct text *text, const struct port *only);
void show_secure_addresses(struct switch_core *core, struct text *text);
void show_monitor(struct switch_core *core, struct text *text, unsigned only); /* 0: all sessions */
void show_logging(struct switch_core *core, struct text *text);
void show_version(struct switch_core *core, struct text *text);

#endif
