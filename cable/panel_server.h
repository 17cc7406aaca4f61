#ifndef CABLE_PANEL_SERVER_H
#define CABLE_PANEL_SERVER_H

#include "base/fail.h"
#include "cable/panel_msg.h"

/*
 * The switch's side of all its cables, behind one descriptor (an epoll of the server's own): watch it for
 * reading and call panel_server_handle. A peer that sends an invalid message receives refused (bad-request)
 * and is closed. A peer that connects and sends nothing is closed after five seconds; a peer that does not read is
 * closed when its socket is full.
 */
struct panel_server;
struct panel_peer; /* one plugged cable */

struct panel_server_events {
	/* A valid plug. ns is the sender's network namespace: borrowed, valid until the peer is freed. The
	 * peer waits for the answer: call panel_peer_plugged or panel_peer_refuse, now or later. */
	void (*plug)(void *arg, struct panel_peer *peer, const struct panel_plug *plug, int ns);
	/* The device reports its draw. */
	void (*draw)(void *arg, struct panel_peer *peer, unsigned mw);
	/* The device requests a lane (vid 0: ends it). Call panel_peer_laned for a vid above 0. NULL: there are no lanes. */
	void (*lane)(void *arg, struct panel_peer *peer, const struct panel_lane *lane);
	/* The cable was pulled by the device (or by an error). Called once for each peer that plug was
	 * called for, also after a refusal or panel_peer_close, never from within these; the peer is freed
	 * after it. */
	void (*unplug)(void *arg, struct panel_peer *peer);
};

/* Listen at path (0600; a stale socket is replaced, -EADDRINUSE if a server answers there). events and
 * arg must outlive the server. */
int panel_server_new(struct panel_server **server, const char *path, const struct panel_server_events *events,
		     void *arg, struct fail *fail);

/* Readable when panel_server_handle has work; borrowed. */
int panel_server_fd(const struct panel_server *server);

/* Accept, read and call back, as far as there is something (bounded, the descriptor stays readable for the
 * rest). Never blocks. */
int panel_server_handle(struct panel_server *server);

/* Close all cables (calling unplug for each) and remove the socket file; NULL is legal. */
void panel_server_free(struct panel_server *server);

/* A pointer for the owner. */
void panel_peer_set_data(struct panel_peer *peer, void *data);
void *panel_peer_data(const struct panel_peer *peer);

/* The network namespace of the peer (borrowed), and the name that the cable has there. */
int panel_peer_netns(const struct panel_peer *peer);
const char *panel_peer_interface(const struct panel_peer *peer);

/* Send to the peer. 0, or a negative errno if it has closed or does not read: it is then closed, and unplug
 * follows from panel_server_handle. */
int panel_peer_plugged(struct panel_peer *peer, const char *port, const char *switch_name);
int panel_peer_refuse(struct panel_peer *peer, const char *code, const char *reason); /* and close */
int panel_peer_power(struct panel_peer *peer, enum panel_power_state state, unsigned mw, const char *reason);
int panel_peer_link(struct panel_peer *peer, bool up);
int panel_peer_laned(struct panel_peer *peer, unsigned vid, bool made, const char *reason);

/* Unplug the cable from the switch's side; unplug follows from panel_server_handle. */
void panel_peer_close(struct panel_peer *peer);

#endif
