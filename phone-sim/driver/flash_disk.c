/* A flash on disk: the paths of its banks, its manifests, its state, and the content of a new one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/file.h"
#include "phone-sim/driver/flash_internal.h"
#include "wire/loads.h"

#define FACTORY_IMAGE 1024 /* bytes of the image that a bank leaves the factory with */
#define SBN_HEADER    0x154

bool flash_plain_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < FLASH_NAME_MAX &&
	       strcmp(name, "manifest.json") != 0;
}

int flash_check_name(const struct flash *flash, const char *name, struct fail *fail)
{
	return flash_plain_name(name)
		   ? 0
		   : fail_set(fail, -EINVAL, "flash %s: \"%.64s\" is not a plain file name", flash->path,
			      name);
}

void flash_hex(char *text, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static int put_json(const char *path, json_t *object, struct fail *fail)
{
	char *text = json_dumps(object, JSON_COMPACT);
	int err;

	json_decref(object);
	if (!text)
		return fail_set(fail, -ENOMEM, "flash %s: out of memory", path);
	err = file_write(path, text, strlen(text), fail);
	free(text);
	return err;
}

void flash_bank_path(const struct flash *flash, unsigned bank, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/bank%u%s%s", flash->path, bank, name ? "/" : "", name ? name : "");
}

json_t *flash_read_manifest(const struct flash *flash, unsigned bank, int *err)
{
	struct fail ignored = {0};
	char path[700], *text;
	json_t *manifest;
	size_t length;

	flash_bank_path(flash, bank, "manifest.json", path, sizeof(path));
	*err = file_read(path, FLASH_FILE_MAX, &text, &length, &ignored);
	if (*err)
		return NULL;
	manifest = json_loadb(text, length, 0, NULL);
	free(text);
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

/* --- a new flash --- */

/* A small image in the form of an .sbn. */
static void factory_image(uint8_t image[FACTORY_IMAGE], const char *name)
{
	struct sbn_header header = {.header_size = SBN_HEADER, .payload_size = FACTORY_IMAGE - SBN_HEADER};

	snprintf(header.name, sizeof(header.name), "%s", name);
	sbn_encode(&header, image, SBN_HEADER);
	for (unsigned i = SBN_HEADER; i < FACTORY_IMAGE; i++)
		image[i] = (uint8_t)(i * 31 + (unsigned)name[i % strlen(name)]);
}

static int factory_bank(struct flash *flash, unsigned bank, const char *load, struct fail *fail)
{
	char dir[700], path[900], name[FLASH_LOAD_TEXT + 8], sum[2 * FLASH_DIGEST + 1];
	uint8_t image[FACTORY_IMAGE], digest[FLASH_DIGEST];
	int err;

	flash_bank_path(flash, bank, NULL, dir, sizeof(dir));
	err = file_make_directory(dir, fail);
	if (err || !load || !*load)
		return err;
	if (strlen(load) >= FLASH_LOAD_TEXT || !flash_plain_name(load))
		return fail_set(fail, -EINVAL,
				"flash %s: load \"%s\" is not a load name of at most %d characters",
				flash->path, load, FLASH_LOAD_TEXT - 1);
	snprintf(name, sizeof(name), "%s.sbn", load);
	factory_image(image, name);
	if (!EVP_Digest(image, sizeof(image), digest, NULL, EVP_sha512(), NULL))
		return fail_set(fail, -ENOMEM, "flash %s: no SHA-512", flash->path);
	flash_hex(sum, digest, sizeof(digest));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	err = file_write(path, image, sizeof(image), fail);
	if (err)
		return err;
	return flash_write_manifest(flash, bank,
				    json_pack("{s:s,s:b,s:[{s:s,s:i,s:s}]}", "load", load, "complete", 1,
					      "images", "name", name, "bytes", FACTORY_IMAGE, "sha512", sum),
				    fail);
}

int flash_factory(struct flash *flash, const char *active_load, const char *inactive_load, struct fail *fail)
{
	char path[700];

	int err = factory_bank(flash, 0, active_load, fail);
	if (!err)
		err = factory_bank(flash, 1, inactive_load, fail);
	snprintf(path, sizeof(path), "%s/files", flash->path);
	if (!err)
		err = file_make_directory(path, fail);
	if (!err)
		err = flash_write_state(flash, 0, fail);
	return err;
}
