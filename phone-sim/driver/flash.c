/* The flash of a phone: two banks, of which one is active, and files. */
#include "phone-sim/driver/flash_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dirent.h>
#include <sys/stat.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "base/file.h"

/* Remove every file of a bank, its manifest first: a bank without one is blank. */
static int erase_bank(const struct flash *flash, unsigned bank, struct fail *fail)
{
	char path[900], dir[700];
	DIR *list;

	flash_bank_path(flash, bank, "manifest.json", path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT)
		return fail_set(fail, -errno, "flash %s: cannot be removed: %s", path, strerror(errno));
	flash_bank_path(flash, bank, NULL, dir, sizeof(dir));
	list = opendir(dir);
	if (!list)
		return fail_set(fail, -errno, "flash %s: cannot be read: %s", dir, strerror(errno));
	for (struct dirent *entry; (entry = readdir(list));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%.180s", dir, entry->d_name);
		unlink(path);
	}
	closedir(list);
	return 0;
}

int flash_open(struct flash **out, const char *root, const char *device, const char *active_load,
	       const char *inactive_load, struct fail *fail)
{
	char path[700];
	struct stat st;
	int err;

	struct flash *flash = calloc(1, sizeof(*flash));
	if (!flash)
		return fail_set(fail, -ENOMEM, "flash of %s: out of memory", device);
	err = -ENAMETOOLONG;
	if ((size_t)snprintf(flash->path, sizeof(flash->path), "%s/%s", root, device) >=
	    sizeof(flash->path)) {
		fail_set(fail, err, "flash %s/%s: the path is longer than %zu bytes", root, device,
			 sizeof(flash->path) - 1);
		goto bad;
	}
	err = file_make_directory(flash->path, fail);
	if (err)
		goto bad;
	snprintf(path, sizeof(path), "%s/state.json", flash->path);
	err = stat(path, &st) ? -errno : 0;
	if (err && err != -ENOENT) {
		fail_set(fail, err, "flash %s: %s", path, strerror(-err));
		goto bad;
	}
	if (err) {
		err = flash_factory(flash, active_load, inactive_load, fail);
		if (err)
			goto bad;
		flash->made = true;
	} else {
		json_error_t error;
		json_t *state = json_load_file(path, 0, &error);
		json_t *active = json_object_get(state, "active");
		if (!json_is_integer(active) || json_integer_value(active) < 0 ||
		    json_integer_value(active) > 1) {
			err = fail_set(fail, -EBADMSG, "flash %s: key \"active\": expected 0 or 1%s%s", path,
				       state ? "" : "; ", state ? "" : error.text);
			json_decref(state);
			goto bad;
		}
		flash->active = (unsigned)json_integer_value(active);
		json_decref(state);
	}
	*out = flash;
	return 0;
bad:
	free(flash);
	return err;
}

bool flash_is_new(const struct flash *flash)
{
	return flash->made;
}

void flash_close(struct flash *flash)
{
	free(flash);
}

/* The SHA-512 and the size of a file, or a negative errno. */
static int sum_file(const char *path, char sum[2 * FLASH_DIGEST + 1], uint64_t *size)
{
	uint8_t block[16384], digest[FLASH_DIGEST];
	ssize_t n;
	EVP_MD_CTX *ctx;
	int err;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ctx = EVP_MD_CTX_new();
	err = ctx && EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) ? 0 : -ENOMEM;
	*size = 0;
	while (!err && (n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0)
			err = -errno;
		else if (!EVP_DigestUpdate(ctx, block, (size_t)n))
			err = -ENOMEM;
		else
			*size += (uint64_t)n;
	}
	if (!err && !EVP_DigestFinal_ex(ctx, digest, NULL))
		err = -ENOMEM;
	if (!err)
		flash_hex(sum, digest, sizeof(digest));
	EVP_MD_CTX_free(ctx);
	close(fd);
	return err;
}

/* 0, or a negative errno if memory or descriptors are too short to tell. */
static int check_image(const struct flash *flash, unsigned bank, json_t *image, struct flash_bank *found)
{
	const char *name = json_string_value(json_object_get(image, "name"));
	const char *want = json_string_value(json_object_get(image, "sha512"));
	char path[900], sum[2 * FLASH_DIGEST + 1];
	uint64_t size = 0;
	int err;

	if (!name || !want || !flash_plain_name(name)) {
		snprintf(found->reason, sizeof(found->reason), "manifest: an image without name or checksum");
		found->intact = false;
		return 0;
	}
	flash_bank_path(flash, bank, name, path, sizeof(path));
	err = sum_file(path, sum, &size);
	if (fail_is_shortage(err))
		return err;
	if (err)
		snprintf(found->reason, sizeof(found->reason), "image %.80s: %s", name, strerror(-err));
	else if (strcmp(sum, want) != 0)
		snprintf(found->reason, sizeof(found->reason), "image %.80s: checksum error", name);
	if (err || strcmp(sum, want) != 0)
		found->intact = false;
	found->images++;
	found->bytes += size;
	return 0;
}

