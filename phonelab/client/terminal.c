#include "phonelab/client/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/text.h"

#define ENTER "\033[?1049h\033[?25l\033[H\033[2J" /* alternate screen, no cursor, empty */
#define LEAVE "\033[?25h\033[?1049l"

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

bool terminal_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_set(names[i]))
			return strcasestr(getenv(names[i]), "UTF-8") || strcasestr(getenv(names[i]), "UTF8");
	return false;
}

struct terminal_abilities terminal_abilities(bool is_terminal)
{
	bool able = is_terminal && is_set("TERM") && strcmp(getenv("TERM"), "dumb") != 0;

	return (struct terminal_abilities){
	    .redraw = able, .colour = able && !is_set("NO_COLOR"), .utf8 = terminal_utf8()};
}

/* Write all of it; a terminal that is gone is no reason to wait. */
static void write_all(const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(STDOUT_FILENO, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes += n;
		length -= (size_t)n;
	}
}

static void enter(struct terminal *terminal)
{
	struct termios modes;

	terminal->keys = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &terminal->modes);
	if (terminal->keys) {
		modes = terminal->modes;
		modes.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
		modes.c_cc[VMIN] = 1;
		modes.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	}
	write_all(ENTER, strlen(ENTER));
	free(terminal->shown);
	terminal->shown = NULL;
}

static void leave(struct terminal *terminal)
{
	write_all(LEAVE, strlen(LEAVE));
	if (terminal->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal->modes);
	terminal->keys = false;
}

int terminal_open(struct terminal *terminal, bool redraw, const sigset_t *signals)
{
	*terminal = (struct terminal){.mask = *signals, .open = redraw};
	if (redraw) {
		sigaddset(&terminal->mask, SIGWINCH);
		sigaddset(&terminal->mask, SIGTSTP);
	}
	sigprocmask(SIG_BLOCK, &terminal->mask, &terminal->before);
	terminal->signals = signalfd(-1, &terminal->mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (terminal->signals < 0) {
		int err = -errno;

		sigprocmask(SIG_SETMASK, &terminal->before, NULL);
		terminal->open = false;
		return err;
	}
	fflush(stdout);
	if (redraw)
		enter(terminal);
	return 0;
}

void terminal_size(int *width, int *height)
{
	struct winsize size;

	*width = 80;
	*height = 24;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
		*width = size.ws_col;
		*height = size.ws_row;
	}
}

/* The next line of a text: its length, and *at moves behind it. */
static size_t next_line(const char **at)
{
	size_t length = strcspn(*at, "\n");

	*at += length + ((*at)[length] == '\n');
	return length;
}

void terminal_show(struct terminal *terminal, const char *text)
{
	const char *now = text, *then = terminal->shown ? terminal->shown : "";
	struct text out = {0};

	if (!terminal->open)
		return;
	for (int row = 1; *now || *then; row++) {
		const char *line = now, *old = then;
		bool there = *now;
		size_t length = next_line(&now), old_length = next_line(&then);

		if (terminal->shown && there && length == old_length && !memcmp(line, old, length))
			continue;
		text_add(&out, "\033[%d;1H%.*s\033[K", row, (int)length, line);
	}
	if (!out.failed && out.length)
		write_all(out.bytes, out.length);
	text_free(&out);
	free(terminal->shown);
	terminal->shown = strdup(text);
}

static enum terminal_news take_signal(struct terminal *terminal, int number)
{
	if (number == SIGTSTP) {
		leave(terminal);
		raise(SIGSTOP);
		enter(terminal);
		return TERMINAL_REDRAW;
	}
	if (number != SIGWINCH)
		return TERMINAL_SIGNAL;
	write_all("\033[2J", strlen("\033[2J"));
	free(terminal->shown);
	terminal->shown = NULL;
	return TERMINAL_REDRAW;
}

enum terminal_news terminal_read(struct terminal *terminal)
{
	struct pollfd keyboard = {.fd = STDIN_FILENO, .events = POLLIN};
	struct signalfd_siginfo info;
	char key;

	if (terminal->signals >= 0 && read(terminal->signals, &info, sizeof(info)) == sizeof(info))
		return take_signal(terminal, (int)info.ssi_signo);
	while (terminal->keys && poll(&keyboard, 1, 0) > 0) {
		if (read(STDIN_FILENO, &key, 1) != 1) {
			terminal->keys = false;
			return TERMINAL_QUIT;
		}
		if (key == 'q' || key == 'Q')
			return TERMINAL_QUIT;
	}
	return TERMINAL_NOTHING;
}

void terminal_close(struct terminal *terminal)
{
	if (terminal->open)
		leave(terminal);
	if (terminal->signals >= 0) {
		close(terminal->signals);
		sigprocmask(SIG_SETMASK, &terminal->before, NULL);
	}
	free(terminal->shown);
	*terminal = (struct terminal){.signals = -1};
}
