#ifndef PHONELAB_TOPOLOGY_SETTLE_H
#define PHONELAB_TOPOLOGY_SETTLE_H

#include "phonelab/topology/topology.h"

/* The stages of reading a topology, in the order in which topology.c runs them. They report errors as complaints; after
 * an error, later stages may find less. */

/* Scale to a number of phones: counts, stack members, subnets and pools, PoE budgets. */
void topology_scale(struct topology *topology, size_t phones);

/* The clusters: their nodes, and which of them a TFTP server and a phone belong to. */
void topology_settle_clusters(struct topology *topology);

/* VLANs and their subnets; which closet has which switch; switches and how they are joined. */
void topology_settle_vlans(struct topology *topology);
void topology_settle_closets(struct topology *topology);
void topology_settle_switches(struct topology *topology);

/* Rows to phones: MACs, and the ports that the rows name. */
void topology_expand_phones(struct topology *topology);

/* Servers and call managers: names, ports, VLANs, addresses, pools. */
void topology_settle_servers(struct topology *topology);

/* Servers and call managers of the user: their programs, and keys that have no effect on them. */
void topology_settle_owners(struct topology *topology);

/* The release of a cluster with certificates, and what secure phones need. */
void topology_settle_security(struct topology *topology);

/* Phones: all other ports, lines, networks. The pools must be large enough. */
void topology_settle_phones(struct topology *topology);

/* --- among the stages --- */

/* Find the switch that port belongs to and mark the port as taken. If no port is given (member 0), choose a free access
 * port, from the first up or from the last down. False with a complaint at path of object if that fails. switch_name:
 * the switch if the port names none, or NULL. */
bool topology_take_port(struct topology *topology, struct key_port *port, const char *switch_name,
			size_t *switch_index, bool from_last, const struct yaml_node *object,
			const char *path);

/* Check the keys of an uplink that concern UDP; to is the other switch. Each trunk over UDP of a switch has its own VNI;
 * trunks between closets get one. */
void topology_settle_trunk(const struct topology *topology, const struct topology_switch *sw,
			   struct topology_uplink *uplink, const struct topology_switch *to);
void topology_settle_vnis(struct topology *topology);

/* The switch of a server that names no port: the first one of core. NULL: the first one. */
const char *topology_core_switch(const struct topology *topology);

/* A server or call manager is in core. Complain at path of object if the switch is not. */
void topology_check_core(const struct topology *topology, size_t switch_index, const struct yaml_node *object,
			 const char *path);

/* The far end of a taken port is an interface of the machine (key `nic`). */
void topology_mark_nic(const struct topology_switch *sw, const struct key_port *port);

/* An external node may be beyond such an interface: if the port has one, it can be taken once more. */
void topology_yield_nic(const struct topology *topology, const struct key_port *port);

/* Has the switch this port, or every port of the range? False with a complaint at path of object if not. */
bool topology_check_port(const struct topology *topology, const struct topology_switch *sw,
			 const struct key_port *port, const struct yaml_node *object, const char *path);

/* Complain if an earlier part of the lab, at other_at, has the same name, and return true then. A name may be NULL. */
bool topology_same_name(const struct topology *topology, const char *name, const char *other,
			const struct yaml_node *other_at, const struct yaml_node *object, const char *path);

/* Complain about a key of an object. path ends with the key; the place is that of the key, or of the object if it lacks
 * the key. Returns false. */
bool topology_complain(const struct topology *topology, const struct yaml_node *object, const char *path,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Everything that has an address of its own. */
struct owner {
	struct topology_plug *plug;
	const char *name, *path; /* "dhcp", "servers" */
	bool external;
};

struct owners {
	struct owner *items;
	size_t n;
};

/* The path of the list that has the node: "cluster.nodes", "clusters.nodes". */
const char *topology_node_path(const struct topology_node *node);

/* A DHCP server: its pool, clear of all that have an address, and its options. */
void topology_settle_dhcp(struct topology *topology, const struct owners *owners,
			  struct topology_server *server);

/* The switch with that name; without a name, the first switch. NULL if there is none. */
struct topology_switch *topology_switch_or_first(const struct topology *topology, const char *name);

#endif