/* 0 or a negative errno, as above. */
static int check_bank(const struct flash *flash, unsigned bank, struct flash_bank *found)
{
	size_t i;
	json_t *image;
	json_t *manifest;
	const char *load;
	int err;

	memset(found, 0, sizeof(*found));
	manifest = flash_read_manifest(flash, bank, &err);
	load = json_string_value(json_object_get(manifest, "load"));
	if (!load) {
		snprintf(found->reason, sizeof(found->reason), "blank");
		json_decref(manifest);
		return fail_is_shortage(err) ? err : 0;
	}
	snprintf(found->load, sizeof(found->load), "%s", load);
	found->intact = json_is_true(json_object_get(manifest, "complete"));
	if (!found->intact)
		snprintf(found->reason, sizeof(found->reason), "incomplete");
	json_array_foreach (json_object_get(manifest, "images"), i, image)
		if (!err)
			err = check_image(flash, bank, image, found);
	if (!found->images) {
		found->intact = false;
		snprintf(found->reason, sizeof(found->reason), "no image");
	}
	json_decref(manifest);
	return err;
}

int flash_check(struct flash *flash, struct flash_bank *active, struct flash_bank *inactive,
		struct fail *fail)
{
	struct stat st;
	int err = stat(flash->path, &st) ? -errno : 0;

	if (!err)
		err = check_bank(flash, flash->active, active);
	if (!err)
		err = check_bank(flash, !flash->active, inactive);
	return err ? fail_set(fail, err, "flash %s: %s", flash->path, strerror(-err)) : 0;
}

int flash_begin_load(struct flash *flash, const char *load, struct fail *fail)
{
	unsigned bank = !flash->active;
	int err;

	if (!*load || strlen(load) >= FLASH_LOAD_TEXT)
		return fail_set(fail, -EINVAL, "flash %s: load \"%s\": expected 1 to %d characters",
				flash->path, load, FLASH_LOAD_TEXT - 1);
	err = erase_bank(flash, bank, fail);
	if (err)
		return err;
	return flash_write_manifest(flash, bank,
				    json_pack("{s:s,s:b,s:[]}", "load", load, "complete", 0, "images"), fail);
}

int flash_commit_load(struct flash *flash, const char *load, struct fail *fail)
{
	int err;
	json_t *manifest = flash_read_manifest(flash, !flash->active, &err);
	const char *held = json_string_value(json_object_get(manifest, "load"));

	if (fail_is_shortage(err))
		return fail_set(fail, err, "flash %s: %s", flash->path, strerror(-err));
	if (!held || strcmp(held, load) != 0) {
		err = fail_set(fail, -EPROTO, "flash %s: the inactive bank holds %s, not %s", flash->path,
			       held ? held : "nothing", load);
		json_decref(manifest);
		return err;
	}
	json_object_set_new(manifest, "complete", json_true());
	return flash_write_manifest(flash, !flash->active, manifest, fail);
}

int flash_swap(struct flash *flash, struct fail *fail)
{
	unsigned next = !flash->active;
	int err;

	json_t *manifest = flash_read_manifest(flash, next, &err);
	bool blank = !json_object_get(manifest, "load");
	json_decref(manifest);
	if (fail_is_shortage(err))
		return fail_set(fail, err, "flash %s: %s", flash->path, strerror(-err));
	if (blank)
		return fail_set(fail, -ENOENT, "flash %s: the inactive bank is blank", flash->path);
	err = flash_write_state(flash, next, fail);
	if (!err)
		flash->active = next;
	return err;
}

int flash_file_read(struct flash *flash, const char *name, uint8_t **bytes, size_t *length, struct fail *fail)
{
	char path[900], *read;
	int err;

	err = flash_check_name(flash, name, fail);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/files/%s", flash->path, name);
	err = file_read(path, FLASH_FILE_MAX, &read, length, fail);
	if (!err)
		*bytes = (uint8_t *)read;
	return err;
}

static bool is_secret(const char *name)
{
	size_t length = strlen(name);

	return length >= 4 && strcmp(name + length - 4, "-key") == 0;
}

int flash_file_write(struct flash *flash, const char *name, const void *bytes, size_t length,
		     struct fail *fail)
{
	char path[700];
	int err;

	err = flash_check_name(flash, name, fail);
	if (err)
		return err;
	if (length > FLASH_FILE_MAX)
		return fail_set(fail, -EFBIG, "flash %s: %s of %zu bytes: at most %d", flash->path, name,
				length, FLASH_FILE_MAX);
	snprintf(path, sizeof(path), "%s/files/%.128s", flash->path, name);
	if (length)
		return file_write_mode(path, bytes, length, is_secret(name) ? 0600 : 0644, fail);
	if (unlink(path) < 0 && errno != ENOENT)
		return fail_set(fail, -errno, "flash %s: %s", path, strerror(errno));
	return 0;
}
