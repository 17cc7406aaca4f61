#include "phonelab/closet/mirror.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/closet/channel.h"
#include "phonelab/closet/map.h"
#include "phonelab/closet/mirror_internal.h"
#include "phonelab/closet/there.h"
#include "phonelab/lab/complain.h"

#define LIST_MOST (16u << 20)
#define DEPTH	  10
#define TRIES	  8 /* to open the channel again */
#define LOCK_MS	  60000
#define LOCK_FILE "closets/copy.lock"

void mirror_skip(struct mirror *mirror, const char *file, const char *reason)
{
	if (!mirror->skipped++)
		snprintf(mirror->first, sizeof(mirror->first), "%.200s: %.150s", file, reason);
}

void mirror_path(const struct mirror *mirror, const char *file, char path[MIRROR_PATH])
{
	client_path(mirror->lab, file, path, MIRROR_PATH);
}

/* Is the file this closet's, and not one that the console makes? */
static bool is_ours(const struct mirror *mirror, const char *file)
{
	struct fail ignored = {0};

	return !channel_check_name(file, &ignored) && route_passes(file) &&
	       route_file(mirror->route, file) == mirror->closet;
}

/* --- what the closet does not have --- */

static bool is_unlisted(const struct mirror *mirror, const char *folder)
{
	const json_t *name;
	size_t i;

	json_array_foreach (mirror->unlisted, i, name)
		if (!strcmp(json_string_value(name) ? json_string_value(name) : "", folder))
			return true;
	return false;
}

static void remove_missing(const struct mirror *mirror, const char *folder, int depth)
{
	char path[MIRROR_PATH], name[560], inner[MIRROR_PATH];
	struct dirent *entry;
	DIR *at;

	mirror_path(mirror, folder, path);
	at = depth && !is_unlisted(mirror, folder) ? opendir(path) : NULL;
	while (at && (entry = readdir(at))) {
		json_int_t type;
		struct stat found;
		bool wanted;

		snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "", entry->d_name);
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    fstatat(dirfd(at), entry->d_name, &found, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISDIR(found.st_mode))
			remove_missing(mirror, name, depth - 1);
		type = json_integer_value(json_object_get(mirror->there, name));
		wanted = type == (json_int_t)(found.st_mode & S_IFMT);
		mirror_path(mirror, name, inner);
		if (wanted || !is_ours(mirror, name))
			continue;
		if (S_ISDIR(found.st_mode))
			rmdir(inner); /* it may have something of another closet */
		else if (S_ISREG(found.st_mode) || S_ISLNK(found.st_mode))
			unlink(inner);
	}
	if (at)
		closedir(at);
}

/* --- a closet --- */

static int open_channel(struct mirror *mirror, struct fail *fail)
{
	if (mirror->fd >= 0)
		close(mirror->fd);
	mirror->fd = there_open(mirror->lab, route_name(mirror->route, mirror->closet), fail);
	return mirror->fd < 0 ? mirror->fd : 0;
}

/* The name of an entry of the list that counts; NULL: another closet's, or nothing that the console may have. */
static const char *name_of(const struct mirror *mirror, const json_t *entry)
{
	const char *file = json_string_value(json_array_get(entry, 0));

	return file && is_ours(mirror, file) ? file : NULL;
}

static mode_t mode_of(const json_t *entry)
{
	return (mode_t)json_integer_value(json_array_get(entry, 3));
}

/* A link and something below it cannot be in one list. */
static bool is_below_link(const struct mirror *mirror, const char *file)
{
	char folder[CHANNEL_NAME + 1];

	for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file), file);
		if (S_ISLNK((mode_t)json_integer_value(json_object_get(mirror->there, folder))))
			return true;
	}
	return false;
}

