/* cable: plug a network namespace into a switch and run a program in it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/version.h"
#include "base/clock.h"
#include "base/log.h"
#include "cable/cable_options.h"
#include "cable/neighbours.h"
#include "cable/netns.h"
#include "cable/session.h"

#define EXIT_REFUSED  1
#define EXIT_USAGE    2
#define EXIT_MACHINE  3
#define KILL_AFTER_US 5000000 /* a program that outlives its SIGTERM */

struct cable {
	struct cable_options options;
	struct session *sessions[CABLE_PLUGS];
	struct monitor *monitor;
	struct neighbours *neighbours; /* a server has one per phone */
	int signals;		       /* a signalfd */
	pid_t child;		       /* 0: not started */
	bool ready;
	bool ending;
	int status;
	uint64_t give_up; /* UINT64_MAX: never */
	uint64_t kill_at;
};

static void complain(const char *text)
{
	fprintf(stderr, "cable: %s\n", text);
}

static void on_line(void *arg, const char *line)
{
	const struct cable *cable = arg;

	if (!cable->options.quiet)
		complain(line);
}

/* End with that status: at once, or when the child has exited. */
static void finish(struct cable *cable, int status)
{
	if (cable->ending)
		return;
	cable->ending = true;
	cable->status = status;
	if (cable->child) {
		kill(cable->child, SIGTERM);
		cable->kill_at = clock_now_us() + KILL_AFTER_US;
	}
}

static void __attribute__((noreturn)) become(char **command, pid_t parent, int report)
{
	sigset_t none;
	int err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The command must not outlive us: it would not notice that the cable is unplugged. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_MACHINE);
	execvp(command[0], command);
	err = errno;
	(void)!write(report, &err, sizeof(err));
	_exit(127);
}

/* Run the command. 0, or our exit status if it cannot be run. */
static int start(struct cable *cable)
{
	pid_t parent = getpid(), child;
	int pipes[2], err = 0;

	if (pipe2(pipes, O_CLOEXEC)) {
		perror("cable: pipe");
		return EXIT_MACHINE;
	}
	fflush(NULL);
	child = fork();
	if (child == 0)
		become(cable->options.command, parent, pipes[1]);
	close(pipes[1]);
	if (child < 0) {
		perror("cable: fork");
		close(pipes[0]);
		return EXIT_MACHINE;
	}
	/* The exec closes the pipe; if the exec fails, the child writes the errno to it. */
	if (read(pipes[0], &err, sizeof(err)) == sizeof(err)) {
		fprintf(stderr, "cable: %s: %s\n", cable->options.command[0], strerror(err));
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		close(pipes[0]);
		return err == ENOENT ? 127 : 126;
	}
	close(pipes[0]);
	cable->child = child;
	return 0;
}

static void reap(struct cable *cable)
{
	int status;
	pid_t pid;

	/* As PID 1 of a container, or as the subreaper, we also reap processes that we did not start. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != cable->child)
			continue;
		cable->child = 0;
		if (!cable->ending)
			cable->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		cable->ending = true;
	}
}

static void on_signals(struct cable *cable)
{
	struct signalfd_siginfo info;

	while (read(cable->signals, &info, sizeof(info)) == sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGCHLD)
			reap(cable);
		else if (cable->child &&
			 info.ssi_code !=
			     SI_KERNEL) /* the child receives the signals of the terminal itself */
			kill(cable->child, number);
		else if (!cable->child && number != SIGUSR1 && number != SIGUSR2)
			finish(cable, cable->ready && !cable->options.command ? 0 : 128 + number);
	}
}

static void on_link(void *arg, const struct monitor_link *link)
{
	struct cable *cable = arg;

	for (unsigned i = 0; i < cable->options.plug_count; i++)
		session_link(cable->sessions[i], link);
}

static int exit_status_of(int err)
{
	return err == -ECONNREFUSED || err == -EPIPE ? EXIT_REFUSED : EXIT_MACHINE;
}

/* Advance all cables by one step. */
static void step(struct cable *cable)
{
	bool all = true;

	for (unsigned i = 0; i < cable->options.plug_count; i++) {
		struct fail fail = {0};
		int err = session_step(cable->sessions[i], clock_now_us(), !cable->options.no_replug, &fail);

		if (err && !cable->ending) {
			complain(fail.text);
			finish(cable, exit_status_of(err));
		}
	}
	if (monitor_read(cable->monitor, on_link, cable)) {
		complain("the links cannot be watched any more");
		finish(cable, EXIT_MACHINE);
	}
	if (neighbours_mark(cable->neighbours) < 0) {
		complain("the ARP table cannot be watched any more");
		finish(cable, EXIT_MACHINE);
	}
	for (unsigned i = 0; i < cable->options.plug_count; i++)
		all = all && session_ready(cable->sessions[i]);
	if (all && !cable->ready && !cable->ending) {
		cable->ready = true;
		cable->give_up = UINT64_MAX;
		if (cable->options.command) {
			int status = start(cable);

			if (status)
				finish(cable, status);
		}
	}
}

