/* One file or link of a closet, brought into the run directory of the console. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/closet/channel.h"
#include "phonelab/closet/mirror.h"
#include "phonelab/closet/mirror_internal.h"

#define PART	65536
#define OVERLAP 256 /* octets by which the end of a log is known */

/* --- files --- */

static void set_time(const char *path, json_int_t ns)
{
	const struct timespec times[2] = {{ns / 1000000000, ns % 1000000000},
					  {ns / 1000000000, ns % 1000000000}};

	utimensat(AT_FDCWD, path, times, 0);
}

/* Ask for a file from an octet on. 0 with the length of what follows; -EPIPE: the channel has ended; another error: the closet refuses,
 * with the reason. */
static int ask(const struct mirror *mirror, const char *file, json_int_t from, json_int_t *length,
	       struct fail *fail)
{
	int err = channel_write_line(mirror->fd,
				     json_pack("{s:s,s:s,s:I}", "do", "read", "file", file, "from", from));
	json_t *reply = err ? NULL : channel_read_line(mirror->fd, CHANNEL_LINE, fail);

	if (!reply)
		return fail_set(fail, -EPIPE, "the connection to the closet has ended");
	if (!json_is_true(json_object_get(reply, "ok"))) {
		err = fail_err(json_text(reply, "code"));
		fail_set(fail, err == -EPIPE ? -EIO : err, "%s", json_text(reply, "error"));
	}
	*length = json_int(reply, "length");
	json_decref(reply);
	return fail->err;
}

/* Copy length octets of the channel to the file; with -1, or after an error of the file, discard them. *failed: that error. -EPIPE:
 * the channel has ended. */
static int copy(const struct mirror *mirror, int to, json_int_t length, int *failed)
{
	char part[PART];

	while (length) {
		size_t n = length < PART ? (size_t)length : PART;

		if (channel_read(mirror->fd, part, n))
			return -EPIPE;
		if (to >= 0 && !*failed)
			*failed = file_write_all(to, part, n);
		length -= (json_int_t)n;
	}
	return 0;
}

static int make_folder_of(const char *path, struct fail *fail)
{
	char folder[MIRROR_PATH];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	*slash = 0;
	return file_make_directory(folder, fail);
}

/* Copy the whole file beside the old one, which it then replaces. */
static int take_whole(const struct mirror *mirror, const char *file, const char *path, mode_t mode,
		      struct fail *fail)
{
	char temporary[MIRROR_PATH];
	int to, failed = 0, err;
	json_int_t length;

	mirror_path(mirror, MIRROR_COPY, temporary);
	err = ask(mirror, file, 0, &length, fail);
	if (err)
		return err;
	to = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (to < 0)
		failed = -errno;
	if (copy(mirror, to, length, &failed))
		err = fail_set(fail, -EPIPE, "the connection to the closet has ended");
	if (to >= 0 && !failed && fchmod(to, mode & 0777))
		failed = -errno;
	if (to >= 0)
		close(to);
	if (!err && !failed && !make_folder_of(path, fail) && rename(temporary, path))
		failed = -errno;
	unlink(temporary);
	if (!err && failed)
		fail_set(fail, failed == -EPIPE ? -EIO : failed, "it cannot be written here: %s",
			 strerror(-failed));
	return fail->err;
}

/* A log grows: only its new end is copied, if the octets before it are those that are here; otherwise the log was begun again. *done:
 * it was. */
static int take_end(const struct mirror *mirror, const char *file, const char *path, off_t size, bool *done,
		    struct fail *fail)
{
	char old[OVERLAP], new[OVERLAP];
	size_t overlap = size < OVERLAP ? (size_t)size : OVERLAP;
	int to = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW), failed = 0, err;
	json_int_t length;

	*done = false;
	if (to < 0)
		return 0;
	err = pread(to, old, overlap, size - (off_t)overlap) == (ssize_t)overlap
		  ? ask(mirror, file, (json_int_t)size - (json_int_t)overlap, &length, fail)
		  : -EIO;
	if (!err && length >= (json_int_t)overlap && !channel_read(mirror->fd, new, overlap)) {
		*done = !memcmp(old, new, overlap);
		length -= (json_int_t)overlap;
	}
	if (!err && copy(mirror, *done ? to : -1, length, &failed))
		err = fail_set(fail, -EPIPE, "the connection to the closet has ended");
	close(to);
	*done = *done && !failed;
	return fail->err;
}

static bool is_log(const char *file)
{
	return strlen(file) > 4 && text_ends_with(file, ".log");
}

int mirror_take_file(struct mirror *mirror, const char *file, json_int_t size, json_int_t time, mode_t mode)
{
	struct fail fail = {0};
	char path[MIRROR_PATH];
	struct stat here;
	bool done = false, known;

	mirror_path(mirror, file, path);
	known = !lstat(path, &here) && S_ISREG(here.st_mode);
	if (known && (here.st_mode & 0777) != (mode & 0777))
		chmod(path, mode & 0777);
	if (known && here.st_size == size && here.st_mtim.tv_sec * 1000000000 + here.st_mtim.tv_nsec == time)
		return 0;
	if (size > MIRROR_MOST) {
		mirror_skip(mirror, file, "it is too large");
		return 0;
	}
	if (known && is_log(file) && here.st_size && here.st_size < size)
		take_end(mirror, file, path, here.st_size, &done, &fail);
	if (!done && !fail.err)
		take_whole(mirror, file, path, mode, &fail);
	if (fail.err == -ENOENT)
		unlink(path); /* it was removed since it was listed */
	else if (fail.err)
		mirror_skip(mirror, file, fail.text);
	else
		set_time(path, time);
	return fail.err == -EPIPE ? -EPIPE : 0;
}

/* --- links --- */

/* Only links that stay below their folder: another one would lead to files of this machine. */
static bool stays_below(const char *target)
{
	struct fail ignored = {0};

	return !channel_check_path(target, &ignored);
}

void mirror_take_link(struct mirror *mirror, const char *file, const char *target)
{
	char path[MIRROR_PATH], here[300];
	struct fail fail = {0};
	ssize_t n;

	mirror_path(mirror, file, path);
	n = readlink(path, here, sizeof(here) - 1);
	here[n > 0 ? n : 0] = 0;
	if (!strcmp(here, target))
		return;
	if (!stays_below(target)) {
		mirror_skip(mirror, file, "the link leads out of its folder");
		return;
	}
	unlink(path);
	if (make_folder_of(path, &fail) || symlink(target, path))
		mirror_skip(mirror, file, strerror(errno));
}
