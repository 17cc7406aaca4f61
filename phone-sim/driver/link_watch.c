#include "phone-sim/driver/link_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#define OWN -1 /* the nsid of the namespace of the process */

struct link_watched {
	struct link_watch *watch;
	const struct link_watch_calls *calls;
	void *arg;
	int nsid;
	bool touched;		   /* a change was reported, but not yet that these were all */
	struct link_watched *next; /* of those touched */
	struct monitor *monitor;   /* its own, if the shared one is not permitted; else NULL */
	struct event *readable;	   /* of its own */
};

struct link_watch {
	struct event_base *base;
	struct monitor *monitor; /* for all */
	struct event *readable;
	bool single; /* each needs a monitor of its own */
	struct link_watched **by_nsid;
	size_t room;
	struct link_watched *own; /* of the namespace of the process */
	struct link_watched *touched;
};

static void report(struct link_watched *watched, const struct monitor_link *link)
{
	struct link_watch *watch = watched->watch;

	watched->calls->changed(watched->arg, link);
	if (watched->touched)
		return;
	watched->touched = true;
	watched->next = watch->touched;
	watch->touched = watched;
}

static void settle(struct link_watch *watch)
{
	while (watch->touched) {
		struct link_watched *watched = watch->touched;

		watch->touched = watched->next;
		watched->touched = false;
		watched->calls->settled(watched->arg);
	}
}

static void on_link(void *arg, const struct monitor_link *link)
{
	struct link_watch *watch = arg;
	struct link_watched *watched = link->nsid == OWN ? watch->own : NULL;

	if (link->nsid >= 0 && (size_t)link->nsid < watch->room)
		watched = watch->by_nsid[link->nsid];
	if (watched)
		report(watched, link);
}

static void on_readable(int fd, short what, void *arg)
{
	struct link_watch *watch = arg;
	int err = monitor_read(watch->monitor, on_link, watch);

	(void)fd, (void)what;
	settle(watch);
	if (!err)
		return;
	event_del(watch->readable);
	if (watch->own)
		watch->own->calls->failed(watch->own->arg, strerror(-err));
	for (size_t i = 0; i < watch->room; i++)
		if (watch->by_nsid[i])
			watch->by_nsid[i]->calls->failed(watch->by_nsid[i]->arg, strerror(-err));
}

static void on_own_link(void *arg, const struct monitor_link *link)
{
	report(arg, link);
}

static void on_own_readable(int fd, short what, void *arg)
{
	struct link_watched *watched = arg;
	int err = monitor_read(watched->monitor, on_own_link, watched);

	(void)fd, (void)what;
	if (err) {
		event_del(watched->readable);
		watched->calls->failed(watched->arg, strerror(-err));
	}
	settle(watched->watch);
}

static int start(struct event_base *base, struct monitor *monitor, event_callback_fn run, void *arg,
		 struct event **readable, struct fail *fail)
{
	*readable = event_new(base, monitor_fd(monitor), EV_READ | EV_PERSIST, run, arg);
	if (!*readable || event_add(*readable, NULL) < 0)
		return fail_set(fail, -ENOMEM, "out of memory");
	return 0;
}

int link_watch_new(struct link_watch **out, struct event_base *base, struct fail *fail)
{
	struct link_watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return fail_set(fail, -ENOMEM, "out of memory");
	watch->base = base;
	err = monitor_open(&watch->monitor, -1, fail);
	if (!err)
		err = start(base, watch->monitor, on_readable, watch, &watch->readable, fail);
	if (err) {
		link_watch_free(watch);
		return err;
	}
	*out = watch;
	return 0;
}

void link_watch_free(struct link_watch *watch)
{
	if (!watch)
		return;
	if (watch->readable)
		event_free(watch->readable);
	monitor_close(watch->monitor);
	free(watch->by_nsid);
	free(watch);
}

/* Enter it under the number of its namespace. */
static int enter(struct link_watch *watch, struct link_watched *watched, int ns, struct fail *fail)
{
	int nsid = OWN;
	int err = monitor_add(watch->monitor, ns, &nsid, fail);

	if (err)
		return err;
	if ((size_t)nsid >= watch->room) {
		size_t room = watch->room ? watch->room : 64;
		struct link_watched **more;

		while (room <= (size_t)nsid)
			room *= 2;
		more = realloc(watch->by_nsid, room * sizeof(struct link_watched *));
		if (!more) {
			monitor_remove(watch->monitor, nsid);
			return fail_set(fail, -ENOMEM, "out of memory");
		}
		memset(more + watch->room, 0, (room - watch->room) * sizeof(struct link_watched *));
		watch->by_nsid = more;
		watch->room = room;
	}
	watched->nsid = nsid;
	watch->by_nsid[nsid] = watched;
	return 0;
}

int link_watch_add(struct link_watch *watch, int ns, const struct link_watch_calls *calls, void *arg,
		   struct link_watched **out, struct fail *fail)
{
	struct link_watched *watched = calloc(1, sizeof(*watched));
	int err = 0;

	if (!watched)
		return fail_set(fail, -ENOMEM, "out of memory");
	*watched = (struct link_watched){.watch = watch, .calls = calls, .arg = arg, .nsid = OWN};
	if (ns >= 0 && !watch->single) {
		err = enter(watch, watched, ns, fail);
		watch->single = err == -EPERM;
	}
	/* A second phone in the namespace of the process cannot be: both would have an eth0. */
	if (ns >= 0 ? watch->single : watch->own != NULL) {
		err = monitor_open(&watched->monitor, ns, fail);
		if (!err)
			err = start(watch->base, watched->monitor, on_own_readable, watched,
				    &watched->readable, fail);
	} else if (ns < 0) {
		watch->own = watched;
	}
	if (err) {
		link_watch_remove(watched);
		return err;
	}
	*out = watched;
	return 0;
}

void link_watch_remove(struct link_watched *watched)
{
	struct link_watched **at;

	if (!watched)
		return;
	for (at = &watched->watch->touched; *at && *at != watched;)
		at = &(*at)->next;
	if (*at)
		*at = watched->next;
	if (watched->nsid != OWN) {
		watched->watch->by_nsid[watched->nsid] = NULL;
		monitor_remove(watched->watch->monitor, watched->nsid);
	}
	if (watched->watch->own == watched)
		watched->watch->own = NULL;
	if (watched->readable)
		event_free(watched->readable);
	monitor_close(watched->monitor);
	free(watched);
}
