#ifndef SWITCH_SIM_CORE_NEIGHBOR_H
#define SWITCH_SIM_CORE_NEIGHBOR_H

/* What is kept of neighbours, heard by CDP or LLDP. */
#define NEIGHBORS_MAX  8 /* of each protocol at a port */
#define NEIGHBOR_TEXT  256
#define NEIGHBOR_SHORT 64

#endif
