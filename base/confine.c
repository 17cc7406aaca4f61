#include "base/confine_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#define CAPABILITIES 64
#define OUTSIDE	     "/etc/passwd" /* every user may read it, and no simulator needs it */

/* AddressSanitizer starts a program that names addresses, and traces its own process to find leaks: a build with it drops
 * capabilities only. */
#ifdef __SANITIZE_ADDRESS__
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

static bool has(const struct confine *confine, const char *path, enum confine_access access)
{
	for (size_t i = 0; i < confine->count; i++)
		if (!strcmp(confine->paths[i].path, path) && confine->paths[i].access >= access)
			return true;
	return false;
}

void confine_add(struct confine *confine, const char *path, enum confine_access access)
{
	struct confine_path *more;
	char *copy;

	if (!path || has(confine, path, access))
		return;
	more = realloc(confine->paths, (confine->count + 1) * sizeof(*more));
	copy = more ? strdup(path) : NULL;
	if (more)
		confine->paths = more;
	if (copy)
		more[confine->count++] = (struct confine_path){copy, access};
	else
		confine->incomplete = true;
}

void confine_add_folder_of(struct confine *confine, const char *path, enum confine_access access)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char *folder;

	if (!path)
		return;
	folder = strndup(slash ? path : ".", slash && slash > path ? (size_t)(slash - path) : 1);
	confine->incomplete = confine->incomplete || !folder;
	confine_add(confine, folder, access);
	free(folder);
}

/* --- capabilities --- */

static int read_capabilities(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &header, data) ? -errno : 0;
}

static int drop_capabilities(uint64_t kept, struct fail *fail)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	int err = read_capabilities(data);

	/* A process with fewer capabilities may be traced by more processes: by those that `phonelab exec` confines. Where
	 * the lab has a process that may trace anyone, only such a one may trace this. */
	if (!err && !sanitized && (data[0].permitted & (1u << CAP_SYS_PTRACE)) && prctl(PR_SET_DUMPABLE, 0))
		err = -errno;
	/* Without SETPCAP the set stays, and is of no use: nothing is executed. The kernel knows fewer than 64. */
	for (int number = 0; !err && number < CAPABILITIES; number++)
		if (!(kept & CONFINE_CAPABILITY(number)) && prctl(PR_CAPBSET_DROP, number) &&
		    errno != EINVAL && errno != EPERM)
			err = -errno;
	if (!err && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		err = -errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(kept >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (!err && syscall(SYS_capset, &header, data))
		err = -errno;
	return err ? fail_set(fail, err, "capabilities cannot be dropped: %s", strerror(-err)) : 0;
}

/* --- all of it --- */

static bool is_off(void)
{
	const char *setting = getenv("PHONELAB_CONFINE");

	return setting && !strcmp(setting, "off");
}

static void report(const struct confine *confine, const char *part, const struct fail *fail)
{
	fprintf(stderr, "%s: not confined by %s: %s\n", confine->program, part, fail->text);
}

static int apply(const struct confine *confine, struct fail *fail)
{
	struct fail why = {0};
	int err;

	if (confine->incomplete)
		return fail_set(fail, -ENOMEM, "no memory for the list of its files");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail_set(fail, -errno, "no_new_privs: %s", strerror(errno));
	err = drop_capabilities(confine->capabilities, fail);
	if (err)
		return err;
	if (sanitized)
		return 0;
	/* A part that the kernel lacks is reported. A shortage must not leave the process with more rights. */
	err = confine_files(confine, &why);
	if (fail_is_shortage(err))
		return fail_set(fail, err, "Landlock: %s", why.text);
	if (err)
		report(confine, "Landlock", &why);
	/* Last, because the filter refuses the calls of the others. */
	err = confine_system_calls(confine, &why);
	if (fail_is_shortage(err))
		return fail_set(fail, err, "seccomp: %s", why.text);
	if (err)
		report(confine, "seccomp", &why);
	log_debug(LOG_PROCESS, "%s: confined", confine->program);
	return 0;
}

int confine_apply(struct confine *confine, struct fail *fail)
{
	int err = 0;

	if (is_off())
		fprintf(stderr, "%s: not confined: PHONELAB_CONFINE=off\n", confine->program);
	else
		err = apply(confine, fail);
	while (confine->count)
		free(confine->paths[--confine->count].path);
	free(confine->paths);
	confine->paths = NULL;
	return err;
}

/* --- the report --- */

/* A row of /proc/self/status; -1 if there is none. */
static json_int_t status_row(const char *name, int base)
{
	FILE *in = fopen("/proc/self/status", "re");
	size_t length = strlen(name);
	json_int_t value = -1;
	char line[256];

	while (in && value < 0 && fgets(line, sizeof(line), in))
		if (!strncmp(line, name, length) && line[length] == ':')
			value = strtoll(line + length + 1, NULL, base);
	if (in)
		fclose(in);
	return value;
}

json_t *confine_verb(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	int outside = open(OUTSIDE, O_RDONLY | O_CLOEXEC), err = outside < 0 ? errno : 0;

	(void)arg;
	(void)request;
	(void)fd;
	(void)fail;
	if (outside >= 0)
		close(outside);
	return json_pack("{s:I,s:I,s:I,s:I,s:s}", "capabilities", status_row("CapEff", 16), "bounding",
			 status_row("CapBnd", 16), "no_new_privs", status_row("NoNewPrivs", 10), "seccomp",
			 status_row("Seccomp", 10), "open_outside", err ? fail_code(err) : "opened");
}
