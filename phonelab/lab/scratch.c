#include "phonelab/lab/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int scratch_make(char path[SCRATCH_PATH], struct fail *fail)
{
	snprintf(path, SCRATCH_PATH, "/tmp/phonelab-scratch-XXXXXX");
	return mkdtemp(path) ? 0 : fail_set(fail, -errno, "%s: %s", path, strerror(errno));
}

void scratch_remove(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(path);
}
