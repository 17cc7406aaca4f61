#ifndef CABLE_PANEL_RECEIVE_H
#define CABLE_PANEL_RECEIVE_H

#include "base/fail.h"
#include "cable/panel_msg.h"

/* One message of the patch panel from a socket, with the descriptors that came beside it. Used by
 * panel_server.c. */

struct panel_received {
	struct panel_msg msg;
	unsigned descriptors; /* owned: panel_received_release closes them */
	int descriptor[2];    /* no more than two are ever let in */
};

/* Receive and decode. 0; -EAGAIN when none waits; -EPIPE when the other side has closed; -EBADMSG with the
 * reason for what is not a message. got is always fit for panel_received_release. */
int panel_receive(int fd, struct panel_received *got, struct fail *fail);

/* Close what was not taken (set descriptors to 0 to take them). */
void panel_received_release(struct panel_received *got);

#endif
