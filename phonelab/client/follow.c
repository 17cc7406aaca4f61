#include "phonelab/client/follow.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

int follow_process(const struct lab *lab)
{
	return lab->pid ? (int)syscall(SYS_pidfd_open, lab->pid, 0) : -1;
}

int follow_begin(struct follow *follow, const struct lab *lab, struct fail *fail)
{
	*follow = (struct follow){.process = follow_process(lab), .stdin_ends = getenv(FOLLOW_STDIN) != NULL};
	follow->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (follow->changes >= 0)
		return 0;
	fail_set(fail, -errno, "inotify: %s", strerror(errno));
	follow_end(follow);
	return fail->err;
}

void follow_file(const struct follow *follow, const struct lab *lab, const char *file)
{
	char path[512];

	client_path(lab, file, path, sizeof(path));
	inotify_add_watch(follow->changes, path, IN_MODIFY);
}

bool follow_wait(struct follow *follow, int wait_ms)
{
	/* A pipe without a reader reports an error, one without a writer the end. */
	struct pollfd fds[] = {{.fd = follow->changes, .events = POLLIN},
			       {.fd = follow->process, .events = POLLIN},
			       {.fd = STDOUT_FILENO},
			       {.fd = follow->stdin_ends ? STDIN_FILENO : -1, .events = POLLIN}};
	char news[4096];

	if (poll(fds, 4, wait_ms) < 0 && errno != EINTR)
		return false;
	while (read(follow->changes, news, sizeof(news)) > 0)
		;
	follow->ended = fds[1].revents;
	follow->alone = fds[2].revents & (POLLERR | POLLHUP) || fds[3].revents;
	return !follow->ended && !follow->alone;
}

void follow_end(struct follow *follow)
{
	if (follow->changes >= 0)
		close(follow->changes);
	if (follow->process >= 0)
		close(follow->process);
	*follow = (struct follow){.changes = -1, .process = -1};
}
