#include "phonelab/supervise/trace_limit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <event2/event.h>

#include "phonelab/supervise/log_limit.h"

#define EVERY_S 10

struct trace_limit {
	const char *folder;
	struct event *tick;
};

/* The names hold the time of their beginning, so that the oldest file is the first. */
void trace_limit_apply(const char *folder)
{
	struct dirent **entry = NULL;
	int n = scandir(folder, &entry, NULL, alphasort),
	    dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long long bytes = 0;
	size_t files = 0;
	struct stat st;

	/* From the newest to the oldest. */
	for (int i = n - 1; i >= 0; i--) {
		if (dir < 0 || fstatat(dir, entry[i]->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		files++;
		bytes += st.st_size;
		if (files > TRACE_LIMIT_OPEN && (bytes > TRACE_LIMIT_BYTES || files > TRACE_LIMIT_FILES))
			unlinkat(dir, entry[i]->d_name, 0);
	}
	for (int i = 0; i < n; i++)
		free(entry[i]);
	free(entry);
	if (dir >= 0)
		close(dir);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	const struct trace_limit *limit = arg;
	char pattern[300];
	glob_t found;

	(void)fd;
	(void)what;
	snprintf(pattern, sizeof(pattern), "%.250s/log", limit->folder);
	log_limit_apply(pattern);
	snprintf(pattern, sizeof(pattern), "%.250s/trace/*", limit->folder);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		trace_limit_apply(found.gl_pathv[i]);
	globfree(&found);
}

int trace_limit_start(struct trace_limit **limit, struct event_base *base, const char *folder,
		      struct fail *fail)
{
	const struct timeval every = {.tv_sec = EVERY_S};
	struct trace_limit *it = calloc(1, sizeof(*it));

	if (it)
		it->tick = event_new(base, -1, EV_PERSIST, on_tick, it);
	if (!it || !it->tick || event_add(it->tick, &every)) {
		trace_limit_stop(it);
		return fail_set(fail, -ENOMEM, "the traces of SIP messages: out of memory");
	}
	it->folder = folder;
	*limit = it;
	return 0;
}

void trace_limit_stop(struct trace_limit *limit)
{
	if (!limit)
		return;
	if (limit->tick)
		event_free(limit->tick);
	free(limit);
}
