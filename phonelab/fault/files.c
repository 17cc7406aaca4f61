#include "phonelab/fault/files.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/fault/content.h"
#include "phonelab/fault/vars.h"

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
	struct content left;	/* of a certificate: what the last change made of it */
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
	free(file->left.bytes);
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

/* --- changes --- */

static int change_text(struct content *content, const struct change *change, const char *path,
		       struct fail *fail)
{
	const struct fault_action *action = &change->action;
	bool edits = action->what == FAULT_DO_EDIT;
	char *text = fault_expand(change->vars, edits ? action->with : action->text, fail);
	char *pattern = text && edits ? fault_expand(change->vars, action->match, fail) : NULL;
	int err = fail->err;

	if (pattern)
		err = content_edit(content, pattern, text, path, fail);
	else if (text && !edits)
		return content_set(content, text, strlen(text), fail);
	free(pattern);
	free(text);
	return err;
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

	if (!content->exists && action->what != FAULT_DO_WRITE && action->what != FAULT_DO_COPY &&
	    action->what != FAULT_DO_SIGN)
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
		err = from ? content_copy(content, from, fail) : fail->err;
		free(from);
		return err;
	case FAULT_DO_SIGN: return content_sign(content, files->directory, path, fail);
	case FAULT_DO_CERTIFY:
		from = action->from ? expand_path(files, change->vars, action->from, fail)
				    : content_key_path(path, fail);
		err =
		    from ? content_certify(content, from, (enum content_validity)action->validity, path, fail)
			 : fail->err;
		free(from);
		return err;
	case FAULT_DO_ESTRANGE: return content_estrange(content, path, fail);
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

/* Remember the certificate that a fault has issued. */
static int remember(struct changed_file *file, struct fail *fail)
{
	free(file->left.bytes);
	return content_read(file->path, &file->left, fail);
}

/* Has somebody renewed the certificate that a fault has issued, or put it into the trust lists? That has repaired the cluster: the
 * former certificate would break it. */
static bool is_repaired(const struct fault_files *files, const struct changed_file *file)
{
	struct content now;
	struct fail ignored = {0};
	bool repaired;

	if (!file->left.bytes || content_read(file->path, &now, &ignored))
		return false;
	repaired = !now.exists || now.length != file->left.length ||
		   memcmp(now.bytes, file->left.bytes, now.length) != 0 ||
		   (!file->changes && content_is_listed(files->directory, &now));
	free(now.bytes);
	return repaired;
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
	return action->what == FAULT_DO_CERTIFY || file->left.bytes ? remember(file, fail) : 0;
}

/* The file that an action changes: FILE, or FILE.sgn if it signs FILE. */
static int do_path(struct fault_files *files, long owner, const char *path, const struct fault_action *action,
		   const json_t *vars, struct fail *fail)
{
	char *changed;
	int err;

	if (asprintf(&changed, "%s%s", path, action->what == FAULT_DO_SIGN ? CONTENT_SIGNED : "") < 0)
		return out_of_memory(fail);
	err = do_one(files, owner, changed, action, vars, fail);
	free(changed);
	return err;
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
		err = do_path(files, owner, pattern, action, vars, fail);
	} else if (glob(pattern, GLOB_ERR, NULL, &found) || !found.gl_pathc) {
		err = fail_set(fail, -ENOENT, "%s: no file fits", pattern);
	} else {
		for (size_t i = 0; i < found.gl_pathc && !err; i++)
			err = do_path(files, owner, found.gl_pathv[i], action, vars, fail);
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

static bool is_signed(const struct changed_file *file)
{
	for (const struct change *change = file->changes; change; change = change->next)
		if (change->action.what == FAULT_DO_SIGN)
			return true;
	return false;
}

/* Give the file its first content, then the changes that are left. */
static int restore(const struct fault_files *files, struct changed_file *file, struct fail *fail)
{
	int err;

	if (is_repaired(files, file))
		return 0;
	err = content_write(file->path, &file->before, fail);
	for (const struct change *change = file->changes; change && !err; change = change->next)
		err = file_change(files, file->path, change, fail);
	return !err && file->left.bytes ? remember(file, fail) : err;
}

int fault_files_undo(struct fault_files *files, long owner, struct fail *fail)
{
	int err = 0;

	for (struct changed_file *file = files->changed; file; file = file->next) {
		struct fail ignored = {0};
		int file_err = 0;

		if (remove_changes(file, owner) && !is_signed(file))
			file_err = restore(files, file, err ? &ignored : fail);
		err = err ? err : file_err;
	}
	/* A signed file is made of another file, which has its content now. */
	for (struct changed_file **at = &files->changed; *at;) {
		struct changed_file *file = *at;
		struct fail ignored = {0};
		int file_err = is_signed(file) ? restore(files, file, err ? &ignored : fail) : 0;

		err = err ? err : file_err;
		if (file->changes) {
			at = &file->next;
			continue;
		}
		*at = file->next;
		changed_file_free(file);
	}
	return err;
}
