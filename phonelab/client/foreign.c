#include "phonelab/client/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cable/netns.h"
#include "phonelab/client/run_program.h"

#define ENGINE_MS  10000
#define INTERFACES 100

/* Ask an engine. 0 with *pid; -ENOEXEC: the engine cannot be run; -ENOENT: it has no such container; -ESRCH: not running. */
static int ask(const char *engine, const char *name, pid_t *pid)
{
	const char *const argv[] = {engine,	 "inspect",  "--type",
				    "container", "--format", "{{.State.Running}} {{.State.Pid}}",
				    name,	 NULL};
	char text[200], running[8];
	int status = run_program(argv, false, ENGINE_MS, text, sizeof(text)), number = 0;

	if (status < 0 || status == 126 || status == 127)
		return -ENOEXEC;
	if (status || sscanf(text, "%7s %d", running, &number) != 2)
		return -ENOENT;
	*pid = number;
	return !strcmp(running, "true") && number > 0 ? 0 : -ESRCH;
}

static int ask_engines(const char *name, pid_t *pid, struct fail *fail)
{
	static const char *const engines[] = {"docker", "podman"};
	int err = -ENOEXEC;

	if (*name == '-' || !*name)
		return fail_set(fail, -ENOENT, "\"%s\" is no name of a container", name);
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]) && (err == -ENOEXEC || err == -ENOENT);
	     i++) {
		int answer = ask(engines[i], name, pid);

		err = answer == -ENOEXEC ? err : answer;
	}
	if (err == -ENOEXEC)
		fail_set(fail, err, "neither docker nor podman can be run; expected one of them");
	if (err == -ENOENT)
		fail_set(fail, err, "no container \"%s\"; docker ps lists the running containers", name);
	if (err == -ESRCH)
		fail_set(fail, err, "the container %s does not run; start it with: docker start %s", name,
			 name);
	return err;
}

static bool is_ours(int netns)
{
	struct stat there, own;

	return !fstat(netns, &there) && !stat("/proc/self/ns/net", &own) && there.st_ino == own.st_ino;
}

int foreign_find(const char *name, struct foreign *foreign, struct fail *fail)
{
	struct pollfd ended = {.events = POLLIN};
	char path[64];
	int err;

	*foreign = (struct foreign){.name = name, .pidfd = -1, .netns = -1};
	err = ask_engines(name, &foreign->pid, fail);
	if (err)
		return err;
	foreign->pidfd = (int)syscall(SYS_pidfd_open, foreign->pid, 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)foreign->pid);
	foreign->netns = open(path, O_RDONLY | O_CLOEXEC);
	ended.fd = foreign->pidfd;
	if (foreign->netns < 0 && (errno == EACCES || errno == EPERM))
		err = fail_set(fail, -EPERM,
			       "the network namespace of the container %s can be entered by root only", name);
	else if (foreign->pidfd < 0 || foreign->netns < 0 || poll(&ended, 1, 0) != 0)
		err = fail_set(fail, -ESRCH, "the container %s has just ended", name);
	else if (is_ours(foreign->netns))
		err =
		    fail_set(fail, -EINVAL,
			     "the container %s uses the network of this machine; expected a container with a "
			     "network of its own",
			     name);
	if (err)
		foreign_close(foreign);
	return err;
}

void foreign_close(struct foreign *foreign)
{
	if (foreign->pidfd >= 0)
		close(foreign->pidfd);
	if (foreign->netns >= 0)
		close(foreign->netns);
}

/* --- inside its network namespace --- */

struct inquiry {
	const char *container;
	char *interface;
	bool *has_default;
};

static bool default_route(void)
{
	FILE *in = fopen("/proc/thread-self/net/route", "re");
	char line[256];
	bool found = false;

	while (in && fgets(line, sizeof(line), in)) {
		unsigned destination, mask;

		if (sscanf(line, "%*s %x %*x %*x %*d %*d %*d %x", &destination, &mask) == 2)
			found = found || (!destination && !mask);
	}
	if (in)
		fclose(in);
	return found;
}

static int inquire(void *arg, struct fail *fail)
{
	const struct inquiry *inquiry = arg;

	*inquiry->has_default = default_route();
	if (*inquiry->interface)
		return !if_nametoindex(inquiry->interface)
			   ? 0
			   : fail_set(
				 fail, -EEXIST,
				 "the container %s has an interface %s already; choose another name with "
				 "--interface",
				 inquiry->container, inquiry->interface);
	for (int i = 0; i < INTERFACES; i++) {
		snprintf(inquiry->interface, 16, "eth%d", i);
		if (!if_nametoindex(inquiry->interface))
			return 0;
	}
	return fail_set(fail, -EEXIST, "the container %s has %d interfaces", inquiry->container, INTERFACES);
}

int foreign_interface(const struct foreign *foreign, char interface[16], bool *has_default, struct fail *fail)
{
	struct inquiry inquiry = {foreign->name, interface, has_default};

	return netns_call(foreign->netns, inquire, &inquiry, fail);
}
