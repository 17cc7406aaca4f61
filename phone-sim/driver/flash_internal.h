#ifndef PHONE_SIM_DRIVER_FLASH_INTERNAL_H
#define PHONE_SIM_DRIVER_FLASH_INTERNAL_H

#include <sys/types.h>
#include <jansson.h>

#include "phone-sim/driver/flash.h"

#define FLASH_NAME_MAX 128 /* of a file, with its NUL */

/* Between flash.c (banks and files), flash_image.c (an image that comes), flash_factory.c and
 * flash_disk.c. */
struct flash {
	char path[512];
	unsigned active;
};

/* No path, not hidden, not the manifest, and short enough. */
bool flash_plain_name(const char *name);

/* 2 * length digits and a NUL. */
void flash_hex(char *text, const uint8_t *bytes, size_t length);

/* One directory, which may be there; or all of a path. 0 or a negative errno. */
int flash_make_dir(const char *path, struct fail *fail);
int flash_make_dirs(const char *path, struct fail *fail);

/* 0 or a negative errno. */
int flash_write_all(int fd, const void *bytes, size_t length);

/* Write path whole: beside it first, then renamed. 0 or a negative errno. */
int flash_put_file(const char *path, const void *bytes, size_t length, struct fail *fail);

/* The folder of a bank (name NULL), or a file in it. */
void flash_bank_path(const struct flash *flash, unsigned bank, const char *name, char *path, size_t size);

/* The manifest of a bank (a new reference), NULL when it has none that can be read. */
json_t *flash_read_manifest(const struct flash *flash, unsigned bank);

/* Write it; the reference is taken over. 0 or a negative errno. */
int flash_write_manifest(const struct flash *flash, unsigned bank, json_t *manifest, struct fail *fail);

/* Which bank the boot loader takes. 0 or a negative errno. */
int flash_write_state(const struct flash *flash, unsigned active, struct fail *fail);

/* Fill a flash that was never used. The state file is written last: a first start that was cut short begins
 * anew. 0 or a negative errno. */
int flash_factory(struct flash *flash, const char *active_load, const char *inactive_load, struct fail *fail);

#endif
