#ifndef SWITCH_SIM_DRIVER_SWITCHD_TRUNK_H
#define SWITCH_SIM_DRIVER_SWITCHD_TRUNK_H

#include <event2/dns.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "switch-sim/core/trunk.h"
#include "switch-sim/driver/switchd.h"
#include "switch-sim/driver/trunk_socket.h"

/* The trunks over UDP of a switch: one socket, and the names of the peers. */

/* A query for the name of a peer. */
struct trunk_lookup {
	struct switchd_trunks *of;
	unsigned trunk;
	struct evdns_base *dns; /* of the last query: each query reads the files of the resolver again */
	struct evdns_getaddrinfo_request *request; /* NULL: none runs */
	bool asked;				   /* outside, and not answered yet */
	char complaint[256]; /* the last one that was printed, because each is printed once */
};

struct switchd_trunks {
	struct switchd *d;
	struct trunks *trunks;
	unsigned count;
	const struct switch_uplink **uplink; /* of each trunk */
	struct trunk_lookup *lookup;	     /* of each trunk */
	int *mtu;			     /* of each trunk: the route's MTU that was reported */
	int *over;			     /* of each trunk: octets around a frame */
	int fd;
	int outside; /* where to ask what a process beside the socket knows; -1: the socket is here */
	struct event *outside_event;
	int family; /* AF_INET6 for both, or AF_INET */
	struct event *readable, *timer;
	uint8_t *buffers;
};

/* switchd_lookup.c: look the peer up; trunks_resolved follows, perhaps at once. Stop all. */
void trunk_lookup_start(struct trunk_lookup *lookup);
void trunk_lookup_stop(struct trunk_lookup *lookup);

/* After each call of trunks_*: arm the timer. */
void switchd_trunks_arm(struct switchd_trunks *t);

/* The lookup has ended: the address, or NULL and the reason. */
void trunk_lookup_done(struct trunk_lookup *lookup, const struct trunk_address *address, const char *reason);

/* switchd_trunk_mtu.c: print once that the route to the peer makes fragments of frames; the same when its MTU is known. */
void trunk_report_mtu(struct switchd_trunks *t, unsigned trunk, const struct trunk_address *address);
void trunk_say_mtu(struct switchd_trunks *t, unsigned trunk, int mtu);

/* switchd_outside.c: take the inherited socket, if there is one. Ask the process beside it; false if that failed. Stop. */
int trunk_outside_adopt(struct switchd_trunks *t, struct fail *fail);
bool trunk_outside_ask(struct switchd_trunks *t, const char *verb, unsigned trunk, const char *word);
void trunk_outside_stop(struct switchd_trunks *t);

/* switchd_secret.c: the secret of the keepalives, from the file named by PHONELAB_TRUNK_SECRET_FILE, or from
 * PHONELAB_TRUNK_SECRET. Its length, 0 if neither is set, or a negative errno with a reason that does not contain it. */
ssize_t trunk_secret_read(uint8_t secret[TRUNK_SECRET_MAX + 1], struct fail *fail);

#endif
