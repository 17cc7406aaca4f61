#include "phonelab/exercise/record.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/lab/complain.h"
#include "base/print.h"

#define PATH_SIZE   600
#define FILE_MOST   (64u << 20)
#define LOCK_MS	    20000 /* a row takes the time of one fsync; no user may stop the others */
#define LOCK_TRY_MS 20

static const char header[] = "time,user,exercise,seed,passed,points,repair,component,cause,hints,attempts,"
			     "seconds,component_answer,cause_answer,why,trainee\n";

#define FIELDS_OLD 14 /* rows of files from before why and trainee */

/* --- paths --- */

/* A file of the user's state folder, which is made. */
static void state_path(const char *name, char path[PATH_SIZE])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct fail ignored = {0}; /* the caller cannot open the file then, and reports that */
	int length;

	if (state && *state)
		length = snprintf(path, PATH_SIZE, "%.300s/phonelab", state);
	else
		length = snprintf(path, PATH_SIZE, "%.280s/.local/state/phonelab", home ? home : "");
	file_make_directory(path, &ignored);
	snprintf(path + length, PATH_SIZE - (size_t)length, "/%s", name);
}

static void results_path(const char *given, char path[PATH_SIZE])
{
	if (given)
		snprintf(path, PATH_SIZE, "%s", given);
	else
		state_path("exercises.csv", path);
}

/* Where the rows for a file are kept that could not be written to it: one file for each path. */
static void kept_path(const char *path, char kept[PATH_SIZE])
{
	char copy[PATH_SIZE], absolute[2 * PATH_SIZE], name[280], *folder;
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t length;

	snprintf(copy, sizeof(copy), "%s", path);
	folder = realpath(dirname(copy), NULL);
	if (!folder && *path != '/') {
		/* The folder may exist the next time. */
		folder = getcwd(NULL, 0);
		base = path;
	} else if (!folder) {
		base = path + 1;
	}
	snprintf(absolute, sizeof(absolute), "%.580s/%.580s", folder ? folder : "", base);
	free(folder);
	for (char *at = absolute; (at = strchr(at, '/'));)
		*at = '%';
	length = strlen(absolute);
	snprintf(name, sizeof(name), "kept-%s", absolute + (length > 200 ? length - 200 : 0));
	state_path(name, kept);
}

/* --- a locked file --- */

/* The group of the folder may write to a new file if it may write to the folder. */
static void share(int fd, const char *path)
{
	char copy[PATH_SIZE];
	struct stat folder;

	snprintf(copy, sizeof(copy), "%s", path);
	if (stat(dirname(copy), &folder) || !(folder.st_mode & S_IWGRP) ||
	    fchown(fd, (uid_t)-1, folder.st_gid))
		return;
	fchmod(fd, 0664);
}

static int open_or_create(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_CREAT | O_EXCL, 0644);
	if (fd >= 0)
		share(fd, path);
	return fd < 0 && errno == EEXIST ? open(path, O_RDWR | O_APPEND | O_CLOEXEC) : fd;
}

static int lock(int fd)
{
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += LOCK_TRY_MS) {
		if (errno != EWOULDBLOCK || waited >= LOCK_MS)
			return -errno;
		poll(NULL, 0, LOCK_TRY_MS);
	}
	return 0;
}

/* Open and lock; a negative errno with the reason. The file is still the one of that name: kept rows are moved,
 * and their file removed, under its lock. */
static int open_locked(const char *path, struct fail *fail)
{
	for (;;) {
		int fd = open_or_create(path), err = fd < 0 ? -errno : lock(fd);
		struct stat named, opened;

		if (!err && !stat(path, &named) && !fstat(fd, &opened) && named.st_ino == opened.st_ino)
			return fd;
		if (fd >= 0)
			close(fd);
		if (err)
			return fail_set(fail, err, "%s: %s", path,
					err == -EWOULDBLOCK ? "another process holds its lock"
							    : strerror(-err));
	}
}

