#include "phonelab/fault/content.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/sign.h"

#define FILE_MOST (64 * 1024 * 1024)

static int out_of_memory(struct fail *fail)
{
	return fail_set(fail, -ENOMEM, "out of memory");
}

int content_read(const char *path, struct content *content, struct fail *fail)
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

int content_write(const char *path, const struct content *content, struct fail *fail)
{
	if (content->exists)
		return file_write_mode(path, content->bytes, content->length, content->mode, fail);
	if (unlink(path) && errno != ENOENT)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

int content_set(struct content *content, char *bytes, size_t length, struct fail *fail)
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

int content_edit(struct content *content, const char *pattern, const char *with, const char *path,
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

int content_copy(struct content *content, const char *path, struct fail *fail)
{
	struct content from;
	int err = content_read(path, &from, fail);

	if (err)
		return err;
	if (!from.exists)
		return fail_set(fail, -ENOENT, "%s: no such file to copy", path);
	return content_set(content, from.bytes, from.length, fail);
}

int content_sign(struct content *content, const char *directory, const char *path, struct fail *fail)
{
	char *plain = strndup(path, strlen(path) - strlen(CONTENT_SIGNED));
	struct cucm_keys *keys = NULL;
	struct text sealed = {0};
	struct content from = {0};
	int err = plain ? content_read(plain, &from, fail) : out_of_memory(fail);

	if (!err && !from.exists)
		err = fail_set(fail, -ENOENT, "%s: no such file to sign", plain);
	if (!err)
		err = cucm_keys_open(&keys, directory, NULL, fail);
	if (!err)
		err = cucm_sign(keys, path, from.bytes, from.length, &sealed, fail);
	if (!err) {
		size_t length = sealed.length;

		err = content_set(content, text_take(&sealed), length, fail);
	}
	cucm_keys_close(keys);
	text_free(&sealed);
	free(from.bytes);
	free(plain);
	return err;
}
