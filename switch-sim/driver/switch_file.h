#ifndef SWITCH_SIM_DRIVER_SWITCH_FILE_H
#define SWITCH_SIM_DRIVER_SWITCH_FILE_H

#include "base/fail.h"
#include "base/peer.h"
#include "switch-sim/core/switch.h"

/* switch.json (docs/formats.md), read strictly. */

struct switch_uplink {
	unsigned port; /* ours */
	bool udp;      /* a trunk over UDP, without panel and remote_port */
	char *panel;   /* path of the other switch's panel */
	char *remote_port;
	char *to;	  /* of a trunk over UDP: the other switch's name; NULL: unknown */
	bool has_peer;	  /* else its address is learned */
	struct peer peer; /* where it is */
	uint32_t vni;
	bool keepalive;
};

struct switch_file {
	struct switch_config config; /* its lists belong to the file */
	struct switch_port_config *ports;
	struct switch_vlan_config *vlans;
	struct switch_uplink *uplinks;
	unsigned uplink_count;
	uint16_t udp_port; /* of all trunks over UDP */
	char *panel, *control;
	char *events;	 /* NULL: none */
	bool panel_only; /* no key of the file: see switch_file_panel_only */
};

/* Read the file at path. 0, or a negative errno with the reason (file, key, found, expected); then nothing is
 * to be freed. */
int switch_file_read(struct switch_file *file, const char *path, struct fail *fail);

/* Only the patch panel is to run: a switch of the user's joins the ports, which are interfaces of the namespace. No
 * discovery messages, power without a limit to every port that may give it, no uplinks of our own. */
void switch_file_panel_only(struct switch_file *file);

/* Free what the file owns; the struct itself is the caller's. */
void switch_file_free(struct switch_file *file);

#endif
