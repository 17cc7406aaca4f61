#ifndef PHONELAB_WEB_LISTEN_H
#define PHONELAB_WEB_LISTEN_H

#include <stdint.h>

#include "base/fail.h"

#define WEB_ADDRESS 16 /* an IPv4 address as text, and a NUL */

/* A TCP socket that listens: its descriptor (not blocking, the caller closes it), or a negative errno with the reason.
 * address: IPv4, NULL: 127.0.0.1. *port: 0: a free one, which it then is. */
int web_listen(const char *address, uint16_t *port, struct fail *fail);

/* Read "ADDRESS:PORT" with an IPv4 address. 0 or -EINVAL with the reason. */
int web_read_address(const char *text, char address[WEB_ADDRESS], uint16_t *port, struct fail *fail);

#endif
