#include "cable/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cable/netns.h"

static int write_file(const char *path, const char *text, struct fail *fail)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/* The only map that needs no helper program: one's own uid and gid, user_namespaces(7). as_root: they are 0 inside, otherwise what
 * they are outside. */
static int write_maps(uid_t uid, gid_t gid, bool as_root, struct fail *fail)
{
	char map[32];
	int err;

	/* The files of a process with file capabilities in /proc belong to root, unless it is dumpable. */
	if (prctl(PR_SET_DUMPABLE, 1))
		return fail_set(fail, -errno, "prctl: %s", strerror(errno));
	snprintf(map, sizeof(map), "%u %u 1\n", as_root ? 0 : uid, uid);
	err = write_file("/proc/self/uid_map", map, fail);
	if (!err)
		err = write_file("/proc/self/setgroups", "deny", fail);
	snprintf(map, sizeof(map), "%u %u 1\n", as_root ? 0 : gid, gid);
	if (!err)
		err = write_file("/proc/self/gid_map", map, fail);
	return err;
}

static int mount_one(const char *kind, const char *where, const char *data, unsigned long flags,
		     struct fail *fail)
{
	if (mount(kind, where, kind, flags | MS_NOSUID | MS_NODEV, data))
		return fail_set(fail, -errno, "cannot mount a fresh %s on %s: %s", kind, where,
				strerror(errno));
	return 0;
}

/* A tmpfs on /run. Nothing that is mounted from now on shows outside. */
static int mount_run(const char *data, struct fail *fail)
{
	if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL))
		return fail_set(fail, -errno, "cannot make the mounts private: %s", strerror(errno));
	return mount_one("tmpfs", "/run", data, 0, fail);
}

static int mount_all(const struct userns_options *options, struct fail *fail)
{
	char data[64] = "mode=0755";
	struct fail ignored = {0};
	struct sysinfo memory;
	int err;

	if (options->run_bytes && !sysinfo(&memory) &&
	    options->run_bytes / memory.mem_unit < memory.totalram / 2)
		snprintf(data, sizeof(data), "mode=0755,size=%" PRIu64, options->run_bytes);
	err = mount_run(data, fail);
	if (!err && !options->no_proc)
		err = mount_one("proc", "/proc", NULL, MS_NOEXEC, fail);
	/* Programs that look for links in /sys/class/net see their own; where it is refused they see the
	 * machine's. */
	if (!err)
		mount_one("sysfs", "/sys", NULL, MS_NOEXEC, &ignored);
	return err;
}

struct first {
	const struct userns_options *options;
	uid_t uid;
	gid_t gid;
	int report; /* a pipe: the reason, or one NUL for success */
};

static int prepare(const struct first *first, struct fail *fail)
{
	int err = 0;

	if (first->options->user)
		err = write_maps(first->uid, first->gid, true, fail);
	/* After the maps, since a change of credentials clears it. */
	if (!err && !first->options->outlive && prctl(PR_SET_PDEATHSIG, SIGKILL))
		err = fail_set(fail, -errno, "prctl: %s", strerror(errno));
	if (!err)
		err = mount_all(first->options, fail);
	if (!err)
		err = netns_loopback_up(-1, fail);
	return err;
}

static void __attribute__((noreturn)) child(const struct first *first, userns_fn *run, void *arg)
{
	struct fail fail = {0};
	int err = prepare(first, &fail);
	ssize_t n;

	/* A parent that died before the death signal was requested has closed the pipe: SIGPIPE or EPIPE
	 * here. */
	n = write(first->report, fail.text, err ? strlen(fail.text) + 1 : 1);
	if (err || n < 0)
		_exit(125);
	close(first->report);
	exit(run(arg));
}

/* Wait for the child's word. 0, or a negative errno with the child's reason and the child reaped. */
static int await(pid_t pid, int report, struct fail *fail)
{
	char reason[sizeof(fail->text)] = "it ended without a word";
	ssize_t n;

	do
		n = read(report, reason, sizeof(reason) - 1);
	while (n < 0 && errno == EINTR);
	if (n == 1 && reason[0] == 0)
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return fail_set(fail, -EPERM, "cannot prepare the namespaces of the lab: %s", reason);
}

int userns_fork(pid_t *pid, const struct userns_options *options, userns_fn *run, void *arg,
		struct fail *fail)
{
	unsigned long flags = CLONE_NEWNS | CLONE_NEWNET | SIGCHLD;
	struct first first = {.options = options, .uid = geteuid(), .gid = getegid()};
	int pipes[2];
	long got;
	int err;

	flags |= options->user ? CLONE_NEWUSER : 0;
	flags |= options->no_proc ? 0 : CLONE_NEWPID;
	flags |= options->ipc ? CLONE_NEWIPC : 0;
	flags |= options->uts ? CLONE_NEWUTS : 0;
	if (pipe2(pipes, O_CLOEXEC))
		return fail_set(fail, -errno, "cannot make a pipe: %s", strerror(errno));
	fflush(NULL);
	got = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (got == 0) {
		close(pipes[0]);
		first.report = pipes[1];
		child(&first, run, arg);
	}
	err = got < 0 ? -errno : 0;
	close(pipes[1]);
	if (err)
		fail_set(fail, err, "cannot make %snamespaces: %s", options->user ? "user " : "",
			 strerror(-err));
	else
		err = await((pid_t)got, pipes[0], fail);
	close(pipes[0]);
	if (!err)
		*pid = (pid_t)got;
	return err;
}

int userns_own_run(struct fail *fail)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int err = 0;

	if (uid || unshare(CLONE_NEWNS)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
			return fail_set(
			    fail, -errno,
			    "a mount namespace cannot be made: %s; phonelab doctor says what this machine "
			    "forbids",
			    strerror(errno));
		err = write_maps(uid, gid, false, fail);
	}
	return err ? err : mount_run("mode=0755", fail);
}
