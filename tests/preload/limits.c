/* The library limits.so: see limits.h. */
#include "tests/preload/limits.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The next definition of a function: that of libc, or of a sanitizer. */
#define REAL(name)                                                                                           \
	static __typeof__(&name) real;                                                                       \
	if (!real)                                                                                           \
	real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static struct limits *limits; /* NULL: there is no file */
static uintptr_t program, text_begin, text_end;

static int find_text(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
			program = info->dlpi_addr;
			text_begin = program + info->dlpi_phdr[i].p_vaddr;
			text_end = text_begin + info->dlpi_phdr[i].p_memsz;
		}
	return 1; /* the first object is the program */
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv(LIMITS_FILE);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct limits *shared = MAP_FAILED;

	if (fd >= 0) {
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	if (shared == MAP_FAILED)
		return;
	dl_iterate_phdr(find_text, NULL);
	limits = shared;
}

/* Count a call; must it fail? */
static bool fails(enum limits_kind kind, const char *call, const char *file)
{
	uint32_t number, at;

	if (!limits || __atomic_load_n(&limits->kind, __ATOMIC_ACQUIRE) != kind ||
	    strcmp(limits->program, program_invocation_short_name))
		return false;
	number = __atomic_add_fetch(&limits->calls, 1, __ATOMIC_ACQ_REL);
	at = __atomic_load_n(&limits->at, __ATOMIC_ACQUIRE);
	if (!at || number < at || (number > at && !limits->lasting))
		return false;
	if (__atomic_fetch_add(&limits->failed, 1, __ATOMIC_ACQ_REL) == 0) {
		/* Without stdio, which allocates. */
		size_t length = strlen(call);

		memcpy(limits->call, call, length);
		limits->call[length] = ' ';
		strncpy(limits->call + length + 1, file ? file : "", sizeof(limits->call) - length - 2);
	}
	errno = kind == LIMITS_DESCRIPTORS ? EMFILE : kind == LIMITS_SPACE ? ENOSPC : ENOMEM;
	return true;
}

/* --- memory --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool out_of_memory(const char *call, const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (!limits || at < text_begin || at >= text_end || !fails(LIMITS_MEMORY, call, NULL))
		return false;
	if (!limits->caller)
		limits->caller = at - program;
	return true;
}

void *malloc(size_t size)
{
	return out_of_memory("malloc", __builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return out_of_memory("calloc", __builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return out_of_memory("realloc", __builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

char *strdup(const char *text)
{
	REAL(strdup);
	return out_of_memory("strdup", __builtin_return_address(0)) ? NULL : real(text);
}

char *strndup(const char *text, size_t size)
{
	REAL(strndup);
	return out_of_memory("strndup", __builtin_return_address(0)) ? NULL : real(text, size);
}

int vasprintf(char **out, const char *format, va_list args)
{
	REAL(vasprintf);
	return out_of_memory("vasprintf", __builtin_return_address(0)) ? -1 : real(out, format, args);
}

int asprintf(char **out, const char *format, ...)
{
	REAL(vasprintf);
	va_list args;
	int length;

	if (out_of_memory("asprintf", __builtin_return_address(0)))
		return -1;
	va_start(args, format);
	length = real(out, format, args);
	va_end(args);
	return length;
}

/* --- descriptors --- */

#define NO_DESCRIPTOR(call, file) fails(LIMITS_DESCRIPTORS, call, file)

/* A name that exists needs no space. */
static bool is_new(const char *path)
{
	int error = errno;
	bool new = limits && limits->kind == LIMITS_SPACE &&access(path, F_OK);

	errno = error;
	return new;
}

/* A file that is opened needs a descriptor, and a file that is created needs space. */
static bool cannot_open(const char *call, const char *path, int flags)
{
	return NO_DESCRIPTOR(call, path) ||
	       ((flags & O_CREAT) && is_new(path) && fails(LIMITS_SPACE, call, path));
}