static int take_entry(struct mirror *mirror, const json_t *entry)
{
	const char *file = name_of(mirror, entry), *target = json_string_value(json_array_get(entry, 4));
	struct fail fail = {0};
	char path[MIRROR_PATH];
	mode_t mode = mode_of(entry);

	if (!file || is_below_link(mirror, file))
		return 0;
	if (S_ISREG(mode))
		return mirror_take_file(mirror, file, json_integer_value(json_array_get(entry, 1)),
					json_integer_value(json_array_get(entry, 2)), mode);
	if (S_ISLNK(mode) && target)
		mirror_take_link(mirror, file, target);
	mirror_path(mirror, file, path);
	if (S_ISDIR(mode) && file_make_directory(path, &fail))
		mirror_skip(mirror, file, fail.text);
	return 0;
}

static void take_files(struct mirror *mirror, const json_t *files)
{
	const json_t *entry;
	struct fail fail = {0};
	int tries = TRIES;
	size_t i;

	json_array_foreach (files, i, entry)
		if (name_of(mirror, entry))
			json_object_set_new(mirror->there, name_of(mirror, entry),
					    json_integer((json_int_t)(mode_of(entry) & S_IFMT)));
	remove_missing(mirror, "", DEPTH);
	json_array_foreach (files, i, entry)
		if (take_entry(mirror, entry) && (!tries-- || open_channel(mirror, &fail))) {
			mirror_skip(mirror, "all further files", "the connection to the closet has ended");
			return;
		}
}

static void refresh_closet(struct mirror *mirror)
{
	const char *closet = route_name(mirror->route, mirror->closet);
	struct fail fail = {0};
	json_t *list = NULL;

	mirror->fd = -1;
	mirror->there = json_object();
	if (!open_channel(mirror, &fail) && !channel_write_line(mirror->fd, json_pack("{s:s}", "do", "list")))
		list = channel_read_line(mirror->fd, LIST_MOST, &fail);
	mirror->unlisted = json_object_get(list, "unlisted");
	if (json_is_true(json_object_get(list, "ok")))
		take_files(mirror, json_object_get(list, "files"));
	else
		exit_complain(0, "the files of %s are those of the last time: %s", closet,
			      json_text_or(list, "error", fail.err ? fail.text : "it is not reached"));
	if (json_array_size(mirror->unlisted))
		exit_complain(0, "%s: the folder \"%s\" cannot be listed", closet,
			      json_string_value(json_array_get(mirror->unlisted, 0)));
	if (mirror->skipped)
		exit_complain(0, "%s: files that were not copied: %zu; the first: %s", closet,
			      mirror->skipped, mirror->first);
	json_decref(list);
	json_decref(mirror->there);
	if (mirror->fd >= 0)
		close(mirror->fd);
}

/* One command at a time copies. The lock, or -1 with the reason printed. */
static int lock(const struct lab *lab)
{
	char path[MIRROR_PATH];
	int fd, waited = 0;

	client_path(lab, LOCK_FILE, path, sizeof(path));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && waited < LOCK_MS) {
		usleep(20000);
		waited += 20;
	}
	if (fd >= 0 && waited < LOCK_MS)
		return fd;
	exit_complain(0, "the files of the closets are those of the last time: %s",
		      fd < 0 ? strerror(errno) : "another command is copying them");
	if (fd >= 0)
		close(fd);
	return -1;
}

void mirror_refresh(const struct lab *lab)
{
	struct route *route = client_is_console(lab) ? map_read(lab) : NULL;
	int locked = route ? lock(lab) : -1;
	char path[MIRROR_PATH];

	if (locked >= 0) {
		/* A command that was killed has left it. */
		client_path(lab, MIRROR_COPY, path, sizeof(path));
		unlink(path);
	}
	for (size_t i = 0; locked >= 0 && i < route_count(route); i++) {
		struct mirror mirror = {.lab = lab, .route = route, .closet = i};

		refresh_closet(&mirror);
	}
	if (locked >= 0)
		close(locked);
	route_free(route);
}
