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
	struct text text = {0};
	char part[16384];
	ssize_t n = 1;
	int err = 0;

	while (n && !err) {
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno != EINTR)
			err = fail_set(fail, -errno, "%s: %s", where, strerror(errno));
		else if (n >= 0)
			text_add_bytes(&text, part, (size_t)n);
		if (text.failed)
			err = fail_set(fail, -ENOMEM, "%s: out of memory", where);
		else if (text.length > limit)
			err = fail_set(fail, -EFBIG, "%s: the file is larger than %zu bytes", where, limit);
	}
	if (err) {
		text_free(&text);
		return err;
	}
	*bytes = text.bytes;
	if (length)
		*length = text.length;
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
