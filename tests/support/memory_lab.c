#include "tests/support/memory_lab_internal.h"

#include "cucm-service/core/tvs_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- events of a phone, now --- */

void memory_lab_event(struct memory_lab *lab, unsigned i, const struct phone_event *event)
{
	phone_handle(lab->phone[i].phone, lab->now_us, event, lab->actions);
	for (size_t n = 0; n < lab->actions->count; n++)
		lab_phone_act(lab, i, &lab->actions->list[n]);
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

void memory_lab_frame(struct memory_lab *lab, unsigned i, const uint8_t *bytes, size_t length)
{
	struct phone_event event = {.kind = PHONE_FRAME};

	event.frame.bytes = bytes;
	event.frame.length = length;
	memory_lab_event(lab, i, &event);
}

/* --- running --- */

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
		event->frame.length = item->length;
		break;
	case PHONE_FLASH_LOADED:
		event->flash.itl = slot->itl;
		event->flash.itl_length = slot->itl_length;
		event->flash.ctl = slot->ctl;
		event->flash.ctl_length = slot->ctl_length;
		event->flash.config = slot->stored;
		event->flash.config_length = slot->stored_length;
		event->flash.lsc = slot->lsc;
		event->flash.lsc_length = slot->lsc_length;
		event->flash.lsc_key = slot->lsc_key;
		event->flash.lsc_key_length = slot->lsc_key_length;
		event->flash.mic = slot->mic;
		event->flash.mic_length = slot->mic_length;
		event->flash.mic_key = slot->mic_key;
		event->flash.mic_key_length = slot->mic_key_length;
		break;
	case PHONE_FETCHED:
		id = event->fetched.id;
		event->fetched.bytes = bytes;
		event->fetched.length = item->length;
		break;
	case PHONE_RESOLVED: id = event->resolved.id; break;
	case PHONE_CONNECTED: id = event->connected.id; break;
	case PHONE_CLOSED: id = event->closed.id; break;
	case PHONE_PEER:
		id = event->peer.id;
		event->peer.certificate = bytes;
		event->peer.length = item->length;
		break;
	case PHONE_KEY_MADE: /* the private key, and then the public one */
		id = event->key.id;
		event->key.key = bytes;
		event->key.public_key = bytes + event->key.length;
		break;
	case PHONE_RECEIVED:
		id = event->received.id;
		event->received.bytes = bytes;
		event->received.length = item->length;
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
	/* A driver does not speak of what was cancelled; and while the world holds its breath nobody
	 * speaks. */
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
		switch_core_frame(lab->sw, lab->now_us, item->i, item->bytes + SWITCH_HEADROOM, item->length);
		break;
	case ITEM_HOST:
		lab_dhcp_frame(lab, item->bytes + SWITCH_HEADROOM, item->length, lab_server_port(lab));
		break;
	case ITEM_CM:
		slot = &lab->phone[item->i];
		if (slot->conn[item->sub].open && slot->conn[item->sub].id == item->event.closed.id)
			lab_cm_bytes(lab, item->i, item->sub, item->bytes + SWITCH_HEADROOM, item->length);
		break;
	case ITEM_PLUG: lab_switch_plug(lab, item->i); break;
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
			item = lab_pop(lab->queue);
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
	static char text[240];
	struct phone_view view = memory_lab_view(lab, i);

	snprintf(text, sizeof(text), "%s", view.ladder.rung[step - 1].detail);
	return text;
}

/* --- making and ending --- */

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
				     .wall_clock = LAB_CLOCK,
				     .capf_string = config->capf_string};
	uint64_t mac = LAB_MAC_FIRST + i;

	for (unsigned n = 0; n < 6; n++)
		slot->mac.octet[n] = (uint8_t)(mac >> (40 - 8 * n));
	phone.mac = slot->mac;
	if (config->alternate_tftp) {
		phone.alternate_tftp[0] = config->alternate_tftp;
		phone.alternate_tftp_count = 1;
	}
	slot->phone = lab_need(phone_new(&phone));
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
	struct memory_lab *lab = lab_need(calloc(1, sizeof(*lab)));

	lab->config = *config;
	lab->phones = config->phones ? config->phones : 1;
	lab->queue = lab_need(calloc(1, sizeof(*lab->queue)));
	lab->rng = lab_need(calloc(1, sizeof(*lab->rng)));
	rng_seed(lab->rng, config->seed, "memory-lab");
	lab->now_us = 1000000;
	lab->actions = lab_need(phone_actions_new());
	lab->phone = lab_need(calloc(lab->phones, sizeof(*lab->phone)));
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
		free(lab->phone[i].lsc);
		free(lab->phone[i].lsc_key);
		free(lab->phone[i].mic);
		free(lab->phone[i].mic_key);
		free(lab->phone[i].ctl);
		free(lab->phone[i].stored);
		capf_session_free(lab->phone[i].capf);
	}
	while (lab->queue->count)
		free(lab_pop(lab->queue).bytes);
	for (struct lab_file *file = lab->files, *next; file; file = next) {
		next = file->next;
		free(file->bytes);
		free(file);
	}
	tvs_store_free(lab->tvs);
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

		lab_switch_make(lab);
		switch_core_plug(lab->sw, lab->now_us, lab_server_port(lab), &host);
		for (unsigned i = 0; i < lab->phones; i++) {
			struct item item = {.at_us = lab->now_us + 1000 + 50 * i, .kind = ITEM_PLUG, .i = i};

			lab_push(lab, item);
		}
		return;
	}
	for (unsigned i = 0; i < lab->phones; i++) {
		memory_lab_kind(lab, i, PHONE_POWER_GRANTED);
		memory_lab_kind(lab, i, PHONE_LINK_UP);
	}
}
