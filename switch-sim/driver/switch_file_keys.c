#include "switch-sim/driver/switch_file_keys.h"

#include <stddef.h>

#include "switch-sim/core/switch.h"

#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const modes[] = {"access", "trunk", NULL};
static const char *const admins[] = {"auto", "static", "off", "never", NULL};
static const char *const priorities[] = {"critical", "high", "low", NULL};
static const char *const paces[] = {"fast", "real", NULL};

static const struct config_key poe_keys[] = {
    {.name = "admin", .type = CONFIG_CHOICE, .choices = admins, AT(file_poe, admin)},
    {.name = "max_mw", .type = CONFIG_INTEGER, .min = 4000, .max = 30000, AT(file_poe, max_mw)},
    {.name = "priority", .type = CONFIG_CHOICE, .choices = priorities, AT(file_poe, priority)},
    {0},
};

static const struct config_key vid_element = {
    .name = "", .type = CONFIG_INTEGER, .min = 1, .max = SWITCH_VLAN_MAX};

#define PORT_KEYS                                                                                            \
	{.name = "mode", .type = CONFIG_CHOICE, .choices = modes, AT(file_port, mode)},                      \
	    {.name = "access_vlan",                                                                          \
	     .type = CONFIG_INTEGER,                                                                         \
	     .min = 1,                                                                                       \
	     .max = SWITCH_VLAN_MAX,                                                                         \
	     AT(file_port, access_vlan)},                                                                    \
	    {.name = "voice_vlan",                                                                           \
	     .type = CONFIG_INTEGER,                                                                         \
	     .nullable = true,                                                                               \
	     .min = 1,                                                                                       \
	     .max = SWITCH_VLAN_MAX,                                                                         \
	     AT(file_port, voice_vlan)},                                                                     \
	    {.name = "native_vlan",                                                                          \
	     .type = CONFIG_INTEGER,                                                                         \
	     .min = 1,                                                                                       \
	     .max = SWITCH_VLAN_MAX,                                                                         \
	     AT(file_port, native_vlan)},                                                                    \
	    {.name = "allowed_vlans",                                                                        \
	     .type = CONFIG_LIST,                                                                            \
	     .nullable = true,                                                                               \
	     .element = &vid_element,                                                                        \
	     .element_size = sizeof(int64_t),                                                                \
	     AT(file_port, allowed),                                                                         \
	     .present = offsetof(struct file_port, has_allowed)},                                            \
	    {.name = "trusted", .type = CONFIG_BOOL, AT(file_port, trusted)},                                \
	    {.name = "cdp", .type = CONFIG_BOOL, AT(file_port, cdp)},                                        \
	    {.name = "lldp", .type = CONFIG_BOOL, AT(file_port, lldp)},                                      \
	    {.name = "poe", .type = CONFIG_OBJECT, .keys = poe_keys, AT(file_port, poe)},                    \
	    {.name = "shutdown", .type = CONFIG_BOOL, AT(file_port, shutdown)},                              \
	    {.name = "reserved", .type = CONFIG_BOOL, AT(file_port, reserved)},                              \
	{                                                                                                    \
		.name = "description", .type = CONFIG_STRING, .min = 0, .max = SWITCH_DESCRIPTION - 1,       \
		AT(file_port, description)                                                                   \
	}

const struct config_key file_default_keys[] = {PORT_KEYS, {0}};
const struct config_key file_port_keys[] = {
    {.name = "port", .type = CONFIG_STRING, .required = true, .min = 1, .max = 40, AT(file_port, port)},
    PORT_KEYS,
    {0},
};

static const struct config_key vlan_keys[] = {
    {.name = "id",
     .type = CONFIG_INTEGER,
     .required = true,
     .min = 1,
     .max = SWITCH_VLAN_MAX,
     AT(file_vlan, id)},
    {.name = "name", .type = CONFIG_STRING, .min = 0, .max = SWITCH_VLAN_NAME - 1, AT(file_vlan, name)},
    {0},
};

