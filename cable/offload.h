#ifndef CABLE_OFFLOAD_H
#define CABLE_OFFLOAD_H

#include "base/fail.h"

/* Switch off tx-checksum, scatter-gather, TSO, GSO and GRO of an interface in the namespace ns (-1: the
 * current one). Frames that are relayed by AF_PACKET would else carry partial checksums and be larger than
 * the MTU. Each is read back; -EOPNOTSUPP names the one that stayed on. */
int offload_off(int ns, const char *interface, struct fail *fail);

/* The same with a socket of the namespace at hand (any AF_INET or AF_UNIX socket made there). */
int offload_off_socket(int sock, const char *interface, struct fail *fail);

#endif
