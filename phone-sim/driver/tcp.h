#ifndef PHONE_SIM_DRIVER_TCP_H
#define PHONE_SIM_DRIVER_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/driver/mark.h"

struct event_base;
struct evbuffer;
struct tcp;

/* What a connection reports, always from the event loop. Each may call tcp_close(). closed comes at most
 * once, and is the last: error is a positive errno (ETIMEDOUT: not connected in time), or 0 for an orderly
 * end. */
struct tcp_calls {
	void (*connected)(void *arg, uint32_t local_address, uint16_t local_port);
	void (*readable)(void *arg, struct evbuffer *input);
	void (*closed)(void *arg, int error);
};

/* Begin to connect to address:port (host order) from inside the namespace ns (-1: the calling one), marked
 * so. timeout_us bounds the connecting. 0, or a negative errno when it failed at once (no route). calls must
 * outlive the connection. */
int tcp_open(struct tcp **tcp, struct event_base *base, int ns, uint32_t address, uint16_t port,
	     uint64_t timeout_us, enum mark mark, const struct tcp_calls *calls, void *arg,
	     struct fail *fail);

/* Queue bytes; before the connection is up they wait for it. 0 or a negative errno. */
int tcp_send(struct tcp *tcp, const void *bytes, size_t length);

/* The received bytes that were not read yet; borrowed. */
struct evbuffer *tcp_input(struct tcp *tcp);

/* For a download: one ACK per two segments from the first on (RFC 5681, 4.2). Linux else acknowledges the first 16 one by one, and
 * each ACK costs the lab as much as a segment. Not for SIP: the ACK of a last message would wait, and an unplugged phone never
 * sends it. */
void tcp_delay_acks(struct tcp *tcp);

/* Receive no more while this many bytes have not been read. */
void tcp_limit_input(struct tcp *tcp, size_t bytes);

/* How many segments the kernel has sent again on this connection; 0 if it cannot say. NULL is legal. */
unsigned tcp_sent_again(const struct tcp *tcp);

/* Close: queued bytes go to the kernel first; abort: with RST. Reports nothing more. NULL is legal. */
void tcp_close(struct tcp *tcp, bool abort);

#endif
