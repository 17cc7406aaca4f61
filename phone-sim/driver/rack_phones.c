/* The phones of a rack: find, add, stop. */
#include "phone-sim/driver/rack_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "base/clock.h"

#define FILL_AT_ONCE 8 /* phones created per turn of the loop */
#define END_SECONDS  3

void rack_complain(const struct rack *rack, const char *text)
{
	fprintf(stderr, "phone-sim: %s\n", text);
	event_log_write(rack->log, clock_now_us(), rack->options.name, 0, "rack.error", text, NULL);
}

struct host *rack_find(struct rack *rack, const char *name)
{
	for (size_t i = 0; i < rack->count; i++)
		if (strcmp(host_name(rack->host[i]), name) == 0)
			return rack->host[i];
	return NULL;
}

int rack_add(struct rack *rack, const struct rack_phone *phone, struct fail *fail)
{
	char name[DEVICE_TEXT];
	struct host *host;
	int err;

	mac_format_device(&phone->mac, name);
	if (rack_find(rack, name))
		return fail_set(fail, -EEXIST, "phone %s is already in the rack", name);
	if (rack->count == rack->room) {
		size_t room = rack->room ? rack->room * 2 : 64;
		struct host **grown = realloc(rack->host, room * sizeof(struct host *));
		if (!grown)
			return fail_set(fail, -ENOMEM, "%s: out of memory", name);
		rack->host = grown;
		rack->room = room;
	}
	err = host_new(&host, &rack->shared, phone, fail);
	if (err)
		return err;
	rack->host[rack->count++] = host;
	host_plug(host);
	account_charge(&rack->account, 0);
	return 0;
}

void rack_on_fill(int fd, short what, void *arg)
{
	const struct timeval at_once = {0, 0};
	struct rack *rack = arg;
	struct fail fail = {0};

	(void)fd;
	(void)what;
	for (int i = 0; i < FILL_AT_ONCE && rack->fill_next < rack->fill_count && !rack->ending; i++) {
		int err = rack_add(rack, &rack->fill[rack->fill_next++], &fail);
		if (err) {
			rack_complain(rack, fail.text);
			rack_end(rack, err == -EPERM || err == -EMFILE || err == -ENFILE ? 3 : 1);
		}
	}
	if (rack->fill_next < rack->fill_count && !rack->ending)
		evtimer_add(rack->filler, &at_once);
}

void rack_fill(struct rack *rack, const struct rack_phone *phones, size_t count)
{
	rack->fill = phones;
	rack->fill_count = count;
	rack->fill_next = 0;
}

void rack_end(struct rack *rack, int status)
{
	const struct timeval most = {END_SECONDS, 0};

	if (rack->ending)
		return;
	rack->ending = true;
	rack->status = status;
	evtimer_add(rack->ender, &most);
	for (size_t i = 0; i < rack->count; i++)
		host_stop(rack->host[i]);
	event_active(rack->sweeper, EV_TIMEOUT, 0);
}
