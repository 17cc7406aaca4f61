#ifndef PHONE_SIM_CORE_ACTIONS_H
#define PHONE_SIM_CORE_ACTIONS_H

#include <sys/types.h>

#include "phone-sim/core/phone.h"
#include "wire/odd.h"

/* Actions for the driver and their bytes, added to the list of the call in progress; without room: lost. */

void phone_actions_begin(struct phone_actions *actions);

/* Add an action. Without room the result is a spare one that the driver never gets. */
struct phone_action *phone_put(struct phone *phone, enum phone_action_kind kind);

/* PHONE_DO_STORE, with a copy of the bytes; length 0: remove. */
void phone_put_store(struct phone *phone, const char *name, const uint8_t *bytes, size_t length);

/* Add an action with a text; PHONE_DO_CANCEL; PHONE_DO_RESOLVE (returns its id). */
void phone_put_text(struct phone *phone, enum phone_action_kind kind, const char *text);
void phone_put_cancel(struct phone *phone, uint32_t id);
uint32_t phone_put_resolve(struct phone *phone, const char *name);

/* Copies that are valid as long as the list: of bytes (NULL without room), of a text without its control
 * characters ("" without room), of an address as text. */
const uint8_t *phone_keep(struct phone *phone, const void *bytes, size_t length);
const char *phone_keep_text(struct phone *phone, const char *text);
const char *phone_ip_text(struct phone *phone, uint32_t address);

/* Why a connection ended, from the positive errno of PHONE_CLOSED. */
const char *phone_errno_text(int error);

/* Emit a status message, a line of the console log, an event. */
void phone_message(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_console(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_report(struct phone *phone, const char *name, const struct phone_evidence *evidence,
		  unsigned count, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Emit the event once per type of what is odd in the messages of a sender: type, length, offset. */
void phone_report_odd(struct phone *phone, const char *name, const struct wire_odd *message,
		      struct wire_odd *sender);

/* A trace, if its topic is enabled: any line, or "WHAT FROM --CAUSE--> TO (12 ms)" with the time since
 * since_us. what ends in a space or is empty. */
void phone_trace(struct phone *phone, enum phone_trace topic, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void phone_trace_change(struct phone *phone, enum phone_trace topic, const char *what, const char *from,
			const char *cause, const char *to, uint64_t since_us);

/* The power drawn from the cable changes. */
void phone_draw(struct phone *phone, uint32_t mw);

/* Send a frame, its tag inline; nothing while the link is down, or if length is the error of an encoder. */
void phone_send_frame(struct phone *phone, const uint8_t *bytes, ssize_t length);

/* A new id for a request to the driver; never 0. */
uint32_t phone_new_id(struct phone *phone);

#endif
