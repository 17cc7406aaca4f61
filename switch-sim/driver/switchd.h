#ifndef SWITCH_SIM_DRIVER_SWITCHD_H
#define SWITCH_SIM_DRIVER_SWITCHD_H

#include <event2/event.h>

#include "base/control.h"
#include "base/event_log.h"
#include "base/rng.h"
#include "cable/netns_helper.h"
#include "cable/panel_server.h"
#include "cable/ring.h"
#include "cable/rtnl.h"
#include "switch-sim/driver/recording.h"
#include "switch-sim/driver/switch_file.h"

/* The driver: one event loop that joins the core to the cables, the control socket and the event stream. */

/* Whose the frames of an interface are. */
struct switchd_index {
	uint16_t port; /* + 1; 0: of no port */
	uint16_t lane; /* the VLAN whose frames have no tag there; 0: a cable */
};

/* The driver's part of a port. */
struct switchd_port {
	int ifindex;		 /* 0: no cable */
	struct panel_peer *peer; /* the device's side; NULL for our own uplinks */
	struct mac device;	 /* of what is plugged in at the panel */
	bool up;		 /* the link, as the core wants it */
	int lane;		 /* ifindex of its lane; 0: none */
	uint16_t lane_vid;
	int lane_ended;		     /* ifindex of a lane that is not deleted yet; 0: none */
	int unplugged;		     /* ifindex of an unplugged cable that is not deleted yet; 0: none */
	unsigned trunk;		     /* its cable is a trunk over UDP, this number + 1; 0: it is not */
	struct uplink *uplink;	     /* a port that we plug into another switch ourselves */
	struct switchd_nic *nic;     /* its cable is an interface of the machine: then ifindex is 0 */
	struct recording *recording; /* of the phone that is or was plugged in last; NULL: no phone was */
	struct mac recorded;	     /* in the name of that phone */
};

#define SWITCHD_HELPER_LOST "the helper for network namespaces has ended: new cables have no lanes"

struct switchd {
	struct netns_helper *helper; /* for the far ends of cables; NULL: not permitted */
	struct event *helper_event;
	const struct switch_file *file;
	struct event_base *base;
	struct switch_core *core;
	struct rtnl *rtnl;
	struct ring *ring;
	struct panel_server *panel;
	struct control_server *control;
	struct event_log *log;
	struct event *sweep; /* deletes pulled cables, one at a time */
	unsigned unplugged,
	    unplugged_at; /* ports with such a cable or lane; the port at which the search continues */
	struct event *timer, *ring_event, *panel_event, *terminate, *interrupt;
	uint64_t armed_us; /* what the timer is armed for */
	uint64_t now_us;   /* of the event that is being handled */
	int sock;	   /* for ethtool requests */
	struct rng rng;
	struct switchd_port *ports;
	int *indexes, *lanes; /* room for a flood: of cables, and of lanes */
	struct switchd_index *by_index;
	unsigned by_index_size;
	unsigned nics; /* ports with an interface of the machine */
	struct uplink *uplinks;
	struct switchd_trunks *trunks; /* NULL: none */
};

/* Run until SIGTERM or SIGINT. 0, or a negative errno with the reason why it could not start. */
int switchd_run(const struct switch_file *file, struct fail *fail);

/* Before and after each call of the core: read the clock, arm the timer. */
void switchd_enter(struct switchd *d);
void switchd_leave(struct switchd *d);

/* The frames of this interface are the port's from now on (ifindex 0: none). -ENOMEM */
int switchd_bind(struct switchd *d, unsigned port, int ifindex);

/* Whose the frames of an interface are from now on; none ends it. -ENOMEM */
int switchd_index_set(struct switchd *d, int ifindex, struct switchd_index whose);

/* switchd_lane.c: the callback of the panel. The lane ends with its cable; its link is up when that of the port is. */
void switchd_lane(void *arg, struct panel_peer *peer, const struct panel_lane *lane);
void switchd_lane_end(struct switchd *d, unsigned port);
int switchd_lane_set_up(struct switchd *d, unsigned port, bool up, struct fail *fail);
/* The frame that a lane carried, with the tag that it has on a cable; there are RING_HEADROOM octets before it. */
uint8_t *switchd_lane_tag(uint16_t vid, uint8_t *frame, size_t *length);
/* How a frame goes to a port that has a lane. */
struct switchd_lane_way {
	uint16_t vid; /* of its tag; 0: it goes by the cable, whatever the lane */
	bool both;    /* by the cable too */
};
struct switchd_lane_way switchd_lane_way(const uint8_t *frame, size_t length);

/* switchd_panel.c: the callbacks of the panel. */
extern const struct panel_server_events switchd_panel_events;
/* The port of a peer; false: it was refused. */
bool switchd_peer_port(const struct panel_peer *peer, unsigned *port);
/* Another interface of the port is to be deleted: later, or now. */
void switchd_delete_ended(struct switchd *d, unsigned port);
void switchd_sweep_later(struct switchd *d, unsigned port);

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

/* switchd_record.c: a device is plugged into a port. If it is a phone, its frames are recorded; its recording follows it from
 * port to port. The verb `frames`. */
void switchd_record(struct switchd *d, unsigned port, const char *name, const struct mac *mac);
control_verb_fn switchd_verb_frames;

/* panel_only.c: the verbs of a switch that only has a panel, and the events of the core that are true of it. */
extern const struct control_verb panel_only_verbs[];
bool panel_only_event(const char *event);

/* switchd_trunk.c: start all trunks over UDP; stop them. Send a frame by a trunk. The port may have been enabled or disabled: its
 * peer gets to know. Without trunks these do nothing. */
int switchd_trunks_start(struct switchd *d, struct fail *fail);
void switchd_trunks_stop(struct switchd *d);
void switchd_trunk_send(struct switchd *d, unsigned trunk, const void *frame, size_t length);
void switchd_trunk_link(struct switchd *d, unsigned port);

/* switchd_confine.c: confine the process to what a switch needs, when all is open that needs more. */
int switchd_confine(const struct switchd *d, struct fail *fail);

/* uplink.c: start all uplinks over cables; stop them (without uplinks this does nothing). */
int uplinks_start(struct switchd *d, struct fail *fail);
void uplinks_stop(struct switchd *d);

#endif
