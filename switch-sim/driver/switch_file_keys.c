#include "switch-sim/driver/switch_file_keys.h"

#include <stddef.h>

#include "switch-sim/core/switch.h"
#include "wire/vxlan.h"

static const char *const modes[] = {"access", "trunk", NULL};
static const char *const admins[] = {"auto", "static", "off", "never", NULL};
static const char *const priorities[] = {"critical", "high", "low", NULL};
static const char *const paces[] = {"fast", "real", NULL};
static const char *const overs[] = {"cable", "udp", NULL};

static const struct config_key poe_keys[] = {
    CONFIG_ROW("admin", CHOICE, struct file_poe, admin, .choices = admins),
    CONFIG_ROW("max_mw", INTEGER, struct file_poe, max_mw, .min = 4000, .max = 30000),
    CONFIG_ROW("priority", CHOICE, struct file_poe, priority, .choices = priorities),
    {0},
};

static const struct config_key vid_element = {
    .name = "", .type = CONFIG_INTEGER, .min = 1, .max = SWITCH_VLAN_MAX};

#define PORT_KEYS                                                                                            \
	CONFIG_ROW("mode", CHOICE, struct file_port, mode, .choices = modes),                                \
	    CONFIG_ROW("access_vlan", INTEGER, struct file_port, access_vlan, .min = 1,                      \
		       .max = SWITCH_VLAN_MAX),                                                              \
	    CONFIG_ROW("voice_vlan", INTEGER, struct file_port, voice_vlan, .nullable = true, .min = 1,      \
		       .max = SWITCH_VLAN_MAX),                                                              \
	    CONFIG_ROW("native_vlan", INTEGER, struct file_port, native_vlan, .min = 1,                      \
		       .max = SWITCH_VLAN_MAX),                                                              \
	    CONFIG_ROW("allowed_vlans", LIST, struct file_port, allowed, .nullable = true,                   \
		       .element = &vid_element, .element_size = sizeof(int64_t),                             \
		       .present = offsetof(struct file_port, has_allowed)),                                  \
	    CONFIG_ROW("trusted", BOOL, struct file_port, trusted),                                          \
	    CONFIG_ROW("cdp", BOOL, struct file_port, cdp),                                                  \
	    CONFIG_ROW("lldp", BOOL, struct file_port, lldp),                                                \
	    CONFIG_ROW("poe", OBJECT, struct file_port, poe, .keys = poe_keys),                              \
	    CONFIG_ROW("shutdown", BOOL, struct file_port, shutdown),                                        \
	    CONFIG_ROW("reserved", BOOL, struct file_port, reserved),                                        \
	    CONFIG_ROW("description", STRING, struct file_port, description, .min = 0,                       \
		       .max = SWITCH_DESCRIPTION - 1)

const struct config_key file_default_keys[] = {PORT_KEYS, {0}};
const struct config_key file_port_keys[] = {
    CONFIG_ROW("port", STRING, struct file_port, port, .required = true, .min = 1, .max = 40),
    PORT_KEYS,
    {0},
};

static const struct config_key vlan_keys[] = {
    CONFIG_ROW("id", INTEGER, struct file_vlan, id, .required = true, .min = 1, .max = SWITCH_VLAN_MAX),
    CONFIG_ROW("name", STRING, struct file_vlan, name, .min = 0, .max = SWITCH_VLAN_NAME - 1),
    {0},
};

static const struct config_key uplink_keys[] = {
    CONFIG_ROW("port", STRING, struct file_uplink, port, .required = true, .min = 1, .max = 40),
    CONFIG_ROW("over", CHOICE, struct file_uplink, over, .choices = overs),
    CONFIG_ROW("panel", STRING, struct file_uplink, panel, .min = 1, .max = 107),
    CONFIG_ROW("remote_port", STRING, struct file_uplink, remote_port, .min = 1, .max = 31),
    CONFIG_ROW("to", STRING, struct file_uplink, to, .min = 1, .max = SWITCH_NODE - 1),
    CONFIG_ROW("peer", STRING, struct file_uplink, peer, .nullable = true, .min = 1, .max = 300),
    CONFIG_ROW("vni", INTEGER, struct file_uplink, vni, .min = 1, .max = VXLAN_VNI_MAX),
    CONFIG_ROW("keepalive", BOOL, struct file_uplink, keepalive,
	       .present = offsetof(struct file_uplink, has_keepalive)),
    {0},
};

static const struct config_key budget_keys[] = {
    CONFIG_ROW("budget_mw", INTEGER, struct file_budget, budget_mw, .min = 0, .max = 4000000),
    {0},
};

static const struct config_key vlan_element = {.name = "", .type = CONFIG_OBJECT, .keys = vlan_keys};
static const struct config_key port_element = {.name = "", .type = CONFIG_ANY};
static const struct config_key uplink_element = {.name = "", .type = CONFIG_OBJECT, .keys = uplink_keys};

const struct config_key file_switch_keys[] = {
    CONFIG_ROW("name", STRING, struct file_switch, name, .required = true, .min = 1, .max = SWITCH_NAME - 1),
    CONFIG_ROW("platform", STRING, struct file_switch, platform, .min = 1, .max = 63),
    CONFIG_ROW("version", STRING, struct file_switch, version, .min = 1, .max = 255),
    CONFIG_ROW("mac", MAC, struct file_switch, mac, .required = true),
    CONFIG_ROW("management_address", IPV4, struct file_switch, address, .nullable = true,
	       .present = offsetof(struct file_switch, has_address)),
    CONFIG_ROW("members", INTEGER, struct file_switch, members, .min = 1, .max = 64),
    CONFIG_ROW("ports_per_member", INTEGER, struct file_switch, ports_per_member, .required = true, .min = 1,
	       .max = 999),
    CONFIG_ROW("uplinks_per_member", INTEGER, struct file_switch, uplinks_per_member, .min = 0, .max = 99),
    CONFIG_ROW("poe", OBJECT, struct file_switch, poe, .keys = budget_keys),
    CONFIG_ROW("vlans", LIST, struct file_switch, vlans, .element = &vlan_element,
	       .element_size = sizeof(struct file_vlan)),
    CONFIG_ROW("dhcp_snooping", BOOL, struct file_switch, dhcp_snooping),
    CONFIG_ROW("arp_suppression", BOOL, struct file_switch, arp_suppression),
    CONFIG_ROW("pace", CHOICE, struct file_switch, pace, .choices = paces),
    CONFIG_ROW("ports", LIST, struct file_switch, ports, .element = &port_element,
	       .element_size = sizeof(json_t *)),
    CONFIG_ROW("port_default", ANY, struct file_switch, port_default),
    CONFIG_ROW("uplinks", LIST, struct file_switch, uplinks, .element = &uplink_element,
	       .element_size = sizeof(struct file_uplink)),
    CONFIG_ROW("udp_port", INTEGER, struct file_switch, udp_port, .min = 1, .max = 65535),
    CONFIG_ROW("panel", STRING, struct file_switch, panel, .required = true, .min = 1, .max = 107),
    CONFIG_ROW("control", STRING, struct file_switch, control, .required = true, .min = 1, .max = 107),
    CONFIG_ROW("events", STRING, struct file_switch, events, .nullable = true, .min = 1, .max = 4095),
    CONFIG_ROW("seed", INTEGER, struct file_switch, seed),
    {0},
};
