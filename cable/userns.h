#ifndef CABLE_USERNS_H
#define CABLE_USERNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"

/* The namespaces that a lab lives in. When the first process of its PID namespace dies, the kernel ends all
 * others in it, and with them go their network namespaces, links and mounts. */
struct userns_options {
	bool
	    user; /* a user namespace with the caller's uid and gid as 0; false: the caller is root already */
	bool ipc; /* also an IPC namespace */
	bool uts; /* also a UTS namespace */
	bool no_proc; /* leave /proc as it is (no PID namespace then; for tests and containers that forbid it)
		       */
	bool outlive; /* do not die with the parent (a lab in the background) */
	uint64_t
	    run_bytes; /* most that /run may hold; 0, or more than half of the memory: half of the memory */
};

/* Check this machine: 0 if the caller has the capabilities of a lab (root: SYS_ADMIN, NET_ADMIN, NET_RAW,
 * NET_BIND_SERVICE) or may make user namespaces, and every step of userns_fork works. *user: a user namespace is
 * needed. Otherwise a negative errno, and fail names what forbids it and the remedy (the sysctl, the AppArmor knob, the
 * options of a container, "run it with sudo"). The check runs the steps in a child. */
int userns_check(bool *user, struct fail *fail);

/* The child's program: runs as PID 1 of the new PID namespace, uid 0; what it returns is the exit status. */
typedef int userns_fn(void *arg);

/*
 * Fork a child in new user (if asked), mount, PID and network namespaces. In the child: its uid and gid maps
 * are written, mount propagation is private, /run is a fresh tmpfs, /proc is that of the new PID namespace,
 * /sys that of the new network namespace where the kernel permits it, lo is up. It gets SIGKILL when the
 * calling thread dies (unless outlive). Only when all that is done does this return 0 with *pid (the caller
 * reaps it); otherwise a negative errno with the reason, and no child is left. The child must reap orphans,
 * as PID 1 does.
 */
int userns_fork(pid_t *pid, const struct userns_options *options, userns_fn *run, void *arg,
		struct fail *fail);

/* Give the calling process a mount namespace of its own with a fresh tmpfs on /run; an ordinary user also gets a user namespace, in
 * which the uid and the gid stay the same. 0 or a negative errno with the reason. */
int userns_own_run(struct fail *fail);

#endif
