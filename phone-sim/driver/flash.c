#include "phone-sim/driver/flash.h"

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

#define FACTORY_IMAGE 1024 /* bytes of the image that a bank leaves the factory with */
#define SBN_HEADER    0x154

struct flash {
	char path[512];
	unsigned active;
};

struct flash_writer {
	struct flash *flash;
	unsigned bank;
	int fd;
	uint64_t size;
	uint64_t limit;
	EVP_MD_CTX *digest;
	char name[128];
	char part[768];
};

static const char hex_digit[] = "0123456789abcdef";

static bool plain_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') &&
	       strlen(name) < sizeof(((struct flash_writer *)0)->name) && strcmp(name, "manifest.json") != 0;
}

static void hex(char *text, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = hex_digit[bytes[i] >> 4];
		text[2 * i + 1] = hex_digit[bytes[i] & 15];
	}
	text[2 * len] = 0;
}

static int make_dir(const char *path, struct fail *fail)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	return fail_set(fail, -errno, "flash %s: cannot be made: %s", path, strerror(errno));
}

/* Like mkdir -p: only the root may need several levels. */
static int make_dirs(const char *path, struct fail *fail)
{
	char part[512];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part))
		return fail_set(fail, -ENAMETOOLONG, "flash %s: the path is longer than %zu bytes", path,
				sizeof(part));
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		int code = make_dir(part, fail);
		*slash = '/';
		if (code)
			return code;
	}
	return make_dir(part, fail);
}

