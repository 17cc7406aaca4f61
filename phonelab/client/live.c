#include "phonelab/client/live.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/print.h"

#define FRAME_US   60000    /* between two drawings */
#define SEARCH_MS  100	    /* until events.jsonl exists */
#define QUIET_US   15000000 /* without a terminal: a line about what the lab waits for after this time */
#define REFRESH_MS 3000

static void wake_by(struct live *live, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (fd >= 0)
		epoll_ctl(live->wakeup, EPOLL_CTL_ADD, fd, &event);
}

int live_begin(struct live *live, struct view *view, const struct lab *lab, const sigset_t *signals,
	       struct fail *fail)
{
	int err;

	*live = (struct live){.view = view,
			      .lab = lab,
			      .abilities = terminal_abilities(isatty(STDOUT_FILENO)),
			      .events = {.fd = -1},
			      .dirty = true,
			      .keys = ""};
	live->terminal.signals = -1;
	live->wakeup = epoll_create1(EPOLL_CLOEXEC);
	live->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	err = live->wakeup < 0 ? -errno : terminal_open(&live->terminal, live->abilities.redraw, signals);
	if (err) {
		live_end(live);
		return fail_set(fail, err, "the terminal cannot be used: %s", strerror(-err));
	}
	view->began_us = live->printed_us = clock_now_us();
	wake_by(live, live->changes);
	wake_by(live, live->terminal.signals);
	live->keyboard_watched = live->terminal.keys;
	if (live->keyboard_watched)
		wake_by(live, STDIN_FILENO);
	return 0;
}

int live_skip_old_events(struct live *live, struct fail *fail)
{
	int err = event_tail_open(&live->events, live->lab, fail);

	if (!err)
		lseek(live->events.fd, 0, SEEK_END);
	return err;
}

/* Without inotify, events are found by looking. */
static void watch_changes(struct live *live)
{
	char path[256], fresh[4096];

	while (live->changes >= 0 && read(live->changes, fresh, sizeof(fresh)) > 0)
		;
	if (live->changes_watched || live->changes < 0 || (!live->lab->pid && live->events.fd < 0))
		return;
	client_path(live->lab, "events.jsonl", path, sizeof(path));
	live->changes_watched = inotify_add_watch(live->changes, path, IN_MODIFY) >= 0;
}

static void print_plain(struct live *live, const char *line)
{
	if (!live->quiet)
		print_line(line);
	live->printed_us = clock_now_us();
}

static void on_event(void *arg, const char *line, size_t length)
{
	struct live *live = arg;
	struct text plain = {0};

	if (view_event(live->view, line, length, live->abilities.redraw ? NULL : &plain))
		live->dirty = true;
	if (plain.length && !plain.failed)
		print_plain(live, plain.bytes);
	text_free(&plain);
}

static void read_terminal(struct live *live)
{
	enum terminal_news news;

	while ((news = terminal_read(&live->terminal)) != TERMINAL_NOTHING) {
		live->dirty = true;
		live->interrupted = live->interrupted || news != TERMINAL_REDRAW;
	}
	if (live->keyboard_watched && !live->terminal.keys) {
		epoll_ctl(live->wakeup, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
		live->keyboard_watched = false;
	}
}

static struct screen_options options_of(const struct live *live, char clock[16])
{
	struct screen_options options = {.colour = live->abilities.colour,
					 .utf8 = live->abilities.utf8,
					 .now_us = clock_now_us(),
					 .clock = clock,
					 .keys = live->keys,
					 .hints = live->hints,
					 .boot_ms = live->boot_ms};
	time_t now = time(NULL);
	struct tm tm;

	*clock = 0;
	if (localtime_r(&now, &tm))
		strftime(clock, 16, "%H:%M:%S", &tm);
	terminal_size(&options.width, &options.height);
	return options;
}

static void draw(struct live *live)
{
	char clock[16], *text;
	struct screen_options options = options_of(live, clock);

	text = screen_draw(live->view, &options);
	if (text)
		terminal_show(&live->terminal, text);
	free(text);
	live->drawn_us = options.now_us;
	live->dirty = false;
}

/* Milliseconds until the clock shows the next second. */
static int until_next_second(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int)((999999999 - now.tv_nsec) / 1000000) + 1;
}

/* The screen: drawn at once after a change, but not more often than every FRAME_US, and whenever the clock advances. */
static int show_screen(struct live *live)
{
	uint64_t now = clock_now_us();
	int left;

	if (live->dirty && now - live->drawn_us < FRAME_US)
		return (int)((FRAME_US - (now - live->drawn_us)) / 1000) + 1;
	if (live->dirty || now - live->drawn_us > 900000)
		draw(live);
	left = until_next_second();
	return left;
}

/* Lines: after a long silence, what the lab waits for. */
static int show_lines(struct live *live)
{
	char clock[16], *waits;
	struct screen_options options = options_of(live, clock);
	uint64_t quiet = options.now_us - live->printed_us;
	bool waiting;

	waits = screen_waits(live->view, &options);
	waiting = waits && *waits;
	if (waiting && quiet >= QUIET_US) {
		struct text line = {0};

		text_add(&line, "waits for %s (%zu of %zu registered)", waits, live->view->registered,
			 live->view->count);
		if (!line.failed)
			print_plain(live, line.bytes);
		text_free(&line);
		quiet = 0;
	}
	free(waits);
	live->failed = fflush(stdout) || ferror(stdout);
	return waiting ? (int)((QUIET_US - quiet) / 1000) + 1 : -1;
}

/* Events are missing: read the state. */
static void refresh(struct live *live)
{
	struct fail ignored = {0};
	json_t *status = client_call(live->lab, "lab.sock", json_pack("{s:s}", "do", "status"), REFRESH_MS,
				     NULL, &ignored);

	live->view->stale = false;
	if (status)
		view_status(live->view, status, clock_now_us());
	json_decref(status);
	live->dirty = true;
}

int live_work(struct live *live)
{
	int wait;

	read_terminal(live);
	watch_changes(live);
	event_tail_read(&live->events, live->lab, on_event, live);
	if (live->view->stale)
		refresh(live);
	wait = live->terminal.open ? show_screen(live) : show_lines(live);
	if (!live->changes_watched && (wait < 0 || wait > SEARCH_MS))
		wait = SEARCH_MS;
	return wait;
}

void live_say(struct live *live, const char *format, ...)
{
	char text[sizeof(live->view->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	view_say(live->view, "%s", text);
	live->dirty = true;
	if (!live->abilities.redraw)
		print_plain(live, text);
}

void live_be_quiet(struct live *live)
{
	live_leave(live);
	live->quiet = true;
}

void live_leave(struct live *live)
{
	terminal_close(&live->terminal);
	live->abilities.redraw = false;
	fflush(stdout);
}

void live_end(struct live *live)
{
	live_leave(live);
	event_tail_close(&live->events);
	if (live->changes >= 0)
		close(live->changes);
	if (live->wakeup >= 0)
		close(live->wakeup);
	live->changes = live->wakeup = -1;
}