static const struct config_key uplink_keys[] = {
    {.name = "port", .type = CONFIG_STRING, .required = true, .min = 1, .max = 40, AT(file_uplink, port)},
    {.name = "panel", .type = CONFIG_STRING, .required = true, .min = 1, .max = 107, AT(file_uplink, panel)},
    {.name = "remote_port",
     .type = CONFIG_STRING,
     .required = true,
     .min = 1,
     .max = 31,
     AT(file_uplink, remote_port)},
    {0},
};

static const struct config_key budget_keys[] = {
    {.name = "budget_mw", .type = CONFIG_INTEGER, .min = 0, .max = 4000000, AT(file_budget, budget_mw)},
    {0},
};

static const struct config_key vlan_element = {.name = "", .type = CONFIG_OBJECT, .keys = vlan_keys};
static const struct config_key port_element = {.name = "", .type = CONFIG_ANY};
static const struct config_key uplink_element = {.name = "", .type = CONFIG_OBJECT, .keys = uplink_keys};

const struct config_key file_switch_keys[] = {
    {.name = "name",
     .type = CONFIG_STRING,
     .required = true,
     .min = 1,
     .max = SWITCH_NAME - 1,
     AT(file_switch, name)},
    {.name = "platform", .type = CONFIG_STRING, .min = 1, .max = 63, AT(file_switch, platform)},
    {.name = "version", .type = CONFIG_STRING, .min = 1, .max = 255, AT(file_switch, version)},
    {.name = "mac", .type = CONFIG_MAC, .required = true, AT(file_switch, mac)},
    {.name = "management_address",
     .type = CONFIG_IPV4,
     .nullable = true,
     AT(file_switch, address),
     .present = offsetof(struct file_switch, has_address)},
    {.name = "members", .type = CONFIG_INTEGER, .min = 1, .max = 64, AT(file_switch, members)},
    {.name = "ports_per_member",
     .type = CONFIG_INTEGER,
     .required = true,
     .min = 1,
     .max = 999,
     AT(file_switch, ports_per_member)},
    {.name = "uplinks_per_member",
     .type = CONFIG_INTEGER,
     .min = 0,
     .max = 99,
     AT(file_switch, uplinks_per_member)},
    {.name = "poe", .type = CONFIG_OBJECT, .keys = budget_keys, AT(file_switch, poe)},
    {.name = "vlans",
     .type = CONFIG_LIST,
     .element = &vlan_element,
     .element_size = sizeof(struct file_vlan),
     AT(file_switch, vlans)},
    {.name = "dhcp_snooping", .type = CONFIG_BOOL, AT(file_switch, dhcp_snooping)},
    {.name = "arp_suppression", .type = CONFIG_BOOL, AT(file_switch, arp_suppression)},
    {.name = "pace", .type = CONFIG_CHOICE, .choices = paces, AT(file_switch, pace)},
    {.name = "ports",
     .type = CONFIG_LIST,
     .element = &port_element,
     .element_size = sizeof(json_t *),
     AT(file_switch, ports)},
    {.name = "port_default", .type = CONFIG_ANY, AT(file_switch, port_default)},
    {.name = "uplinks",
     .type = CONFIG_LIST,
     .element = &uplink_element,
     .element_size = sizeof(struct file_uplink),
     AT(file_switch, uplinks)},
    {.name = "panel", .type = CONFIG_STRING, .required = true, .min = 1, .max = 107, AT(file_switch, panel)},
    {.name = "control",
     .type = CONFIG_STRING,
     .required = true,
     .min = 1,
     .max = 107,
     AT(file_switch, control)},
    {.name = "events",
     .type = CONFIG_STRING,
     .nullable = true,
     .min = 1,
     .max = 4095,
     AT(file_switch, events)},
    {.name = "seed", .type = CONFIG_INTEGER, AT(file_switch, seed)},
    {0},
};
