#include "phonelab/lab/installed.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "phonelab/lab/self.h"

#define YAML ".yaml"

/* The files of the installed topologies, sorted. False if there are none. */
static bool find_files(glob_t *found)
{
	static const char *const folders[] = {"/../share/phonelab/topologies/*" YAML,
					      "/../../topologies/*" YAML};
	char self[512], pattern[600];

	self_folder(self, sizeof(self));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(pattern, sizeof(pattern), "%s%s", self, folders[i]);
		if (!glob(pattern, 0, NULL, found))
			return true;
		globfree(found);
	}
	return false;
}

/* The name of the topology in a file: "office" of ".../office.yaml". */
static void name_of(const char *path, char name[NAME_MAX + 1])
{
	const char *base = strrchr(path, '/') + 1;

	snprintf(name, NAME_MAX + 1, "%.*s", (int)(strlen(base) - strlen(YAML)), base);
}

void installed_each(installed_fn *each, void *arg)
{
	char name[NAME_MAX + 1];
	glob_t found;

	if (!find_files(&found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		name_of(found.gl_pathv[i], name);
		each(arg, name, found.gl_pathv[i]);
	}
	globfree(&found);
}

/* What installed_find looks for, and the names that it has seen. */
struct search {
	const char *word;
	char *path, names[400];
};

static void compare(void *arg, const char *name, const char *path)
{
	struct search *search = arg;
	size_t used = strlen(search->names);

	if (!strcmp(name, search->word) && !realpath(path, search->path))
		*search->path = 0;
	snprintf(search->names + used, sizeof(search->names) - used, "%s%s", used ? ", " : "", name);
}

int installed_find(const char *word, char path[PATH_MAX], struct fail *fail)
{
	struct search search = {.word = word, .path = path};
	struct stat file;

	*path = 0;
	if (strchr(word, '/') || strlen(word) >= PATH_MAX || (!stat(word, &file) && !S_ISDIR(file.st_mode))) {
		snprintf(path, PATH_MAX, "%s", word);
		return 0;
	}
	installed_each(compare, &search);
	if (*path)
		return 0;
	return fail_set(fail, -ENOENT, "%s: no such file, and no installed topology of that name%s%s", word,
			*search.names ? "; installed: " : "", search.names);
}
