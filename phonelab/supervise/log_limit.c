#include "phonelab/supervise/log_limit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMOVED "phonelab: %lld octets of older lines were removed\n"

long long log_limit_removed(int fd, size_t *first)
{
	char line[100] = "";
	long long removed = 0;

	if (pread(fd, line, sizeof(line) - 1, 0) <= 0 || sscanf(line, REMOVED, &removed) != 1)
		removed = 0;
	*first = removed ? strcspn(line, "\n") + 1 : 0;
	return removed;
}

/* Write the end of the log, which begins with a line, in place of the whole. */
static void replace(int fd, const char *end, size_t length)
{
	size_t ignored;
	long long removed = log_limit_removed(fd, &ignored);
	char first[100];
	struct stat st;
	ssize_t written;

	if (fstat(fd, &st) || ftruncate(fd, 0))
		return;
	removed += st.st_size - (long long)length;
	written = write(fd, first, (size_t)snprintf(first, sizeof(first), REMOVED, removed));
	if (written > 0)
		written = write(fd, end, length);
	(void)written; /* without room for it the log is shorter */
}

static void cut(int fd, long long size)
{
	char *bytes = malloc(LOG_LIMIT_KEPT), *line;
	ssize_t n = bytes ? pread(fd, bytes, LOG_LIMIT_KEPT, size - LOG_LIMIT_KEPT) : -1;

	line = n > 0 ? memchr(bytes, '\n', (size_t)n) : NULL;
	if (line)
		replace(fd, line + 1, (size_t)(bytes + n - line - 1));
	else if (n > 0)
		replace(fd, bytes, (size_t)n);
	free(bytes);
}

void log_limit_apply(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		int fd;

		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
		    st.st_size <= LOG_LIMIT_BYTES)
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		cut(fd, st.st_size);
		close(fd);
	}
	if (dir)
		closedir(dir);
}
