#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read_fd(int fd, const char *where, size_t limit, char **bytes, size_t *length, struct fail *fail)
{
	size_t room = 0, used = 0;
	char *text = NULL;

	for (;;) {
		ssize_t n;

		if (used + 1 >= room) {
			char *more = realloc(text, room = room ? room * 2 : 4096);

			if (!more) {
				free(text);
				return fail_set(fail, -ENOMEM, "%s: out of memory", where);
			}
			text = more;
		}
		n = read(fd, text + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || used + (size_t)n > limit) {
			int err = n < 0 ? -errno : -EFBIG;

			free(text);
			if (err == -EFBIG)
				return fail_set(fail, err, "%s: the file is larger than %zu bytes", where,
						limit);
			return fail_set(fail, err, "%s: %s", where, strerror(-err));
		}
		used += (size_t)n;
		if (!n)
			break;
	}
	text[used] = '\0';
	*bytes = text;
	if (length)
		*length = used;
	return 0;
}

int file_read(const char *path, size_t limit, char **bytes, size_t *length, struct fail *fail)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	err = file_read_fd(fd, path, limit, bytes, length, fail);
	close(fd);
	return err;
}

int file_write_all(int fd, const void *bytes, size_t length)
{
	const char *from = bytes;

	while (length) {
		ssize_t wrote = write(fd, from, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote ? -errno : -EIO;
		from += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

int file_write_mode(const char *path, const void *bytes, size_t length, mode_t mode, struct fail *fail)
{
	char temporary[PATH_MAX];
	int fd, err;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary))
		return fail_set(fail, -ENAMETOOLONG, "%.64s..: the path is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	err = file_write_all(fd, bytes, length);
	if (!err && fchmod(fd, mode))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (!err)
		return 0;
	unlink(temporary);
	return fail_set(fail, err, "%s: %s", path, strerror(-err));
}

int file_write(const char *path, const void *bytes, size_t length, struct fail *fail)
{
	return file_write_mode(path, bytes, length, 0644, fail);
}

int file_write_text(const char *path, struct text *text, struct fail *fail)
{
	int err = text->failed ? fail_set(fail, -ENOMEM, "%s: out of memory", path)
			       : file_write(path, text->bytes ? text->bytes : "", text->length, fail);

	text_free(text);
	return err;
}

int file_make_directory(const char *path, struct fail *fail)
{
	char part[PATH_MAX];
	size_t length = strlen(path);
	struct stat status;

	if (length >= sizeof(part))
		return fail_set(fail, -ENAMETOOLONG, "%.64s..: the path is too long", path);
	if (!length)
		return fail_set(fail, -ENOENT, "the path of a directory is empty");
	memcpy(part, path, length + 1);
	for (char *slash = part + 1;; slash++) {
		bool last = !*slash;

		if (*slash != '/' && !last)
			continue;
		*slash = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return fail_set(fail, -errno, "%s: %s", part, strerror(errno));
		if (last && (stat(part, &status) || !S_ISDIR(status.st_mode)))
			return fail_set(fail, -ENOTDIR, "%s: not a directory", part);
		if (last)
			return 0;
		*slash = '/';
	}
}
