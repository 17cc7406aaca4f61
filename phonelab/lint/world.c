#include "phonelab/lint/world.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/steps.h"
#include "phone-sim/memory/answers.h"
#include "wire/dhcp.h"
#include "wire/ether.h"
#include "wire/sip.h"

#define PENDING	     32
#define EVENTS_MAX   20000	/* of one boot; a folder with all files needs some hundreds */
#define SIP_MAX	     8192	/* bytes of an answer */
#define PHONE_IP     0xc0000202 /* 192.0.2.2; documentation addresses (RFC 5737) */
#define DHCP_IP	     0xc0000201
#define MANAGER_IP   0xc633640a /* 198.51.100.10, one more per name */
#define ANSWER_IN_US 1000

struct pending {
	struct phone_event event;
	uint8_t *bytes; /* owned; NULL: none */
	size_t length;
	struct lint_want want; /* of PHONE_FETCHED */
	char name[PHONE_NAME_MAX];
};

struct boot {
	const struct lint_world *world;
	struct phone *phone;
	uint64_t now_us, deadline_us;
	struct pending pending[PENDING]; /* a ring of answers to come */
	unsigned first, count;
	struct phone_bank active, inactive;
	unsigned names; /* resolved so far */
	bool over;
	int err;
};

/* --- answers --- */

static struct pending *later(struct boot *boot, enum phone_event_kind kind)
{
	static struct pending spare;
	struct pending *pending = &spare;

	if (boot->count == PENDING)
		boot->err = -ELOOP;
	else
		pending = &boot->pending[(boot->first + boot->count++) % PENDING];
	memset(pending, 0, sizeof(*pending));
	pending->event.kind = kind;
	return pending;
}

static void put(struct boot *boot, struct pending *pending, const void *bytes, size_t length)
{
	pending->bytes = malloc(length ? length : 1);
	if (!pending->bytes) {
		boot->err = -ENOMEM;
		return;
	}
	memcpy(pending->bytes, bytes, length);
	pending->length = length;
}

static void on_frame(struct boot *boot, const struct phone_action *action)
{
	const struct answer_lease lease = {.server = DHCP_IP,
					   .address = PHONE_IP,
					   .mask = 0xffffff00,
					   .seconds = 86400,
					   .tftp = {boot->world->source->address},
					   .tftp_count = 1};
	uint8_t frame[DHCP_MAX + 64];
	struct ether_frame ether;
	ssize_t length;

	if (ether_decode(action->frame.bytes, action->frame.length, &ether, NULL) || ether.type != ETHER_IPV4)
		return;
	length = answer_dhcp(action->frame.bytes, action->frame.length, &lease, frame, sizeof(frame));
	if (length > 0)
		put(boot, later(boot, PHONE_FRAME), frame, (size_t)length);
}

static void on_fetch(struct boot *boot, const struct phone_action *action)
{
	struct pending *pending = later(boot, PHONE_FETCHED);

	pending->event.fetched.id = action->fetch.id;
	pending->want = (struct lint_want){.limit = action->fetch.limit,
					   .timeout_us = action->fetch.timeout_us,
					   .image = action->fetch.to_flash};
	snprintf(pending->name, sizeof(pending->name), "%s", action->fetch.file);
}

bool lint_is_host_name(const char *name)
{
	const char *label = name;
	size_t length = strlen(name);

	if (!length || length > 253)
		return false;
	for (const char *at = name; *at; at++) {
		if (*at == '.' && (at == label || at[-1] == '-'))
			return false;
		if (*at == '.')
			label = at + 1;
		else if (!isalnum((unsigned char)*at) && *at != '_' && (*at != '-' || at == label))
			return false;
	}
	/* The last label of a name is not a number: 10.0.0.256 is neither an address nor a name. */
	return *label && label[strspn(label, "0123456789")] && name[length - 1] != '-';
}

static void on_resolve(struct boot *boot, const struct phone_action *action)
{
	struct pending *pending = later(boot, PHONE_RESOLVED);

	pending->event.resolved.id = action->resolve.id;
	if (!lint_is_host_name(action->resolve.name))
		return;
	pending->event.resolved.address[0] = MANAGER_IP + boot->names++ % 128;
	pending->event.resolved.count = 1;
}

