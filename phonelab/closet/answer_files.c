/* Files of the run directory for the console: which there are, their octets, and lines as they come. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/closet/answer.h"
#include "phonelab/closet/channel.h"

#define DEPTH	     8
#define SOCKET_DEPTH 3 /* cucm/cucm-pub/ctl */
#define FILES	     40000
#define PART	     65536
#define TAIL_LINE    (1 << 20) /* a longer line is passed on in parts */
#define CHECK_MS     1000      /* is the file still the one of this name? */
#define ID_LINE	     512       /* octets of the first line that are part of the id */

/* --- list --- */

struct listing {
	const struct lab *lab;
	json_t *files;
	json_t *unlisted; /* folders that cannot be listed, or not completely */
};

static void add_entry(struct listing *listing, int folder, const char *own_name, const char *name,
		      const struct stat *found)
{
	char target[300];
	ssize_t n = S_ISLNK(found->st_mode) ? readlinkat(folder, own_name, target, sizeof(target) - 1) : 0;
	json_t *entry;

	if (n < 0)
		return;
	target[n] = 0;
	entry = json_pack("[s,I,I,I]", name, (json_int_t)found->st_size,
			  (json_int_t)found->st_mtim.tv_sec * 1000000000 + (json_int_t)found->st_mtim.tv_nsec,
			  (json_int_t)found->st_mode);
	if (n)
		json_array_append_new(entry, json_text_new(target));
	json_array_append_new(listing->files, entry);
}

/* Add what is below a folder. */
static void add_folder(struct listing *listing, const char *folder, int depth)
{
	char path[600], name[560];
	struct dirent *entry;
	struct fail ignored;
	DIR *at;

	client_path(listing->lab, folder, path, sizeof(path));
	at = depth && json_array_size(listing->files) < FILES ? opendir(path) : NULL;
	if (!at)
		json_array_append_new(listing->unlisted, json_string(folder));
	while (at && (entry = readdir(at))) {
		struct stat found;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "", entry->d_name);
		if (fstatat(dirfd(at), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) ||
		    channel_check_path(name, &ignored))
			continue;
		if (S_ISDIR(found.st_mode)) {
			add_entry(listing, dirfd(at), entry->d_name, name, &found);
			add_folder(listing, name, depth - 1);
		} else if ((S_ISREG(found.st_mode) || S_ISLNK(found.st_mode)) &&
			   !channel_check_name(name, &ignored)) {
			add_entry(listing, dirfd(at), entry->d_name, name, &found);
		}
	}
	if (at)
		closedir(at);
}

int answer_list(const struct lab *lab, int fd)
{
	struct listing listing = {.lab = lab, .files = json_array(), .unlisted = json_array()};

	add_folder(&listing, "", DEPTH);
	return channel_write_line(
	    fd, json_pack("{s:b,s:o,s:o}", "ok", 1, "files", listing.files, "unlisted", listing.unlisted));
}

/* Add the sockets below a folder. They are not deep in the tree, and no other entry is looked at. */
static void add_sockets(const struct lab *lab, const char *folder, int depth, json_t *sockets)
{
	char path[600], name[560];
	struct dirent *entry;
	struct fail ignored;
	DIR *at;

	client_path(lab, folder, path, sizeof(path));
	at = opendir(path);
	while (at && (entry = readdir(at)) && json_array_size(sockets) < FILES) {
		snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "", entry->d_name);
		if (entry->d_type == DT_DIR && depth > 1 && *entry->d_name != '.')
			add_sockets(lab, name, depth - 1, sockets);
		else if (entry->d_type == DT_SOCK && !channel_check_name(name, &ignored))
			json_array_append_new(sockets, json_string(name));
	}
	if (at)
		closedir(at);
}

int answer_sockets(const struct lab *lab, int fd)
{
	json_t *sockets = json_array();

	add_sockets(lab, "", SOCKET_DEPTH, sockets);
	return channel_write_line(fd, json_pack("{s:b,s:o}", "ok", 1, "sockets", sockets));
}

/* --- read --- */

/* Open a file for reading, or -1 with the reason sent. */
static int open_file(const struct lab *lab, const char *name, struct fail *fail)
{
	char path[600];
	int file;

	if (channel_check_name(name, fail))
		return fail->err;
	client_path(lab, name, path, sizeof(path));
	file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return file >= 0 ? file : fail_set(fail, -errno, "%s: %s", name, strerror(errno));
}

