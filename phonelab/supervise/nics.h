#ifndef PHONELAB_SUPERVISE_NICS_H
#define PHONELAB_SUPERVISE_NICS_H

#include "cable/nic.h"
#include "phonelab/lab/complain.h"
#include "phonelab/topology/topology.h"

/* The ports of a topology whose far end is an interface of the machine. The outer process opens the interfaces, in the
 * namespaces of the user; the supervisor passes the descriptors to the switches. */
struct nics {
	struct nic_port {
		size_t switch_index;
		struct key_port port;
		const char *name; /* of the interface; the topology's */
		int descriptor[NIC_DESCRIPTORS];
	} * items;
	size_t count;
};

/* Open all of them. EXIT_AS_ASKED; otherwise none is open, and the reason is in fail: EXIT_UNFIT if this user may not,
 * else EXIT_USAGE. Free with nics_close in any case. */
enum exit_status nics_open(struct nics *nics, const struct topology *topology, struct fail *fail);

/* Pass them to the switches, which are ready. 0 or a negative errno with the reason. */
int nics_attach(const struct nics *nics, const struct topology *topology, struct fail *fail);

/* Close the descriptors of this process. */
void nics_close(struct nics *nics);

#endif
