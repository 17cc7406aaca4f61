#include "phonelab/supervise/log_times.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <event2/event.h>

#include "base/clock.h"

#define EVERY_US   100000
#define FILES_MOST 256
#define BYTES_MOST (4l << 20)

struct log_times {
	const char *folder;
	struct event *tick;
	FILE *out;
	struct {
		char name[80];
		long long length;
	} file[FILES_MOST];
	size_t files;
};

/* The length that was noted last; NULL: there is no room for another file. */
static long long *length_of(struct log_times *it, const char *name)
{
	for (size_t i = 0; i < it->files; i++)
		if (!strcmp(it->file[i].name, name))
			return &it->file[i].length;
	if (it->files == FILES_MOST || strlen(name) >= sizeof(it->file[0].name) || strpbrk(name, " \t\n"))
		return NULL;
	snprintf(it->file[it->files].name, sizeof(it->file[0].name), "%s", name);
	return &it->file[it->files++].length;
}

static FILE *open_out(const struct log_times *it)
{
	char path[300];

	snprintf(path, sizeof(path), "%.250s/log.times", it->folder);
	return fopen(path, "ae");
}

static void rotate(struct log_times *it)
{
	char path[300], older[300];

	if (ftell(it->out) < BYTES_MOST)
		return;
	snprintf(path, sizeof(path), "%.250s/log.times", it->folder);
	snprintf(older, sizeof(older), "%.250s/log.times.1", it->folder);
	fclose(it->out);
	rename(path, older);
	it->out = open_out(it);
}

static void note(struct log_times *it)
{
	char path[600];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	snprintf(path, sizeof(path), "%.250s/log", it->folder);
	dir = it->out ? opendir(path) : NULL;
	while (dir && (entry = readdir(dir))) {
		long long *length;

		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		length = length_of(it, entry->d_name);
		if (!length || *length == st.st_size)
			continue;
		*length = st.st_size;
		fprintf(it->out, "%llu %s %lld\n", (unsigned long long)clock_now_us(), entry->d_name,
			*length);
	}
	if (dir)
		closedir(dir);
	if (!it->out)
		return;
	fflush(it->out);
	rotate(it);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	note(arg);
}

int log_times_start(struct log_times **times, struct event_base *base, const char *folder, struct fail *fail)
{
	const struct timeval every = {.tv_usec = EVERY_US};
	struct log_times *it = calloc(1, sizeof(*it));

	if (!it)
		return fail_set(fail, -ENOMEM, "log.times: out of memory");
	it->folder = folder;
	it->out = open_out(it);
	it->tick = event_new(base, -1, EV_PERSIST, on_tick, it);
	if (!it->out || !it->tick || event_add(it->tick, &every)) {
		int err = it->out ? -ENOMEM : -errno;

		log_times_stop(it);
		return fail_set(fail, err, "%s/log.times: %s", folder, strerror(-err));
	}
	*times = it;
	return 0;
}

void log_times_stop(struct log_times *times)
{
	if (!times)
		return;
	if (times->tick) {
		note(times);
		event_free(times->tick);
	}
	if (times->out)
		fclose(times->out);
	free(times);
}
