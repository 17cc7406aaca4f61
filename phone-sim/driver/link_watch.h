#ifndef PHONE_SIM_DRIVER_LINK_WATCH_H
#define PHONE_SIM_DRIVER_LINK_WATCH_H

#include "base/fail.h"
#include "cable/monitor.h"

struct event_base;
struct link_watch;
struct link_watched;

/* The links of all phones of a process, watched by one monitor. If the machine does not permit that (a container without
 * CAP_NET_BROADCAST), every phone has a monitor of its own. */

/* It belongs to the namespace of the caller, which stays. */
int link_watch_new(struct link_watch **watch, struct event_base *base, struct fail *fail);

/* After the last link_watch_remove. NULL is legal. */
void link_watch_free(struct link_watch *watch);

struct link_watch_calls {
	void (*changed)(void *arg, const struct monitor_link *link);
	/* The changes that waited have been reported. */
	void (*settled)(void *arg);
	/* The monitor failed: no more changes will be reported. */
	void (*failed)(void *arg, const char *reason);
};

/* Report changes of links in the namespace ns (-1: the caller's). calls must outlive it. *watched is the caller's to
 * remove; no callback may do so. */
int link_watch_add(struct link_watch *watch, int ns, const struct link_watch_calls *calls, void *arg,
		   struct link_watched **watched, struct fail *fail);

/* NULL is legal. */
void link_watch_remove(struct link_watched *watched);

#endif