static void on_connect(struct boot *boot, const struct phone_action *action)
{
	struct pending *pending = later(boot, PHONE_CONNECTED);

	pending->event.connected.id = action->connect.id;
	pending->event.connected.local_address = PHONE_IP;
	pending->event.connected.local_port = 49152;
}

/* A device without a line asks to be registered by its name: the call manager does not know it. */
static unsigned status_for(const struct sip_message *request)
{
	const char *user = request->to.uri.user;

	if (!strcmp(request->method, "REFER"))
		return 202;
	return user && !strncmp(user, "SEP", 3) ? 403 : 200;
}

static void on_send(struct boot *boot, const struct phone_action *action)
{
	struct sip_message *request;
	struct pending *pending;
	uint8_t bytes[SIP_MAX];
	ssize_t length;

	if (sip_decode(action->send.bytes, action->send.length, &request, NULL))
		return;
	length = request->method ? answer_sip(request, status_for(request), bytes, sizeof(bytes)) : 0;
	sip_free(request);
	if (length <= 0)
		return;
	pending = later(boot, PHONE_RECEIVED);
	pending->event.received.id = action->send.id;
	put(boot, pending, bytes, (size_t)length);
}

static void on_load_flash(struct boot *boot)
{
	struct pending *pending = later(boot, PHONE_FLASH_LOADED);

	const struct lint_installed *installed = boot->world->installed;

	if (installed) {
		pending->event.flash.itl = installed->itl;
		pending->event.flash.itl_length = installed->itl_length;
		pending->event.flash.ctl = installed->ctl;
		pending->event.flash.ctl_length = installed->ctl_length;
		pending->event.flash.lsc = installed->lsc.data;
		pending->event.flash.lsc_length = installed->lsc.length;
		pending->event.flash.lsc_key = installed->lsc_key.data;
		pending->event.flash.lsc_key_length = installed->lsc_key.length;
		pending->event.flash.mic = installed->mic.data;
		pending->event.flash.mic_length = installed->mic.length;
		pending->event.flash.mic_key = installed->mic_key.data;
		pending->event.flash.mic_key_length = installed->mic_key.length;
	}
	pending->event.flash.active = boot->active;
	pending->event.flash.inactive = boot->inactive;
}

static void swap(struct boot *boot)
{
	struct phone_bank bank = boot->active;

	boot->active = boot->inactive;
	boot->inactive = bank;
}

static void cancel(struct boot *boot, uint32_t id)
{
	for (unsigned i = 0; i < boot->count; i++) {
		struct pending *pending = &boot->pending[(boot->first + i) % PENDING];

		if ((pending->event.kind == PHONE_FETCHED && pending->event.fetched.id == id) ||
		    (pending->event.kind == PHONE_RESOLVED && pending->event.resolved.id == id))
			pending->event.kind = PHONE_LINK_UP; /* nothing: the link is up already */
	}
}

/* The phone does not get past a failed attempt at these steps. */
static bool is_end(const struct phone_action *action)
{
	int n = action->step.n;

	return action->step.state == LADDER_FAILED &&
	       (n < LADDER_CTL || n == LADDER_CONFIG || n == LADDER_CM_CONNECT || n == LADDER_REGISTER);
}

static void act(struct boot *boot, const struct phone_action *action)
{
	switch (action->kind) {
	case PHONE_DO_SEND_FRAME: on_frame(boot, action); break;
	case PHONE_DO_TIMER: boot->deadline_us = action->timer_us; break;
	case PHONE_DO_LOAD_FLASH: on_load_flash(boot); break;
	case PHONE_DO_FLASH_BEGIN: memset(&boot->inactive, 0, sizeof(boot->inactive)); break;
	case PHONE_DO_FLASH_COMMIT:
		snprintf(boot->inactive.load, sizeof(boot->inactive.load), "%s", action->text);
		boot->inactive.intact = true;
		break;
	case PHONE_DO_SWAP_FLASH: swap(boot); break;
	case PHONE_DO_FETCH: on_fetch(boot, action); break;
	case PHONE_DO_CANCEL: cancel(boot, action->id); break;
	case PHONE_DO_RESOLVE: on_resolve(boot, action); break;
	case PHONE_DO_CONNECT: on_connect(boot, action); break;
	case PHONE_DO_SEND: on_send(boot, action); break;
	case PHONE_DO_STEP: boot->over = boot->over || is_end(action); break;
	case PHONE_DO_SET_VLAN:
	case PHONE_DO_SET_ADDRESS:
	case PHONE_DO_CLEAR_ADDRESS:
	case PHONE_DO_STORE:
	case PHONE_DO_CLOSE:
	case PHONE_DO_TRUST:
	case PHONE_DO_MAKE_KEY:
	case PHONE_DO_DRAW:
	case PHONE_DO_MESSAGE:
	case PHONE_DO_CONSOLE:
	case PHONE_DO_EVENT:
	case PHONE_DO_REGISTERED:
	case PHONE_DO_UNREGISTERED:
	case PHONE_DO_STOPPED:
	case PHONE_DO_REPORT_PROBLEM:
	case PHONE_DO_TRACE: break;
	}
}

