#ifndef PHONE_SIM_DRIVER_UDP_H
#define PHONE_SIM_DRIVER_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/driver/mark.h"

struct event_base;
struct udp;

/* What comes, always from the event loop. Each may call udp_close(). closed comes at most once, and is the
 * last: error is a positive errno (ECONNREFUSED: ICMP port unreachable). */
struct udp_calls {
	void (*received)(void *arg, const uint8_t *bytes, size_t length); /* one datagram */
	void (*closed)(void *arg, int error);
};

/* A socket inside the namespace ns (-1: the calling one) that speaks with address:port (host order) alone,
 * marked so; its own address and port are given back. Datagrams larger than the MTU go out in fragments. 0,
 * or a negative errno. calls must outlive it. */
int udp_open(struct udp **udp, struct event_base *base, int ns, uint32_t address, uint16_t port,
	     enum mark mark, const struct udp_calls *calls, void *arg, uint32_t *local_address,
	     uint16_t *local_port, struct fail *fail);

/* Send one datagram; it may be lost. An error that the network reports comes by closed. */
void udp_send(struct udp *udp, const void *bytes, size_t length);

/* Nothing is reported any more. NULL is legal. */
void udp_close(struct udp *udp);

#endif