/* Act on expired time limits. */
static void on_time(struct cable *cable)
{
	uint64_t now = clock_now_us();

	if (cable->child && now >= cable->kill_at)
		kill(cable->child, SIGKILL);
	if (cable->ending || now < cable->give_up)
		return;
	for (unsigned i = 0; i < cable->options.plug_count; i++)
		if (!session_ready(cable->sessions[i]))
			fprintf(stderr, "cable: %s: no link within %u seconds; still waiting for %s\n",
				cable->options.plugs[i].interface, cable->options.timeout_s,
				session_waits_for(cable->sessions[i]));
	finish(cable, EXIT_REFUSED);
}

/* Milliseconds until the next time limit, or -1. */
static int timeout_ms(const struct cable *cable)
{
	uint64_t due = cable->give_up < cable->kill_at ? cable->give_up : cable->kill_at,
		 now = clock_now_us();

	for (unsigned i = 0; i < cable->options.plug_count; i++)
		if (session_due(cable->sessions[i]) < due)
			due = session_due(cable->sessions[i]);
	if (due == UINT64_MAX)
		return -1;
	if (due <= now)
		return 0;
	due = (due - now + 999) / 1000;
	return due > INT_MAX ? INT_MAX : (int)due;
}

static int run(struct cable *cable)
{
	struct pollfd fds[3 + CABLE_PLUGS * SESSION_FDS];

	step(cable);
	while (!cable->ending || cable->child) {
		unsigned count = 3;

		fds[0] = (struct pollfd){.fd = cable->signals, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = monitor_fd(cable->monitor), .events = POLLIN};
		fds[2] = (struct pollfd){.fd = neighbours_fd(cable->neighbours), .events = POLLIN};
		for (unsigned i = 0; i < cable->options.plug_count; i++)
			count += session_poll(cable->sessions[i], &fds[count]);
		if (poll(fds, count, timeout_ms(cable)) < 0 && errno != EINTR) {
			perror("cable: poll");
			return EXIT_MACHINE;
		}
		on_signals(cable);
		step(cable);
		on_time(cable);
	}
	return cable->status;
}

/* IPv4 forwarding of this namespace; no write if it is on already (a container's --sysctl). */
static int forward(struct fail *fail)
{
	static const char path[] = "/proc/sys/net/ipv4/ip_forward";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char now = '0';

	if (fd >= 0) {
		(void)!read(fd, &now, 1);
		close(fd);
	}
	if (now == '1')
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1) {
		int err = fail_set(
		    fail, -errno,
		    "%s: %s; cannot forward (in a container: give it the sysctl net.ipv4.ip_forward=1)", path,
		    strerror(errno));

		if (fd >= 0)
			close(fd);
		return err;
	}
	close(fd);
	return 0;
}

/* Everything that the loop needs. */
static int prepare(struct cable *cable, struct fail *fail)
{
	static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};
	char host[PANEL_NODE] = "";
	const char *node = cable->options.node;
	sigset_t set;
	int ns, home, err = 0;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	cable->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (cable->signals < 0)
		return fail_set(fail, -errno, "signalfd: %s", strerror(errno));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!node && (gethostname(host, sizeof(host) - 1) || !*host))
		return fail_set(fail, -EINVAL, "this host has no name; set one with --node NAME");
	if (cable->options.new_netns) {
		err = netns_new(&ns, fail);
		if (!err) {
			err = netns_enter(ns, &home, fail);
			close(ns);
		}
		if (err)
			return err;
		close(home); /* for good */
	}
	err = netns_loopback_up(-1, fail);
	if (!err && cable->options.forward)
		err = forward(fail);
	if (!err)
		err = monitor_open(&cable->monitor, -1, fail);
	if (!err)
		err = neighbours_open(&cable->neighbours, fail);
	for (unsigned i = 0; i < cable->options.plug_count && !err; i++)
		err = session_new(&cable->sessions[i], node ? node : host, &cable->options.plugs[i], on_line,
				  cable, fail);
	return err;
}

int main(int argc, char **argv)
{
	static struct cable cable = {.give_up = UINT64_MAX, .kill_at = UINT64_MAX, .signals = -1};
	struct fail fail = {0};
	int status;

	log_begin("cable");
	if (cable_options_parse(&cable.options, argc, argv, &fail)) {
		complain(fail.text);
		return EXIT_USAGE;
	}
	if (cable.options.help) {
		fputs(cable_usage, stdout);
		return 0;
	}
	if (cable.options.version) {
		puts("cable " PHONELAB_VERSION);
		return 0;
	}
	if (cable.options.timeout_s)
		cable.give_up = clock_now_us() + (uint64_t)cable.options.timeout_s * 1000000;
	if (prepare(&cable, &fail)) {
		complain(fail.text);
		status = EXIT_MACHINE;
	} else {
		status = run(&cable);
	}
	for (unsigned i = 0; i < cable.options.plug_count; i++)
		session_free(cable.sessions[i]);
	monitor_close(cable.monitor);
	neighbours_close(cable.neighbours);
	if (cable.signals >= 0)
		close(cable.signals);
	return status;
}