int answer_read(const struct lab *lab, int fd, const json_t *request)
{
	json_int_t from = json_int(request, "from");
	struct stat found = {0};
	struct fail fail = {0};
	char part[PART];
	off_t left;
	int file = open_file(lab, json_text(request, "file"), &fail), err;

	if (file >= 0 && (fstat(file, &found) || !S_ISREG(found.st_mode))) {
		fail_set(&fail, -EINVAL, "%s is not a file", json_text(request, "file"));
		close(file);
		file = fail.err;
	}
	if (file < 0)
		return channel_write_error(fd, &fail); /* further requests may follow */
	left = from >= 0 && from <= found.st_size ? found.st_size - from : 0;
	err = channel_write_line(fd, json_pack("{s:b,s:I}", "ok", 1, "length", (json_int_t)left));
	while (left && !err) {
		ssize_t n = pread(file, part, left < PART ? (size_t)left : PART, found.st_size - left);

		/* The file has become shorter: the length is a promise, so the channel ends. */
		err = n > 0 ? channel_write(fd, part, (size_t)n) : -EIO;
		left -= n > 0 ? n : 0;
	}
	close(file);
	return err;
}

/* --- tail --- */

/* Send the whole lines from *at on. 0 or a negative errno. */
static int send_lines(int fd, int file, off_t *at)
{
	char *part = malloc(TAIL_LINE);
	int err = part ? 0 : -ENOMEM;

	while (!err) {
		ssize_t n = pread(file, part, TAIL_LINE, *at);
		char *end = n > 0 ? memrchr(part, '\n', (size_t)n) : NULL;
		size_t whole = end ? (size_t)(end - part) + 1 : n == TAIL_LINE ? TAIL_LINE : 0;

		if (!whole)
			break;
		err = channel_write(fd, part, whole);
		*at += (off_t)whole;
	}
	free(part);
	return err;
}

/* Wait for a change of the file. False: the channel has ended. */
static bool wait_for_change(int fd, int changes, int limit_ms)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = changes, .events = POLLIN}};
	char news[4096];

	if (poll(fds, 2, limit_ms) < 0 && errno != EINTR)
		return false;
	while (read(changes, news, sizeof(news)) > 0)
		;
	return !fds[0].revents;
}

/* An id of the file: its inode and its first line, which contains a time. Numbers of inodes alone are used again. False: it has no
 * line yet. */
static bool id_of(int file, char id[40])
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	char line[ID_LINE];
	ssize_t n = pread(file, line, sizeof(line), 0);
	const char *end = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;
	struct stat found;

	if (fstat(file, &found) || (!end && n < ID_LINE))
		return false;
	for (const char *c = line; c < (end ? end : line + n); c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	snprintf(id, 40, "%llx-%016llx", (unsigned long long)found.st_ino, (unsigned long long)hash);
	return true;
}

/* Does the name still stand for this file, which was not cut? Otherwise the lab was started again. */
static bool is_current(const char *path, int file, off_t at)
{
	struct stat here, there;

	return !fstat(file, &here) && !stat(path, &there) && here.st_ino == there.st_ino &&
	       here.st_dev == there.st_dev && here.st_size >= at;
}

/* Reply with the id, and send lines until the channel ends or the file is no longer current. */
static void follow(int fd, int file, const char *path, const json_t *request)
{
	int changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), err = 0;
	off_t at = (off_t)json_int(request, "from");
	char id[40] = "";

	inotify_add_watch(changes, path, IN_MODIFY);
	while (!id_of(file, id))
		if (!wait_for_change(fd, changes, CHECK_MS) || !is_current(path, file, 0)) {
			close(changes);
			return;
		}
	if (strcmp(id, json_text(request, "id")) != 0 || at < 0 || !is_current(path, file, at))
		at = 0;
	err = channel_write_line(fd, json_pack("{s:b,s:s,s:I}", "ok", 1, "id", id, "from", (json_int_t)at));
	do
		err = err ? err : send_lines(fd, file, &at);
	while (!err && wait_for_change(fd, changes, CHECK_MS) && is_current(path, file, at));
	if (!err)
		send_lines(fd, file, &at); /* what was written last */
	close(changes);
}

int answer_tail(const struct lab *lab, int fd, const json_t *request)
{
	const char *name = json_text(request, "file");
	struct fail fail = {0};
	char path[600];
	int file = open_file(lab, name, &fail);

	if (file < 0)
		return channel_write_error(fd, &fail);
	client_path(lab, name, path, sizeof(path));
	follow(fd, file, path, request);
	close(file);
	return 0;
}
