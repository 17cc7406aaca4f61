#ifndef PHONELAB_CLIENT_FOREIGN_H
#define PHONELAB_CLIENT_FOREIGN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"

/* A container of the user's, which is no part of a lab. */
struct foreign {
	const char *name;
	pid_t pid; /* of its first process, here */
	int pidfd; /* readable when that has exited */
	int netns; /* its network namespace; -1: ours */
};

/* Find a running container by its name or id: docker is asked, then podman. 0; -ENOENT, -ESRCH: unknown, or not running;
 * -EPERM: only root may enter it; -EINVAL: it has no network namespace of its own; -ENOEXEC: neither engine can be run. */
int foreign_find(const char *name, struct foreign *foreign, struct fail *fail);

void foreign_close(struct foreign *foreign);

/* In its network namespace: is the interface name free? 0, or -EEXIST with the reason. interface empty: it becomes the
 * first free name of eth0, eth1, ... *has_default: has it a default route? */
int foreign_interface(const struct foreign *foreign, char interface[16], bool *has_default,
		      struct fail *fail);

#endif
