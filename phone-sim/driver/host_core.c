/* The core of a phone: events are passed to it one at a time, and its actions are executed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "phone-sim/driver/host_internal.h"

#define LOAD_AGAIN_S 1 /* before the flash is read again */

static bool has_reason(const struct phone_event *event)
{
	switch (event->kind) {
	case PHONE_POWER_GRANTED:
	case PHONE_POWER_DENIED:
	case PHONE_POWER_ADJUSTED:
	case PHONE_POWER_OFF: return event->power.reason != NULL;
	case PHONE_LINK_UP:
	case PHONE_LINK_DOWN:
	case PHONE_FRAME:
	case PHONE_TIMER:
	case PHONE_FLASH_LOADED:
	case PHONE_FETCHED:
	case PHONE_RESOLVED:
	case PHONE_CONNECTED:
	case PHONE_RECEIVED:
	case PHONE_CLOSED:
	case PHONE_PEER:
	case PHONE_KEY_MADE:
	case PHONE_CONTROL: break;
	}
	return false;
}

/* Queue an event that an action causes at once. NULL if memory is short, and the spare one is used. The texts of such events are
 * constant, except the reason of a power event (a message of the panel, which an action may read): the queue has a copy of it. */
static struct host_pending *queue(struct host *host, const struct phone_event *event)
{
	struct host_pending *pending = calloc(1, sizeof(*pending));

	if (!pending) {
		pending = host->spare;
		host->spare = NULL;
	}
	if (!pending) {
		host_say(host, 0, "phone.trouble", "out of memory: an event is lost", NULL);
		return NULL;
	}
	pending->event = *event;
	if (has_reason(event)) {
		pending->reason = strdup(event->power.reason);
		pending->event.power.reason = pending->reason; /* without memory: no reason */
	}
	*host->last = pending;
	host->last = &pending->next;
	return pending;
}

static void free_owned(uint8_t *owned[HOST_OWNED])
{
	for (unsigned i = 0; i < HOST_OWNED; i++)
		free(owned[i]);
}

/* A file of flash as a fresh buffer; NULL if it is not there. False if memory or descriptors are short: a phone that took this for
 * an empty flash would accept any trust list. */
static bool read_stored(struct host *host, const char *name, uint8_t **bytes, size_t *length)
{
	struct fail fail = {0};
	int err = flash_file_read(host->flash, name, bytes, length, &fail);

	if (!err || err == -ENOENT)
		return true;
	host_say(host, 2, "flash.error", fail.text, NULL);
	return !fail_is_shortage(err);
}

/* The MIC, as a part of the event. False as above. */
static bool read_mic(struct host *host, struct phone_event *event, uint8_t *owned[HOST_OWNED])
{
	const struct tls_identity *mic = host_mic(host);

	if (mic) {
		event->flash.mic = owned[5] = tls_identity_certificate(mic, &event->flash.mic_length);
		event->flash.mic_key = owned[6] = tls_identity_key(mic, &event->flash.mic_key_length);
	}
	return host->certificates.mic_read;
}

static bool read_files(struct host *host, struct phone_event *event, uint8_t *owned[HOST_OWNED])
{
	bool read = read_stored(host, "itl", &owned[0], &event->flash.itl_length) &&
		    read_stored(host, "ctl", &owned[1], &event->flash.ctl_length) &&
		    read_stored(host, "config", &owned[2], &event->flash.config_length) &&
		    read_stored(host, "lsc", &owned[3], &event->flash.lsc_length) &&
		    read_stored(host, "lsc-key", &owned[4], &event->flash.lsc_key_length);

	event->flash.itl = owned[0];
	event->flash.ctl = owned[1];
	event->flash.config = owned[2];
	event->flash.lsc = owned[3];
	event->flash.lsc_key = owned[4];
	if (!read)
		return false;
	host_read_certificates(host);
	return read_mic(host, event, owned);
}

static void load_flash(struct host *host)
{
	static const struct timeval later = {.tv_sec = LOAD_AGAIN_S};
	struct flash_bank active = {.load = ""}, inactive = {.load = ""};
	struct phone_event event = {.kind = PHONE_FLASH_LOADED};
	struct fail fail = {0};
	uint8_t *owned[HOST_OWNED] = {NULL};
	struct host_pending *pending = NULL;
	int err = flash_check(host->flash, &active, &inactive, &fail);

	if (err)
		host_say(host, 2, "flash.error", fail.text, NULL);
	snprintf(event.flash.active.load, sizeof(event.flash.active.load), "%s", active.load);
	snprintf(event.flash.inactive.load, sizeof(event.flash.inactive.load), "%s", inactive.load);
	event.flash.active.intact = active.intact;
	event.flash.inactive.intact = inactive.intact;
	if (!active.intact)
		host_say(host, 2, "flash.active", active.reason, NULL);
	if (!fail_is_shortage(err) && read_files(host, &event, owned))
		pending = queue(host, &event);
	if (pending) {
		memcpy(pending->owned, owned, sizeof(owned));
	} else {
		free_owned(owned);
		evtimer_add(host->load_timer, &later);
	}
}

