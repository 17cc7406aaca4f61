#include "tests/support/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/closer.h"
#include "tests/support/command.h"
#include "cable/netns.h"
#include "cable/userns.h"

/*
 * Test files are made under /tmp: its own, which goes with the sandbox. A checkout that is itself below /tmp
 * stays visible at its place.
 */
static void own_tmp(void)
{
	char here[400] = "", path[64], made[400];
	int checkout =
	    getcwd(here, sizeof(here)) && !strncmp(here, "/tmp/", 5) ? open(here, O_PATH | O_CLOEXEC) : -1;

	if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"))
		perror("cannot mount a tmpfs on /tmp");
	if (checkout < 0)
		return;
	for (char *slash = here + 4; slash; slash = strchr(slash + 1, '/')) {
		snprintf(made, sizeof(made), "%.*s", (int)(strchrnul(slash + 1, '/') - here), here);
		mkdir(made, 0755);
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", checkout);
	if (mount(path, here, NULL, MS_BIND | MS_REC, NULL))
		perror("cannot keep the checkout visible");
	close(checkout);
	if (chdir(here))
		perror(here);
}

/* Our own child is PID 1 of its namespace: it runs the tests in a child of its own and reaps what is
 * orphaned. */
static int first_process(void *arg)
{
	int (**tests)(void) = arg;
	pid_t pid = fork();
	int status = 0, ended;

	if (pid < 0)
		return 1;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		own_tmp();
		exit((*tests)());
	}
	do
		ended = waitpid(-1, &status, 0);
	while (ended != pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The exit status of pid, or -1 after milliseconds. */
static int wait_status(pid_t pid, int milliseconds)
{
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	int status = -1, got;

	if (ended.fd < 0)
		return 127;
	got = poll(&ended, 1, milliseconds);
	close(ended.fd);
	if (got <= 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int sandbox_run(int (*tests)(void), unsigned seconds)
{
	struct userns_options options = {.ipc = true, .uts = true};
	struct fail fail = {0};
	pid_t pid;
	int status;

	if (userns_check(&options.user, &fail)) {
		printf("1..1\nok 1 - namespaces # SKIP %s\n", fail.text);
		return 0;
	}
	if (userns_fork(&pid, &options, first_process, &tests, &fail)) {
		fprintf(stderr, "sandbox: %s\n", fail.text);
		return 1;
	}
	status = wait_status(pid, (int)seconds * 1000 * PATIENCE);
	if (status >= 0)
		return status;
	fprintf(stderr, "sandbox: the tests did not end within %u seconds\n", seconds * PATIENCE);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 1;
}

static void __attribute__((noreturn)) become(int out, const char *const argv[])
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

bool sandbox_spawn(struct sandbox_child *child, int ns, const char *const argv[])
{
	int pipes[2], home = -1;
	struct fail fail = {0};

	child->pid = -1;
	child->out = -1;
	if (pipe2(pipes, O_CLOEXEC)) {
		perror("sandbox: pipe");
		return false;
	}
	if (ns >= 0 && netns_enter(ns, &home, &fail)) {
		fprintf(stderr, "sandbox: %s\n", fail.text);
		close(pipes[0]);
		close(pipes[1]);
		return false;
	}
	fflush(NULL);
	child->pid = fork();
	if (child->pid == 0) {
		setpgid(0, 0); /* so that its children end with it */
		become(pipes[1], argv);
	}
	if (home >= 0)
		netns_leave(home);
	close(pipes[1]);
	if (child->pid < 0) {
		perror("sandbox: fork");
		close(pipes[0]);
		return false;
	}
	setpgid(child->pid, child->pid);
	child->out = pipes[0];
	fcntl(child->out, F_SETFL, O_NONBLOCK);
	return true;
}

/* Read what there is; how much, 0 for nothing now, -1 at the end. */
static ssize_t drain(struct sandbox_child *child, char *text, size_t size)
{
	char waste[4096];
	ssize_t n;

	if (child->out < 0)
		return -1;
	n = read(child->out, size > 1 ? text : waste, size > 1 ? size - 1 : sizeof(waste));
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	if (size > 1)
		text[n] = 0;
	return n;
}

static int left_of(uint64_t end)
{
	uint64_t now = clock_now_us();

	return now >= end ? 0 : (int)((end - now) / 1000) + 1;
}

int sandbox_wait(struct sandbox_child *child, int milliseconds, char *text, size_t size)
{
	uint64_t end = clock_now_us() + (uint64_t)milliseconds * 1000 * PATIENCE;
	char *to = text;
	int status = -1;
	int ended = (int)syscall(SYS_pidfd_open, child->pid, 0);

	if (ended < 0)
		return 127;
	if (text && size)
		*text = 0;
	/* It may have handed its output to a child that lives on: neither the end of the output nor of the
	 * process alone says that all was read, so both are watched. */
	for (;;) {
		struct pollfd either[2] = {{.fd = ended, .events = POLLIN},
					   {.fd = child->out, .events = POLLIN}};
		ssize_t n = drain(child, to, text ? size - (size_t)(to - text) : 0);

		if (n > 0) {
			if (text && size - (size_t)(to - text) > 1)
				to += n;
			continue;
		}
		status = wait_status(child->pid, 0);
		if (status >= 0 || !left_of(end))
			break;
		poll(either, n < 0 ? 1 : 2, left_of(end));
	}
	close(ended);
	if (status >= 0)
		child->pid = -1;
	for (ssize_t n = 1; n > 0;) {
		n = drain(child, to, text ? size - (size_t)(to - text) : 0);
		if (n > 0 && text && size - (size_t)(to - text) > 1)
			to += n;
	}
	return status;
}

bool sandbox_wait_text(struct sandbox_child *child, int milliseconds, const char *needle)
{
	uint64_t end = clock_now_us() + (uint64_t)milliseconds * 1000 * PATIENCE;
	char text[16384];
	size_t have = 0;

	for (;;) {
		struct pollfd poll_out = {.fd = child->out, .events = POLLIN};
		ssize_t n;

		if (have > sizeof(text) / 2) {
			/* Keep the latter part, in which the needle may have begun. */
			size_t keep = strlen(needle);

			memmove(text, text + have - keep, keep + 1);
			have = keep;
		}
		n = drain(child, text + have, sizeof(text) - have);
		if (n > 0) {
			have += (size_t)n;
			if (strstr(text, needle))
				return true;
			continue;
		}
		if (n < 0 || !left_of(end)) {
			text[have] = 0;
			fprintf(stderr, "waited for \"%s\", had at the end: %s\n", needle, text);
			return false;
		}
		poll(&poll_out, 1, left_of(end));
	}
}

void sandbox_signal(struct sandbox_child *child, int signal)
{
	if (child->pid > 0)
		kill(child->pid, signal);
}

void sandbox_end(struct sandbox_child *child)
{
	if (child->pid > 0) {
		kill(-child->pid, SIGKILL);
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (child->out >= 0)
		close(child->out);
	child->pid = -1;
	child->out = -1;
}

int sandbox_command(int ns, int milliseconds, char *text, size_t size, const char *const argv[])
{
	struct sandbox_child child;
	int status;

	if (!sandbox_spawn(&child, ns, argv))
		return -1;
	status = sandbox_wait(&child, milliseconds, text, size);
	sandbox_end(&child);
	return status;
}

bool sandbox_until(int milliseconds, bool (*done)(void *arg), void *arg)
{
	uint64_t end = clock_now_us() + (uint64_t)milliseconds * 1000 * PATIENCE;

	for (;;) {
		if (done(arg))
			return true;
		if (!left_of(end))
			return false;
		poll(NULL, 0, 2);
	}
}

void sandbox_capability(int capability, bool effective)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};
	uint32_t bit = 1u << capability % 32, *set = &data[capability / 32].effective;

	if (syscall(SYS_capget, &header, data)) {
		fprintf(stderr, "sandbox: capget: %s\n", strerror(errno));
		exit(1);
	}
	*set = effective ? *set | bit : *set & ~bit;
	if (syscall(SYS_capset, &header, data)) {
		fprintf(stderr, "sandbox: capset: %s\n", strerror(errno));
		exit(1);
	}
}

unsigned sandbox_open_files(void)
{
	unsigned count = 0;

	closer_wait();
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			count++;
	return count;
}

const char *sandbox_program(const char *name)
{
	static char path[4096];
	char self[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *folder;

	/* BUILD/tests/net/X_test -> BUILD/bin/NAME */
	self[n > 0 ? n : 0] = 0;
	folder = strstr(self, "/tests/");
	for (char *next = folder; next; next = strstr(next + 1, "/tests/"))
		folder = next;
	if (folder)
		*folder = 0;
	snprintf(path, sizeof(path), "%s/bin/%s", self, name);
	return path;
}

bool sandbox_has(const char *program)
{
	char path[128];

	snprintf(path, sizeof(path), "/usr/sbin/%s", program);
	if (access(path, X_OK) == 0)
		return true;
	printf("# skip: %s is not there, or not for this user\n", path);
	return false;
}

/* Do the ids of a user namespace of one uid keep the program from changing to its own user? */
static bool many_users(void)
{
	unsigned long first = 0, outside = 0, count = 0;
	FILE *map = fopen("/proc/self/uid_map", "r");
	bool many = map && fscanf(map, "%lu %lu %lu", &first, &outside, &count) == 3 && count > 1;

	if (map)
		fclose(map);
	return many;
}

bool sandbox_has_lldpd(void)
{
	if (!sandbox_has("lldpd") || !sandbox_has("lldpcli"))
		return false;
	if (many_users())
		return true;
	printf(
	    "# skip: lldpd changes to a user of its own, which a user namespace of one uid does not have\n");
	return false;
}
