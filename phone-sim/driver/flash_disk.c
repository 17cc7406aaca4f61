/* A flash on disk: the paths of its banks, its manifests and its state. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
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

json_t *flash_read_manifest(const struct flash *flash, unsigned bank)
{
	char path[700];
	json_t *manifest;

	flash_bank_path(flash, bank, "manifest.json", path, sizeof(path));
	manifest = json_load_file(path, 0, NULL);
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
