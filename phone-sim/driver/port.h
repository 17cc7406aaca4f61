#ifndef PHONE_SIM_DRIVER_PORT_H
#define PHONE_SIM_DRIVER_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "base/fail.h"
#include "cable/panel_msg.h"
#include "cable/vlan.h"

struct event_base;
struct port;

/*
 * The network port of one phone: its namespace, the cable to the patch panel, eth0 and what the kernel's
 * stack has on it. A cable whose switch goes away is put in again by itself, later and later, until
 * port_unplug().
 *
 * Lasting descriptors: the socket on UDP port 68, which also holds the namespace; the link monitor; the
 * panel; eth0; and with the user-space VLAN backend the sub-interface's far end.
 */
struct port_calls {
	void (*plugged)(void *arg, const struct panel_plugged *plugged);
	/* The panel would not have us, or is not there: says why; it is tried again. missing: no switch
	 * listens. */
	void (*refused)(void *arg, bool missing, const char *code, const char *reason);
	/* The cable is out, not by port_unplug(). */
	void (*unplugged)(void *arg, const char *reason);
	void (*power)(void *arg, const struct panel_power *power);
	void (*link)(void *arg, bool up);
	void (*frame)(void *arg, const uint8_t *bytes, size_t length); /* borrowed */
	/* Frames went between eth0 and the stack, on which the phone itself has no say. */
	void (*relayed)(void *arg);
	/* Something of the stack could not be set up. */
	void (*trouble)(void *arg, const char *reason);
};

struct port_options {
	struct event_base *base;
	const char *panel; /* path; copied */
	struct panel_plug plug;
	bool own_namespace; /* false: the phone lives in the calling one */
	enum vlan_backend vlan_backend;
	uint64_t seed;
	const struct port_calls *calls; /* must outlive the port */
	void *arg;
};

/* Make the namespace (if asked) and what stays in it. Nothing is plugged in. 0 or a negative errno. */
int port_new(struct port **port, const struct port_options *options, struct fail *fail);

/* NULL is legal. */
void port_free(struct port *port);

/* Put the cable in, now and whenever it falls out. */
void port_plug(struct port *port);

/* Pull the cable. Reported to nobody. */
void port_unplug(struct port *port);

/* The same for good: only port_free() may follow. What is in a namespace of its own ends with it. */
void port_end(struct port *port);

/* Whether the cable is to be in (it may not be yet). */
bool port_wanted(const struct port *port);

/* The switch and port that the cable is in, or NULL. */
const struct panel_plugged *port_plugged(const struct port *port);

/* The namespace as a descriptor to close, or -1 when the phone lives in the calling one. Other negative
 * values: an errno. */
int port_namespace(const struct port *port);

/* A frame out of eth0, its tag inline. */
void port_send(struct port *port, const uint8_t *frame, size_t length);

/* The voice VLAN of the stack; 0: untagged. Kept over replugging. */
void port_set_vlan(struct port *port, uint16_t vid);

/* Addresses of the stack (host order; gateway 0: none), on the voice VLAN's interface if there is one. */
void port_set_address(struct port *port, uint32_t ip, unsigned prefix, uint32_t gateway);
void port_clear_address(struct port *port);

/* The stack is about to speak to that address: if it is a neighbour, its entry is made so that it does not
 * count against the kernel's limit for all namespaces together (cable/neighbours.h). */
void port_expect(struct port *port, uint32_t address);

/* Say what is drawn. */
void port_draw(struct port *port, uint32_t mw);

/* Frames that could not be sent. */
uint64_t port_dropped(const struct port *port);

#endif
