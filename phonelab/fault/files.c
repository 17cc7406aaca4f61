#include "phonelab/fault/files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phonelab/fault/vars.h"

struct content {
	bool there;
	mode_t mode;
	char *bytes;
	size_t length;
};

/* One action on one file, with its texts filled in. */
struct deed {
	long owner;
	enum fault_do what;
	char *match, *text, *from;
	long long bytes;
	mode_t mode;
	struct deed *next;
};

struct kept {
	char *path;
	struct content before;
	struct deed *deeds; /* in the order in which they were done */
	struct kept *next;
};

struct fault_files {
	char *directory;
	struct kept *kept;
};

struct fault_files *fault_files_new(const char *directory)
{
	struct fault_files *files = calloc(1, sizeof(*files));

	if (files)
		files->directory = strdup(directory);
	return files;
}

static void deed_free(struct deed *deed)
{
	free(deed->match);
	free(deed->text);
	free(deed->from);
	free(deed);
}

static void kept_free(struct kept *kept)
{
	while (kept->deeds) {
		struct deed *next = kept->deeds->next;

		deed_free(kept->deeds);
		kept->deeds = next;
	}
	free(kept->path);
	free(kept->before.bytes);
	free(kept);
}

void fault_files_free(struct fault_files *files)
{
	if (!files)
		return;
	while (files->kept) {
		struct kept *next = files->kept->next;

		kept_free(files->kept);
		files->kept = next;
	}
	free(files->directory);
	free(files);
}

bool fault_files_does(enum fault_do what)
{
	return what >= FAULT_DO_EDIT && what <= FAULT_DO_CHMOD;
}

/* --- content --- */

static int content_read(const char *path, struct content *content, struct fail *fail)
{
	struct stat info;
	FILE *in;

	memset(content, 0, sizeof(*content));
	if (stat(path, &info))
		return errno == ENOENT ? 0 : fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	in = fopen(path, "re");
	content->bytes = in ? malloc((size_t)info.st_size + 1) : NULL;
	if (content->bytes) {
		content->length = fread(content->bytes, 1, (size_t)info.st_size, in);
		content->bytes[content->length] = 0;
		content->there = true;
		content->mode = info.st_mode & 07777;
	}
	if (in)
		fclose(in);
	return content->there ? 0 : fail_set(fail, -EIO, "%s: cannot be read", path);
}

