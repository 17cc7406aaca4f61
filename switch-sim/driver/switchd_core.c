/* The core within the daemon: its time, and which interface is which port. */
#include "switch-sim/driver/switchd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void switchd_enter(struct switchd *d)
{
	d->now_us = clock_now_us();
}

void switchd_leave(struct switchd *d)
{
	uint64_t next = switch_core_next(d->core), now;
	struct timeval wait;

	if (next == d->armed_us)
		return;
	d->armed_us = next;
	if (next == SWITCH_NEVER) {
		event_del(d->timer);
		return;
	}
	now = clock_now_us();
	next = next > now ? next - now : 0;
	wait = (struct timeval){.tv_sec = (time_t)(next / 1000000), .tv_usec = (suseconds_t)(next % 1000000)};
	event_add(d->timer, &wait);
}

int switchd_bind(struct switchd *d, unsigned port, int ifindex)
{
	int old = d->ports[port].ifindex;

	if (old)
		d->by_index[old] = 0;
	d->ports[port].ifindex = 0;
	if (!ifindex)
		return 0;
	if ((unsigned)ifindex >= d->by_index_size) {
		unsigned size = d->by_index_size ? d->by_index_size : 256;
		uint16_t *more;

		while (size <= (unsigned)ifindex)
			size *= 2;
		more = realloc(d->by_index, size * sizeof(*more));
		if (!more)
			return -ENOMEM;
		memset(more + d->by_index_size, 0, (size - d->by_index_size) * sizeof(*more));
		d->by_index = more;
		d->by_index_size = size;
	}
	d->by_index[ifindex] = (uint16_t)(port + 1);
	d->ports[port].ifindex = ifindex;
	return 0;
}
