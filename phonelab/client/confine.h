#ifndef PHONELAB_CLIENT_CONFINE_H
#define PHONELAB_CLIENT_CONFINE_H

/*
 * To be run inside (inside.h): exec argv in a new process that may look at the node and repair it, but not control the
 * lab. The control sockets of the lab (and with them the impairment rules of the switches), its events and its topology are
 * covered. The process has only the capabilities that the repair of a server needs, so it can neither uncover them nor
 * read the memory or the descriptors of the lab's processes. The exit status is that of inside_exec.
 */
int confine_exec(void *argv);

#endif
