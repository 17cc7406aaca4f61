#include "tests/support/memory_lab.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define PER_MEMBER 48

/* ---- the queue: a binary heap by time, then by order of arrival */

enum item_kind {
	ITEM_EVENT, /* to a phone */
	ITEM_TIMER, /* of a phone */
	ITEM_PORT,  /* a frame into the switch */
	ITEM_HOST,  /* a frame to the host on the server port */
	ITEM_CM,    /* bytes to a call manager */
	ITEM_PLUG,
};

struct item {
	uint64_t at_us, order;
	enum item_kind kind;
	unsigned i, sub;
	struct phone_event event;
	uint8_t *bytes;
	size_t len;
};

struct lab_queue {
	struct item *item;
	size_t count, size;
	uint64_t order;
};

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static bool before(const struct item *a, const struct item *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void push(struct memory_lab *lab, struct item item)
{
	struct lab_queue *queue = lab->queue;
	size_t at;

	if (queue->count == queue->size) {
		queue->size = queue->size ? 2 * queue->size : 1024;
		queue->item = need(realloc(queue->item, queue->size * sizeof(*queue->item)));
	}
	item.order = queue->order++;
	at = queue->count++;
	while (at && before(&item, &queue->item[(at - 1) / 2])) {
		queue->item[at] = queue->item[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	queue->item[at] = item;
}

static struct item pop(struct lab_queue *queue)
{
	struct item first = queue->item[0], last = queue->item[--queue->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= queue->count)
			break;
		if (child + 1 < queue->count && before(&queue->item[child + 1], &queue->item[child]))
			child++;
		if (!before(&queue->item[child], &last))
			break;
		queue->item[at] = queue->item[child];
		at = child;
	}
	queue->item[at] = last;
	return first;
}

static uint8_t *copy(const void *bytes, size_t len)
{
	uint8_t *kept = need(malloc(len + SWITCH_HEADROOM + 1));

	if (len)
		memcpy(kept + SWITCH_HEADROOM, bytes, len);
	kept[SWITCH_HEADROOM + len] = '\0';
	return kept;
}

uint64_t lab_latency(struct memory_lab *lab)
{
	return rng_range(lab->rng, 100, 900);
}

void lab_to_phone(struct memory_lab *lab, unsigned i, uint64_t delay_us, const struct phone_event *event,
		  const void *bytes, size_t len)
{
	struct item item = {.at_us = lab->now_us + delay_us,
			    .kind = ITEM_EVENT,
			    .i = i,
			    .event = *event,
			    .bytes = copy(bytes, len),
			    .len = len};

	push(lab, item);
}

void lab_frame_to_phone(struct memory_lab *lab, unsigned i, uint64_t delay_us, const uint8_t *bytes,
			size_t len)
{
	struct phone_event event = {.kind = PHONE_FRAME};

	lab_to_phone(lab, i, delay_us, &event, bytes, len);
}

void lab_frame_to_port(struct memory_lab *lab, unsigned port, uint64_t delay_us, const uint8_t *bytes,
		       size_t len)
{
	struct item item = {.at_us = lab->now_us + delay_us,
			    .kind = ITEM_PORT,
			    .i = port,
			    .bytes = copy(bytes, len),
			    .len = len};

	push(lab, item);
}

/* ---- the stream */

static void say(struct memory_lab *lab, const char *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct memory_lab *lab, const char *node, const char *format, ...)
{
	char line[1024];
	int len, more;
	va_list args;

	if (lab->quiet)
		return;
	len = snprintf(line, sizeof(line), "%llu %s ", (unsigned long long)lab->now_us, node);
	va_start(args, format);
	more = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);
	va_end(args);
	len = (int)strlen(line);
	(void)more;
	line[len++] = '\n';
	if (lab->stream_len + (size_t)len + 1 > lab->stream_size) {
		lab->stream_size = lab->stream_size ? 2 * lab->stream_size : 1 << 20;
		lab->stream = need(realloc(lab->stream, lab->stream_size));
	}
	memcpy(lab->stream + lab->stream_len, line, (size_t)len);
	lab->stream_len += (size_t)len;
	lab->stream[lab->stream_len] = '\0';
}

unsigned memory_lab_said_times(const struct memory_lab *lab, const char *text)
{
	unsigned count = 0;

	for (const char *at = lab->stream; at && (at = strstr(at, text)); at += strlen(text))
		count++;
	return count;
}

bool memory_lab_said(const struct memory_lab *lab, const char *text)
{
	return memory_lab_said_times(lab, text) > 0;
}

void memory_lab_forget(struct memory_lab *lab)
{
	lab->stream_len = 0;
	if (lab->stream)
		lab->stream[0] = '\0';
}

/* ---- actions of a phone */

static bool held(const struct memory_lab *lab, unsigned i)
{
	return lab->hold != PHONE_STATE_NONE && phone_state_now(lab->phone[i].phone) == lab->hold;
}

static bool cancelled(const struct lab_phone *slot, uint32_t id)
{
	for (unsigned i = 0; i < 64 && i < slot->cancels; i++)
		if (slot->cancelled[i] == id)
			return true;
	return false;
}

static void load_flash(struct memory_lab *lab, unsigned i)
{
	struct lab_phone *slot = &lab->phone[i];
	struct phone_event event = {.kind = PHONE_FLASH_LOADED};

	if (slot->flash_dead)
		return;
	event.flash.active = slot->active;
	event.flash.inactive = slot->inactive;
	lab_to_phone(lab, i, 500, &event, "", 0);
}

static void store(struct lab_phone *slot, const struct phone_action *action)
{
	bool itl = !strcmp(action->store.name, "itl");
	uint8_t **kept = itl ? &slot->itl : &slot->ctl;

	free(*kept);
	*kept = NULL;
	if (action->store.len) {
		*kept = need(malloc(action->store.len));
		memcpy(*kept, action->store.bytes, action->store.len);
	}
	*(itl ? &slot->itl_len : &slot->ctl_len) = action->store.len;
}

static void resolve(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct phone_event event = {.kind = PHONE_RESOLVED};

	event.resolved.id = action->resolve.id;
	if (lab->dns_dead) {
		event.resolved.timed_out = true;
		lab_to_phone(lab, i, action->resolve.timeout_us, &event, "", 0);
		return;
	}
	for (unsigned c = 0; c < LAB_CMS; c++)
		if (!strcmp(action->resolve.name, lab->cm[c].name))
			event.resolved.address[event.resolved.count++] = lab->cm[c].address;
	if (!strcmp(action->resolve.name, "tftp.lab"))
		event.resolved.address[event.resolved.count++] = lab->server[0].address;
	lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
}

static void connect_cm(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct lab_phone *slot = &lab->phone[i];
	struct phone_event event = {.kind = PHONE_CONNECTED};
	unsigned c, at;

	for (c = 0; c < LAB_CMS; c++)
		if (lab->cm[c].address == action->connect.ip)
			break;
	if (c == LAB_CMS || (lab->cm[c].tcp != LAB_UP && !action->connect.udp)) {
		enum lab_health health = c == LAB_CMS ? LAB_UNREACHABLE : lab->cm[c].tcp;

		event.kind = PHONE_CLOSED;
		event.closed.id = action->connect.id;
		event.closed.error = health == LAB_REFUSES  ? ECONNREFUSED
				     : health == LAB_SILENT ? ETIMEDOUT
							    : EHOSTUNREACH;
		lab_to_phone(lab, i, health == LAB_SILENT ? action->connect.timeout_us : lab_latency(lab),
			     &event, "", 0);
		return;
	}
	at = slot->conns++ % 16;
	memset(&slot->conn[at], 0, sizeof(slot->conn[at]));
	slot->conn[at].id = action->connect.id;
	slot->conn[at].cm = c;
	slot->conn[at].open = true;
	slot->conn[at].udp = action->connect.udp;
	event.connected.id = action->connect.id;
	event.connected.local_address = slot->address;
	event.connected.local_port = (uint16_t)(49152 + slot->conns % 16000);
	lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
}

/* What becomes of a datagram on its way to a call manager: true when it arrives. */
static bool datagram_arrives(struct memory_lab *lab, unsigned i, unsigned n)
{
	struct lab_phone *slot = &lab->phone[i];
	struct lab_cm *cm = &lab->cm[slot->conn[n].cm];
	struct phone_event unreachable = {.kind = PHONE_CLOSED, .closed = {slot->conn[n].id, ECONNREFUSED}};

	if (cm->tcp == LAB_REFUSES) {
		slot->conn[n].open = false;
		lab_to_phone(lab, i, lab_latency(lab), &unreachable, "", 0);
	}
	if (cm->tcp != LAB_UP)
		return false;
	if (cm->lose) {
		cm->lose--;
		return false;
	}
	cm->datagrams++;
	return true;
}

static void send_cm(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct lab_phone *slot = &lab->phone[i];

	for (unsigned n = 0; n < 16; n++) {
		struct item item = {
		    .at_us = lab->now_us + lab_latency(lab), .kind = ITEM_CM, .i = i, .sub = n};

		if (!slot->conn[n].open || slot->conn[n].id != action->send.id)
			continue;
		if (slot->conn[n].udp && !datagram_arrives(lab, i, n))
			return;
		item.bytes = copy(action->send.bytes, action->send.len);
		item.len = action->send.len;
		item.event.closed.id = action->send.id;
		push(lab, item);
		return;
	}
	slot->dead_sends++;
}

static void unbind(struct memory_lab *lab, unsigned i, unsigned n)
{
	struct lab_phone *slot = &lab->phone[i];

	if (slot->conn[n].bound)
		lab->cm[slot->conn[n].cm].bindings--;
	slot->conn[n].bound = false;
}

static void close_cm(struct memory_lab *lab, unsigned i, uint32_t id)
{
	struct lab_phone *slot = &lab->phone[i];

	for (unsigned n = 0; n < 16; n++)
		if (slot->conn[n].open && slot->conn[n].id == id) {
			unbind(lab, i, n);
			slot->conn[n].open = false;
		}
}

static void frame_out(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	if (lab->sw)
		lab_frame_to_port(lab, lab->phone[i].port, 5, action->frame.bytes, action->frame.len);
	else
		lab_wire_frame(lab, i, action->frame.bytes, action->frame.len);
}

static void say_step(struct memory_lab *lab, const char *name, const struct phone_action *action)
{
	char evidence[1200] = "";
	size_t at = 0;

	for (unsigned i = 0; i < action->step.evidence_count; i++)
		at += (size_t)snprintf(evidence + at, sizeof(evidence) - at, " %s=%s",
				       action->step.evidence[i].key, action->step.evidence[i].value);
	say(lab, name, "step.%s %d %s: %s%s%s%s", ladder_state_name(action->step.state), action->step.n,
	    ladder_step_name(action->step.n), action->step.detail, at ? " [" : "", at ? evidence + 1 : "",
	    at ? "]" : "");
}

static void act(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct lab_phone *slot = &lab->phone[i];
	const char *name = slot->name;
	struct phone_bank bank;
	struct item item = {.kind = ITEM_TIMER, .i = i};

	switch (action->kind) {
	case PHONE_DO_SEND_FRAME: frame_out(lab, i, action); break;
	case PHONE_DO_SET_VLAN: slot->vlan = action->vlan; break;
	case PHONE_DO_SET_ADDRESS:
		slot->has_address = true;
		slot->address = action->address.ip;
		break;
	case PHONE_DO_CLEAR_ADDRESS: slot->has_address = false; break;
	case PHONE_DO_TIMER:
		slot->timer_us = action->timer_us;
		if (action->timer_us != UINT64_MAX) {
			item.at_us = action->timer_us > lab->now_us ? action->timer_us : lab->now_us;
			push(lab, item);
		}
		break;
	case PHONE_DO_LOAD_FLASH: load_flash(lab, i); break;
	case PHONE_DO_FLASH_BEGIN: memset(&slot->inactive, 0, sizeof(slot->inactive)); break;
	case PHONE_DO_FLASH_COMMIT:
		slot->commits++;
		snprintf(slot->inactive.load, sizeof(slot->inactive.load), "%s", action->text);
		slot->inactive.intact = true;
		break;
	case PHONE_DO_SWAP_FLASH:
		slot->swaps++;
		bank = slot->active;
		slot->active = slot->inactive;
		slot->inactive = bank;
		break;
	case PHONE_DO_STORE: store(slot, action); break;
	case PHONE_DO_FETCH:
		slot->images += action->fetch.to_flash;
		lab_fetch(lab, i, action);
		break;
	case PHONE_DO_CANCEL: slot->cancelled[slot->cancels++ % 64] = action->id; break;
	case PHONE_DO_RESOLVE: resolve(lab, i, action); break;
	case PHONE_DO_CONNECT: connect_cm(lab, i, action); break;
	case PHONE_DO_SEND: send_cm(lab, i, action); break;
	case PHONE_DO_CLOSE:
		slot->cancelled[slot->cancels++ % 64] = action->close.id;
		close_cm(lab, i, action->close.id);
		break;
	case PHONE_DO_DRAW:
		slot->draw_mw = action->mw;
		if (lab->sw && slot->plugged)
			say(lab, name, "draw %u mW", action->mw);
		break;
	case PHONE_DO_MESSAGE: say(lab, name, "message %s", action->text); break;
	case PHONE_DO_CONSOLE: say(lab, name, "console %s", action->text); break;
	case PHONE_DO_STEP:
		slot->steps_seen++;
		say_step(lab, name, action);
		break;
	case PHONE_DO_EVENT:
		say(lab, name, "%s [%d] %s", action->event.name, action->event.step, action->event.detail);
		break;
	case PHONE_DO_REGISTERED:
		slot->registered = true;
		slot->registrations++;
		slot->registered_us = lab->now_us;
		snprintf(slot->dn, sizeof(slot->dn), "%s", action->registered.directory_number);
		snprintf(slot->node, sizeof(slot->node), "%s", action->registered.node);
		say(lab, name, "registered %s with %s", slot->dn, slot->node);
		break;
	case PHONE_DO_UNREGISTERED:
		slot->registered = false;
		slot->unregistrations++;
		say(lab, name, "unregistered %s", action->text);
		break;
	case PHONE_DO_STOPPED: slot->stopped = true; break;
	}
}

void memory_lab_event(struct memory_lab *lab, unsigned i, const struct phone_event *event)
{
	phone_handle(lab->phone[i].phone, lab->now_us, event, lab->actions);
	for (size_t n = 0; n < lab->actions->count; n++)
		act(lab, i, &lab->actions->list[n]);
}

void memory_lab_kind(struct memory_lab *lab, unsigned i, enum phone_event_kind kind)
{
	struct phone_event event = {.kind = kind};

	if (kind == PHONE_POWER_GRANTED)
		event.power.mw = 4000;
	if (kind == PHONE_POWER_DENIED)
		event.power.reason = "budget exhausted";
	memory_lab_event(lab, i, &event);
}

void memory_lab_control(struct memory_lab *lab, unsigned i, enum phone_control control)
{
	struct phone_event event = {.kind = PHONE_CONTROL, .control = control};

	memory_lab_event(lab, i, &event);
}

void memory_lab_frame(struct memory_lab *lab, unsigned i, const uint8_t *bytes, size_t len)
{
	struct phone_event event = {.kind = PHONE_FRAME};

	event.frame.bytes = bytes;
	event.frame.len = len;
	memory_lab_event(lab, i, &event);
}

/* ---- the switch */

static unsigned server_port(const struct memory_lab *lab)
{
	return switch_core_ports(lab->sw) - 1;
}

static void to_port(struct memory_lab *lab, unsigned port, const uint8_t *frame, size_t len)
{
	struct item item = {.at_us = lab->now_us + 5, .kind = ITEM_HOST};

	if (port < lab->phones) {
		lab_frame_to_phone(lab, port, 5, frame, len);
	} else if (port == server_port(lab)) {
		item.bytes = copy(frame, len);
		item.len = len;
		push(lab, item);
	}
}

static void power_to_phone(struct memory_lab *lab, const struct switch_action *action)
{
	static const int kinds[] = {
	    [SWITCH_POWER_DETECTED] = -1,
	    [SWITCH_POWER_GRANTED] = PHONE_POWER_GRANTED,
	    [SWITCH_POWER_DENIED] = PHONE_POWER_DENIED,
	    [SWITCH_POWER_OFF] = PHONE_POWER_OFF,
	    [SWITCH_POWER_ADJUSTED] = PHONE_POWER_ADJUSTED,
	};
	struct phone_event event = {.kind = PHONE_POWER_OFF};

	if (action->power.port >= lab->phones || kinds[action->power.state] < 0)
		return;
	event.kind = (enum phone_event_kind)kinds[action->power.state];
	event.power.mw = action->power.mw;
	event.power.reason = "see the switch";
	lab_to_phone(lab, action->power.port, 20, &event, "", 0);
}

static void switch_act(void *arg, const struct switch_action *action)
{
	struct memory_lab *lab = arg;
	struct phone_event event;

	switch (action->kind) {
	case SWITCH_ACTION_SEND:
		for (unsigned n = 0; n < action->send.count; n++)
			if ((int)action->send.ports[n] != action->send.except)
				to_port(lab, action->send.ports[n], action->send.frame, action->send.length);
		break;
	case SWITCH_ACTION_POWER: power_to_phone(lab, action); break;
	case SWITCH_ACTION_LINK:
		event.kind = action->link.up ? PHONE_LINK_UP : PHONE_LINK_DOWN;
		if (action->link.port < lab->phones)
			lab_to_phone(lab, action->link.port, 20, &event, "", 0);
		break;
	case SWITCH_ACTION_EVENT:
		say(lab, "sw1", "%s [%d] %s", action->event.event, action->event.step,
		    action->event.detail ? action->event.detail : "");
		json_decref(action->event.evidence);
		break;
	}
}

static void make_switch(struct memory_lab *lab)
{
	static const struct switch_vlan_config vlans[] = {{LAB_DATA_VLAN, "DATA"}, {LAB_VOICE_VLAN, "VOICE"}};
	struct switch_config config = {.name = "sw1",
				       .platform = "cisco C9200-48P",
				       .version = "17.9",
				       .mac = {{0x02, 0, 0, 0xaa, 0, 0}},
				       .members = lab->phones / PER_MEMBER + 1,
				       .access = PER_MEMBER,
				       .poe_budget_mw = PER_MEMBER * 30000,
				       .vlans = vlans,
				       .vlan_count = 2,
				       .dhcp_snooping = true,
				       .seed = lab->config.seed};
	unsigned ports = switch_config_ports(&config);
	struct switch_port_config *port = need(calloc(ports, sizeof(*port)));
	uint16_t voice = lab->config.voice_vlan ? lab->config.voice_vlan : LAB_VOICE_VLAN;
	struct fail fail;

	for (unsigned i = 0; i < ports; i++) {
		switch_port_config_init(&port[i], false);
		port[i].access_vlan = LAB_DATA_VLAN;
		port[i].voice_vlan = voice == 0xffff ? 0 : voice;
	}
	port[ports - 1].access_vlan = voice == 0xffff ? LAB_DATA_VLAN : voice;
	port[ports - 1].voice_vlan = 0;
	port[ports - 1].trusted = true;
	config.ports = port;
	if (switch_core_new(&lab->sw, &config, lab->now_us, switch_act, lab, &fail)) {
		fprintf(stderr, "switch: %s\n", fail.text);
		abort();
	}
	free(port);
}

static void plug(struct memory_lab *lab, unsigned i)
{
	struct switch_device device = {.power = SWITCH_POWER_PD};
	struct lab_phone *slot = &lab->phone[i];
	struct phone_view view = memory_lab_view(lab, i);

	snprintf(device.node, sizeof(device.node), "%s", slot->name);
	device.mac = slot->mac;
	device.power_class = view.model->poe_class;
	slot->plugged = true;
	switch_core_plug(lab->sw, lab->now_us, slot->port, &device);
}

/* ---- running */

static void deliver(struct memory_lab *lab, struct item *item)
{
	struct lab_phone *slot = &lab->phone[item->i];
	struct phone_event *event = &item->event;
	const uint8_t *bytes = item->bytes + SWITCH_HEADROOM;
	uint32_t id = 0;

	switch (event->kind) {
	case PHONE_FRAME:
		if (held(lab, item->i) && lab->hold != PHONE_STATE_VOICE_VLAN &&
		    lab->hold != PHONE_STATE_DHCP)
			break;
		event->frame.bytes = bytes;
		event->frame.len = item->len;
		break;
	case PHONE_FLASH_LOADED:
		event->flash.itl = slot->itl;
		event->flash.itl_len = slot->itl_len;
		event->flash.ctl = slot->ctl;
		event->flash.ctl_len = slot->ctl_len;
		break;
	case PHONE_FETCHED:
		id = event->fetched.id;
		event->fetched.bytes = bytes;
		event->fetched.len = item->len;
		break;
	case PHONE_RESOLVED: id = event->resolved.id; break;
	case PHONE_CONNECTED: id = event->connected.id; break;
	case PHONE_CLOSED: id = event->closed.id; break;
	case PHONE_RECEIVED:
		id = event->received.id;
		event->received.bytes = bytes;
		event->received.len = item->len;
		break;
	case PHONE_POWER_GRANTED:
	case PHONE_POWER_DENIED:
	case PHONE_POWER_ADJUSTED:
	case PHONE_POWER_OFF:
	case PHONE_LINK_UP:
	case PHONE_LINK_DOWN:
	case PHONE_TIMER:
	case PHONE_CONTROL: break;
	}
	/* A driver does not speak of what was cancelled; and while the world holds its breath nobody speaks.
	 */
	if (id && cancelled(slot, id))
		return;
	if (held(lab, item->i) && event->kind != PHONE_POWER_OFF && event->kind != PHONE_LINK_DOWN)
		return;
	memory_lab_event(lab, item->i, event);
}

static void tick_switch(struct memory_lab *lab)
{
	if (lab->sw)
		lab->sw_next_us = switch_core_next(lab->sw);
}

static void run_item(struct memory_lab *lab, struct item *item)
{
	struct lab_phone *slot;

	switch (item->kind) {
	case ITEM_EVENT: deliver(lab, item); break;
	case ITEM_TIMER:
		slot = &lab->phone[item->i];
		if (slot->timer_us == item->at_us ||
		    (slot->timer_us < item->at_us && slot->timer_us != UINT64_MAX)) {
			slot->timer_us = UINT64_MAX;
			memory_lab_kind(lab, item->i, PHONE_TIMER);
		}
		break;
	case ITEM_PORT:
		switch_core_frame(lab->sw, lab->now_us, item->i, item->bytes + SWITCH_HEADROOM, item->len);
		break;
	case ITEM_HOST:
		lab_dhcp_frame(lab, item->bytes + SWITCH_HEADROOM, item->len, server_port(lab));
		break;
	case ITEM_CM:
		slot = &lab->phone[item->i];
		if (slot->conn[item->sub].open && slot->conn[item->sub].id == item->event.closed.id)
			lab_cm_bytes(lab, item->i, item->sub, item->bytes + SWITCH_HEADROOM, item->len);
		break;
	case ITEM_PLUG: plug(lab, item->i); break;
	}
	free(item->bytes);
	tick_switch(lab);
}

bool memory_lab_run(struct memory_lab *lab, uint64_t until_us, bool (*done)(struct memory_lab *lab))
{
	uint64_t guard = 0;

	tick_switch(lab);
	for (;;) {
		uint64_t next = lab->queue->count ? lab->queue->item[0].at_us : UINT64_MAX;

		if (done && done(lab))
			return true;
		if (lab->sw && lab->sw_next_us < next) {
			if (lab->sw_next_us > until_us)
				break;
			if (lab->sw_next_us > lab->now_us)
				lab->now_us = lab->sw_next_us;
			switch_core_tick(lab->sw, lab->now_us);
			tick_switch(lab);
		} else {
			struct item item;

			if (next > until_us)
				break;
			item = pop(lab->queue);
			if (item.at_us > lab->now_us)
				lab->now_us = item.at_us;
			run_item(lab, &item);
		}
		if (++guard > 50000000) {
			fprintf(stderr, "memory lab: events without end at %llu us\n",
				(unsigned long long)lab->now_us);
			abort();
		}
	}
	lab->now_us = until_us;
	return done && done(lab);
}

void memory_lab_run_for(struct memory_lab *lab, uint64_t us)
{
	memory_lab_run(lab, lab->now_us + us, NULL);
}

bool memory_lab_all_registered(struct memory_lab *lab)
{
	for (unsigned i = 0; i < lab->phones; i++)
		if (!lab->phone[i].registered || phone_state_now(lab->phone[i].phone) != PHONE_STATE_READY)
			return false;
	return true;
}

struct phone_view memory_lab_view(const struct memory_lab *lab, unsigned i)
{
	struct phone_view view;

	phone_view(lab->phone[i].phone, &view);
	return view;
}

enum ladder_state memory_lab_rung(const struct memory_lab *lab, unsigned i, int step)
{
	return memory_lab_view(lab, i).ladder.rung[step - 1].state;
}

const char *memory_lab_detail(const struct memory_lab *lab, unsigned i, int step)
{
	static char text[160];
	struct phone_view view = memory_lab_view(lab, i);

	snprintf(text, sizeof(text), "%s", view.ladder.rung[step - 1].detail);
	return text;
}

void memory_lab_kill_cm(struct memory_lab *lab, unsigned cm, int error)
{
	for (unsigned i = 0; i < lab->phones; i++)
		for (unsigned n = 0; n < 16; n++) {
			struct phone_event event = {.kind = PHONE_CLOSED};

			if (!lab->phone[i].conn[n].open || lab->phone[i].conn[n].cm != cm)
				continue;
			unbind(lab, i, n);
			lab->phone[i].conn[n].open = false;
			event.closed.id = lab->phone[i].conn[n].id;
			event.closed.error = error;
			lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
		}
}

/* ---- making and ending */

static void make_phone(struct memory_lab *lab, unsigned i)
{
	const struct lab_config *config = &lab->config;
	struct lab_phone *slot = &lab->phone[i];
	struct phone_config phone = {.model = config->model ? config->model : "7841",
				     .pace = config->pace,
				     .seed = config->seed,
				     .cdp = !config->no_cdp,
				     .lldp = !config->no_lldp,
				     .ac_power = config->ac_power,
				     .wall_clock = 1795226400};
	uint64_t mac = LAB_MAC_FIRST + i;

	for (unsigned n = 0; n < 6; n++)
		slot->mac.octet[n] = (uint8_t)(mac >> (40 - 8 * n));
	phone.mac = slot->mac;
	if (config->alternate_tftp) {
		phone.alternate_tftp[0] = config->alternate_tftp;
		phone.alternate_tftp_count = 1;
	}
	slot->phone = need(phone_new(&phone));
	mac_format_device(&slot->mac, slot->name);
	slot->port = i;
	slot->timer_us = UINT64_MAX;
	snprintf(slot->active.load, sizeof(slot->active.load), LAB_LOAD);
	snprintf(slot->inactive.load, sizeof(slot->inactive.load), LAB_OLD_LOAD);
	slot->active.intact = slot->inactive.intact = true;
}

static void default_servers(struct memory_lab *lab)
{
	static const char *const names[] = {"cucm-pub", "cucm-sub", "cucm-sub2"};

	for (unsigned i = 0; i < LAB_SERVERS; i++)
		lab->server[i].address = 0x0a140003 + i;
	for (unsigned i = 0; i < LAB_CMS; i++) {
		snprintf(lab->cm[i].name, sizeof(lab->cm[i].name), "%s", names[i]);
		lab->cm[i].address = 0x0a14000b + i;
	}
	lab->dhcp.up = true;
	lab->dhcp.lease_s = 3600;
	lab->dhcp.next = LAB_POOL_FIRST;
	lab->dhcp.option150[0] = lab->server[0].address;
	lab->dhcp.option150_count = 1;
	lab->wire.cdp = lab->wire.lldp = lab->wire.cdp_names = lab->wire.lldp_tagged = true;
	lab->wire.cdp_vlan = lab->wire.lldp_vlan = LAB_VOICE_VLAN;
}

struct memory_lab *memory_lab_new(const struct lab_config *config)
{
	struct memory_lab *lab = need(calloc(1, sizeof(*lab)));

	lab->config = *config;
	lab->phones = config->phones ? config->phones : 1;
	lab->queue = need(calloc(1, sizeof(*lab->queue)));
	lab->rng = need(calloc(1, sizeof(*lab->rng)));
	rng_seed(lab->rng, config->seed, "memory-lab");
	lab->now_us = 1000000;
	lab->actions = need(phone_actions_new());
	lab->phone = need(calloc(lab->phones, sizeof(*lab->phone)));
	default_servers(lab);
	for (unsigned i = 0; i < lab->phones; i++)
		make_phone(lab, i);
	memory_lab_default_files(lab);
	return lab;
}

void memory_lab_free(struct memory_lab *lab)
{
	if (!lab)
		return;
	for (unsigned i = 0; i < lab->phones; i++) {
		phone_free(lab->phone[i].phone);
		free(lab->phone[i].itl);
		free(lab->phone[i].ctl);
	}
	while (lab->queue->count)
		free(pop(lab->queue).bytes);
	for (struct lab_file *file = lab->files, *next; file; file = next) {
		next = file->next;
		free(file->bytes);
		free(file);
	}
	switch_core_free(lab->sw);
	free(lab->queue->item);
	free(lab->queue);
	free(lab->rng);
	free(lab->phone);
	phone_actions_free(lab->actions);
	free(lab->stream);
	free(lab);
}

void memory_lab_power_on(struct memory_lab *lab)
{
	if (lab->config.use_switch) {
		struct switch_device host = {
		    .node = "dhcp", .mac = {{0x02, 0, 0, 0xbb, 0, 1}}, .power = SWITCH_POWER_AC};

		make_switch(lab);
		switch_core_plug(lab->sw, lab->now_us, server_port(lab), &host);
		for (unsigned i = 0; i < lab->phones; i++) {
			struct item item = {.at_us = lab->now_us + 1000 + 50 * i, .kind = ITEM_PLUG, .i = i};

			push(lab, item);
		}
		return;
	}
	for (unsigned i = 0; i < lab->phones; i++) {
		memory_lab_kind(lab, i, PHONE_POWER_GRANTED);
		memory_lab_kind(lab, i, PHONE_LINK_UP);
	}
}