static int write_all(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Write path whole: beside it first, then renamed. */
static int put_file(const char *path, const void *bytes, size_t len, struct fail *fail)
{
	char part[800];
	int code = 0;

	snprintf(part, sizeof(part), "%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_set(fail, -errno, "flash %s: cannot be written: %s", part, strerror(errno));
	code = write_all(fd, bytes, len);
	if (close(fd) < 0 && !code)
		code = -errno;
	if (!code && rename(part, path) < 0)
		code = -errno;
	if (code) {
		unlink(part);
		return fail_set(fail, code, "flash %s: cannot be written: %s", path, strerror(-code));
	}
	return 0;
}

static int put_json(const char *path, json_t *object, struct fail *fail)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (!text)
		return fail_set(fail, -ENOMEM, "flash %s: out of memory", path);
	int code = put_file(path, text, strlen(text), fail);
	free(text);
	return code;
}

static void bank_path(const struct flash *flash, unsigned bank, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/bank%u%s%s", flash->path, bank, name ? "/" : "", name ? name : "");
}

static json_t *read_manifest(const struct flash *flash, unsigned bank)
{
	char path[700];

	bank_path(flash, bank, "manifest.json", path, sizeof(path));
	json_t *manifest = json_load_file(path, 0, NULL);
	if (manifest && !json_is_object(manifest)) {
		json_decref(manifest);
		return NULL;
	}
	return manifest;
}

static int write_manifest(const struct flash *flash, unsigned bank, json_t *manifest, struct fail *fail)
{
	char path[700];

	bank_path(flash, bank, "manifest.json", path, sizeof(path));
	return put_json(path, manifest, fail);
}

static int write_state(const struct flash *flash, unsigned active, struct fail *fail)
{
	char path[700];

	snprintf(path, sizeof(path), "%s/state.json", flash->path);
	return put_json(path, json_pack("{s:i}", "active", (int)active), fail);
}

/* Remove every file of a bank, its manifest first: a bank without one is blank. */
static int erase_bank(const struct flash *flash, unsigned bank, struct fail *fail)
{
	char path[900], dir[700];

	bank_path(flash, bank, "manifest.json", path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT)
		return fail_set(fail, -errno, "flash %s: cannot be removed: %s", path, strerror(errno));
	bank_path(flash, bank, NULL, dir, sizeof(dir));
	DIR *list = opendir(dir);
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

/* A small image in the form of an .sbn: magic, header length, payload size, name (all little endian). */
static void factory_image(uint8_t image[FACTORY_IMAGE], const char *name)
{
	const uint32_t payload = FACTORY_IMAGE - SBN_HEADER;
	const uint8_t head[] = {0xcd, 0x34, 0x12, 0xab, SBN_HEADER & 0xff, SBN_HEADER >> 8, 0, 0};

	memset(image, 0, FACTORY_IMAGE);
	memcpy(image, head, sizeof(head));
	image[12] = payload & 0xff;
	image[13] = payload >> 8;
	image[0x34] = (uint8_t)strlen(name);
	memcpy(image + 0x38, name, strlen(name));
	for (unsigned i = SBN_HEADER; i < FACTORY_IMAGE; i++)
		image[i] = (uint8_t)(i * 31 + (unsigned)name[i % strlen(name)]);
}

static int factory_bank(struct flash *flash, unsigned bank, const char *load, struct fail *fail)
{
	char dir[700], path[900], name[FLASH_LOAD_TEXT + 8], sum[2 * FLASH_DIGEST + 1];
	uint8_t image[FACTORY_IMAGE], digest[FLASH_DIGEST];

	bank_path(flash, bank, NULL, dir, sizeof(dir));
	int code = make_dir(dir, fail);
	if (code || !load || !*load)
		return code;
	if (strlen(load) >= FLASH_LOAD_TEXT || !plain_name(load))
		return fail_set(fail, -EINVAL,
				"flash %s: load \"%s\" is not a load name of at most %d characters",
				flash->path, load, FLASH_LOAD_TEXT - 1);
	snprintf(name, sizeof(name), "%s.sbn", load);
	factory_image(image, name);
	if (!EVP_Digest(image, sizeof(image), digest, NULL, EVP_sha512(), NULL))
		return fail_set(fail, -ENOMEM, "flash %s: no SHA-512", flash->path);
	hex(sum, digest, sizeof(digest));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	code = put_file(path, image, sizeof(image), fail);
	if (code)
		return code;
	return write_manifest(flash, bank,
			      json_pack("{s:s,s:b,s:[{s:s,s:i,s:s}]}", "load", load, "complete", 1, "images",
					"name", name, "bytes", FACTORY_IMAGE, "sha512", sum),
			      fail);
}

/* The state file is written last: a first start that was cut short begins anew. */
static int factory(struct flash *flash, const char *active_load, const char *inactive_load, struct fail *fail)
{
	char path[700];

	int code = factory_bank(flash, 0, active_load, fail);
	if (!code)
		code = factory_bank(flash, 1, inactive_load, fail);
	snprintf(path, sizeof(path), "%s/files", flash->path);
	if (!code)
		code = make_dir(path, fail);
	if (!code)
		code = write_state(flash, 0, fail);
	return code;
}

int flash_open(struct flash **out, const char *root, const char *device, const char *active_load,
	       const char *inactive_load, struct fail *fail)
{
	char path[700];
	struct stat st;

	struct flash *flash = calloc(1, sizeof(*flash));
	if (!flash)
		return fail_set(fail, -ENOMEM, "flash of %s: out of memory", device);
	int code = -ENAMETOOLONG;
	if ((size_t)snprintf(flash->path, sizeof(flash->path), "%s/%s", root, device) >=
	    sizeof(flash->path)) {
		fail_set(fail, code, "flash %s/%s: the path is longer than %zu bytes", root, device,
			 sizeof(flash->path) - 1);
		goto bad;
	}
	code = make_dirs(flash->path, fail);
	if (code)
		goto bad;
	snprintf(path, sizeof(path), "%s/state.json", flash->path);
	if (stat(path, &st) < 0) {
		code = factory(flash, active_load, inactive_load, fail);
		if (code)
			goto bad;
	} else {
		json_error_t error;
		json_t *state = json_load_file(path, 0, &error);
		json_t *active = json_object_get(state, "active");
		if (!json_is_integer(active) || json_integer_value(active) < 0 ||
		    json_integer_value(active) > 1) {
			code = fail_set(fail, -EBADMSG, "flash %s: key \"active\": expected 0 or 1%s%s", path,
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
	return code;
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

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int code = ctx && EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) ? 0 : -ENOMEM;
	*size = 0;
	while (!code && (n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0)
			code = -errno;
		else if (!EVP_DigestUpdate(ctx, block, (size_t)n))
			code = -ENOMEM;
		else
			*size += (uint64_t)n;
	}
	if (!code && !EVP_DigestFinal_ex(ctx, digest, NULL))
		code = -ENOMEM;
	if (!code)
		hex(sum, digest, sizeof(digest));
	EVP_MD_CTX_free(ctx);
	close(fd);
	return code;
}

static void check_image(const struct flash *flash, unsigned bank, json_t *image, struct flash_bank *found)
{
	const char *name = json_string_value(json_object_get(image, "name"));
	const char *want = json_string_value(json_object_get(image, "sha512"));
	char path[900], sum[2 * FLASH_DIGEST + 1];
	uint64_t size = 0;

	if (!name || !want || !plain_name(name)) {
		snprintf(found->reason, sizeof(found->reason), "manifest: an image without name or checksum");
		found->intact = false;
		return;
	}
	bank_path(flash, bank, name, path, sizeof(path));
	int code = sum_file(path, sum, &size);
	if (code)
		snprintf(found->reason, sizeof(found->reason), "image %.80s: %s", name, strerror(-code));
	else if (strcmp(sum, want) != 0)
		snprintf(found->reason, sizeof(found->reason), "image %.80s: checksum error", name);
	if (code || strcmp(sum, want) != 0)
		found->intact = false;
	found->images++;
	found->bytes += size;
}

static void check_bank(const struct flash *flash, unsigned bank, struct flash_bank *found)
{
	size_t i;
	json_t *image;

	memset(found, 0, sizeof(*found));
	json_t *manifest = read_manifest(flash, bank);
	const char *load = json_string_value(json_object_get(manifest, "load"));
	if (!load) {
		snprintf(found->reason, sizeof(found->reason), "blank");
		json_decref(manifest);
		return;
	}
	snprintf(found->load, sizeof(found->load), "%s", load);
	found->intact = json_is_true(json_object_get(manifest, "complete"));
	if (!found->intact)
		snprintf(found->reason, sizeof(found->reason), "incomplete");
	json_array_foreach(json_object_get(manifest, "images"), i, image)
	    check_image(flash, bank, image, found);
	if (!found->images) {
		found->intact = false;
		snprintf(found->reason, sizeof(found->reason), "no image");
	}
	json_decref(manifest);
}

int flash_check(struct flash *flash, struct flash_bank *active, struct flash_bank *inactive,
		struct fail *fail)
{
	struct stat st;

	if (stat(flash->path, &st) < 0)
		return fail_set(fail, -errno, "flash %s: %s", flash->path, strerror(errno));
	check_bank(flash, flash->active, active);
	check_bank(flash, !flash->active, inactive);
	return 0;
}

int flash_begin_load(struct flash *flash, const char *load, struct fail *fail)
{
	unsigned bank = !flash->active;

	if (!*load || strlen(load) >= FLASH_LOAD_TEXT)
		return fail_set(fail, -EINVAL, "flash %s: load \"%s\": expected 1 to %d characters",
				flash->path, load, FLASH_LOAD_TEXT - 1);
	int code = erase_bank(flash, bank, fail);
	if (code)
		return code;
	return write_manifest(flash, bank, json_pack("{s:s,s:b,s:[]}", "load", load, "complete", 0, "images"),
			      fail);
}

int flash_commit_load(struct flash *flash, const char *load, struct fail *fail)
{
	json_t *manifest = read_manifest(flash, !flash->active);
	const char *held = json_string_value(json_object_get(manifest, "load"));

	if (!held || strcmp(held, load) != 0) {
		int code = fail_set(fail, -EPROTO, "flash %s: the inactive bank holds %s, not %s",
				    flash->path, held ? held : "nothing", load);
		json_decref(manifest);
		return code;
	}
	json_object_set_new(manifest, "complete", json_true());
	return write_manifest(flash, !flash->active, manifest, fail);
}

int flash_image_begin(struct flash *flash, const char *name, uint64_t limit, struct flash_writer **out,
		      struct fail *fail)
{
	int code;

	if (!plain_name(name))
		return fail_set(fail, -EINVAL, "flash %s: \"%.64s\" is not a plain file name", flash->path,
				name);
	json_t *manifest = read_manifest(flash, !flash->active);
	bool open_bank = json_is_false(json_object_get(manifest, "complete"));
	json_decref(manifest);
	if (!open_bank)
		return fail_set(fail, -EPROTO, "flash %s: the inactive bank is not open for %s", flash->path,
				name);
	struct flash_writer *writer = calloc(1, sizeof(*writer));
	if (!writer)
		return fail_set(fail, -ENOMEM, "flash %s: out of memory", flash->path);
	writer->flash = flash;
	writer->bank = !flash->active;
	writer->limit = limit && limit < FLASH_IMAGE_MAX ? limit : FLASH_IMAGE_MAX;
	snprintf(writer->name, sizeof(writer->name), "%s", name);
	snprintf(writer->part, sizeof(writer->part), "%s/bank%u/%s.part", flash->path, writer->bank, name);
	writer->fd = open(writer->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (writer->fd < 0) {
		code = fail_set(fail, -errno, "flash %s: %s", writer->part, strerror(errno));
		free(writer);
		return code;
	}
	writer->digest = EVP_MD_CTX_new();
	if (!writer->digest || !EVP_DigestInit_ex(writer->digest, EVP_sha512(), NULL)) {
		flash_image_abort(writer);
		return fail_set(fail, -ENOMEM, "flash %s: no SHA-512", flash->path);
	}
	*out = writer;
	return 0;
}

int flash_image_write(struct flash_writer *writer, const void *bytes, size_t len)
{
	if (writer->size + len > writer->limit)
		return -EFBIG;
	int code = write_all(writer->fd, bytes, len);
	if (code)
		return code;
	if (!EVP_DigestUpdate(writer->digest, bytes, len))
		return -ENOMEM;
	writer->size += len;
	return 0;
}

uint64_t flash_image_size(const struct flash_writer *writer)
{
	return writer->size;
}

/* Replace the entry of that name, or add one. */
static int list_image(struct flash_writer *writer, const char *sum, struct fail *fail)
{
	size_t i;
	json_t *image;

	json_t *manifest = read_manifest(writer->flash, writer->bank);
	json_t *images = json_object_get(manifest, "images");
	if (!json_is_array(images)) {
		json_decref(manifest);
		return fail_set(fail, -EBADMSG, "flash %s: bank %u was erased while %s was written",
				writer->flash->path, writer->bank, writer->name);
	}
	json_array_foreach(images, i, image)
	{
		const char *name = json_string_value(json_object_get(image, "name"));
		if (name && strcmp(name, writer->name) == 0) {
			json_array_remove(images, i);
			break;
		}
	}
	json_array_append_new(images, json_pack("{s:s,s:I,s:s}", "name", writer->name, "bytes",
						(json_int_t)writer->size, "sha512", sum));
	return write_manifest(writer->flash, writer->bank, manifest, fail);
}

int flash_image_commit(struct flash_writer *writer, uint8_t digest[FLASH_DIGEST], struct fail *fail)
{
	char path[900], sum[2 * FLASH_DIGEST + 1];
	int code = 0;

	if (!EVP_DigestFinal_ex(writer->digest, digest, NULL))
		code = fail_set(fail, -ENOMEM, "flash %s: no SHA-512", writer->part);
	hex(sum, digest, FLASH_DIGEST);
	bank_path(writer->flash, writer->bank, writer->name, path, sizeof(path));
	if (!code && rename(writer->part, path) < 0)
		code = fail_set(fail, -errno, "flash %s: %s", path, strerror(errno));
	if (!code)
		code = list_image(writer, sum, fail);
	flash_image_abort(writer);
	return code;
}

void flash_image_abort(struct flash_writer *writer)
{
	if (!writer)
		return;
	unlink(writer->part); /* already renamed when committed */
	close(writer->fd);
	EVP_MD_CTX_free(writer->digest);
	free(writer);
}

int flash_swap(struct flash *flash, struct fail *fail)
{
	unsigned next = !flash->active;

	json_t *manifest = read_manifest(flash, next);
	bool blank = !json_object_get(manifest, "load");
	json_decref(manifest);
	if (blank)
		return fail_set(fail, -ENOENT, "flash %s: the inactive bank is blank", flash->path);
	int code = write_state(flash, next, fail);
	if (!code)
		flash->active = next;
	return code;
}

int flash_file_read(struct flash *flash, const char *name, uint8_t **bytes, size_t *len, struct fail *fail)
{
	char path[900];
	struct stat st;
	int code = 0;

	if (!plain_name(name))
		return fail_set(fail, -EINVAL, "flash %s: \"%.64s\" is not a plain file name", flash->path,
				name);
	snprintf(path, sizeof(path), "%s/files/%s", flash->path, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_set(fail, -errno, "flash %s: %s", path, strerror(errno));
	uint8_t *buffer = NULL;
	if (fstat(fd, &st) < 0)
		code = -errno;
	else if (st.st_size > FLASH_FILE_MAX)
		code = -EFBIG;
	else if (!(buffer = malloc((size_t)st.st_size + 1)))
		code = -ENOMEM;
	else if (read(fd, buffer, (size_t)st.st_size) != st.st_size)
		code = -EIO;
	close(fd);
	if (code) {
		free(buffer);
		return fail_set(fail, code, "flash %s: %s", path, strerror(-code));
	}
	*bytes = buffer;
	*len = (size_t)st.st_size;
	return 0;
}

int flash_file_write(struct flash *flash, const char *name, const void *bytes, size_t len, struct fail *fail)
{
	char path[700];

	if (!plain_name(name))
		return fail_set(fail, -EINVAL, "flash %s: \"%.64s\" is not a plain file name", flash->path,
				name);
	if (len > FLASH_FILE_MAX)
		return fail_set(fail, -EFBIG, "flash %s: %s of %zu bytes: at most %d", flash->path, name, len,
				FLASH_FILE_MAX);
	snprintf(path, sizeof(path), "%s/files/%.128s", flash->path, name);
	if (len)
		return put_file(path, bytes, len, fail);
	if (unlink(path) < 0 && errno != ENOENT)
		return fail_set(fail, -errno, "flash %s: %s", path, strerror(errno));
	return 0;
}