/* Does the file end inside a row, because its writer was killed? That row becomes a line of its own. */
static bool is_torn(int fd, off_t size)
{
	char last = '\n';

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* Append rows, after the header if the file is empty: all of them or nothing. On success they are on the disk. */
static int append(const char *path, const char *rows, size_t length, struct fail *fail)
{
	int fd = open_locked(path, fail), err;
	struct stat before = {0};
	const char *remains = "";
	struct text text = {0};

	if (fd < 0)
		return fd;
	err = fstat(fd, &before) ? -errno : 0;
	if (!before.st_size)
		text_add(&text, "%s", header);
	if (is_torn(fd, before.st_size))
		text_add(&text, "\n");
	text_add_bytes(&text, rows, length);
	if (!err)
		err = text.failed ? -ENOMEM : file_write_all(fd, text.bytes, text.length);
	/* A pipe or a device cannot be synchronized, and needs not be. */
	if (!err && fsync(fd) && errno != EINVAL)
		err = -errno;
	if (err && S_ISREG(before.st_mode) && ftruncate(fd, before.st_size))
		remains = "; a part of a row remains in it";
	text_free(&text);
	close(fd);
	return err ? fail_set(fail, err, "%s: %s%s", path, strerror(-err), remains) : 0;
}

/* Move the kept rows of a file to it. 0, also if there are none. */
static int move_kept(const char *path, const char *kept, struct fail *fail)
{
	char *rows = NULL;
	size_t length = 0;
	int fd, err;

	if (access(kept, F_OK))
		return 0;
	fd = open_locked(kept, fail);
	if (fd < 0)
		return fd;
	err = file_read_fd(fd, kept, FILE_MOST, &rows, &length, fail);
	if (!err && length > sizeof(header) - 1)
		err = append(path, rows + sizeof(header) - 1, length - (sizeof(header) - 1), fail);
	if (!err)
		unlink(kept);
	free(rows);
	close(fd);
	return err;
}

/* --- rows --- */

/* RFC 4180, section 2: quoted, quotes doubled; an answer has one line. */
static void add_field(struct text *row, const char *text, char end)
{
	text_add(row, "\"");
	for (; *text; text++)
		text_add(row, "%s%c", *text == '"' ? "\"" : "", *text == '\n' ? ' ' : *text);
	text_add(row, "\"%c", end);
}

static void add_row(struct text *row, const char *trainee, const json_t *exercise, const json_t *result,
		    const char *component, const char *cause)
{
	const struct passwd *user = getpwuid(getuid());
	time_t now = time(NULL);
	char when[40];
	struct tm tm;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	text_add(row, "%s,%s,%s,", when, user ? user->pw_name : "", json_text(exercise, "id"));
	if (json_object_get(exercise, "seed")) /* not before the exercise is finished */
		text_add(row, "%lld", json_int(exercise, "seed"));
	text_add(row, ",%s", json_is_true(json_object_get(result, "passed")) ? "yes" : "no");
	text_add(row, ",%lld,%lld,%lld,%lld,%lld,%lld,%lld,", json_int(result, "points"),
		 json_int(result, "repair"), json_int(result, "component"), json_int(result, "cause"),
		 -json_int(result, "hints"), -json_int(result, "attempts"), json_int(exercise, "seconds"));
	add_field(row, component, ',');
	add_field(row, cause, ',');
	text_add(row, "%lld,", -json_int(result, "why"));
	add_field(row, trainee, '\n');
}

int exercise_record(const char *given, const char *trainee, const json_t *exercise, const json_t *result,
		    const char *component, const char *cause, struct fail *fail)
{
	char path[PATH_SIZE], kept[PATH_SIZE];
	struct fail why = {0}, ignored = {0};
	struct text row = {0};
	int err;

	results_path(given, path);
	kept_path(path, kept);
	add_row(&row, trainee ? trainee : "", exercise, result, component, cause);
	if (row.failed) {
		text_free(&row);
		return fail_set(fail, -ENOMEM, "out of memory; the result is not in %s", path);
	}
	move_kept(path, kept, &ignored); /* rows that still cannot be moved stay where they are */
	err = append(path, row.bytes, row.length, &why);
	if (err && !append(kept, row.bytes, row.length, &ignored)) {
		fail_set(fail, err,
			 "%.150s; the result is kept in %s; add it later with: phonelab exercise score%s",
			 why.text, kept, given ? " --csv FILE" : "");
	} else if (err) {
		fail_set(fail, err, "%s; the result cannot be kept elsewhere either: add the row below",
			 why.text);
		exit_complain(EXIT_AS_ASKED, "exercise: the row for %s: %s", path, row.bytes);
	}
	text_free(&row);
	return err;
}

int exercise_record_rows(const char *given, const char *text, struct fail *fail)
{
	char path[PATH_SIZE], *fields[EXERCISE_FIELDS];
	struct text rows = {0};
	int err = 0;

	results_path(given, path);
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t length = strcspn(text, "\n");
		char *row = strndup(text, length);

		if (row && strncmp(text, header, length) != 0 && length && !exercise_row_read(row, fields))
			text_add(&rows, "%.*s\n", (int)length, text);
		free(row);
	}
	if (rows.length)
		err = append(path, rows.bytes, rows.length, fail);
	text_free(&rows);
	return err;
}

