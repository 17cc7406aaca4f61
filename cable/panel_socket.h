#ifndef CABLE_PANEL_SOCKET_H
#define CABLE_PANEL_SOCKET_H

#include <sys/un.h>

#include "base/fail.h"
#include "cable/panel_msg.h"

/* The sockets of the patch panel, for panel_server, panel_peer and panel_client. */

/* The address of the panel at path; -ENAMETOOLONG. */
int panel_address(struct sockaddr_un *address, const char *path, struct fail *fail);

/* Listen at path, a SOCK_SEQPACKET socket of mode 0600. A dead socket there is replaced; -EADDRINUSE when a
 * living one answers, or something that is not a socket is there. */
int panel_listen(const char *path, int *listener, struct fail *fail);

/* Send one message, with a descriptor beside it unless it is -1. 0 or a negative errno; never blocks. */
int panel_send(int fd, const struct panel_msg *msg, int descriptor);

/* One message from a socket, with the descriptors that came beside it. */
struct panel_received {
	struct panel_msg msg;
	unsigned descriptors; /* owned: panel_received_release closes them */
	int descriptor[2];    /* no more than two are ever let in */
	bool lost;	      /* descriptors came, and this process has no room for one */
};

/* Receive and decode. 0; -EAGAIN when none waits; -EPIPE when the other side has closed; -EBADMSG with the
 * reason for what is not a message. got is always fit for panel_received_release. */
int panel_receive(int fd, struct panel_received *got, struct fail *fail);

/* Close what was not taken (set descriptors to 0 to take them). */
void panel_received_release(struct panel_received *got);

#endif
