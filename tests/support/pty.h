#ifndef TESTS_SUPPORT_PTY_H
#define TESTS_SUPPORT_PTY_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/* A command on a terminal of its own (a pseudo terminal), as a person runs it. */
struct pty {
	pid_t pid;
	int fd;	      /* our end */
	char *output; /* everything that it has written, NUL-terminated */
	size_t length;
	struct termios before; /* the modes before the command was started */
};

/* Start argv (found by PATH) on a terminal of that size. environment: NULL-terminated "NAME=value" beside ours, or NULL.
 * The test fails if that does not work. */
void pty_start(struct pty *pty, int width, int height, const char *const environment[],
	       const char *const argv[]);

/* Wait up to PATIENCE * timeout_s seconds until the output after offset `from` has the text. Returns the offset behind it;
 * the test fails if the text does not come. */
size_t pty_expect(struct pty *pty, size_t from, const char *text, int timeout_s);

/* Type keys. */
void pty_type(const struct pty *pty, const char *keys);

/* Change the size; the command receives SIGWINCH. */
void pty_resize(const struct pty *pty, int width, int height);

/* Are the modes of the terminal as before the command was started? */
bool pty_restored(const struct pty *pty);

/* Wait up to PATIENCE * timeout_s seconds until the command ends: its exit status, 128 + the signal, or -1 (it is killed
 * then). Its last output is read. */
int pty_wait(struct pty *pty, int timeout_s);

/* Release everything; a running command is killed. */
void pty_end(struct pty *pty);

#endif
