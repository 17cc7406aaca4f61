#include "phone-sim/driver/rack.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/resource.h>
#include <event2/event.h>

#include "base/closer.h"
#include "base/clock.h"
#include "cable/netns.h"
#include "cable/netns_helper.h"
#include "phone-sim/driver/link_watch.h"
#include "phone-sim/driver/key_maker.h"
#include "phone-sim/driver/rack_internal.h"
#include "phone-sim/driver/tls_shared.h"

/* Those of a running phone, and those that only a boot needs: 11; one more each for a monitor of its own (link_watch.h) and for a
 * VLAN that is tagged here (port.h), which are known only when the phone is there. */
#define FILES_PER_PHONE 13
#define FILES_OF_RACK	64
#define FILL_AT_ONCE	8 /* phones created per turn of the loop */
#define END_SECONDS	3

static void complain(const struct rack *rack, const char *text)
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

static void on_fill(int fd, short what, void *arg)
{
	const struct timeval at_once = {0, 0};
	struct rack *rack = arg;
	struct fail fail = {0};

	(void)fd;
	(void)what;
	for (int i = 0; i < FILL_AT_ONCE && rack->fill_next < rack->fill_count && !rack->ending; i++) {
		int err = rack_add(rack, &rack->fill[rack->fill_next++], &fail);
		if (err) {
			complain(rack, fail.text);
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

/* --- callbacks --- */

/* Free the stopped phones, outside their callbacks; at the end, leave the loop after the last one. */
static void on_sweep(int fd, short what, void *arg)
{
	struct rack *rack = arg;
	size_t kept = 0;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < rack->count; i++) {
		if (host_stopped(rack->host[i]))
			host_free(rack->host[i]);
		else
			rack->host[kept++] = rack->host[i];
	}
	rack->count = kept;
	if (rack->ending && !kept)
		event_base_loopbreak(rack->base);
}

static void on_stopped(void *arg, struct host *host)
{
	struct rack *rack = arg;

	(void)host;
	event_active(rack->sweeper, EV_TIMEOUT, 0);
}

static void on_plugged(void *arg, struct host *host)
{
	struct rack *rack = arg;

	(void)host;
	rack->ever_plugged = true;
}

static void on_refused(void *arg, struct host *host, bool missing, const char *reason)
{
	struct rack *rack = arg;
	char text[900];

	if (missing || !rack->options.refusal_is_fatal || rack->ever_plugged || rack->ending)
		return;
	snprintf(text, sizeof(text), "%s: the patch panel refused the cable: %s", host_name(host), reason);
	complain(rack, text);
	rack_end(rack, 1);
}

/* No phone was plugged in within wait_s: there is no switch. */
static void on_wait(int fd, short what, void *arg)
{
	struct rack *rack = arg;
	char text[400];

	(void)fd;
	(void)what;
	if (rack->ever_plugged || !rack->fill_count || rack->ending)
		return;
	snprintf(text, sizeof(text), "no switch answered at the patch panel %.200s within %u s",
		 rack->fill[0].panel, rack->options.wait_s);
	complain(rack, text);
	rack_end(rack, 1);
}

static void on_end(int fd, short what, void *arg)
{
	struct rack *rack = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(rack->base);
}

static void on_signal(int fd, short what, void *arg)
{
	struct rack *rack = arg;

	(void)fd;
	(void)what;
	if (rack->ending)
		event_base_loopbreak(rack->base); /* the second signal */
	else
		rack_end(rack, 0);
}

static void on_helper_lost(int fd, short what, void *arg)
{
	const struct rack *rack = arg;
	char text[300];

	(void)fd;
	(void)what;
	snprintf(text, sizeof(text), "%.100s " RACK_HELPER_LOST, rack->options.name);
	complain(rack, text);
}

/* Before the first thread, and before anything is open that the helper must not have. */
static int start_helper(struct rack *rack, struct fail *fail)
{
	int err = rack->options.own_namespaces ? netns_helper_start(&rack->helper, "phone-sim", fail) : 0;

	netns_use_helper(rack->helper);
	return err;
}

static int watch_helper(struct rack *rack, struct fail *fail)
{
	if (!rack->helper)
		return 0;
	rack->helper_lost =
	    event_new(rack->base, netns_helper_fd(rack->helper), EV_READ, on_helper_lost, rack);
	if (!rack->helper_lost || event_add(rack->helper_lost, NULL) < 0)
		return fail_set(fail, -ENOMEM, "event loop: out of memory");
	return 0;
}

static int make_events(struct rack *rack, struct fail *fail)
{
	struct event_config *config = event_config_new();

	if (config)
		event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	rack->base = config ? event_base_new_with_config(config) : NULL;
	if (config)
		event_config_free(config);
	if (!rack->base)
		return fail_set(fail, -ENOMEM, "event loop: out of memory");
	rack->filler = evtimer_new(rack->base, on_fill, rack);
	rack->sweeper = event_new(rack->base, -1, 0, on_sweep, rack);
	rack->waiter = evtimer_new(rack->base, on_wait, rack);
	rack->ender = evtimer_new(rack->base, on_end, rack);
	rack->term = evsignal_new(rack->base, SIGTERM, on_signal, rack);
	rack->interrupt = evsignal_new(rack->base, SIGINT, on_signal, rack);
	if (!rack->filler || !rack->sweeper || !rack->waiter || !rack->ender || !rack->term ||
	    !rack->interrupt)
		return fail_set(fail, -ENOMEM, "event loop: out of memory");
	event_add(rack->term, NULL);
	event_add(rack->interrupt, NULL);
	return 0;
}

static void flush_events(void *arg)
{
	struct rack *rack = arg;

	event_log_flush(rack->log);
}

int rack_new(struct rack **out, const struct rack_options *options, struct fail *fail)
{
	struct rack *rack = calloc(1, sizeof(*rack));
	int err;

	if (!rack)
		return fail_set(fail, -ENOMEM, "rack: out of memory");
	rack->options = *options;
	account_begin(&rack->account);
	err = start_helper(rack, fail);
	if (!err)
		err = make_events(rack, fail);
	if (!err)
		err = watch_helper(rack, fail);
	if (!err)
		err = event_log_open(&rack->log, options->events, fail);
	if (!err)
		err = link_watch_new(&rack->watch, rack->base, fail);
	if (!err && options->control)
		err =
		    control_server_new(&rack->control, rack->base, options->control, rack_verbs, rack, fail);
	if (!err && options->control)
		control_server_before_reply(rack->control, flush_events, rack);
	rack->shared =
	    (struct host_shared){.base = rack->base,
				 .watch = rack->watch,
				 .log = rack->log,
				 .account = &rack->account,
				 .actions = phone_actions_new(),
				 .pace = options->pace,
				 .seed = options->seed,
				 .flash = options->flash,
				 .vlan_backend = options->vlan_backend,
				 .own_namespace = options->own_namespaces,
				 .progress = options->progress,
				 .wall_clock = (int64_t)time(NULL) - (int64_t)(clock_now_us() / 1000000),
				 .stopped = on_stopped,
				 .plugged = on_plugged,
				 .refused = on_refused,
				 .arg = rack};
	if (!err && !rack->shared.actions)
		err = fail_set(fail, -ENOMEM, "rack: out of memory");
	if (!err)
		err = tls_shared_new(&rack->shared.tls, options->key_log, fail);
	if (!err)
		err = key_maker_new(&rack->shared.keys, rack->base, fail);
	if (err) {
		rack_free(rack);
		return err;
	}
	*out = rack;
	return 0;
}

/* Raise the limit of open files; false if it is too low for the phones. */
static bool enough_files(const struct rack *rack)
{
	size_t needed = rack->fill_count * FILES_PER_PHONE + FILES_OF_RACK;
	struct rlimit limit;
	char text[300];

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return true;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (needed <= limit.rlim_cur)
		return true;
	snprintf(text, sizeof(text),
		 "%zu phones need %zu open files, the limit is %llu; raise it with ulimit -n or LimitNOFILE=",
		 rack->fill_count, needed, (unsigned long long)limit.rlim_cur);
	complain(rack, text);
	return false;
}

int rack_run(struct rack *rack)
{
	const struct timeval at_once = {0, 0}, wait = {rack->options.wait_s, 0};

	if (!enough_files(rack))
		return 3;
	evtimer_add(rack->filler, &at_once);
	if (rack->options.wait_s)
		evtimer_add(rack->waiter, &wait);
	/* What a turn of the loop reports goes to the file in one write. */
	event_log_gather(rack->log);
	while (!event_base_loop(rack->base, EVLOOP_ONCE) && !event_base_got_break(rack->base))
		event_log_flush(rack->log);
	event_base_loop(rack->base, EVLOOP_NONBLOCK); /* the last replies go out */
	return rack->status;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

void rack_free(struct rack *rack)
{
	if (!rack)
		return;
	for (size_t i = 0; i < rack->count; i++)
		host_free(rack->host[i]);
	closer_wait();
	link_watch_free(rack->watch);
	key_maker_free(rack->shared.keys);
	tls_shared_free(rack->shared.tls);
	free(rack->host);
	control_server_free(rack->control);
	if (rack->base)
		event_base_loop(rack->base, EVLOOP_NONBLOCK); /* libevent frees what was closed */
	phone_actions_free(rack->shared.actions);
	free_event(rack->filler);
	free_event(rack->sweeper);
	free_event(rack->waiter);
	free_event(rack->ender);
	free_event(rack->term);
	free_event(rack->interrupt);
	free_event(rack->helper_lost);
	netns_use_helper(NULL);
	netns_helper_free(rack->helper);
	event_log_close(rack->log);
	if (rack->base)
		event_base_free(rack->base);
	free(rack);
}