/* By renaming: who reads it has the old file or the new one. */
static int content_write(const char *path, const struct content *content, struct fail *fail)
{
	char beside[600];
	size_t done = 0;
	int fd;

	if (!content->there)
		return unlink(path) && errno != ENOENT
			   ? fail_set(fail, -errno, "%s: %s", path, strerror(errno))
			   : 0;
	snprintf(beside, sizeof(beside), "%s.fault", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while (fd >= 0 && done < content->length) {
		ssize_t n = write(fd, content->bytes + done, content->length - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (fd < 0 || done < content->length || fchmod(fd, content->mode) || close(fd) ||
	    rename(beside, path))
		return fail_set(fail, -errno, "%s: cannot be written: %s", path, strerror(errno));
	return 0;
}

/* --- deeds --- */

static int edit(struct content *content, const struct deed *deed, const char *path, struct fail *fail)
{
	char *out = NULL;
	size_t size = 0, found = 0;
	const char *at = content->bytes;
	regex_t regex;
	regmatch_t match;
	FILE *to;

	if (regcomp(&regex, deed->match, REG_EXTENDED | REG_NEWLINE))
		return fail_set(fail, -EINVAL, "\"%s\" is no regular expression", deed->match);
	to = open_memstream(&out, &size);
	while (*at &&
	       !regexec(&regex, at, 1, &match, at == content->bytes || at[-1] == '\n' ? 0 : REG_NOTBOL)) {
		found++;
		fwrite(at, 1, (size_t)match.rm_so, to);
		fputs(deed->text, to);
		at += match.rm_eo;
		if (match.rm_so == match.rm_eo && *at)
			fputc(*at++, to);
	}
	fputs(at, to);
	fclose(to);
	regfree(&regex);
	free(content->bytes);
	content->bytes = out;
	content->length = size;
	return found ? 0 : fail_set(fail, -ENOENT, "%s: nothing matches \"%s\"", path, deed->match);
}

static int become(struct content *content, const char *bytes, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, length);
	copy[length] = 0;
	free(content->bytes);
	if (!content->there)
		content->mode = 0644;
	content->there = true;
	content->bytes = copy;
	content->length = length;
	return 0;
}

static int copy(struct content *content, const struct deed *deed, struct fail *fail)
{
	struct content from;
	int err = content_read(deed->from, &from, fail);

	if (!err && !from.there)
		err = fail_set(fail, -ENOENT, "%s: there is no such file to copy", deed->from);
	if (!err)
		err = become(content, from.bytes, from.length);
	free(from.bytes);
	return err;
}

static int change(struct content *content, const struct deed *deed, const char *path, struct fail *fail)
{
	size_t n = (size_t)deed->bytes, middle;

	if (!content->there && deed->what != FAULT_DO_WRITE && deed->what != FAULT_DO_COPY)
		return fail_set(fail, -ENOENT, "%s: there is no such file", path);
	switch (deed->what) {
	case FAULT_DO_EDIT: return edit(content, deed, path, fail);
	case FAULT_DO_REMOVE: content->there = false; return 0;
	case FAULT_DO_TRUNCATE: content->length = n < content->length ? n : content->length; return 0;
	case FAULT_DO_CORRUPT:
		middle = content->length > n ? (content->length - n) / 2 : 0;
		for (size_t i = middle; i < content->length && i < middle + n; i++)
			content->bytes[i] = (char)~content->bytes[i];
		return 0;
	case FAULT_DO_WRITE: return become(content, deed->text, strlen(deed->text));
	case FAULT_DO_COPY: return copy(content, deed, fail);
	case FAULT_DO_CHMOD: content->mode = deed->mode; return 0;
	case FAULT_DO_CONFIGURE:
	case FAULT_DO_WIRE:
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
	case FAULT_DO_RESTART:
	case FAULT_DO_REFUSE:
	case FAULT_DO_FORGET:
	case FAULT_DO_SQL:
	case FAULT_DO_PLUG:
	case FAULT_DO_UNPLUG: break;
	}
	return -EINVAL;
}

/* The file as it is now, with one deed more. */
static int do_now(const char *path, const struct deed *deed, struct fail *fail)
{
	struct content content;
	int err = content_read(path, &content, fail);

	if (!err)
		err = change(&content, deed, path, fail);
	if (!err)
		err = content_write(path, &content, fail);
	free(content.bytes);
	return err;
}

static struct kept *keep(struct fault_files *files, const char *path, struct fail *fail)
{
	struct kept *kept;

	for (kept = files->kept; kept; kept = kept->next)
		if (!strcmp(kept->path, path))
			return kept;
	kept = calloc(1, sizeof(*kept));
	if (!kept || content_read(path, &kept->before, fail)) {
		free(kept);
		return NULL;
	}
	kept->path = strdup(path);
	kept->next = files->kept;
	files->kept = kept;
	return kept;
}

static char *expand_path(const struct fault_files *files, const json_t *vars, const char *text,
			 struct fail *fail)
{
	char *name = fault_expand(vars, text, fail), *path = NULL;

	if (name && (strstr(name, "..") || asprintf(&path, "%s/%s", files->directory, name) < 0)) {
		fail_set(fail, -EINVAL, "%s: expected a path below the run directory", name);
		path = NULL;
	}
	free(name);
	return path;
}

static struct deed *deed_new(const struct fault_files *files, long owner, const struct fault_action *action,
			     const json_t *vars, struct fail *fail)
{
	struct deed *deed = calloc(1, sizeof(*deed));
	const char *text = action->what == FAULT_DO_EDIT ? action->with : action->text;

	if (!deed)
		return NULL;
	deed->owner = owner;
	deed->what = (enum fault_do)action->what;
	deed->bytes = action->bytes;
	deed->mode = action->mode ? (mode_t)strtoul(action->mode, NULL, 8) & 07777 : 0;
	if ((action->match && !(deed->match = fault_expand(vars, action->match, fail))) ||
	    (text && !(deed->text = fault_expand(vars, text, fail))) ||
	    (action->from && !(deed->from = expand_path(files, vars, action->from, fail)))) {
		deed_free(deed);
		return NULL;
	}
	return deed;
}

static int do_one(struct fault_files *files, long owner, const char *path, const struct fault_action *action,
		  const json_t *vars, struct fail *fail)
{
	struct deed *deed = deed_new(files, owner, action, vars, fail), **last;
	struct kept *kept = deed ? keep(files, path, fail) : NULL;
	int err;

	if (!kept) {
		if (deed)
			deed_free(deed);
		return -EINVAL;
	}
	err = do_now(path, deed, fail);
	if (err) {
		deed_free(deed);
		return err;
	}
	for (last = &kept->deeds; *last; last = &(*last)->next)
		;
	*last = deed;
	return 0;
}

int fault_files_do(struct fault_files *files, long owner, const struct fault_action *action,
		   const json_t *vars, struct fail *fail)
{
	char *pattern = expand_path(files, vars, action->file, fail);
	glob_t found = {0};
	int err = 0;

	if (!pattern)
		return -EINVAL;
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

/* Without owner's deeds. Did it have any here? */
static bool forget(struct kept *kept, long owner)
{
	bool had = false;

	for (struct deed **at = &kept->deeds; *at;) {
		struct deed *deed = *at;

		if (deed->owner != owner) {
			at = &deed->next;
			continue;
		}
		*at = deed->next;
		deed_free(deed);
		had = true;
	}
	return had;
}

int fault_files_undo(struct fault_files *files, long owner, struct fail *fail)
{
	int err = 0;

	for (struct kept **at = &files->kept; *at;) {
		struct kept *kept = *at;
		struct fail ignored, *where = err ? &ignored : fail;
		int file_err;

		if (forget(kept, owner)) {
			file_err = content_write(kept->path, &kept->before, where);
			for (const struct deed *deed = kept->deeds; deed && !file_err; deed = deed->next)
				file_err = do_now(kept->path, deed, where);
			err = err ? err : file_err;
		}
		if (kept->deeds) {
			at = &kept->next;
			continue;
		}
		*at = kept->next;
		kept_free(kept);
	}
	return err;
}
