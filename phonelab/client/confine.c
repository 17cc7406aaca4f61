#include "phonelab/client/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "phonelab/client/inside.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/plan.h"

/* What an administrator needs on a server, without the right to mount, to trace or to open files by handle. */
#define BIT(capability) (UINT64_C(1) << (capability))
static const uint64_t kept = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) |
			     BIT(CAP_KILL) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_NET_BIND_SERVICE) |
			     BIT(CAP_NET_BROADCAST) | BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) |
			     BIT(CAP_SYS_NICE);

/* A folder is covered by an empty one, a file or a socket by /dev/null. What does not exist needs no cover. */
static int cover(void)
{
	static const char *const folders[] = {PLAN_PREFIX "/switches", PLAN_PREFIX "/intended"};
	static const char *const files[] = {PLAN_PREFIX "/lab.sock", PLAN_PREFIX "/phones/rack.sock",
					    PLAN_PREFIX "/events.jsonl"};

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mount("covered", folders[i], "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=555") &&
		    errno != ENOENT)
			return -errno;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (mount("/dev/null", files[i], NULL, MS_BIND, NULL) && errno != ENOENT)
			return -errno;
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	for (int number = 0; number < 64; number++)
		/* The kernel knows fewer than 64. */
		if (!(kept & BIT(number)) && prctl(PR_CAPBSET_DROP, number) && errno != EINVAL)
			return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) || syscall(SYS_capget, &header, data))
		return -errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(kept >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int confine_exec(void *argv)
{
	int err = cover();

	if (!err)
		err = drop_capabilities();
	return err ? exit_complain(EXIT_DEFECT, "the command cannot be confined: %s", strerror(-err))
		   : inside_exec(argv);
}