static void arm(struct host *host, uint64_t deadline_us)
{
	uint64_t now = clock_now_us();
	uint64_t wait = deadline_us > now ? deadline_us - now : 0;
	const struct timeval tv = {(time_t)(wait / 1000000), (suseconds_t)(wait % 1000000)};

	host->deadline_us = deadline_us;
	if (deadline_us == UINT64_MAX)
		evtimer_del(host->timer);
	else
		evtimer_add(host->timer, &tv);
}

static void set_address(struct host *host, const struct phone_action *action)
{
	host->dns_count = action->address.dns_count;
	memcpy(host->dns_server, action->address.dns, sizeof(host->dns_server));
	snprintf(host->domain, sizeof(host->domain), "%s",
		 action->address.domain ? action->address.domain : "");
	port_set_address(host->port, action->address.ip, action->address.prefix, action->address.gateway);
	host_web_open(host);
}

static void flash_result(struct host *host, int code, const struct fail *fail)
{
	if (code)
		host_say(host, 8, "flash.error", fail->text, NULL);
}

void host_has_stopped(struct host *host)
{
	if (host->stopped)
		return;
	host->stopped = true;
	host_io_free(host);
	host_web_close(host);
	host_prt_free(host);
	evtimer_del(host->timer);
	evtimer_del(host->load_timer);
	if (host->stop_timer)
		evtimer_del(host->stop_timer);
	port_end(host->port);
	host_say(host, 0, "phone.stopped", NULL, NULL);
	if (host->shared.stopped)
		host->shared.stopped(host->shared.arg, host);
}

static const enum log_token trace_token[] = {
    [PHONE_TRACE_STEP] = LOG_STEP, [PHONE_TRACE_CDP] = LOG_CDP,	    [PHONE_TRACE_LLDP] = LOG_LLDP,
    [PHONE_TRACE_DHCP] = LOG_DHCP, [PHONE_TRACE_FETCH] = LOG_FETCH, [PHONE_TRACE_MEMBER] = LOG_MEMBER,
    [PHONE_TRACE_SIP] = LOG_SIP,
};

unsigned host_traces(void)
{
	unsigned topics = 0;

	for (unsigned i = 0; i < PHONE_TRACES; i++)
		topics |= (unsigned)log_enabled(trace_token[i]) << i;
	return topics;
}

static void run_action(struct host *host, const struct phone_action *action)
{
	struct fail fail = {0};

	switch (action->kind) {
	case PHONE_DO_SEND_FRAME: port_send(host->port, action->frame.bytes, action->frame.length); break;
	case PHONE_DO_SET_VLAN: port_set_vlan(host->port, action->vlan); break;
	case PHONE_DO_SET_ADDRESS: set_address(host, action); break;
	case PHONE_DO_CLEAR_ADDRESS:
		host->dns_count = 0;
		host_web_close(host);
		port_clear_address(host->port);
		break;
	case PHONE_DO_TIMER: arm(host, action->timer_us); break;
	case PHONE_DO_LOAD_FLASH: load_flash(host); break;
	case PHONE_DO_FLASH_BEGIN:
		flash_result(host, flash_begin_load(host->flash, action->text, &fail), &fail);
		break;
	case PHONE_DO_FLASH_COMMIT:
		flash_result(host, flash_commit_load(host->flash, action->text, &fail), &fail);
		break;
	case PHONE_DO_SWAP_FLASH: flash_result(host, flash_swap(host->flash, &fail), &fail); break;
	case PHONE_DO_STORE:
		flash_result(host,
			     flash_file_write(host->flash, action->store.name, action->store.bytes,
					      action->store.length, &fail),
			     &fail);
		host_stored(host, action->store.name);
		break;
	case PHONE_DO_FETCH: host_fetch(host, action); break;
	case PHONE_DO_CANCEL: host_cancel(host, action->id); break;
	case PHONE_DO_RESOLVE: host_resolve(host, action); break;
	case PHONE_DO_CONNECT: host_connect(host, action); break;
	case PHONE_DO_SEND: host_send(host, action); break;
	case PHONE_DO_CLOSE: host_close(host, action->close.id, action->close.abort); break;
	case PHONE_DO_TRUST: host_trust(host, action); break;
	case PHONE_DO_MAKE_KEY: host_make_key(host, action); break;
	case PHONE_DO_DRAW: port_draw(host->port, action->mw); break;
	case PHONE_DO_MESSAGE: host_report_message(host, action->text); break;
	case PHONE_DO_CONSOLE: host_report_console(host, action->text); break;
	case PHONE_DO_STEP: host_report_step(host, action); break;
	case PHONE_DO_EVENT: host_report_event(host, action); break;
	case PHONE_DO_REGISTERED: host_report_registered(host, action); break;
	case PHONE_DO_UNREGISTERED: host_say(host, 11, "phone.unregistered", action->text, NULL); break;
	case PHONE_DO_REPORT_PROBLEM: host_problem(host, action->text); break;
	case PHONE_DO_STOPPED: host_has_stopped(host); break;
	case PHONE_DO_TRACE:
		log_debug(trace_token[action->trace.topic], "%s: %s", host->name, action->trace.text);
		break;
	}
}

