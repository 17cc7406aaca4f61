#ifndef CABLE_MONITOR_H
#define CABLE_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/mac.h"

/* The state of the links of a namespace, or of many, as it changes (libmnl, RTM_NEWLINK and RTM_DELLINK). One
 * descriptor. For each change the kernel asks every monitor of the machine whether it wants it: a process that watches
 * many namespaces has one monitor for all. */
struct monitor;

struct monitor_link {
	int nsid; /* of monitor_add; -1: the monitor's own namespace */
	int ifindex;
	const char *name; /* valid during the callback */
	struct mac mac;
	bool deleted;
	bool up;	   /* IFF_UP */
	bool carrier;	   /* IFF_LOWER_UP: the other end is up too */
	uint8_t operstate; /* RFC 2863; IF_OPER_UP is 6 */
};

typedef void monitor_fn(void *arg, const struct monitor_link *link);

/* Watch the namespace ns (-1: the current one). The first reads report every link that exists. */
int monitor_open(struct monitor **monitor, int ns, struct fail *fail);

/* Watch the namespace ns too; its changes come with *nsid. Links that exist are not reported, unless changes were
 * lost. It needs CAP_NET_BROADCAST and CAP_NET_ADMIN over the monitor's namespace (else -EPERM), and CAP_NET_BROADCAST over ns. */
int monitor_add(struct monitor *monitor, int ns, int *nsid, struct fail *fail);

/* Do not ask for the links of nsid any more when changes were lost. Changes that wait may still be reported. */
void monitor_remove(struct monitor *monitor, int nsid);

/* Go on with the socket of a monitor (monitor_fd) that another process opened and passed to us. The first reads report
 * every link that exists. The descriptor is the monitor's from now on, but not after a failure. */
int monitor_adopt(struct monitor **monitor, int fd, struct fail *fail);

/* Readable when there is something to read; borrowed, nonblocking. */
int monitor_fd(const struct monitor *monitor);

/* Read what there is and call back for each change. After an overrun of the socket all links are reported
 * again (a link that was deleted meanwhile is then missing). 0, or a negative errno if the socket fails. The callback must not close the monitor. */
int monitor_read(struct monitor *monitor, monitor_fn *changed, void *arg);

/* NULL is legal. */
void monitor_close(struct monitor *monitor);

#endif
