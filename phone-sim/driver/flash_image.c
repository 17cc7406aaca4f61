/* An image on its way into the inactive bank. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "base/file.h"
#include "phone-sim/driver/flash_internal.h"

struct flash_writer {
	struct flash *flash;
	unsigned bank;
	int fd;
	uint64_t size;
	uint64_t limit;
	EVP_MD_CTX *digest;
	char name[FLASH_NAME_MAX];
	char part[768];
};

int flash_image_begin(struct flash *flash, const char *name, uint64_t limit, struct flash_writer **out,
		      struct fail *fail)
{
	int err;
	struct flash_writer *writer;
	json_t *manifest;
	bool open_bank;

	err = flash_check_name(flash, name, fail);
	if (err)
		return err;
	manifest = flash_read_manifest(flash, !flash->active, &err);
	open_bank = json_is_false(json_object_get(manifest, "complete"));
	json_decref(manifest);
	if (fail_is_shortage(err))
		return fail_set(fail, err, "flash %s: %s", flash->path, strerror(-err));
	if (!open_bank)
		return fail_set(fail, -EPROTO, "flash %s: the inactive bank is not open for %s", flash->path,
				name);
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return fail_set(fail, -ENOMEM, "flash %s: out of memory", flash->path);
	writer->flash = flash;
	writer->bank = !flash->active;
	writer->limit = limit && limit < FLASH_IMAGE_MAX ? limit : FLASH_IMAGE_MAX;
	snprintf(writer->name, sizeof(writer->name), "%s", name);
	snprintf(writer->part, sizeof(writer->part), "%s/bank%u/%s.part", flash->path, writer->bank, name);
	writer->fd = open(writer->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (writer->fd < 0) {
		err = fail_set(fail, -errno, "flash %s: %s", writer->part, strerror(errno));
		free(writer);
		return err;
	}
	writer->digest = EVP_MD_CTX_new();
	if (!writer->digest || !EVP_DigestInit_ex(writer->digest, EVP_sha512(), NULL)) {
		flash_image_abort(writer);
		return fail_set(fail, -ENOMEM, "flash %s: no SHA-512", flash->path);
	}
	*out = writer;
	return 0;
}

int flash_image_write(struct flash_writer *writer, const void *bytes, size_t length)
{
	int err;

	if (writer->size + length > writer->limit)
		return -EFBIG;
	err = file_write_all(writer->fd, bytes, length);
	if (err)
		return err;
	if (!EVP_DigestUpdate(writer->digest, bytes, length))
		return -ENOMEM;
	writer->size += length;
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
	int err;

	json_t *manifest = flash_read_manifest(writer->flash, writer->bank, &err);
	json_t *images = json_object_get(manifest, "images");
	if (fail_is_shortage(err))
		return fail_set(fail, err, "flash %s: %s", writer->flash->path, strerror(-err));
	if (!json_is_array(images)) {
		json_decref(manifest);
		return fail_set(fail, -EBADMSG, "flash %s: bank %u was erased while %s was written",
				writer->flash->path, writer->bank, writer->name);
	}
	json_array_foreach (images, i, image) {
		const char *name = json_string_value(json_object_get(image, "name"));
		if (name && strcmp(name, writer->name) == 0) {
			json_array_remove(images, i);
			break;
		}
	}
	json_array_append_new(images, json_pack("{s:s,s:I,s:s}", "name", writer->name, "bytes",
						(json_int_t)writer->size, "sha512", sum));
	return flash_write_manifest(writer->flash, writer->bank, manifest, fail);
}

int flash_image_commit(struct flash_writer *writer, uint8_t digest[FLASH_DIGEST], struct fail *fail)
{
	char path[900], sum[2 * FLASH_DIGEST + 1];
	int err = 0;

	if (!EVP_DigestFinal_ex(writer->digest, digest, NULL))
		err = fail_set(fail, -ENOMEM, "flash %s: no SHA-512", writer->part);
	flash_hex(sum, digest, FLASH_DIGEST);
	flash_bank_path(writer->flash, writer->bank, writer->name, path, sizeof(path));
	if (!err && rename(writer->part, path) < 0)
		err = fail_set(fail, -errno, "flash %s: %s", path, strerror(errno));
	if (!err)
		err = list_image(writer, sum, fail);
	flash_image_abort(writer);
	return err;
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
