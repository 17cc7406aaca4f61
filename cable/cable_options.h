#ifndef CABLE_CABLE_OPTIONS_H
#define CABLE_CABLE_OPTIONS_H

#include <stdbool.h>

#include "cable/address.h"
#include "cable/panel_msg.h"
#include "cable/vlan.h"

/* The command line of the `cable` command. */

#define CABLE_PLUGS	16
#define CABLE_ADDRESSES 16
#define CABLE_ROUTES	32

struct cable_route {
	struct address network;
	struct in_addr gateway;
};

/* One cable. */
struct cable_plug_options {
	const char *panel; /* path */
	const char *port;  /* NULL: any */
	const char *interface;
	struct mac mac;
	bool has_mac;
	enum panel_power_kind power;
	unsigned power_class;
	uint16_t vlan; /* 0: untagged */
	enum vlan_backend backend;
	struct address addresses[CABLE_ADDRESSES];
	unsigned address_count;
	struct cable_route routes[CABLE_ROUTES]; /* the default route among them */
	unsigned route_count;
};

struct cable_options {
	const char *node; /* NULL: the host's name */
	struct cable_plug_options plugs[CABLE_PLUGS];
	unsigned plug_count;
	bool new_netns;
	bool forward;
	bool no_replug;
	bool quiet;
	bool help, version;
	unsigned timeout_s; /* until all links are up; 0: no limit */
	char **command;	    /* NULL: none */
};

/* Parse. Texts are borrowed from argv, whose --plug arguments are cut up. 0, or -EINVAL with the option, what
 * was found and what was expected. */
int cable_options_parse(struct cable_options *options, int argc, char **argv, struct fail *fail);

/* The text of --help. */
extern const char cable_usage[];

#endif
