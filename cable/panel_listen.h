#ifndef CABLE_PANEL_LISTEN_H
#define CABLE_PANEL_LISTEN_H

#include "base/fail.h"

/* Listen at path, a SOCK_SEQPACKET socket of mode 0600. A dead socket there is replaced; -EADDRINUSE when a
 * living one answers, or something that is not a socket is there. Used by panel_server.c. */
int panel_listen(const char *path, int *listener, struct fail *fail);

#endif
