#ifndef CABLE_NETNS_H
#define CABLE_NETNS_H

#include <stdbool.h>

#include "base/fail.h"

/*
 * Network namespaces by file descriptor. A namespace lives as long as a process, a socket or a descriptor
 * refers to it: nothing is bound into the file system, so nothing can be left behind. Sockets stay in the
 * namespace in which they were made. All of this is per thread; the programs here have one.
 */

/* In place of a descriptor. A namespace that could not be opened is never taken for the caller's own: every function fails with
 * -EBADF if it gets NETNS_NONE. */
#define NETNS_OWN  -1 /* the namespace of the caller */
#define NETNS_NONE -2

/* Make a new, empty namespace; the caller stays where it is. *fd is the caller's to close. Needs
 * CAP_SYS_ADMIN in the user namespace. Its loopback interface is still down, see netns_loopback_up. */
int netns_new(int *fd, struct fail *fail);

/* The namespace of the calling thread; *fd is the caller's to close. */
int netns_self(int *fd, struct fail *fail);

/* The namespace in which the socket was made (SIOCGSKNS); *fd is the caller's to close. */
int netns_of_socket(int sock, int *fd, struct fail *fail);

/* Is fd a network namespace (NS_GET_NSTYPE)? */
bool netns_is(int fd);

/* Go into the namespace fd until netns_leave(home). home < 0 is never returned with success. Needs
 * CAP_SYS_ADMIN. */
int netns_enter(int fd, int *home, struct fail *fail);

/* Go back and close home. A thread that cannot go home must not go on: this prints the reason and aborts. */
void netns_leave(int home);

/* Call run inside the namespace fd (NETNS_OWN: simply call it), and come home. Gives back what run gave, or the
 * failure to enter. */
typedef int netns_fn(void *arg, struct fail *fail);
int netns_call(int fd, netns_fn *run, void *arg, struct fail *fail);

/* A socket (close-on-exec) made inside the namespace fd (NETNS_OWN: the current one). The descriptor or a negative
 * errno. */
int netns_socket(int fd, int domain, int type, int protocol, struct fail *fail);

/* The tables of the kernel about the links, routes and neighbours of the namespace fd, as files to read: those of the names
 * netns_tables in /proc/net. They are the caller's to close. 0, or a negative errno with the reason and no file. */
#define NETNS_TABLES 4
extern const char *const netns_tables[NETNS_TABLES];
int netns_open_tables(int fd, int fds[NETNS_TABLES], struct fail *fail);

/* From now on the helper (netns_helper.h) makes namespaces, and opens sockets and tables in namespaces other than the caller's:
 * netns_new, netns_socket and netns_open_tables need no CAP_SYS_ADMIN any more. For the whole process; it must live until it is
 * replaced. NULL: do it here, as at the start. */
struct netns_helper;
void netns_use_helper(struct netns_helper *helper);

/* Bring up lo in the namespace fd (NETNS_OWN: the current one). */
int netns_loopback_up(int fd, struct fail *fail);

/* Interfaces that are made in the namespace fd from now on have no IPv6 (NETNS_OWN: the current one). For a namespace of ports: the
 * kernel searches the multicast routes of all interfaces for each that comes up. Without effect where /proc/sys is read-only. */
void netns_without_ipv6(int fd);

/* Is a socket of this kind ("udp", "tcp", by IPv6 "udp6", "tcp6") bound to the port, in the namespace of this thread? A TCP
 * socket must listen. */
bool netns_port_bound(const char *kind, unsigned port);

#endif
