/* What a driver does for a phone: its actions, carried out on the lab. */
#include "tests/support/memory_lab_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	const struct {
		const char *name;
		uint8_t **kept;
		size_t *length;
	} files[] = {{"itl", &slot->itl, &slot->itl_length},
		     {"ctl", &slot->ctl, &slot->ctl_length},
		     {"config", &slot->stored, &slot->stored_length},
		     {"lsc", &slot->lsc, &slot->lsc_length},
		     {"lsc-key", &slot->lsc_key, &slot->lsc_key_length}};

	for (unsigned f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		if (strcmp(files[f].name, action->store.name))
			continue;
		free(*files[f].kept);
		*files[f].kept = NULL;
		if (action->store.length) {
			*files[f].kept = lab_need(malloc(action->store.length));
			memcpy(*files[f].kept, action->store.bytes, action->store.length);
		}
		*files[f].length = action->store.length;
		return;
	}
	abort(); /* an unknown name */
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
	if (!strcmp(action->resolve.name, "capf.lab"))
		event.resolved.address[event.resolved.count++] = lab->cm[0].address;
	if (!strcmp(action->resolve.name, "tftp.lab"))
		event.resolved.address[event.resolved.count++] = lab->server[0].address;
	lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
}

static void connect_cm(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct lab_phone *slot = &lab->phone[i];
	struct phone_event event = {.kind = PHONE_CONNECTED};
	unsigned c, at;

	if (action->connect.tls) {
		lab_tls_connect(lab, i, action);
		return;
	}
	if (action->connect.udp && action->connect.port == 123) {
		lab_ntp_connect(lab, i, action);
		return;
	}
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
	struct phone_event unreachable = {.kind = PHONE_CLOSED,
					  .closed = {.id = slot->conn[n].id, .error = ECONNREFUSED}};

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
		if (slot->conn[n].service == LAB_NTP) {
			lab_ntp_bytes(lab, i, n, action->send.bytes, action->send.length);
			return;
		}
		if (slot->conn[n].udp && !datagram_arrives(lab, i, n))
			return;
		if (slot->conn[n].service != LAB_SIGNALLING) {
			lab_service_bytes(lab, i, n, action->send.bytes, action->send.length);
			return;
		}
		item.bytes = lab_copy(action->send.bytes, action->send.length);
		item.length = action->send.length;
		item.event.closed.id = action->send.id;
		lab_push(lab, item);
		return;
	}
	slot->dead_sends++;
}

static void close_cm(struct memory_lab *lab, unsigned i, uint32_t id)
{
	struct lab_phone *slot = &lab->phone[i];

	for (unsigned n = 0; n < 16; n++)
		if (slot->conn[n].open && slot->conn[n].id == id) {
			lab_unbind(lab, i, n);
			slot->conn[n].open = false;
		}
}

static void frame_out(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	if (lab->sw)
		lab_frame_to_port(lab, lab->phone[i].port, 5, action->frame.bytes, action->frame.length);
	else
		lab_wire_frame(lab, i, action->frame.bytes, action->frame.length);
}

static void say_step(struct memory_lab *lab, const char *name, const struct phone_action *action)
{
	char evidence[1200] = "";
	size_t at = 0;

	for (unsigned i = 0; i < action->step.evidence_count; i++)
		at += (size_t)snprintf(evidence + at, sizeof(evidence) - at, " %s=%s",
				       action->step.evidence[i].key, action->step.evidence[i].value);
	lab_say(lab, name, "step.%s %d %s: %s%s%s%s", ladder_state_name(action->step.state), action->step.n,
		ladder_step_name(action->step.n), action->step.detail, at ? " [" : "", at ? evidence + 1 : "",
		at ? "]" : "");
}

void lab_phone_act(struct memory_lab *lab, unsigned i, const struct phone_action *action)
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
			lab_push(lab, item);
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
		if (action->fetch.transport == PHONE_HTTPS)
			lab_https_fetch(lab, i, action);
		else
			lab_fetch(lab, i, action);
		break;
	case PHONE_DO_CANCEL: slot->cancelled[slot->cancels++ % 64] = action->id; break;
	case PHONE_DO_RESOLVE: resolve(lab, i, action); break;
	case PHONE_DO_CONNECT: connect_cm(lab, i, action); break;
	case PHONE_DO_SEND: send_cm(lab, i, action); break;
	case PHONE_DO_CLOSE:
		slot->cancelled[slot->cancels++ % 64] = action->close.id;
		slot->aborts += action->close.abort;
		close_cm(lab, i, action->close.id);
		break;
	case PHONE_DO_DRAW:
		slot->draw_mw = action->mw;
		if (lab->sw && slot->plugged)
			lab_say(lab, name, "draw %u mW", action->mw);
		break;
	case PHONE_DO_MESSAGE: lab_say(lab, name, "message %s", action->text); break;
	case PHONE_DO_CONSOLE: lab_say(lab, name, "console %s", action->text); break;
	case PHONE_DO_STEP:
		slot->steps_seen++;
		say_step(lab, name, action);
		break;
	case PHONE_DO_EVENT:
		lab_say(lab, name, "%s [%d] %s", action->event.name, action->event.step,
			action->event.detail);
		break;
	case PHONE_DO_REGISTERED:
		slot->registered = true;
		slot->registrations++;
		slot->registered_us = lab->now_us;
		snprintf(slot->dn, sizeof(slot->dn), "%s", action->registered.directory_number);
		snprintf(slot->node, sizeof(slot->node), "%s", action->registered.node);
		lab_say(lab, name, "registered %s with %s", slot->dn, slot->node);
		break;
	case PHONE_DO_UNREGISTERED:
		slot->registered = false;
		slot->unregistrations++;
		lab_say(lab, name, "unregistered %s", action->text);
		break;
	case PHONE_DO_TRUST: lab_tls_trust(lab, i, action); break;
	case PHONE_DO_MAKE_KEY: lab_make_key(lab, i, action); break;
	case PHONE_DO_REPORT_PROBLEM: lab_say(lab, name, "problem report: %s", action->text); break;
	case PHONE_DO_STOPPED: slot->stopped = true; break;
	case PHONE_DO_TRACE: lab_say(lab, name, "trace %s", action->trace.text); break;
	}
}
