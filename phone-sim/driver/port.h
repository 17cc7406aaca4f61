#ifndef PHONE_SIM_DRIVER_PORT_H
#define PHONE_SIM_DRIVER_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "cable/link.h"
#include "cable/panel_msg.h"
#include "cable/vlan.h"

struct event_base;
struct link_watch;
struct port;

/*
 * The network port of one phone: its namespace, the cable to the patch panel, eth0 and its addresses in the
 * kernel's stack. If the switch closes the cable, it is plugged in again with backoff until port_unplug().
 *
 * A voice VLAN has one of three backends: a vlan link of the kernel, if it has 8021q; else a lane, which the switch
 * tags (cable/panel_client.h); else, if the switch makes none, frames are tagged here (cable/vlan.h).
 *
 * Lasting descriptors: the socket on UDP port 68, which also holds the namespace; the panel; eth0; a link monitor if
 * link_watch.h cannot share one; and if frames are tagged here the sub-interface's far end.
 */
struct port_calls {
	void (*plugged)(void *arg, const struct panel_plugged *plugged);
	/* The panel refused the cable, or (missing) no panel listens; reason: why. It is tried again. */
	void (*refused)(void *arg, bool missing, const char *code, const char *reason);
	/* The cable was unplugged, but not by port_unplug(). */
	void (*unplugged)(void *arg, const char *reason);
	void (*power)(void *arg, const struct panel_power *power);
	void (*link)(void *arg, bool up);
	void (*frame)(void *arg, const uint8_t *bytes, size_t length); /* borrowed */
	/* Frames were forwarded between eth0 and the stack, without the phone. */
	void (*relayed)(void *arg);
	/* Something of the stack could not be set up. */
	void (*trouble)(void *arg, const char *reason);
};

struct port_options {
	struct event_base *base;
	struct link_watch *watch; /* must outlive the port */
	const char *panel;	  /* path; copied */
	struct panel_plug plug;
	bool own_namespace;		/* false: the phone uses the calling one */
	enum vlan_backend vlan_backend; /* VLAN_USER: no lane */
	uint64_t seed;
	const struct port_calls *calls; /* must outlive the port */
	void *arg;
};

/* Create the namespace (with own_namespace) and its sockets; the cable stays unplugged. 0 or -errno. */
int port_new(struct port **port, const struct port_options *options, struct fail *fail);

/* NULL is legal. */
void port_free(struct port *port);

/* Plug the cable in, now and whenever the switch closes it. */
void port_plug(struct port *port);

/* Unplug the cable; no callback reports it. */
void port_unplug(struct port *port);

/* The same at the end: only port_free() may follow. */
void port_end(struct port *port);

/* Is the cable plugged in, or waiting to be? */
bool port_wanted(const struct port *port);

/* The switch and port into which the cable is plugged, or NULL. */
const struct panel_plugged *port_plugged(const struct port *port);

/* The namespace as a descriptor to close; NETNS_OWN: the phone uses the calling one; NETNS_NONE: it cannot be opened, and
 * the reason was reported (trouble). */
int port_namespace(const struct port *port);

/* Close a result of port_namespace; a negative one is legal. */
void port_close_namespace(int ns);

/* A frame out of eth0, its tag inline. */
void port_send(struct port *port, const uint8_t *frame, size_t length);

/* The voice VLAN of the stack; 0: untagged. Kept over replugging. */
void port_set_vlan(struct port *port, uint16_t vid);

/* Addresses of the stack (host order; gateway 0: none), on the voice VLAN's interface if there is one. */
void port_set_address(struct port *port, uint32_t ip, unsigned prefix, uint32_t gateway);
void port_clear_address(struct port *port);

/* The stack will send to this address. If it is a neighbour, create its entry so that it does not count
 * against the kernel's limit for all namespaces (cable/neighbours.h). */
void port_expect(struct port *port, uint32_t address);

/* Report the drawn power to the panel. */
void port_draw(struct port *port, uint32_t mw);

/* The kernel's counters of eth0 and the lane since the cable was plugged in; zeroes without a cable. ARP of a voice VLAN that has a
 * lane comes by both, and is in rx_frames twice. */
struct link_counters port_counters(const struct port *port);

/* Frames that could not be sent. */
uint64_t port_dropped(const struct port *port);

#endif
