#ifndef PHONELAB_CLIENT_LIVE_H
#define PHONELAB_CLIENT_LIVE_H

#include "phonelab/client/client.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/client/screen.h"
#include "phonelab/client/terminal.h"
#include "phonelab/client/view.h"

/* A view of a lab that stays live: on a terminal a screen, else one line per event. It sleeps until the lab writes an
 * event, a key is pressed, the size of the terminal changes, or the clock on the screen advances. */
struct live {
	struct view *view;
	const struct lab *lab;
	struct terminal terminal;
	struct terminal_abilities abilities;
	struct event_tail events;
	int wakeup;  /* an epoll descriptor: readable when live_work has work */
	int changes; /* inotify of events.jsonl */
	bool changes_watched, keyboard_watched;
	bool dirty, interrupted, failed, quiet;
	uint64_t drawn_us, printed_us;
	const char *keys;
	const char *const *hints;
	uint32_t (*boot_ms)(const char *model);
};

/* Begin. lab and view are borrowed. A lab without a process yet may get one later. signals: those that interrupt (see
 * terminal_open). 0 or a negative errno with the reason. */
int live_begin(struct live *live, struct view *view, const struct lab *lab, const sigset_t *signals,
	       struct fail *fail);

/* Start with the events that are written from now on; call it before the present state is read. 0 or a negative errno with
 * the reason. */
int live_skip_old_events(struct live *live, struct fail *fail);

/* Read events, keys and signals, and show what has changed. `interrupted` is then true after q or a signal, `failed` if
 * standard output is gone. Returns the milliseconds after which it is to be called again at the latest; -1: no limit. */
int live_work(struct live *live);

/* Show nothing: neither a screen nor lines. */
void live_be_quiet(struct live *live);

/* Show news: the message of the view, or a line of its own. */
void live_say(struct live *live, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Leave the screen; what is printed afterwards stays. May be called twice. */
void live_leave(struct live *live);

/* Leave the screen and close everything. */
void live_end(struct live *live);

#endif
