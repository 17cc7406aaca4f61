#include "tests/support/pty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <utmp.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/command.h"

#define LOOK_MS 20

void pty_start(struct pty *pty, int width, int height, const char *const environment[],
	       const char *const argv[])
{
	const struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
	int theirs;

	*pty = (struct pty){.pid = -1};
	assert_int_equal(openpty(&pty->fd, &theirs, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(theirs, &pty->before), 0);
	pty->output = calloc(1, 1);
	pty->pid = fork();
	assert_true(pty->pid >= 0);
	if (!pty->pid) {
		close(pty->fd);
		login_tty(theirs);
		for (size_t i = 0; environment && environment[i]; i++)
			putenv((char *)environment[i]);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	/* Their end stays open here too, so that the modes can be read when the command has ended. */
	fcntl(pty->fd, F_SETFD, FD_CLOEXEC);
	fcntl(theirs, F_SETFD, FD_CLOEXEC);
	fcntl(pty->fd, F_SETFL, O_NONBLOCK);
}

/* Read what is there, waiting up to LOOK_MS for it. */
static void read_some(struct pty *pty)
{
	struct pollfd fd = {.fd = pty->fd, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	poll(&fd, 1, LOOK_MS);
	while ((n = read(pty->fd, bytes, sizeof(bytes))) > 0) {
		char *more = realloc(pty->output, pty->length + (size_t)n + 1);

		assert_non_null(more);
		pty->output = more;
		memcpy(more + pty->length, bytes, (size_t)n);
		pty->length += (size_t)n;
		more[pty->length] = 0;
	}
}

size_t pty_expect(struct pty *pty, size_t from, const char *text, int timeout_s)
{
	uint64_t until = clock_now_us() + (uint64_t)timeout_s * PATIENCE * 1000000;
	const char *found;

	while (!(found = strstr(pty->output + from, text))) {
		if (clock_now_us() > until)
			fail_msg("\"%s\" is not in the output: %s", text, pty->output + from);
		read_some(pty);
	}
	return (size_t)(found - pty->output) + strlen(text);
}

void pty_type(const struct pty *pty, const char *keys)
{
	assert_int_equal(write(pty->fd, keys, strlen(keys)), (ssize_t)strlen(keys));
}

void pty_resize(const struct pty *pty, int width, int height)
{
	const struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};

	assert_int_equal(ioctl(pty->fd, TIOCSWINSZ, &size), 0);
}

bool pty_restored(const struct pty *pty)
{
	struct termios now;

	return !tcgetattr(pty->fd, &now) && now.c_lflag == pty->before.c_lflag &&
	       now.c_iflag == pty->before.c_iflag && now.c_oflag == pty->before.c_oflag;
}

int pty_wait(struct pty *pty, int timeout_s)
{
	uint64_t until = clock_now_us() + (uint64_t)timeout_s * PATIENCE * 1000000;
	int status = 0;

	while (pty->pid > 0 && waitpid(pty->pid, &status, WNOHANG) != pty->pid) {
		if (clock_now_us() > until)
			return -1;
		read_some(pty);
	}
	pty->pid = -1;
	read_some(pty);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void pty_end(struct pty *pty)
{
	if (pty->pid > 0) {
		kill(pty->pid, SIGKILL);
		waitpid(pty->pid, NULL, 0);
	}
	close(pty->fd);
	free(pty->output);
	*pty = (struct pty){.pid = -1, .fd = -1};
}
