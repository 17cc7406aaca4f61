#ifndef PHONELAB_WEB_PEER_H
#define PHONELAB_WEB_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Whose process is at the other end of a TCP connection over 127.0.0.1? A lab is for its own user only, and any user of the
 * machine can connect to a local port. */

/* Find the socket with the local port `port` and the peer 127.0.0.1:own_port in a table of the form of /proc/net/tcp or
 * tcp6. False: it is not there, or the connection is no longer open at both ends. */
bool web_peer_find(FILE *table, uint16_t port, uint16_t own_port, uid_t *uid);

/* May the client of the connection fd, over 127.0.0.1, ask? It is a process of this user or of root. */
bool web_peer_trusted(int fd);

#endif
