/* The lists by which tools recognise the TFTP service of a CUCM, and the default file of phones without XML. */
#include "cucm/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CONFIG_LIST  "ConfigFileCacheList.txt"
#define FILE_LIST    "FileList.txt"
#define OLD_DEFAULTS "lddefault.cfg"

/* What CUCM builds from its database for devices: their configurations, the default ones included. */
static bool is_configuration(const char *name)
{
	const char *end = strstr(name, ".cnf.xml");

	return (end && (!end[8] || !strcmp(end + 8, ".sgn"))) || !strcmp(name, OLD_DEFAULTS);
}

/* A row for each file: its name and its size. The tree has one level of folders. */
static int list_folder(const char *path, const char *folder, struct text *configurations, struct text *files)
{
	struct dirent **entry;
	int count = scandir(path, &entry, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entry[i]->d_name;
		struct stat status = {0};
		char below[4200];

		snprintf(below, sizeof(below), "%s/%s", path, name);
		if (name[0] != '.' && strcmp(name, CONFIG_LIST) != 0 && strcmp(name, FILE_LIST) != 0)
			lstat(below, &status);
		if (S_ISREG(status.st_mode))
			text_add(is_configuration(name) ? configurations : files, "%s%s%s\t%lld\n", folder,
				 folder[0] ? "/" : "", name, (long long)status.st_size);
		else if (S_ISDIR(status.st_mode) && !folder[0])
			list_folder(below, name, configurations, files);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	return count < 0 ? -errno : 0;
}

static int put_list(struct tree *tree, const char *name, const struct text *list)
{
	return list->failed ? fail_set(tree->fail, -ENOMEM, "out of memory")
			    : tree_put(tree, name, list->bytes, list->length);
}

int tree_lists(struct tree *tree)
{
	static const char defaults[] =
	    "# Profile of phones that read no XML. No device of this cluster uses it.\n";
	struct text configurations = {0}, files = {0};
	int err = tree_put(tree, OLD_DEFAULTS, defaults, sizeof(defaults) - 1);

	text_add(&configurations, "FileName\tLength\n");
	text_add(&files, "FileName\tLength\n");
	if (!err && (err = list_folder(tree->root, "", &configurations, &files)) < 0)
		fail_set(tree->fail, err, "%s: %s", tree->root, strerror(-err));
	if (!err)
		err = put_list(tree, CONFIG_LIST, &configurations);
	if (!err)
		err = put_list(tree, FILE_LIST, &files);
	text_free(&configurations);
	text_free(&files);
	return err;
}
