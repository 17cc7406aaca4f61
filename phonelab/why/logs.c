#include "phonelab/why/logs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_MOST 64	      /* logs of a lab */
#define READ_MOST  (4l << 20) /* octets at the end of a log */
#define LINES_MOST 2000	      /* of a log that are handed out */
#define MARKS_MOST 262144     /* of one log */

/* A log had that length at that time, and another one at the mark before. */
struct mark {
	long long t, size;
};

struct file {
	char name[80];
	bool read;
	char *bytes; /* its end; NULL: none */
	size_t length;
	long long offset;	     /* of bytes in the file */
	unsigned long first_number;  /* of the line that begins there */
	size_t newest;		     /* in bytes: where the last LINES_MOST lines begin */
	unsigned long newest_number; /* of the line there */
	struct mark *mark;	     /* in the order of time */
	size_t marks, room;
};

struct why_logs {
	char directory[256];
	struct file file[FILES_MOST];
	unsigned files;
};

static struct file *file_of(struct why_logs *logs, const char *name)
{
	for (unsigned i = 0; i < logs->files; i++)
		if (!strcmp(logs->file[i].name, name))
			return &logs->file[i];
	if (logs->files == FILES_MOST)
		return NULL;
	snprintf(logs->file[logs->files].name, sizeof(logs->file[0].name), "%s", name);
	return &logs->file[logs->files++];
}

/* --- log.times --- */

static void add_mark(struct file *file, long long t, long long size)
{
	size_t room = file->room ? 2 * file->room : 256;
	struct mark *more;

	/* The log was cut: earlier lengths are no places in it any more. */
	if (file->marks && size < file->mark[file->marks - 1].size)
		file->marks = 0;
	if (file->marks == MARKS_MOST)
		return;
	if (file->marks == file->room) {
		more = realloc(file->mark, room * sizeof(*more));
		if (!more)
			return;
		file->mark = more;
		file->room = room;
	}
	file->mark[file->marks++] = (struct mark){.t = t, .size = size};
}

static void read_marks(struct why_logs *logs, const char *name)
{
	char path[300], log[80], line[200];
	struct file *file;
	long long t, size;
	FILE *in;

	snprintf(path, sizeof(path), "%.255s%.30s", logs->directory, name);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		file = sscanf(line, "%lld %79s %lld", &t, log, &size) == 3 ? file_of(logs, log) : NULL;
		if (file)
			add_mark(file, t, size);
	}
	if (in)
		fclose(in);
}

struct why_logs *why_logs_new(const char *directory)
{
	struct why_logs *logs = calloc(1, sizeof(*logs));

	if (!logs)
		return NULL;
	snprintf(logs->directory, sizeof(logs->directory), "%s", directory);
	read_marks(logs, "log.times.1");
	read_marks(logs, "log.times");
	return logs;
}

void why_logs_free(struct why_logs *logs)
{
	if (!logs)
		return;
	for (unsigned i = 0; i < logs->files; i++) {
		free(logs->file[i].bytes);
		free(logs->file[i].mark);
	}
	free(logs);
}

/* --- the logs --- */

static unsigned long count_lines(FILE *in, long long octets)
{
	char bytes[65536];
	unsigned long lines = 0;

	while (octets > 0) {
		size_t n =
		    fread(bytes, 1, octets < (long long)sizeof(bytes) ? (size_t)octets : sizeof(bytes), in);

		for (size_t i = 0; i < n; i++)
			lines += bytes[i] == '\n';
		octets = n ? octets - (long long)n : 0;
	}
	return lines;
}

/* From where in bytes the newest LINES_MOST lines begin. */
static size_t newest(const struct file *file)
{
	size_t at = file->length, lines = 0;

	if (at && file->bytes[at - 1] == '\n')
		at--;
	for (; at > 0; at--)
		if (file->bytes[at - 1] == '\n' && ++lines == LINES_MOST)
			return at;
	return 0;
}

static unsigned long lines_before(const struct file *file, size_t at)
{
	unsigned long number = file->first_number;

	for (size_t i = 0; i < at; i++)
		number += file->bytes[i] == '\n';
	return number;
}

/* Read the end of the log, from the beginning of a line on. */
static void read_file(const struct why_logs *logs, struct file *file)
{
	struct stat st = {0};
	char path[400], *line;
	FILE *in;

	file->read = true;
	snprintf(path, sizeof(path), "%.255slog/%.79s", logs->directory, file->name);
	in = fopen(path, "re");
	if (!in || fstat(fileno(in), &st) || !S_ISREG(st.st_mode))
		goto out;
	file->offset = st.st_size > READ_MOST ? st.st_size - READ_MOST : 0;
	file->first_number = 1 + count_lines(in, file->offset);
	file->bytes = malloc(READ_MOST + 1);
	file->length = file->bytes ? fread(file->bytes, 1, READ_MOST, in) : 0;
	if (!file->offset || !file->length)
		goto out;
	line = memchr(file->bytes, '\n', file->length);
	line = line ? line + 1 : file->bytes + file->length;
	file->first_number++;
	file->offset += line - file->bytes;
	file->length -= (size_t)(line - file->bytes);
	memmove(file->bytes, line, file->length);
out:
	if (file->bytes)
		file->bytes[file->length] = 0;
	file->newest = newest(file);
	file->newest_number = lines_before(file, file->newest);
	if (in)
		fclose(in);
}

/* The first mark that counts: a log that became shorter was replaced. */
static size_t first_mark(const struct file *file)
{
	size_t i = file->marks;

	while (i > 1 && file->mark[i - 2].size <= file->mark[i - 1].size)
		i--;
	return i ? i - 1 : 0;
}

/* The log, which is read if it was not yet. NULL: there is none. */
static struct file *file_read(struct why_logs *logs, const char *name)
{
	struct file *file = file_of(logs, name);

	if (file && !file->read)
		read_file(logs, file);
	return file && file->bytes ? file : NULL;
}

/* From at on, where line number begins. */
static void read_from(const struct file *file, size_t at, unsigned long number, long long since,
		      why_log_fn *take, void *arg)
{
	struct why_log_entry entry = {.number = number};
	size_t mark = first_mark(file);
	const char *end;

	for (; at < file->length; at += entry.length + 1, entry.number++) {
		entry.text = file->bytes + at;
		end = memchr(entry.text, '\n', file->length - at);
		entry.length = end ? (size_t)(end - entry.text) : file->length - at;
		while (mark < file->marks &&
		       file->mark[mark].size < file->offset + (long long)(at + entry.length))
			mark++;
		/* Behind the last mark: it was written a moment ago. */
		entry.t = mark < file->marks ? file->mark[mark].t : LLONG_MAX;
		if (entry.t >= since)
			take(arg, &entry);
	}
}

void why_logs_read(struct why_logs *logs, const char *name, long long since, why_log_fn *take, void *arg)
{
	const struct file *file = file_read(logs, name);

	if (file && file->marks)
		read_from(file, file->newest, file->newest_number, since, take, arg);
}

void why_logs_read_all(struct why_logs *logs, const char *name, long long since, why_log_fn *take, void *arg)
{
	const struct file *file = file_read(logs, name);

	if (file && file->marks)
		read_from(file, 0, file->first_number, since, take, arg);
}
