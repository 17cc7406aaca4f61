#include "tests/fuzz/support/input_file.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILES 10

static char folder[] = "/tmp/phonelab-fuzz.XXXXXX";
static char path[FILES][sizeof(folder) + 8];

static void remove_folder(void)
{
	for (unsigned i = 0; i < FILES; i++)
		if (path[i][0])
			unlink(path[i]);
	rmdir(folder);
}

/* A link to the file in memory. In /proc/self/fd itself an input such as "topology: 1" would name a pipe, and wait. */
static void make_file(unsigned number)
{
	static bool made;
	char target[32];
	int fd = memfd_create("input", 0), placed = dup2(fd, 900 + (int)number), err = 0;

	if (!made) {
		err = !mkdtemp(folder) || atexit(remove_folder);
		made = true;
	}
	close(fd);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", placed);
	snprintf(path[number], sizeof(path[number]), "%s/%d", folder, placed);
	if (err || placed < 0 || symlink(target, path[number]))
		assert(!"the file in memory has a path");
}

const char *input_file(unsigned number, const void *bytes, size_t size)
{
	int fd = 900 + (int)number;

	assert(number < FILES);
	if (!path[number][0])
		make_file(number);
	if (ftruncate(fd, 0) || pwrite(fd, bytes, size, 0) != (ssize_t)size)
		assert(!"the file in memory takes the input");
	return path[number];
}
