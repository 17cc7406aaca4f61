#ifndef CABLE_PANEL_PEER_H
#define CABLE_PANEL_PEER_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cable/panel_server.h"

/* One connection at a panel, and the messages to it (panel_server.h). panel_server.c owns the peers. */
struct panel_peer {
	TAILQ_ENTRY(panel_peer) entry;
	struct panel_server *server;
	int fd;
	int ns;		/* -1: no plug received yet */
	bool announced; /* the owner has received the plug, and will receive the unplug */
	bool closing;
	uint64_t since; /* of the connection, microseconds */
	char interface[IFNAMSIZ];
	void *data;
};

/* Send refused to a connection that has no peer. */
void panel_send_refused(int fd, const char *code, const char *reason);

#endif
