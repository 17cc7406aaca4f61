#include "phonelab/web/followed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/web/internal.h"
#include "phonelab/web/under.h"

#define PART_MOST  (256u << 10) /* octets of a log that are sent at a time; older ones are skipped */
#define WHOLE_MOST (1u << 20)	/* octets of a lease file that are sent */

int web_followed_set(struct web_followed *file, const char *name)
{
	const char *slash = strchr(name, '/');
	char folder[64] = "";
	bool log, leases;

	if (!slash || (size_t)(slash - name) >= sizeof(folder))
		return -EINVAL;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
	log = !strcmp(folder, "log") && web_is_name(slash + 1);
	leases = strcmp(folder, "log") && web_is_name(folder) && !strcmp(slash, "/leases");
	if (!log && !leases)
		return -EINVAL;
	*file = (struct web_followed){.whole = leases};
	snprintf(file->name, sizeof(file->name), "%s", name);
	return 0;
}

static json_t *read_missing(struct web_followed *file)
{
	bool known = file->missing;

	file->missing = true;
	file->begun = false;
	file->at = 0;
	return known ? NULL : json_pack("{s:s,s:b}", "file", file->name, "missing", 1);
}

/* Up to length octets from `at` on: whole lines, unless there is none. The first part may be empty. */
static json_t *read_octets(struct web_followed *file, int fd, size_t length, off_t skipped)
{
	char *bytes = malloc(length + 1), *end;
	ssize_t n = bytes ? pread(fd, bytes, length, file->at) : -1;
	json_t *part = NULL;
	size_t used = 0;

	if (n > 0) {
		end = memrchr(bytes, '\n', (size_t)n);
		if (file->whole || (!end && (size_t)n == PART_MOST))
			used = (size_t)n;
		else if (end)
			used = (size_t)(end + 1 - bytes);
		for (size_t i = 0; i < used; i++)
			if (!bytes[i])
				bytes[i] = ' ';
	}
	if (bytes && (used || !file->begun)) {
		bytes[used] = 0;
		part = json_pack("{s:s,s:o,s:b,s:I}", "file", file->name, "text", json_text_new(bytes),
				 "first", !file->begun, "skipped", (json_int_t)skipped);
		file->begun = true;
		file->at += (off_t)used;
	}
	free(bytes);
	return part;
}

/* What is skipped ends with the end of a line. */
static off_t line_after(int fd, off_t at)
{
	char bytes[4096];
	ssize_t n = pread(fd, bytes, sizeof(bytes), at);
	const char *end = n > 0 ? memchr(bytes, '\n', (size_t)n) : NULL;

	return end ? at + (end + 1 - bytes) : at;
}

static json_t *read_growth(struct web_followed *file, int fd, off_t size)
{
	off_t from;

	if (size < file->at) { /* it was truncated */
		file->at = 0;
		file->begun = false;
	}
	from = file->at;
	if (size - from > PART_MOST)
		file->at = line_after(fd, size - PART_MOST);
	if (size == file->at && file->begun)
		return NULL;
	return read_octets(file, fd, (size_t)(size - file->at), file->at - from);
}

static json_t *read_whole(struct web_followed *file, int fd)
{
	json_t *part;
	struct stat st;

	if (fstat(fd, &st) || (file->begun && st.st_size == file->at &&
			       !memcmp(&st.st_mtim, &file->changed, sizeof(st.st_mtim))))
		return NULL;
	file->begun = false;
	file->changed = st.st_mtim;
	file->at = 0;
	part = read_octets(file, fd, st.st_size < WHOLE_MOST ? (size_t)st.st_size : WHOLE_MOST, 0);
	file->at = st.st_size;
	return part;
}

json_t *web_followed_read(struct web_followed *file, int folder)
{
	json_t *part;
	off_t size = 0;
	int fd = web_under_file(folder, file->name, &size);

	if (fd < 0)
		return read_missing(file);
	file->missing = false;
	part = file->whole ? read_whole(file, fd) : read_growth(file, fd, size);
	close(fd);
	return part;
}
