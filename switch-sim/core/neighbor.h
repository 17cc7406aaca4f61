#ifndef SWITCH_SIM_CORE_NEIGHBOR_H
#define SWITCH_SIM_CORE_NEIGHBOR_H

/* Limits of the tables of CDP and LLDP neighbours. */
#define NEIGHBORS_MAX  8 /* of each protocol at a port */
#define NEIGHBOR_TEXT  256
#define NEIGHBOR_SHORT 64

#endif
