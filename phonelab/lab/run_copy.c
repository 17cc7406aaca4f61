#include "phonelab/lab/run_copy.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "phonelab/lab/plan.h"

#define PATH_ROOM 1024

/* Keys are secret; flash and images are large. */
static bool wanted(const char *name, const char *parent)
{
	static const char *const unwanted[] = {"keys", "flash"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		if (!strcmp(name, unwanted[i]))
			return false;
	if (!strcmp(parent, "root"))
		return length > 4 && !strcmp(name + length - 4, ".xml");
	return true;
}

static int copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out = -1, err = 0;
	char bytes[65536];
	ssize_t n;

	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (out < 0)
		err = -errno;
	while (!err && (n = read(in, bytes, sizeof(bytes))))
		err = n < 0 ? -errno : file_write_all(out, bytes, (size_t)n);
	close(in);
	if (out >= 0)
		close(out);
	return err;
}

static int copy_tree(const char *from, const char *to, const char *name, int depth)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	if (mkdir(to, 0755) && errno != EEXIST)
		err = -errno;
	while (!err && (entry = readdir(dir))) {
		char source[PATH_ROOM], target[PATH_ROOM];
		struct stat st;

		if (entry->d_name[0] == '.' || !wanted(entry->d_name, name))
			continue;
		if (snprintf(source, sizeof(source), "%s/%s", from, entry->d_name) >= PATH_ROOM ||
		    snprintf(target, sizeof(target), "%s/%s", to, entry->d_name) >= PATH_ROOM ||
		    lstat(source, &st))
			continue;
		if (S_ISDIR(st.st_mode) && depth)
			err = copy_tree(source, target, entry->d_name, depth - 1);
		else if (S_ISREG(st.st_mode))
			err = copy_file(source, target);
	}
	closedir(dir);
	return err;
}

int run_copy(pid_t pid, const char *folder)
{
	char from[64];
	int err;

	if (pid)
		snprintf(from, sizeof(from), "/proc/%d/root" PLAN_PREFIX, (int)pid);
	else
		snprintf(from, sizeof(from), PLAN_PREFIX);
	err = copy_tree(from, folder, "", 4);
	if (err)
		fprintf(stderr, "phonelab: %s: the logs cannot be copied: %s\n", folder, strerror(-err));
	return err;
}
