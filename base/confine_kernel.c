/* What this kernel has. Without libseccomp, because `phonelab doctor` asks too. */
#include "base/confine_internal.h"

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int confine_landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? -errno : (int)version;
}

const char *confine_no_landlock(void)
{
	int version = confine_landlock_version();

	switch (version < 0 ? -version : 0) {
	case 0: return NULL;
	case ENOSYS: return "this kernel is built without it";
	case EOPNOTSUPP: return "it is disabled at boot (lsm=)";
	case EPERM: return "the container forbids it";
	default: return strerror(-version);
	}
}

const char *confine_no_seccomp(void)
{
	/* There is no filter at that address; a kernel that has filters looks there. */
	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) || errno == EFAULT)
		return NULL;
	return errno == EINVAL ? "this kernel is built without filters of system calls" : strerror(errno);
}
