#ifndef PHONELAB_CLIENT_CONFINE_H
#define PHONELAB_CLIENT_CONFINE_H

/*
 * To be run inside (inside.h): exec argv in a new process that may look at the node and repair it, but not control the
 * lab: the control sockets of the lab are covered, and with them the impairment rules of the switches and the events, and
 * the process has only the capabilities that the repair of a server needs. So it can neither uncover them, nor read the memory or the
 * descriptors of the lab's processes. The exit status is that of inside_exec.
 */
int confine_exec(void *argv);

#endif
