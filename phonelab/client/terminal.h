#ifndef PHONELAB_CLIENT_TERMINAL_H
#define PHONELAB_CLIENT_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

/* The terminal at standard output: what it can show, and a full screen that is restored at the end. */

/* What an output can show. Read from the environment: TERM, NO_COLOR, LC_ALL, LC_CTYPE, LANG. */
struct terminal_abilities {
	bool redraw; /* it is a terminal on which the cursor can be moved */
	bool colour;
	bool utf8;
};
struct terminal_abilities terminal_abilities(bool is_terminal);

/* Does the locale have the character set UTF-8? */
bool terminal_utf8(void);

struct terminal {
	bool open, keys, stopped;
	int signals; /* a signalfd, or -1 */
	sigset_t mask, before;
	struct termios modes;
	char *shown; /* the text on the screen; NULL: unknown */
};

/* Take the whole screen, hide the cursor, and read the keyboard without echo. signals: blocked from now on and read by
 * terminal_read; SIGWINCH and SIGTSTP are added. Without redraw only the signals are taken. 0 or a negative errno. */
int terminal_open(struct terminal *terminal, bool redraw, const sigset_t *signals);

/* The size in columns and lines; 80x24 if it is unknown. */
void terminal_size(int *width, int *height);

/* Show a text of whole lines; only lines that differ are written. */
void terminal_show(struct terminal *terminal, const char *text);

/* What terminal_read found. */
enum terminal_news {
	TERMINAL_NOTHING,
	TERMINAL_REDRAW, /* the size has changed, or the program was resumed: the screen is empty */
	TERMINAL_QUIT,	 /* the key q, or the end of the keyboard's input */
	TERMINAL_SIGNAL, /* one of the signals of terminal_open */
};

/* Read a signal or a key, without waiting. SIGTSTP restores the screen and stops the process. */
enum terminal_news terminal_read(struct terminal *terminal);

/* Restore the screen, the modes and the signal mask. May be called twice. */
void terminal_close(struct terminal *terminal);

#endif
