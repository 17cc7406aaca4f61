#ifndef PHONE_SIM_DRIVER_RACK_INTERNAL_H
#define PHONE_SIM_DRIVER_RACK_INTERNAL_H

#include <stddef.h>

#include "base/control.h"
#include "base/event_log.h"
#include "phone-sim/driver/host.h"
#include "phone-sim/driver/rack.h"

struct event;

/* It is not started again: the confined process has no right to. Connections stay; a phone reports each new one that fails. */
#define RACK_HELPER_LOST "has lost netns-helper: its phones cannot open new connections; start the lab again"

/* Shared by rack.c and rack_verbs.c (the control socket). */
struct rack {
	struct rack_options options;
	struct netns_helper
	    *helper; /* makes the namespaces of the phones; NULL: not permitted, or one phone */
	struct event *helper_lost;
	struct event_base *base;
	struct link_watch *watch;
	struct event_log *log;
	struct control_server *control;
	struct host_shared shared;
	struct account account;
	struct host **host; /* in the order of the configuration */
	size_t count, room;
	const struct rack_phone *fill;
	size_t fill_next, fill_count;
	struct event *filler, *sweeper, *waiter, *ender, *term, *interrupt;
	bool ever_plugged, ending;
	int status;
};

extern const struct control_verb rack_verbs[];

/* The phone of that name, or NULL. */
struct host *rack_find(struct rack *rack, const char *name);

/* Create a phone and plug it in. -EEXIST: a phone with its MAC exists. 0 or a negative errno. */
int rack_add(struct rack *rack, const struct rack_phone *phone, struct fail *fail);

/* Stop all phones and leave the loop with this exit status. */
void rack_end(struct rack *rack, int status);

#endif
