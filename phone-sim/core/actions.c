#include "phone-sim/core/actions.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/internal.h"
#include "wire/ipv4.h"

struct phone_actions *phone_actions_new(void)
{
	return calloc(1, sizeof(struct phone_actions));
}

void phone_actions_free(struct phone_actions *actions)
{
	free(actions);
}

void phone_actions_begin(struct phone_actions *actions)
{
	actions->count = 0;
	actions->arena_used = 0;
}

struct phone_action *phone_put(struct phone *phone, enum phone_action_kind kind)
{
	static const struct phone_action empty;
	struct phone_actions *out = phone->out;
	struct phone_action *action;

	out->lost += out->count >= PHONE_ACTIONS_MAX;
	action = out->count < PHONE_ACTIONS_MAX ? &out->list[out->count++] : &out->spare;
	*action = empty;
	action->kind = kind;
	return action;
}

void phone_put_text(struct phone *phone, enum phone_action_kind kind, const char *text)
{
	const char *kept = phone_keep_text(phone, text);

	phone_put(phone, kind)->text = kept;
}

void phone_put_store(struct phone *phone, const char *name, const uint8_t *bytes, size_t length)
{
	const uint8_t *kept = phone_keep(phone, bytes, length);
	struct phone_action *action = kept ? phone_put(phone, PHONE_DO_STORE) : NULL;

	if (!action)
		return;
	action->store.name = name;
	action->store.bytes = kept;
	action->store.length = length;
}

void phone_put_cancel(struct phone *phone, uint32_t id)
{
	phone_put(phone, PHONE_DO_CANCEL)->id = id;
}

uint32_t phone_put_resolve(struct phone *phone, const char *name)
{
	struct phone_action *action = phone_put(phone, PHONE_DO_RESOLVE);

	action->resolve.id = phone_new_id(phone);
	action->resolve.name = phone_keep_text(phone, name);
	action->resolve.timeout_us = phone->pace->resolve_us;
	return action->resolve.id;
}

const uint8_t *phone_keep(struct phone *phone, const void *bytes, size_t length)
{
	struct phone_actions *out = phone->out;
	uint8_t *kept = out->arena + out->arena_used;

	if (length > sizeof(out->arena) - out->arena_used) {
		out->lost++;
		return NULL;
	}
	if (length)
		memcpy(kept, bytes, length);
	out->arena_used += length;
	return kept;
}

const char *phone_keep_text(struct phone *phone, const char *text)
{
	char *kept = (char *)phone_keep(phone, text, strlen(text) + 1);

	if (!kept)
		return "";
	/* Texts from servers are shown to people: every byte that is not printable ASCII becomes '?'. */
	for (char *c = kept; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
	return kept;
}

const char *phone_ip_text(struct phone *phone, uint32_t address)
{
	char text[IPV4_TEXT];

	ipv4_format(address, text);
	return phone_keep_text(phone, text);
}

const char *phone_errno_text(int error)
{
	switch (error) {
	case ECONNREFUSED: return "connection refused";
	case ECONNRESET: return "connection reset";
	case ETIMEDOUT: return "no answer to TCP";
	case EHOSTUNREACH: return "no route to host";
	case ENETUNREACH: return "network is unreachable";
	default: return strerror(error);
	}
}

static const char *keep_format(struct phone *phone, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static const char *keep_format(struct phone *phone, const char *format, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, args);
	return phone_keep_text(phone, text);
}

void phone_message(struct phone *phone, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	phone_put(phone, PHONE_DO_MESSAGE)->text = keep_format(phone, format, args);
	va_end(args);
}

void phone_console(struct phone *phone, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	phone_put(phone, PHONE_DO_CONSOLE)->text = keep_format(phone, format, args);
	va_end(args);
}

void phone_report(struct phone *phone, const char *name, const struct phone_evidence *evidence,
		  unsigned count, const char *format, ...)
{
	struct phone_action *action = phone_put(phone, PHONE_DO_EVENT);
	va_list args;

	va_start(args, format);
	action->event.detail = keep_format(phone, format, args);
	va_end(args);
	action->event.step = phone->state >= PHONE_STATE_POWER && phone->state <= PHONE_STATE_RINGTONES
				 ? (int)phone->state
				 : 0;
	action->event.name = name;
	for (unsigned i = 0; i < count && i < PHONE_EVIDENCE_MAX; i++) {
		action->event.evidence[i].key = evidence[i].key;
		action->event.evidence[i].value = phone_keep_text(phone, evidence[i].value);
		action->event.evidence_count++;
	}
}

void phone_report_odd(struct phone *phone, const char *name, const struct wire_odd *message,
		      struct wire_odd *sender)
{
	char text[WIRE_ODD_TEXT], type[24], length[16], offset[16];
	const struct phone_evidence evidence[] = {{"type", type}, {"length", length}, {"offset", offset}};
	const struct wire_oddity *oddity;
	unsigned at = 0;

	while ((oddity = wire_odd_next(message, sender, &at))) {
		wire_odd_type(oddity, type, sizeof(type));
		snprintf(length, sizeof(length), "%u", oddity->length);
		snprintf(offset, sizeof(offset), "%u", oddity->offset);
		phone_report(phone, name, evidence, 3, "%s", wire_odd_text(oddity, text));
	}
}

void phone_trace_enable(struct phone *phone, unsigned topics)
{
	phone->traces = topics;
}

void phone_trace(struct phone *phone, enum phone_trace topic, const char *format, ...)
{
	struct phone_action *action;
	va_list args;

	if (!(phone->traces >> topic & 1))
		return;
	action = phone_put(phone, PHONE_DO_TRACE);
	action->trace.topic = topic;
	va_start(args, format);
	action->trace.text = keep_format(phone, format, args);
	va_end(args);
}

void phone_trace_change(struct phone *phone, enum phone_trace topic, const char *what, const char *from,
			const char *cause, const char *to, uint64_t since_us)
{
	phone_trace(phone, topic, "%s%s --%s--> %s (%llu ms)", what, from, cause, to,
		    (unsigned long long)(phone->now_us - since_us) / 1000);
}

void phone_draw(struct phone *phone, uint32_t mw)
{
	if (phone->draw_mw == mw)
		return;
	phone->draw_mw = mw;
	phone_put(phone, PHONE_DO_DRAW)->mw = mw;
}

void phone_send_frame(struct phone *phone, const uint8_t *bytes, ssize_t length)
{
	const uint8_t *kept = phone->link && length > 0 ? phone_keep(phone, bytes, (size_t)length) : NULL;
	struct phone_action *action;

	if (!kept)
		return;
	phone->frames.broadcast_out += mac_equal((const struct mac *)bytes, &ether_broadcast);
	phone->frames.multicast_out +=
	    (bytes[0] & 1) && !mac_equal((const struct mac *)bytes, &ether_broadcast);
	action = phone_put(phone, PHONE_DO_SEND_FRAME);
	action->frame.bytes = kept;
	action->frame.length = (size_t)length;
}

uint32_t phone_new_id(struct phone *phone)
{
	if (!++phone->next_id)
		phone->next_id = 1;
	return phone->next_id;
}
