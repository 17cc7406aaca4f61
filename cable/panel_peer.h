#ifndef CABLE_PANEL_PEER_H
#define CABLE_PANEL_PEER_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cable/panel_server.h"

/* One connection at a panel, and what the switch says to it (panel_server.h). panel_server.c keeps them. */
struct panel_peer {
	TAILQ_ENTRY(panel_peer) entry;
	struct panel_server *server;
	int fd;
	int ns;	   /* -1: silent so far */
	bool told; /* the owner has had the plug, and so gets the unplug */
	bool closing;
	uint64_t since; /* of the connection, microseconds */
	char interface[IFNAMSIZ];
	void *data;
};

/* To a connection that there is no peer for: refused. */
void panel_say_refused(int fd, const char *code, const char *reason);

#endif
