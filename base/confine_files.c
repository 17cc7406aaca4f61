/* Landlock, landlock(7): which files a process may open. It denies what no rule allows. It leaves alone what is open, and the
 * connection to a Unix socket. */
#include "base/confine_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers are older than the kernel. */
#define ACCESS_REFER	 (UINT64_C(1) << 13) /* since version 2 of the interface */
#define ACCESS_TRUNCATE	 (UINT64_C(1) << 14) /* 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */

#define FIRST_ACCESS  ((UINT64_C(1) << 13) - 1) /* all of version 1 */
#define READ_ACCESS   (UINT64_C(0) | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define REMOVE_ACCESS (READ_ACCESS | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define WRITE_ACCESS                                                                                         \
	(REMOVE_ACCESS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                     \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |          \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | ACCESS_REFER | ACCESS_TRUNCATE)
#define FILE_ACCESS                                                                                          \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE |         \
	 ACCESS_TRUNCATE | ACCESS_IOCTL_DEV)

static const uint64_t accesses[] = {
    [CONFINE_READ] = READ_ACCESS, [CONFINE_REMOVE] = REMOVE_ACCESS, [CONFINE_WRITE] = WRITE_ACCESS};

/*
 * What every program may open. Libraries open files late: OpenSSL its modules, libxml2 the tables of character sets, libc the
 * modules that resolve names, and what these read. libevent and SQLite seed with /dev/urandom where they have no getrandom.
 */
static const struct {
	const char *path;
	enum confine_access access;
} common[] = {{"/usr", CONFINE_READ},
	      {"/lib", CONFINE_READ},
	      {"/lib64", CONFINE_READ},
	      {"/etc/ld.so.cache", CONFINE_READ},
	      {"/etc/localtime", CONFINE_READ},
	      {"/etc/ssl/openssl.cnf", CONFINE_READ},
	      {"/etc/nsswitch.conf", CONFINE_READ},
	      {"/etc/resolv.conf", CONFINE_READ},
	      {"/etc/host.conf", CONFINE_READ},
	      {"/etc/gai.conf", CONFINE_READ},
	      {"/etc/hosts", CONFINE_READ},
	      {"/etc/ethers", CONFINE_READ},
	      {"/etc/services", CONFINE_READ},
	      {"/etc/protocols", CONFINE_READ},
	      {"/proc", CONFINE_READ},
	      {"/sys/devices/system/cpu/online", CONFINE_READ},
	      {"/dev/null", CONFINE_WRITE},
	      {"/dev/urandom", CONFINE_READ}};

static int add_rule(int ruleset, uint64_t handled, const char *path, enum confine_access access,
		    struct fail *fail)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = accesses[access] & handled};
	struct stat st;
	int err = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 0; /* nothing to allow */
	if (rule.parent_fd < 0 || fstat(rule.parent_fd, &st))
		err = -errno;
	else if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_ACCESS;
	if (!err && syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		err = -errno;
	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	return err ? fail_set(fail, err, "%s: %s", path, strerror(-err)) : 0;
}

static int add_rules(int ruleset, uint64_t handled, const struct confine *confine, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(common) / sizeof(common[0]); i++)
		err = add_rule(ruleset, handled, common[i].path, common[i].access, fail);
	for (size_t i = 0; !err && i < confine->count; i++)
		err = add_rule(ruleset, handled, confine->paths[i].path, confine->paths[i].access, fail);
	return err;
}

/* Proof, because a kernel could accept rules that it does not enforce. */
static int attempt(struct fail *fail)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return fail_is_shortage(errno) ? fail_set(fail, -errno, "/: %s", strerror(errno)) : 0;
	close(root);
	return fail_set(fail, -EIO, "the kernel has accepted the rules, and / can still be opened");
}

int confine_files(const struct confine *confine, struct fail *fail)
{
	struct landlock_ruleset_attr attributes = {.handled_access_fs = FIRST_ACCESS};
	const char *reason = confine_no_landlock();
	int number = confine_landlock_version(), ruleset, err;

	if (reason)
		return fail_set(fail, number, "%s", reason);
	attributes.handled_access_fs |= number >= 2 ? ACCESS_REFER : 0;
	attributes.handled_access_fs |= number >= 3 ? ACCESS_TRUNCATE : 0;
	attributes.handled_access_fs |= number >= 5 ? ACCESS_IOCTL_DEV : 0;
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes.handled_access_fs), 0);
	if (ruleset < 0)
		return fail_set(fail, -errno, "%s", strerror(errno));
	err = add_rules(ruleset, attributes.handled_access_fs, confine, fail);
	if (!err && syscall(SYS_landlock_restrict_self, ruleset, 0))
		err = fail_set(fail, -errno, "%s", strerror(errno));
	close(ruleset);
	return err ? err : attempt(fail);
}