/* --- events --- */

static void handle(struct boot *boot, const struct phone_event *event, struct phone_actions *actions)
{
	phone_handle(boot->phone, boot->now_us, event, actions);
	for (size_t i = 0; i < actions->count && !boot->err; i++) {
		boot->world->observe(boot->world->arg, &actions->list[i]);
		act(boot, &actions->list[i]);
	}
}

static void fill_fetched(struct boot *boot, struct pending *pending)
{
	struct phone_event *event = &pending->event;
	const struct lint_file *file;

	pending->want.name = pending->name;
	file = lint_source_get(boot->world->source, &pending->want);
	if (!file) {
		boot->err = -ENOMEM;
		return;
	}
	event->fetched.status = file->status;
	event->fetched.http_status = file->http_status;
	event->fetched.bytes = file->bytes ? file->bytes : (const uint8_t *)"";
	event->fetched.length = file->length;
	event->fetched.size = file->size;
	event->fetched.detail = file->detail[0] ? file->detail : NULL;
}

/* The oldest answer. */
static void deliver(struct boot *boot, struct phone_actions *actions)
{
	struct pending pending = boot->pending[boot->first];

	boot->first = (boot->first + 1) % PENDING;
	boot->count--;
	boot->now_us += ANSWER_IN_US;
	if (pending.event.kind == PHONE_FRAME) {
		pending.event.frame.bytes = pending.bytes;
		pending.event.frame.length = pending.length;
	} else if (pending.event.kind == PHONE_RECEIVED) {
		pending.event.received.bytes = pending.bytes;
		pending.event.received.length = pending.length;
	} else if (pending.event.kind == PHONE_FETCHED) {
		fill_fetched(boot, &pending);
	}
	if (!boot->err)
		handle(boot, &pending.event, actions);
	free(pending.bytes);
}

static void timer(struct boot *boot, struct phone_actions *actions)
{
	const struct phone_event event = {.kind = PHONE_TIMER};

	if (boot->deadline_us == UINT64_MAX) {
		boot->err = -ELOOP;
		return;
	}
	if (boot->deadline_us > boot->now_us)
		boot->now_us = boot->deadline_us;
	boot->deadline_us = UINT64_MAX;
	handle(boot, &event, actions);
}

int lint_world_boot(const struct lint_world *world, struct phone *phone, struct phone_actions *actions)
{
	const struct phone_event power = {.kind = PHONE_POWER_GRANTED, .power = {.mw = 15400}};
	const struct phone_event link = {.kind = PHONE_LINK_UP};
	struct boot boot = {.world = world, .phone = phone, .now_us = 1000, .deadline_us = UINT64_MAX};
	unsigned events = 0;

	snprintf(boot.active.load, sizeof(boot.active.load), "%s", world->load);
	boot.active.intact = true;
	if (world->installed && world->installed->inactive_load[0]) {
		snprintf(boot.inactive.load, sizeof(boot.inactive.load), "%s",
			 world->installed->inactive_load);
		boot.inactive.intact = true;
	}
	handle(&boot, &power, actions);
	handle(&boot, &link, actions);
	while (!boot.over && !boot.err && phone_state_now(phone) != PHONE_STATE_READY) {
		if (++events > EVENTS_MAX)
			boot.err = -ELOOP;
		else if (boot.count)
			deliver(&boot, actions);
		else
			timer(&boot, actions);
	}
	while (boot.count) {
		free(boot.pending[boot.first].bytes);
		boot.first = (boot.first + 1) % PENDING;
		boot.count--;
	}
	return boot.err;
}
