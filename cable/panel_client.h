#ifndef CABLE_PANEL_CLIENT_H
#define CABLE_PANEL_CLIENT_H

#include "base/fail.h"
#include "cable/panel_msg.h"

/* The device's side of a cable. One descriptor, nonblocking; closing it (panel_client_free) unplugs the
 * cable. */
struct panel_client;

/* Connect to the panel at path and send plug with the namespace ns (-1: the current one). Does
 * not wait for the answer, which comes as PANEL_MSG_PLUGGED or PANEL_MSG_REFUSED. -ENOENT, -ECONNREFUSED: no
 * switch there (yet); -EAGAIN: it has too many connections waiting, try again later. */
int panel_client_new(struct panel_client **client, const char *path, const struct panel_plug *plug, int ns,
		     struct fail *fail);

/* Readable when the switch sent a message or closed; borrowed. */
int panel_client_fd(const struct panel_client *client);

/* The next message: 1 with msg filled; 0 when none waits; -EPIPE when the switch has closed (the cable is
 * unplugged); -EBADMSG for an invalid message (the reason in fail). */
int panel_client_receive(struct panel_client *client, struct panel_msg *msg, struct fail *fail);

/* Report the power that is drawn now. 0 or a negative errno. */
int panel_client_draw(struct panel_client *client, unsigned mw);

/* Request a lane: a second link, to an interface of that name, which carries the frames of the VLAN without a tag. The
 * answer is PANEL_MSG_LANED. It replaces an earlier one; vid 0 only ends it, without an answer. ARP and DHCP to clients
 * of the VLAN also, or only, come with a tag on the cable itself: docs/formats.md. 0 or a negative errno. */
int panel_client_lane(struct panel_client *client, unsigned vid, const char *interface);

/* Unplug the cable; NULL is legal. */
void panel_client_free(struct panel_client *client);

#endif
