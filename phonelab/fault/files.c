#include "phonelab/fault/files.h"

#include <errno.h>
#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "phonelab/fault/vars.h"

#define FILE_MOST (64 * 1024 * 1024)

struct content {
	bool exists;
	mode_t mode;
	char *bytes;
	size_t length;
};

/* One action on one file. */
struct change {
	long owner;
	struct fault_action action; /* its texts live as long as the fault */
	json_t *vars;
	struct change *next;
};

struct changed_file {
	char *path;
	struct content before;
	struct change *changes; /* in the order in which they were applied */
	struct changed_file *next;
};

struct fault_files {
	char *directory;
	struct changed_file *changed;
};

static int out_of_memory(struct fail *fail)
{
	return fail_set(fail, -ENOMEM, "out of memory");
}

struct fault_files *fault_files_new(const char *directory)
{
	struct fault_files *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->directory = strdup(directory);
	if (files->directory)
		return files;
	free(files);
	return NULL;
}

static void change_free(struct change *change)
{
	json_decref(change->vars);
	free(change);
}

static void changed_file_free(struct changed_file *file)
{
	while (file->changes) {
		struct change *next = file->changes->next;

		change_free(file->changes);
		file->changes = next;
	}
	free(file->path);
	free(file->before.bytes);
	free(file);
}

void fault_files_free(struct fault_files *files)
{
	if (!files)
		return;
	while (files->changed) {
		struct changed_file *next = files->changed->next;

		changed_file_free(files->changed);
		files->changed = next;
	}
	free(files->directory);
	free(files);
}

/* --- content --- */

static int content_read(const char *path, struct content *content, struct fail *fail)
{
	struct stat info;
	int err;

	*content = (struct content){0};
	if (stat(path, &info))
		return errno == ENOENT ? 0 : fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	err = file_read(path, FILE_MOST, &content->bytes, &content->length, fail);
	content->exists = !err;
	content->mode = info.st_mode & 07777;
	return err;
}

static int content_write(const char *path, const struct content *content, struct fail *fail)
{
	if (content->exists)
		return file_write_mode(path, content->bytes, content->length, content->mode, fail);
	if (unlink(path) && errno != ENOENT)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

/* Replace the content by bytes, which are the content's from now on. */
static int content_set(struct content *content, char *bytes, size_t length, struct fail *fail)
{
	if (!bytes)
		return out_of_memory(fail);
	free(content->bytes);
	if (!content->exists)
		content->mode = 0644;
	content->exists = true;
	content->bytes = bytes;
	content->length = length;
	return 0;
}

/* --- changes --- */

static int edit(struct content *content, const char *pattern, const char *with, const char *path,
		struct fail *fail)
{
	struct text out = {0};
	size_t found = 0, length;
	const char *at = content->bytes;
	regex_t regex;
	regmatch_t match;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NEWLINE))
		return fail_set(fail, -EINVAL, "\"%s\" is not a regular expression", pattern);
	while (*at &&
	       !regexec(&regex, at, 1, &match, at == content->bytes || at[-1] == '\n' ? 0 : REG_NOTBOL)) {
		found++;
		text_add_bytes(&out, at, (size_t)match.rm_so);
		text_add_bytes(&out, with, strlen(with));
		at += match.rm_eo;
		if (match.rm_so == match.rm_eo && *at)
			text_add_bytes(&out, at++, 1);
	}
	text_add_bytes(&out, at, strlen(at));
	regfree(&regex);
	if (!found) {
		text_free(&out);
		return fail_set(fail, -ENOENT, "%s: nothing matches \"%s\"", path, pattern);
	}
	length = out.length;
	return content_set(content, text_take(&out), length, fail);
}

static int change_text(struct content *content, const struct change *change, const char *path,
		       struct fail *fail)
{
	const struct fault_action *action = &change->action;
	bool edits = action->what == FAULT_DO_EDIT;
	char *text = fault_expand(change->vars, edits ? action->with : action->text, fail);
	char *pattern = text && edits ? fault_expand(change->vars, action->match, fail) : NULL;
	int err = fail->err;

	if (pattern)
		err = edit(content, pattern, text, path, fail);
	else if (text && !edits)
		return content_set(content, text, strlen(text), fail);
	free(pattern);
	free(text);
	return err;
}

static int copy(struct content *content, const char *path, struct fail *fail)
{
	struct content from;
	int err = content_read(path, &from, fail);

	if (err)
		return err;
	if (!from.exists)
		return fail_set(fail, -ENOENT, "%s: no such file to copy", path);
	return content_set(content, from.bytes, from.length, fail);
}

static char *expand_path(const struct fault_files *files, const json_t *vars, const char *text,
			 struct fail *fail)
{
	char *name = fault_expand(vars, text, fail), *path = NULL;

	if (name && strstr(name, "..")) {
		fail_set(fail, -EINVAL, "%s: expected a path below the run directory", name);
	} else if (name && asprintf(&path, "%s/%s", files->directory, name) < 0) {
		out_of_memory(fail);
		path = NULL;
	}
	free(name);
	return path;
}