static void pass(struct host *host, const struct phone_event *event)
{
	struct phone_actions *actions = host->shared.actions;

	if (event->kind == PHONE_POWER_OFF)
		evtimer_del(host->load_timer);
	phone_handle(host->phone, clock_now_us(), event, actions);
	for (size_t i = 0; i < actions->count && !host->stopped; i++)
		run_action(host, &actions->list[i]);
}

struct host_pending *host_take_pending(struct host *host)
{
	struct host_pending *pending = host->first;

	if (!pending)
		return NULL;
	host->first = pending->next;
	if (!host->first)
		host->last = &host->first;
	return pending;
}

void host_free_pending(struct host *host, struct host_pending *pending)
{
	free_owned(pending->owned);
	free(pending->reason);
	*pending = (struct host_pending){0};
	if (host->spare)
		free(pending);
	else
		host->spare = pending;
}

static void take_all_pending(struct host *host)
{
	struct host_pending *pending;

	while ((pending = host_take_pending(host))) {
		if (!host->stopped)
			pass(host, &pending->event);
		host_free_pending(host, pending);
	}
}

void host_on_load_timer(int fd, short what, void *arg)
{
	struct host *host = arg;

	(void)fd;
	(void)what;
	host->busy = true;
	load_flash(host);
	take_all_pending(host);
	host->busy = false;
}

/* Report an event during which no other phone was served for so long that timers of other phones are late. */
static void report_slow(struct host *host, enum phone_event_kind kind, unsigned ms)
{
	static const char *const names[] = {
	    [PHONE_POWER_GRANTED] = "power granted",
	    [PHONE_POWER_DENIED] = "power denied",
	    [PHONE_POWER_ADJUSTED] = "power adjusted",
	    [PHONE_POWER_OFF] = "power off",
	    [PHONE_LINK_UP] = "link up",
	    [PHONE_LINK_DOWN] = "link down",
	    [PHONE_FRAME] = "frame",
	    [PHONE_TIMER] = "timer",
	    [PHONE_FLASH_LOADED] = "flash loaded",
	    [PHONE_FETCHED] = "file fetched",
	    [PHONE_RESOLVED] = "name resolved",
	    [PHONE_CONNECTED] = "connected",
	    [PHONE_RECEIVED] = "bytes received",
	    [PHONE_CLOSED] = "connection closed",
	    [PHONE_PEER] = "certificate received",
	    [PHONE_KEY_MADE] = "key made",
	    [PHONE_CONTROL] = "control",
	};
	char detail[80];

	if (!ms)
		return;
	snprintf(detail, sizeof(detail), "event \"%s\" took %u ms of CPU time", names[kind], ms);
	host_say(host, host->step, "rack.slow", detail, NULL);
}

void host_handle(struct host *host, const struct phone_event *event)
{
	uint64_t since_ns = host->shared.account->charged_ns;

	if (host->stopped)
		return;
	if (host->busy) {
		queue(host, event);
		return;
	}
	host->busy = true;
	pass(host, event);
	take_all_pending(host);
	host->busy = false;
	account_charge(host->shared.account, host->step);
	report_slow(host, event->kind, account_slow_ms(host->shared.account, since_ns));
}

void host_on_timer(int fd, short what, void *arg)
{
	const struct phone_event event = {.kind = PHONE_TIMER};
	struct host *host = arg;

	(void)fd;
	(void)what;
	if (clock_now_us() < host->deadline_us)
		arm(host, host->deadline_us); /* the loop's clock is coarser than ours */
	else
		host_handle(host, &event);
}
