#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "phonelab/collect/bundle.h"

#define DEPTH 12

static void walk(const char *folder, size_t root, int depth, bundle_file_fn *each, void *arg)
{
	struct dirent **entry = NULL;
	int n = scandir(folder, &entry, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[BUNDLE_PATH];
		struct stat st;

		if (strcmp(entry[i]->d_name, ".") && strcmp(entry[i]->d_name, "..") &&
		    snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name) < (int)sizeof(path) &&
		    !lstat(path, &st)) {
			if (S_ISDIR(st.st_mode) && depth)
				walk(path, root, depth - 1, each, arg);
			else if (S_ISREG(st.st_mode))
				each(arg, path, path + root);
		}
		free(entry[i]);
	}
	free(entry);
}

void bundle_each_file(const char *folder, bundle_file_fn *each, void *arg)
{
	walk(folder, strlen(folder) + 1, DEPTH, each, arg);
}
