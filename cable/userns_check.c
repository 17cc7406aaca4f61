#include "cable/userns.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The value of a sysctl, or fallback when this kernel has none of that name. */
static long sysctl_value(const char *path, long fallback)
{
	FILE *file = fopen(path, "re");
	long value = fallback;

	if (!file)
		return fallback;
	if (fscanf(file, "%ld", &value) != 1)
		value = fallback;
	fclose(file);
	return value;
}

static bool can_administer(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}, {0}};

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_SYS_ADMIN / 32].effective & (1U << (CAP_SYS_ADMIN % 32));
}

static int do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int attempt(bool user, struct fail *fail)
{
	struct userns_options options = {.user = user, .ipc = true, .uts = true};
	pid_t pid;
	int status;
	int err = userns_fork(&pid, &options, do_nothing, NULL, fail);

	if (err)
		return err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_set(fail, -errno, "cannot wait for a child");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
		   ? 0
		   : fail_set(fail, -EPERM, "a process in new namespaces ended with status %#x",
			      (unsigned)status);
}

/* The remedy, for the settings of each distribution. */
static const char *remedy(int err)
{
	if (sysctl_value("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		return "user namespaces are forbidden here: 'sudo sysctl "
		       "kernel.unprivileged_userns_clone=1', or run it "
		       "with sudo";
	if (sysctl_value("/proc/sys/user/max_user_namespaces", 1) == 0)
		return "user namespaces are forbidden here: 'sudo sysctl user.max_user_namespaces=10000', or "
		       "run it with "
		       "sudo";
	if (sysctl_value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
		return "AppArmor restricts user namespaces here: 'sudo sysctl "
		       "kernel.apparmor_restrict_unprivileged_userns=0', or run it with sudo";
	if (err == -ENOSPC)
		return "the limit of namespaces is reached: raise the sysctls under user.max_*_namespaces";
	if (err == -EINVAL || err == -ENOSYS)
		return "this kernel is built without one of the namespaces (user, PID, network, mount, IPC, "
		       "UTS)";
	return "in a container: give it CAP_SYS_ADMIN and an unmasked /proc, or use the compose lab; "
	       "elsewhere: run it "
	       "with sudo";
}

int userns_check(bool *user, struct fail *fail)
{
	struct fail first = {0};
	int err;

	if (can_administer()) {
		*user = false;
		if (!attempt(false, &first))
			return 0;
	}
	*user = true;
	err = attempt(true, &first);
	if (err)
		fail_set(fail, err, "%.350s; %s", first.text, remedy(err));
	return err;
}
