#ifndef SWITCH_SIM_DRIVER_SWITCHD_H
#define SWITCH_SIM_DRIVER_SWITCHD_H

#include <event2/event.h>

#include "base/control.h"
#include "base/event_log.h"
#include "base/rng.h"
#include "cable/panel_server.h"
#include "cable/ring.h"
#include "cable/rtnl.h"
#include "switch-sim/driver/switch_file.h"

/* The driver: one event loop that joins the core to the cables, the control socket and the event stream. */

/* The driver's part of a port. */
struct switchd_port {
	int ifindex;		 /* 0: no cable */
	struct panel_peer *peer; /* the device's side; NULL for our own uplinks */
	int unplugged;		 /* ifindex of an unplugged cable that is not deleted yet; 0: none */
	struct uplink *uplink;	 /* a port that we plug into another switch ourselves */
	struct switchd_nic *nic; /* its cable is an interface of the machine: then ifindex is 0 */
};

struct switchd {
	const struct switch_file *file;
	struct event_base *base;
	struct switch_core *core;
	struct rtnl *rtnl;
	struct ring *ring;
	struct panel_server *panel;
	struct control_server *control;
	struct event_log *log;
	struct event *sweep;		  /* deletes pulled cables, one at a time */
	unsigned unplugged, unplugged_at; /* their number; the port at which the search continues */
	struct event *timer, *ring_event, *panel_event, *terminate, *interrupt;
	uint64_t armed_us; /* what the timer is armed for */
	uint64_t now_us;   /* of the event that is being handled */
	int sock;	   /* for ethtool requests */
	struct rng rng;
	struct switchd_port *ports;
	int *indexes;	    /* room for a flood */
	uint16_t *by_index; /* port + 1 by ifindex */
	unsigned by_index_size;
	unsigned nics; /* ports with an interface of the machine */
	struct uplink *uplinks;
};

/* Run until SIGTERM or SIGINT. 0, or a negative errno with the reason why it could not start. */
int switchd_run(const struct switch_file *file, struct fail *fail);

/* Before and after each call of the core: read the clock, arm the timer. */
void switchd_enter(struct switchd *d);
void switchd_leave(struct switchd *d);

/* The frames of this interface are the port's from now on (ifindex 0: none). -ENOMEM */
int switchd_bind(struct switchd *d, unsigned port, int ifindex);

/* switchd_panel.c: the callbacks of the panel. */
extern const struct panel_server_events switchd_panel_events;

/* Delete the next cable that was pulled, and come again while there are more. Deleting a veth pair waits for
 * a grace period of the kernel; frames are served in between. */
void switchd_sweep(evutil_socket_t fd, short what, void *arg);

/* switchd_verbs.c: the verbs of the control socket; those that a switch with only a panel answers too. */
extern const struct control_verb switchd_verbs[];
control_verb_fn switchd_netns, switchd_far_end;

/* switchd_nic.c: the verbs `nic attach` and `nic detach`. Send a frame by the interface of a port; let go of it (a port
 * without one is legal). */
control_verb_fn switchd_verb_nic_attach, switchd_verb_nic_detach;
void switchd_nic_send(struct switchd_nic *nic, const void *frame, size_t length);
void switchd_nic_detach(struct switchd *d, unsigned port);

/* panel_only.c: the verbs of a switch that only has a panel, and the events of the core that are true of it. */
extern const struct control_verb panel_only_verbs[];
bool panel_only_event(const char *event);

/* uplink.c: start all uplinks; stop them (without uplinks this does nothing). */
int uplinks_start(struct switchd *d, struct fail *fail);
void uplinks_stop(struct switchd *d);

#endif
