/* What a flash is made of on disk: directories, files that are written beside their place, manifests. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "phone-sim/driver/flash_internal.h"

static const char hex_digit[] = "0123456789abcdef";

bool flash_plain_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < FLASH_NAME_MAX &&
	       strcmp(name, "manifest.json") != 0;
}

void flash_hex(char *text, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		text[2 * i] = hex_digit[bytes[i] >> 4];
		text[2 * i + 1] = hex_digit[bytes[i] & 15];
	}
	text[2 * length] = 0;
}

int flash_make_dir(const char *path, struct fail *fail)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	return fail_set(fail, -errno, "flash %s: cannot be made: %s", path, strerror(errno));
}

/* Like mkdir -p: only the root may need several levels. */
int flash_make_dirs(const char *path, struct fail *fail)
{
	char part[512];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part))
		return fail_set(fail, -ENAMETOOLONG, "flash %s: the path is longer than %zu bytes", path,
				sizeof(part));
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		int err = flash_make_dir(part, fail);
		*slash = '/';
		if (err)
			return err;
	}
	return flash_make_dir(part, fail);
}

int flash_write_all(int fd, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	while (length) {
		ssize_t n = write(fd, at, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Write path whole: beside it first, then renamed. */
int flash_put_file(const char *path, const void *bytes, size_t length, struct fail *fail)
{
	char part[800];
	int err = 0;

	snprintf(part, sizeof(part), "%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_set(fail, -errno, "flash %s: cannot be written: %s", part, strerror(errno));
	err = flash_write_all(fd, bytes, length);
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(part, path) < 0)
		err = -errno;
	if (err) {
		unlink(part);
		return fail_set(fail, err, "flash %s: cannot be written: %s", path, strerror(-err));
	}
	return 0;
}

static int put_json(const char *path, json_t *object, struct fail *fail)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (!text)
		return fail_set(fail, -ENOMEM, "flash %s: out of memory", path);
	int err = flash_put_file(path, text, strlen(text), fail);
	free(text);
	return err;
}

void flash_bank_path(const struct flash *flash, unsigned bank, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/bank%u%s%s", flash->path, bank, name ? "/" : "", name ? name : "");
}

json_t *flash_read_manifest(const struct flash *flash, unsigned bank)
{
	char path[700];

	flash_bank_path(flash, bank, "manifest.json", path, sizeof(path));
	json_t *manifest = json_load_file(path, 0, NULL);
	if (manifest && !json_is_object(manifest)) {
		json_decref(manifest);
		return NULL;
	}
	return manifest;
}

int flash_write_manifest(const struct flash *flash, unsigned bank, json_t *manifest, struct fail *fail)
{
	char path[700];

	flash_bank_path(flash, bank, "manifest.json", path, sizeof(path));
	return put_json(path, manifest, fail);
}

int flash_write_state(const struct flash *flash, unsigned active, struct fail *fail)
{
	char path[700];

	snprintf(path, sizeof(path), "%s/state.json", flash->path);
	return put_json(path, json_pack("{s:i}", "active", (int)active), fail);
}
