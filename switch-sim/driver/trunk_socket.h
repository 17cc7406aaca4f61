#ifndef SWITCH_SIM_DRIVER_TRUNK_SOCKET_H
#define SWITCH_SIM_DRIVER_TRUNK_SOCKET_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "switch-sim/core/trunk.h"

/*
 * The socket of the trunks of a switch. It may be in other namespaces than the switch: then another process opens it, the switch
 * inherits it (the number of the descriptor is in PHONELAB_TRUNK_SOCKET), and a process beside the socket answers what only a
 * process there can know. The switch asks at the SOCK_SEQPACKET socket in PHONELAB_TRUNK_RESOLVER. A message is a line of text:
 *
 *   question                 answer
 *   resolve TRUNK HOST       resolve TRUNK ADDRESS   or   resolve TRUNK ! REASON
 *   mtu TRUNK ADDRESS        mtu TRUNK NUMBER        (of the route; 0: unknown)
 *
 * TRUNK is a number that the answer repeats.
 */
#define TRUNK_SOCKET_VARIABLE	"PHONELAB_TRUNK_SOCKET"
#define TRUNK_RESOLVER_VARIABLE "PHONELAB_TRUNK_RESOLVER"
#define TRUNK_QUESTION		400

/* Open and bind it: for IPv4 and IPv6, or for IPv4 where the kernel has no IPv6 (*family: AF_INET6 or AF_INET). The descriptor, or
 * a negative errno with the reason. */
int trunk_socket_open(uint16_t port, int *family, struct fail *fail);

/* Addresses as a socket of that family has them. */
socklen_t trunk_socket_address(int family, const struct trunk_address *address,
			       struct sockaddr_storage *storage);
struct trunk_address trunk_socket_origin(const struct sockaddr_storage *storage);

/* The MTU of the route to an address, in the namespace of the caller; 0 if there is none. */
int trunk_socket_mtu(int family, const struct trunk_address *address);

/* Answer the questions at fd until the other end is closed. */
void trunk_socket_serve(int fd, int family);

#endif