static int content_change(const struct fault_files *files, struct content *content,
			  const struct change *change, const char *path, struct fail *fail)
{
	const struct fault_action *action = &change->action;
	size_t n = (size_t)action->bytes, middle;
	char *from;
	int err;

	if (!content->exists && action->what != FAULT_DO_WRITE && action->what != FAULT_DO_COPY)
		return fail_set(fail, -ENOENT, "%s: no such file", path);
	switch (action->what) {
	case FAULT_DO_EDIT:
	case FAULT_DO_WRITE: return change_text(content, change, path, fail);
	case FAULT_DO_REMOVE: content->exists = false; return 0;
	case FAULT_DO_TRUNCATE: content->length = n < content->length ? n : content->length; return 0;
	case FAULT_DO_CORRUPT:
		middle = content->length > n ? (content->length - n) / 2 : 0;
		for (size_t i = middle; i < content->length && i < middle + n; i++)
			content->bytes[i] = (char)~content->bytes[i];
		return 0;
	case FAULT_DO_COPY:
		from = expand_path(files, change->vars, action->from, fail);
		err = from ? copy(content, from, fail) : fail->err;
		free(from);
		return err;
	case FAULT_DO_CHMOD: content->mode = (mode_t)strtoul(action->mode, NULL, 8) & 07777; return 0;
	}
	return fail_set(fail, -EINVAL, "%s: the action is not one on files", path);
}

/* Apply one more change to the file as it is now. */
static int file_change(const struct fault_files *files, const char *path, const struct change *change,
		       struct fail *fail)
{
	struct content content;
	int err = content_read(path, &content, fail);

	if (!err)
		err = content_change(files, &content, change, path, fail);
	if (!err)
		err = content_write(path, &content, fail);
	free(content.bytes);
	return err;
}

/* The entry of a file; a new one reads the file's content. NULL with the reason. */
static struct changed_file *changed_file(struct fault_files *files, const char *path, struct fail *fail)
{
	struct changed_file *file;

	for (file = files->changed; file; file = file->next)
		if (!strcmp(file->path, path))
			return file;
	file = calloc(1, sizeof(*file));
	if (!file || !(file->path = strdup(path))) {
		out_of_memory(fail);
		free(file);
		return NULL;
	}
	if (content_read(path, &file->before, fail)) {
		changed_file_free(file);
		return NULL;
	}
	file->next = files->changed;
	files->changed = file;
	return file;
}

static int do_one(struct fault_files *files, long owner, const char *path, const struct fault_action *action,
		  const json_t *vars, struct fail *fail)
{
	struct change *change = calloc(1, sizeof(*change)), **last;
	struct changed_file *file = changed_file(files, path, fail);
	int err;

	if (!change || !file) {
		free(change);
		return file ? out_of_memory(fail) : fail->err;
	}
	*change = (struct change){owner, *action, json_incref((json_t *)vars), NULL};
	err = file_change(files, path, change, fail);
	if (err) {
		change_free(change);
		return err;
	}
	for (last = &file->changes; *last; last = &(*last)->next)
		;
	*last = change;
	return 0;
}

int fault_files_do(struct fault_files *files, long owner, const struct fault_action *action,
		   const json_t *vars, struct fail *fail)
{
	char *pattern = expand_path(files, vars, action->file, fail);
	glob_t found = {0};
	int err = 0;

	if (!pattern)
		return fail->err;
	if (!strpbrk(pattern, "*?[")) {
		err = do_one(files, owner, pattern, action, vars, fail);
	} else if (glob(pattern, GLOB_ERR, NULL, &found) || !found.gl_pathc) {
		err = fail_set(fail, -ENOENT, "%s: no file fits", pattern);
	} else {
		for (size_t i = 0; i < found.gl_pathc && !err; i++)
			err = do_one(files, owner, found.gl_pathv[i], action, vars, fail);
	}
	globfree(&found);
	free(pattern);
	return err;
}

/* Remove the changes of owner from the list. Returns false if it had none. */
static bool remove_changes(struct changed_file *file, long owner)
{
	bool any = false;

	for (struct change **at = &file->changes; *at;) {
		struct change *change = *at;

		if (change->owner != owner) {
			at = &change->next;
			continue;
		}
		*at = change->next;
		change_free(change);
		any = true;
	}
	return any;
}

int fault_files_undo(struct fault_files *files, long owner, struct fail *fail)
{
	int err = 0;

	for (struct changed_file **at = &files->changed; *at;) {
		struct changed_file *file = *at;
		struct fail ignored = {0}, *where = err ? &ignored : fail;
		int file_err;

		if (remove_changes(file, owner)) {
			file_err = content_write(file->path, &file->before, where);
			for (const struct change *change = file->changes; change && !file_err;
			     change = change->next)
				file_err = file_change(files, file->path, change, where);
			err = err ? err : file_err;
		}
		if (file->changes) {
			at = &file->next;
			continue;
		}
		*at = file->next;
		changed_file_free(file);
	}
	return err;
}