/* --- reading --- */

/* Cut the next field out of a row (RFC 4180), without its quotes. NULL behind the last field. */
static char *next_field(char **rest)
{
	char *field = *rest, *to = field, *at = field;

	if (!field)
		return NULL;
	if (*at == '"') {
		for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
			at += *at == '"';
			*to++ = *at;
		}
		at += *at == '"';
	} else {
		for (; *at && *at != ','; at++)
			*to++ = *at;
	}
	*rest = *at == ',' ? at + 1 : NULL;
	*to = 0;
	return field;
}

int exercise_row_read(char *line, char *fields[EXERCISE_FIELDS])
{
	int n = 0;

	while (line && n < EXERCISE_FIELDS)
		fields[n++] = next_field(&line);
	if (line || (n != EXERCISE_FIELDS && n != FIELDS_OLD))
		return -EBADMSG;
	for (; n < EXERCISE_FIELDS; n++)
		fields[n] = "";
	return 0;
}

/* Move what is kept for the file, and read the file. */
int exercise_record_read(const char *given, char **text, struct fail *fail)
{
	char path[PATH_SIZE], kept[PATH_SIZE];
	struct fail why = {0};

	results_path(given, path);
	kept_path(path, kept);
	if (move_kept(path, kept, &why))
		exit_complain(EXIT_AS_ASKED, "exercise: results are still kept in %s: %s", kept, why.text);
	return file_read(path, FILE_MOST, text, NULL, fail);
}

int exercise_record_print(const char *given, struct fail *fail)
{
	static const struct {
		int field, width;
	} columns[] = {{0, 21}, {1, 12}, {15, 12}, {2, 24}, {3, 7},  {4, 7},  {5, 7},
		       {6, 7},	{7, 10}, {8, 6},   {9, 6},  {14, 6}, {10, 9}, {11, 8}};
	char *fields[EXERCISE_FIELDS], *text, *rest, *line;
	int err = exercise_record_read(given, &text, fail), number = 0;

	if (err)
		return err;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		number++;
		if (!*line)
			continue;
		if (exercise_row_read(line, fields)) {
			exit_complain(EXIT_AS_ASKED, "exercise: line %d of the results is not a whole row",
				      number);
			continue;
		}
		if (number == 1)
			fields[15] = "trainee", fields[14] = "why";
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			print_text("%-*s ", columns[i].width, fields[columns[i].field]);
		print_text("\n");
	}
	free(text);
	return 0;
}
