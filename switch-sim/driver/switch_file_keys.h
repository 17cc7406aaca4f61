#ifndef SWITCH_SIM_DRIVER_SWITCH_FILE_KEYS_H
#define SWITCH_SIM_DRIVER_SWITCH_FILE_KEYS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/json_config.h"
#include "base/mac.h"

/* The file of a switch as it is written, and the tables of its keys. switch_file.c makes a configuration of
 * it. */

struct file_poe {
	int admin;
	int64_t max_mw;
	int priority;
};

struct file_port {
	char *port;
	int mode;
	int64_t access_vlan, voice_vlan, native_vlan;
	struct config_list allowed; /* int64_t */
	bool has_allowed;
	bool trusted, cdp, lldp, shutdown, reserved;
	struct file_poe poe;
	char *description;
};

struct file_vlan {
	int64_t id;
	char *name;
};

struct file_uplink {
	char *port;
	int over; /* 0: cable, 1: udp */
	char *panel, *remote_port;
	char *to, *peer;
	int64_t vni;
	bool keepalive, has_keepalive;
};

struct file_budget {
	int64_t budget_mw;
};

struct file_switch {
	char *name, *platform, *version;
	struct mac mac;
	struct in_addr address;
	bool has_address;
	int64_t members, ports_per_member, uplinks_per_member;
	struct file_budget poe;
	struct config_list vlans;   /* struct file_vlan */
	struct config_list ports;   /* json_t *: read on top of port_default */
	struct config_list uplinks; /* struct file_uplink */
	json_t *port_default;
	bool dhcp_snooping, arp_suppression;
	int pace;
	int64_t udp_port;
	char *panel, *control, *events;
	int64_t seed;
};

/* Of struct file_switch; of struct file_port, as one of the ports and as port_default. */
extern const struct config_key file_switch_keys[], file_port_keys[], file_default_keys[];

#endif
