#ifndef PHONE_SIM_DRIVER_PORT_INTERNAL_H
#define PHONE_SIM_DRIVER_PORT_INTERNAL_H

#include <event2/event.h>

#include "base/rng.h"
#include "cable/panel_client.h"
#include "cable/raw.h"
#include "phone-sim/driver/frame_filter.h"
#include "phone-sim/driver/link_watch.h"
#include "phone-sim/driver/port.h"

#define PORT_FRAMES 64 /* at one wake-up */
#define PORT_KEPT                                                                                            \
	8 /* the gateway and the servers in the phone's own subnet: more are counted by the kernel */

/* A lane for the voice VLAN. */
enum port_lane {
	PORT_LANE_NONE,
	PORT_LANE_ASKED,
	PORT_LANE_MADE,
	PORT_LANE_REFUSED, /* by the switch of this cable, or it was not found: no other one is asked for */
};

/* Shared by port.c (namespace and cable), port_stack.c (eth0, addresses) and port_vlan.c. */
struct port {
	struct port_options options;
	char *panel;
	struct rng rng;

	int sock; /* UDP port 68, deaf; holds the namespace */
	struct link_watched *watched;

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
	enum port_lane lane;
	uint16_t lane_vid;
	unsigned lane_answers; /* expected from the switch: only the last is that of the lane asked for now */
	int lane_index;	       /* the interface of a lane that is made */
	uint32_t ip, gateway;  /* wanted; ip 0: none */
	unsigned prefix;
	uint32_t applied_ip, applied_gateway; /* in force */
	unsigned applied_prefix;
	bool address_failed; /* what is in force is not known */
	struct event *mend;  /* the next attempt to set up the VLAN and the address */
	unsigned mend_attempt;
	uint32_t kept[PORT_KEPT]; /* neighbours that we made entries for; 0: none */
	unsigned kept_next;
};

/* eth0 is there: open it and put on it what is wanted. 0 or a negative errno. */
int port_stack_open(struct port *port, struct fail *fail);

/* eth0 has been removed, or will be. */
void port_stack_close(struct port *port);

/* The switch has answered a request for a lane. */
void port_take_laned(struct port *port, const struct panel_laned *laned);

/* Take the messages of the panel that wait (a callback of libevent). */
void port_read_panel(int fd, short what, void *arg);

/* The interface of the voice VLAN is made, replaced or deleted, as port->vid wants it. */
void port_apply_vlan(struct port *port);
void port_drop_vlan(struct port *port);

/* "eth0.110". */
void port_name_lane(const struct port *port, char name[2 * LINK_NAME]);

/* The address and the routes that are wanted come into force, if there is an interface for them. */
void port_apply_address(struct port *port);

/* The socket on eth0 has the filter for this address and the VLAN. To attach one costs as much as some frames. */
void port_refilter(struct port *port, uint32_t address);

/* A frame out of eth0; counted if it cannot be sent. */
void port_transmit(struct port *port, const uint8_t *frame, size_t length);

/* Report what could not be set up, and try again later: memory or descriptors may be short now. */
void port_mend_later(struct port *port, const char *what, const struct fail *fail);

/* Report what could not be set up. */
void port_trouble(const struct port *port, const char *what, const struct fail *fail);

/* Tell the phone when the link has changed. */
void port_judge_link(struct port *port);

#endif
