#include "cable/userns.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
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

/* The options of a container for the capabilities that the programs of a lab need without a user namespace, and that this
 * process lacks; "" if it lacks none. */
static void missing_capabilities(char *text, size_t size)
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {{CAP_SYS_ADMIN, "SYS_ADMIN"},
		      {CAP_NET_ADMIN, "NET_ADMIN"},
		      {CAP_NET_RAW, "NET_RAW"},
		      {CAP_NET_BIND_SERVICE, "NET_BIND_SERVICE"}};
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}, {0}};
	size_t used = 0;

	if (syscall(SYS_capget, &header, data))
		memset(data, 0, sizeof(data));
	*text = 0;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) && used < size; i++)
		if (!(data[needed[i].number / 32].effective & (1U << (needed[i].number % 32))))
			used += (size_t)snprintf(text + used, size - used, " --cap-add %s", needed[i].name);
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

/* The remedy, for the settings of each distribution; for a container in text, with the options that are missing. */
static const char *remedy(int err, const char *missing, char *text, size_t size)
{
	/* The first three settings are for other users. Root lacks something only in a container. */
	bool root = !geteuid();

	if (!root && sysctl_value("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		return "user namespaces are forbidden here: 'sudo sysctl "
		       "kernel.unprivileged_userns_clone=1', or run it "
		       "with sudo";
	if (!root && sysctl_value("/proc/sys/user/max_user_namespaces", 1) == 0)
		return "user namespaces are forbidden here: 'sudo sysctl user.max_user_namespaces=10000', or "
		       "run it with "
		       "sudo";
	if (!root && sysctl_value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
		return "AppArmor restricts user namespaces here: 'sudo sysctl "
		       "kernel.apparmor_restrict_unprivileged_userns=0', or run it with sudo";
	if (err == -ENOSPC)
		return "the limit of namespaces is reached: raise the sysctls under user.max_*_namespaces";
	if (err == -EINVAL || err == -ENOSYS)
		return "this kernel is built without one of the namespaces (user, PID, network, mount, IPC, "
		       "UTS)";
	/* Docker gives the other two to root. */
	if (!root)
		missing = " --cap-add SYS_ADMIN --cap-add NET_ADMIN";
	snprintf(text, size,
		 "in a container: start it as root with%s --security-opt apparmor=unconfined (docs/ci.md); "
		 "elsewhere: run it with sudo",
		 missing);
	return text;
}

int userns_check(bool *user, struct fail *fail)
{
	char missing[100], text[300];
	struct fail first = {0}, second = {0};
	int err = 0;

	missing_capabilities(missing, sizeof(missing));
	*user = false;
	if (!*missing) {
		err = attempt(false, &first);
		if (!err)
			return 0;
	}
	*user = true;
	if (!attempt(true, &second))
		return 0;
	/* The reason of the way that was to work. */
	if (!err)
		err = fail_set(&first, second.err, "%s", second.text);
	return fail_set(fail, err, "%.350s; %s", first.text, remedy(err, missing, text, sizeof(text)));
}
