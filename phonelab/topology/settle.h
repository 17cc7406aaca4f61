#ifndef PHONELAB_TOPOLOGY_SETTLE_H
#define PHONELAB_TOPOLOGY_SETTLE_H

#include "phonelab/topology/topology.h"

/* The stages of reading a topology: between topology.c, which runs them in this order, and the topology_*.c.
 * What is wrong is complained of; later stages may then find less. */

/* More or fewer phones than the rows say: counts, stack members, subnets and pools, PoE budgets. */
void topology_scale(struct topology *topology, size_t phones, struct complaints *complaints);

/* VLANs and their subnets; switches and how they are joined. */
void topology_settle_vlans(struct topology *topology, struct complaints *complaints);
void topology_settle_switches(struct topology *topology, struct complaints *complaints);

/* Rows to phones: MACs, and the ports that were said. */
void topology_expand_phones(struct topology *topology, struct complaints *complaints);

/* Servers and call managers: names, ports, VLANs, addresses, pools. */
void topology_settle_servers(struct topology *topology, struct complaints *complaints);

/* Phones: the ports that were not said, lines, networks; and whether the pools are large enough. */
void topology_settle_phones(struct topology *topology, struct complaints *complaints);

/* --- among the stages --- */

/* Find the switch that port belongs to and mark it taken; or, when no port was said, choose one of its access
 * ports, from the first up or from the last down. Complains, and gives false, when it cannot. at, key: whom
 * to blame; switch_name: where to look when the port names none, may be NULL. */
bool topology_take_port(struct topology *topology, struct key_port *port, const char *switch_name,
			size_t *switch_index, bool from_last, const struct yaml_node *at, const char *key,
			struct complaints *complaints);

/* The place of a key of an object, or of the object when it lacks the key. */
const struct yaml_node *topology_where(const struct yaml_node *object, const char *key);

#endif