#define OPEN(name)                                                                                           \
	int name(const char *path, int flags, ...)                                                           \
	{                                                                                                    \
		REAL(name);                                                                                  \
		va_list args;                                                                                \
		mode_t mode;                                                                                 \
                                                                                                             \
		va_start(args, flags);                                                                       \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;                             \
		va_end(args);                                                                                \
		return cannot_open(#name, path, flags) ? -1 : real(path, flags, mode);                       \
	}

#define OPEN_AT(name)                                                                                        \
	int name(int folder, const char *path, int flags, ...)                                               \
	{                                                                                                    \
		REAL(name);                                                                                  \
		va_list args;                                                                                \
		mode_t mode;                                                                                 \
                                                                                                             \
		va_start(args, flags);                                                                       \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;                             \
		va_end(args);                                                                                \
		return cannot_open(#name, path, flags) ? -1 : real(folder, path, flags, mode);               \
	}

#define FOPEN(name)                                                                                          \
	FILE *name(const char *path, const char *mode)                                                       \
	{                                                                                                    \
		REAL(name);                                                                                  \
		return cannot_open(#name, path, mode[0] == 'r' ? 0 : O_CREAT) ? NULL : real(path, mode);     \
	}

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)
FOPEN(fopen)
FOPEN(fopen64)

DIR *opendir(const char *path)
{
	REAL(opendir);
	return NO_DESCRIPTOR("opendir", path) ? NULL : real(path);
}

int socket(int domain, int type, int protocol)
{
	REAL(socket);
	return NO_DESCRIPTOR("socket", NULL) ? -1 : real(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int pair[2])
{
	REAL(socketpair);
	return NO_DESCRIPTOR("socketpair", NULL) ? -1 : real(domain, type, protocol, pair);
}

/* The connection stays in the queue. */
int accept(int fd, struct sockaddr *address, socklen_t *size)
{
	REAL(accept);
	return NO_DESCRIPTOR("accept", NULL) ? -1 : real(fd, address, size);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	REAL(accept4);
	return NO_DESCRIPTOR("accept4", NULL) ? -1 : real(fd, address, size, flags);
}

int pipe(int pair[2])
{
	REAL(pipe);
	return NO_DESCRIPTOR("pipe", NULL) ? -1 : real(pair);
}

int pipe2(int pair[2], int flags)
{
	REAL(pipe2);
	return NO_DESCRIPTOR("pipe2", NULL) ? -1 : real(pair, flags);
}

int eventfd(unsigned value, int flags)
{
	REAL(eventfd);
	return NO_DESCRIPTOR("eventfd", NULL) ? -1 : real(value, flags);
}

int epoll_create1(int flags)
{
	REAL(epoll_create1);
	return NO_DESCRIPTOR("epoll_create1", NULL) ? -1 : real(flags);
}

int epoll_create(int size)
{
	REAL(epoll_create);
	return NO_DESCRIPTOR("epoll_create", NULL) ? -1 : real(size);
}

int timerfd_create(int clock, int flags)
{
	REAL(timerfd_create);
	return NO_DESCRIPTOR("timerfd_create", NULL) ? -1 : real(clock, flags);
}

int inotify_init1(int flags)
{
	REAL(inotify_init1);
	return NO_DESCRIPTOR("inotify_init1", NULL) ? -1 : real(flags);
}

int dup(int fd)
{
	REAL(dup);
	return NO_DESCRIPTOR("dup", NULL) ? -1 : real(fd);
}

#define FCNTL(name)                                                                                          \
	int name(int fd, int command, ...)                                                                   \
	{                                                                                                    \
		REAL(name);                                                                                  \
		va_list args;                                                                                \
		void *argument;                                                                              \
                                                                                                             \
		va_start(args, command);                                                                     \
		argument = va_arg(args, void *);                                                             \
		va_end(args);                                                                                \
		if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && NO_DESCRIPTOR(#name, NULL))        \
			return -1;                                                                           \
		return real(fd, command, argument);                                                          \
	}

FCNTL(fcntl)
FCNTL(fcntl64)

/* The kernel drops descriptors that it cannot pass, and delivers the octets. */
static void lose_descriptors(struct msghdr *message)
{
	struct cmsghdr *part = message->msg_controllen ? CMSG_FIRSTHDR(message) : NULL;

	for (; part; part = CMSG_NXTHDR(message, part)) {
		const unsigned char *at = CMSG_DATA(part);
		int fd;

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS ||
		    !NO_DESCRIPTOR("recvmsg", NULL))
			continue;
		for (; at + sizeof(fd) <= (unsigned char *)part + part->cmsg_len; at += sizeof(fd)) {
			memcpy(&fd, at, sizeof(fd));
			close(fd);
		}
		message->msg_controllen = 0;
		message->msg_flags |= MSG_CTRUNC;
		return;
	}
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	REAL(recvmsg);
	ssize_t length = real(fd, message, flags);

	if (length >= 0 && limits) {
		int error = errno;

		lose_descriptors(message);
		errno = error;
	}
	return length;
}

/* --- space --- */

static bool no_space(const char *call, int fd)
{
	char link[32] = "/proc/self/fd/", name[80] = "", *digit = link + strlen(link);
	int error = errno;
	struct stat st;

	if (!limits || limits->kind != LIMITS_SPACE)
		return false;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		errno = error;
		return false;
	}
	/* Without stdio. */
	for (int rest = fd, power = 10000; power; rest %= power, power /= 10)
		if (fd >= power || power == 1)
			*digit++ = (char)('0' + rest / power);
	if (readlink(link, name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	errno = error;
	return fails(LIMITS_SPACE, call, name);
}

/* A disk becomes full in the midst of a write: half of it is written, and the next write fails. Here every second failure. */
static size_t part_of(size_t length)
{
	return limits && length > 1 && (limits->at & 1) && limits->failed == 1 ? length / 2 : 0;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	REAL(write);

	if (no_space("write", fd))
		return part_of(length) ? real(fd, bytes, part_of(length)) : -1;
	return real(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	REAL(writev);
	return no_space("writev", fd) ? -1 : real(fd, parts, count);
}

#define PWRITE(name, offset_type)                                                                            \
	ssize_t name(int fd, const void *bytes, size_t length, offset_type at)                               \
	{                                                                                                    \
		REAL(name);                                                                                  \
		return no_space(#name, fd) ? -1 : real(fd, bytes, length, at);                               \
	}

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, offset_type)                                                                         \
	int name(int fd, offset_type length)                                                                 \
	{                                                                                                    \
		REAL(name);                                                                                  \
		return no_space(#name, fd) ? -1 : real(fd, length);                                          \
	}

FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

int fsync(int fd)
{
	REAL(fsync);
	return no_space("fsync", fd) ? -1 : real(fd);
}

/* The buffer of the stream is lost. */
static bool is_written(FILE *file)
{
	return limits && limits->kind == LIMITS_SPACE && __fbufsize(file) &&
	       (fcntl(fileno(file), F_GETFL) & O_ACCMODE);
}

int fflush(FILE *file)
{
	REAL(fflush);

	if (file && is_written(file) && no_space("fflush", fileno(file))) {
		__fpurge(file);
		return EOF;
	}
	return real(file);
}

int fclose(FILE *file)
{
	REAL(fclose);

	if (is_written(file) && no_space("fclose", fileno(file))) {
		__fpurge(file);
		real(file);
		errno = ENOSPC;
		return EOF;
	}
	return real(file);
}

#define NAME(name, parameters, arguments, file)                                                              \
	int name parameters                                                                                  \
	{                                                                                                    \
		REAL(name);                                                                                  \
		return fails(LIMITS_SPACE, #name, file) ? -1 : real arguments;                               \
	}

NAME(rename, (const char *old, const char *path), (old, path), path)
NAME(mkfifo, (const char *path, mode_t mode), (path, mode), path)
NAME(symlink, (const char *target, const char *path), (target, path), path)
NAME(link, (const char *old, const char *path), (old, path), path)

int mkdir(const char *path, mode_t mode)
{
	REAL(mkdir);
	return is_new(path) && fails(LIMITS_SPACE, "mkdir", path) ? -1 : real(path, mode);
}

int mkostemp(char *path, int flags)
{
	REAL(mkostemp);
	return cannot_open("mkostemp", path, O_CREAT) ? -1 : real(path, flags);
}

int mkstemp(char *path)
{
	REAL(mkstemp);
	return cannot_open("mkstemp", path, O_CREAT) ? -1 : real(path);
}

/* --- the clock of the day --- */

static bool is_ours(void)
{
	static const char *const ours[] = {"phonelab", "phone-sim", "switch-sim", "cable", "cucm-service"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(program_invocation_short_name, ours[i]))
			return true;
	return false;
}

static time_t ahead(void)
{
	if (!limits || !limits->clock_s || (!limits->servers && !is_ours()))
		return 0;
	return (time_t)__atomic_load_n(&limits->clock_s, __ATOMIC_ACQUIRE);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	REAL(clock_gettime);
	int err = real(clock, now);

	if (!err && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += ahead();
	return err;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	REAL(gettimeofday);
	int err = real(now, zone);

	if (!err)
		now->tv_sec += ahead();
	return err;
}

time_t time(time_t *now)
{
	REAL(time);
	time_t seconds = real(NULL) + ahead();

	if (now)
		*now = seconds;
	return seconds;
}
