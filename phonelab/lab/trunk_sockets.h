#ifndef PHONELAB_LAB_TRUNK_SOCKETS_H
#define PHONELAB_LAB_TRUNK_SOCKETS_H

#include <sys/types.h>

#include "base/fail.h"
#include "phonelab/topology/topology.h"

/* The sockets of the trunks over UDP of a native lab. The lab has no network of the machine. So the outer process opens the
 * sockets in the namespaces of the user, and starts a process for each that resolves names there; the switches inherit the
 * descriptors (switch-sim/driver/trunk_socket.h). */
struct trunk_sockets {
	struct trunk_socket {
		size_t switch_index;
		int descriptor[2]; /* the socket, and the end at which names are resolved */
		pid_t resolver;
		char variable[2][48];
		const char *environment[3]; /* variable, NULL at the end */
	} * items;
	size_t count;
};

/* Open the sockets of all switches that have trunks over UDP. 0 or a negative errno with the reason; then none is open. Free
 * with trunk_sockets_close in any case. */
int trunk_sockets_open(struct trunk_sockets *sockets, const struct topology *topology, struct fail *fail);

/* Those of a switch, or NULL. */
const struct trunk_socket *trunk_sockets_of(const struct trunk_sockets *sockets, size_t switch_index);

/* Close the descriptors of this process. A resolver exits when no switch is left to ask it. */
void trunk_sockets_close(struct trunk_sockets *sockets);

#endif
