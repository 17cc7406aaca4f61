#include "phonelab/lab/ended.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define SUFFIX	    ".ended"
#define REASON_MOST 4096

/* In /tmp another user may have made the folder first: only a folder of this user is used. */
static bool find_folder(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (runtime && *runtime == '/')
		snprintf(path, size, "%.200s/phonelab", runtime);
	else
		snprintf(path, size, "/tmp/phonelab-%u", (unsigned)getuid());
	return !lstat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == getuid();
}

static void path_of(const char *lab, const char *folder, char *path, size_t size)
{
	snprintf(path, size, "%s/%.40s" SUFFIX, folder, lab);
}

void ended_write(const char *lab, const char *reason)
{
	char folder[256], path[320], line[400];
	struct fail ignored = {0};
	int length = snprintf(line, sizeof(line), "%.*s\n", (int)strcspn(reason, ";\n"), reason);

	if (!find_folder(folder, sizeof(folder)) &&
	    (mkdir(folder, 0700) || !find_folder(folder, sizeof(folder))))
		return;
	path_of(lab, folder, path, sizeof(path));
	(void)file_write(path, line, strnlen(line, (size_t)length), &ignored);
}

void ended_remove(const char *lab)
{
	char folder[256], path[320];

	if (!find_folder(folder, sizeof(folder)))
		return;
	path_of(lab, folder, path, sizeof(path));
	unlink(path);
	rmdir(folder); /* if it is empty */
}

static void read_one(const char *folder, char *name, ended_fn *found, void *arg)
{
	size_t length = strlen(name), suffix = strlen(SUFFIX);
	struct fail ignored = {0};
	char path[320], *reason;
	struct stat st;

	if (length <= suffix || length > 40 + suffix || strcmp(name + length - suffix, SUFFIX))
		return;
	name[length - suffix] = 0;
	path_of(name, folder, path, sizeof(path));
	if (stat(path, &st) || file_read(path, REASON_MOST, &reason, NULL, &ignored))
		return;
	reason[strcspn(reason, "\n")] = 0;
	found(arg, name, st.st_mtime, reason);
	free(reason);
}

void ended_each(ended_fn *found, void *arg)
{
	char folder[256];
	struct dirent *entry;
	DIR *dir;

	if (!find_folder(folder, sizeof(folder)))
		return;
	dir = opendir(folder);
	while (dir && (entry = readdir(dir)))
		read_one(folder, entry->d_name, found, arg);
	if (dir)
		closedir(dir);
}
