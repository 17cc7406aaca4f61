/* The status of all closets: asked for when a client asks, and every few seconds, so that the last known state is not old. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/mac.h"
#include "phonelab/closet/map.h"
#include "phonelab/console/internal.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/status_read.h"

#define STATUS_MS    8000 /* a closet asks its simulators for up to 5 s */
#define PLACED_MOST  4096 /* phones that the topology does not contain */
#define EVERY_US     2000000
#define EVERY_FACTOR 10 /* or ten times as long as the closet needs for its reply */

static void ask(struct closet *closet);

static bool is_reached(const struct closet *closet, uint64_t now)
{
	return remote_is_connected(closet->remote) && closet->status && !closet->silent &&
	       now - closet->heard_us < STATUS_MS * 1000ull + EVERY_US;
}

static struct merge_closet view_of(const struct closet *closet, uint64_t now)
{
	bool reached = is_reached(closet, now);

	return (struct merge_closet){
	    .status = closet->status,
	    .reached = reached,
	    .silent_s = closet->heard_us ? (int64_t)((now - closet->heard_us) / 1000000) : -1,
	    .reason = remote_is_connected(closet->remote) ? "its lab does not answer"
							  : remote_reason(closet->remote)};
}

static json_t *merged(const struct console *console)
{
	struct merge_closet views[ROUTE_CLOSETS];
	uint64_t now = clock_now_us();

	for (size_t i = 0; i < console->n; i++)
		views[i] = view_of(&console->closets[i], now);
	return merge_status(console->topology, console->route, console->options->name, views);
}

/* --- a round --- */

/* Does the round wait for this closet? */
static bool is_awaited(const struct closet *closet)
{
	return remote_is_connected(closet->remote) && !closet->silent &&
	       closet->heard_us < closet->console->round_us;
}

static void begin_round(struct console *console)
{
	uint64_t *tickets = console->served;

	console->served = console->waiting;
	console->served_n = console->waiting_n;
	console->waiting = tickets;
	console->waiting_n = 0;
	console->round = true;
	console->round_us = clock_now_us();
	for (size_t i = 0; i < console->n; i++)
		ask(&console->closets[i]);
	/* Later: a client cannot be answered while its request is read. */
	event_active(console->settle, 0, 0);
}

static void end_round(struct console *console)
{
	struct fail fail = {0};
	json_t *status = console->served_n ? merged(console) : NULL;

	if (!status)
		fail_set(&fail, -ENOMEM, "out of memory");
	console->round = false;
	for (size_t i = 0; i < console->served_n; i++)
		control_answer(console->lab, console->served[i], json_deep_copy(status), &fail);
	console->served_n = 0;
	json_decref(status);
	if (console->waiting_n)
		begin_round(console);
}

static void check_round(struct console *console)
{
	if (!console->round)
		return;
	for (size_t i = 0; i < console->n; i++)
		if (is_awaited(&console->closets[i]))
			return;
	end_round(console);
}

void console_status_settle(struct console *console)
{
	check_round(console);
}

/* --- a closet --- */

static void report_reach(struct closet *closet, const char *reason)
{
	const char *name = route_name(closet->console->route, closet->number);

	if (!strcmp(closet->complaint, reason))
		return;
	snprintf(closet->complaint, sizeof(closet->complaint), "%s", reason);
	if (*reason)
		exit_complain(0, "console: %s: not reached: %s", name, reason);
	else
		exit_complain(0, "console: %s: reached", name);
}

/* A phone that the topology does not contain, such as one with a container of its own, is in the closet that reports it. */
static void place_phones(struct closet *closet)
{
	struct console *console = closet->console;
	struct fail ignored = {0};
	const json_t *phone;
	bool more = false;
	size_t i;

	json_array_foreach (json_object_get(closet->status, "phones"), i, phone) {
		const char *name = json_text(phone, "name");

		if (strlen(name) != DEVICE_TEXT - 1 || route_is_placed(console->route, name) ||
		    console->placed == PLACED_MOST)
			continue;
		route_place(console->options->route, name, closet->number);
		console->placed++;
		more = true;
	}
	if (!more)
		return;
	closet->listed_us = 0; /* it may have a socket of its own */
	map_write(console->route, PLAN_PREFIX, &ignored);
}

static void on_reply(void *arg, const json_t *reply, const struct fail *fail)
{
	struct closet *closet = arg;
	struct console *console = closet->console;

	closet->asking = false;
	if (closet->silent && reply)
		closet->listed_us = 0;
	closet->silent = !reply;
	if (reply) {
		json_decref(closet->status);
		closet->status = json_deep_copy(reply);
		/* The reply is not newer than its request. */
		closet->heard_us = console->round && closet->asked_us < console->round_us ? closet->asked_us
											  : clock_now_us();
		place_phones(closet);
		report_reach(closet, "");
	} else if (remote_is_connected(closet->remote)) {
		report_reach(closet, fail->err == -ETIMEDOUT ? "its lab does not answer" : fail->text);
	}
	if (console->round && is_awaited(closet))
		ask(closet);
	check_round(console);
}

static void ask(struct closet *closet)
{
	if (closet->asking || !remote_is_connected(closet->remote))
		return;
	closet->asking = true;
	closet->asked_us = clock_now_us();
	remote_ask(closet->remote, "lab.sock", json_pack("{s:s}", "do", "status"), STATUS_MS, on_reply,
		   closet);
}

void console_status_lost(struct closet *closet)
{
	if (!closet->asking)
		report_reach(closet, remote_reason(closet->remote));
	check_round(closet->console);
}

/* --- the console --- */

void console_status_tick(struct console *console)
{
	uint64_t now = clock_now_us();

	for (size_t i = 0; i < console->n; i++) {
		struct closet *closet = &console->closets[i];
		uint64_t took = closet->heard_us > closet->asked_us ? closet->heard_us - closet->asked_us : 0;
		uint64_t every = took * EVERY_FACTOR > EVERY_US ? took * EVERY_FACTOR : EVERY_US;

		if (now - closet->asked_us >= every)
			ask(closet);
	}
}

void console_status_request(struct console *console, uint64_t ticket)
{
	uint64_t *more = realloc(console->waiting, (console->waiting_n + 1) * sizeof(*more));
	struct fail fail = {0};

	if (!more) {
		fail_set(&fail, -ENOMEM, "out of memory");
		control_answer(console->lab, ticket, NULL, &fail);
		return;
	}
	console->waiting = more;
	console->waiting[console->waiting_n++] = ticket;
	if (!console->round)
		begin_round(console);
}

int console_status_check(const struct closet *closet, struct fail *fail)
{
	struct merge_closet view = view_of(closet, clock_now_us());
	char text[STATUS_SILENCE];
	json_t *entry;

	if (remote_is_connected(closet->remote) && !closet->silent)
		return 0;
	entry = merge_closet_entry(closet->console->route, closet->number, &view);
	status_read_silence(entry, text);
	json_decref(entry);
	return fail_set(fail, -EHOSTUNREACH, "%s", text);
}

void console_status_free(struct console *console)
{
	for (size_t i = 0; i < console->n; i++)
		json_decref(console->closets[i].status);
	free(console->waiting);
	free(console->served);
}
