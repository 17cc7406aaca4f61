#ifndef PHONELAB_TOPOLOGY_SETTLE_H
#define PHONELAB_TOPOLOGY_SETTLE_H

#include "phonelab/topology/topology.h"

/* The stages of reading a topology, in the order in which topology.c runs them. They report errors as complaints; after
 * an error, later stages may find less. */

/* Scale to a number of phones: counts, stack members, subnets and pools, PoE budgets. */
void topology_scale(struct topology *topology, size_t phones, struct complaints *complaints);

/* VLANs and their subnets; switches and how they are joined. */
void topology_settle_vlans(struct topology *topology, struct complaints *complaints);
void topology_settle_switches(struct topology *topology, struct complaints *complaints);

/* Rows to phones: MACs, and the ports that the rows name. */
void topology_expand_phones(struct topology *topology, struct complaints *complaints);

/* Servers and call managers: names, ports, VLANs, addresses, pools. */
void topology_settle_servers(struct topology *topology, struct complaints *complaints);

/* Phones: all other ports, lines, networks. The pools must be large enough. */
void topology_settle_phones(struct topology *topology, struct complaints *complaints);

/* --- among the stages --- */

/* Find the switch that port belongs to and mark the port as taken. If no port is given (member 0), choose a free access
 * port, from the first up or from the last down. False with a complaint at `at` and key if that fails. switch_name: the
 * switch if the port names none, or NULL. */
bool topology_take_port(struct topology *topology, struct key_port *port, const char *switch_name,
			size_t *switch_index, bool from_last, const struct yaml_node *at, const char *key,
			struct complaints *complaints);

/* The place of a key of an object, or of the object when it lacks the key. */
const struct yaml_node *topology_where(const struct yaml_node *object, const char *key);

#endif
