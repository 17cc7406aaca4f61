#ifndef PHONE_SIM_DRIVER_PORT_INTERNAL_H
#define PHONE_SIM_DRIVER_PORT_INTERNAL_H

#include <event2/event.h>

#include "base/rng.h"
#include "cable/monitor.h"
#include "cable/panel_client.h"
#include "cable/raw.h"
#include "phone-sim/driver/frame_filter.h"
#include "phone-sim/driver/port.h"

#define PORT_KEPT                                                                                            \
	8 /* the gateway and the servers in the phone's own subnet: more are counted by the kernel */

/* Shared by port.c (namespace and cable) and port_stack.c (eth0, VLAN, addresses). */
struct port {
	struct port_options options;
	char *panel;
	struct rng rng;

	int sock; /* UDP port 68, deaf; holds the namespace */
	struct monitor *monitor;
	struct event *monitor_event;

	bool wanted;
	bool ending;	     /* no plugging in again */
	struct event *again; /* the next attempt */
	unsigned attempt;
	struct panel_client *client;
	struct event *client_event;
	bool in;
	struct panel_plugged plugged;

	struct raw *raw;
	struct event *raw_event;
	bool carrier; /* of eth0, as the kernel reports it */
	bool powered; /* power is granted, or not needed */
	bool link;    /* as reported to the phone */
	uint64_t dropped;

	struct frame_filter filter;
	uint16_t vid; /* wanted */
	struct vlan *vlan;
	struct event *vlan_event;
	uint32_t ip, gateway; /* wanted; ip 0: none */
	unsigned prefix;
	uint32_t applied_ip, applied_gateway; /* in force */
	unsigned applied_prefix;
	uint32_t kept[PORT_KEPT]; /* neighbours that we made entries for; 0: none */
	unsigned kept_next;
};

/* eth0 is there: open it and put on it what is wanted. 0 or a negative errno. */
int port_stack_open(struct port *port, struct fail *fail);

/* eth0 has been removed, or will be. */
void port_stack_close(struct port *port);

/* Tell the phone when the link has changed. */
void port_judge_link(struct port *port);

#endif
