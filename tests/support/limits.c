#include "tests/support/limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/lab.h"

struct limits *limits_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct limits *limits = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, sizeof(*limits)))
		limits = mmap(NULL, sizeof(*limits), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (limits == MAP_FAILED) {
		perror(path);
		abort();
	}
	close(fd);
	return limits;
}

void limits_close(struct limits *limits)
{
	munmap(limits, sizeof(*limits));
}

void limits_on(const char *path)
{
	char library[600], bin[512];

	snprintf(library, sizeof(library), "%s/../tests/" LIMITS_LIBRARY, lab_bin("", bin));
	if (access(library, R_OK)) {
		perror(library);
		abort();
	}
	setenv("LD_PRELOAD", library, 1);
	setenv(LIMITS_FILE, path, 1);
}

void limits_off(void)
{
	unsetenv("LD_PRELOAD");
	unsetenv(LIMITS_FILE);
}

void limits_set(struct limits *limits, const char *program, enum limits_kind kind, unsigned at, bool lasting)
{
	__atomic_store_n(&limits->kind, LIMITS_NONE, __ATOMIC_RELEASE);
	*limits = (struct limits){.at = at, .lasting = lasting};
	snprintf(limits->program, sizeof(limits->program), "%s", program);
	__atomic_store_n(&limits->kind, kind, __ATOMIC_RELEASE);
}

void limits_end(struct limits *limits)
{
	__atomic_store_n(&limits->at, 0, __ATOMIC_RELEASE);
}

unsigned limits_failed(const struct limits *limits)
{
	return __atomic_load_n(&limits->failed, __ATOMIC_ACQUIRE);
}

const char *limits_kind_name(enum limits_kind kind)
{
	static const char *const names[LIMITS_KINDS] = {"nothing", "descriptors", "space", "memory"};

	return names[kind];
}
