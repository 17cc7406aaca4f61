#ifndef PHONE_SIM_DRIVER_FLASH_INTERNAL_H
#define PHONE_SIM_DRIVER_FLASH_INTERNAL_H

#include <sys/types.h>
#include <jansson.h>

#include "phone-sim/driver/flash.h"

#define FLASH_NAME_MAX 128 /* of a file, with its NUL */

/* Shared by flash.c (banks and files), flash_image.c (an image that is received) and flash_disk.c. */
struct flash {
	char path[512];
	unsigned active;
	bool made; /* by this process */
};

/* Is the name a plain file name: no slash, no leading dot, not the manifest's, shorter than FLASH_NAME_MAX? */
bool flash_plain_name(const char *name);

/* 0, or -EINVAL with a message if it is not. */
int flash_check_name(const struct flash *flash, const char *name, struct fail *fail);

/* Write bytes as 2 * length hexadecimal digits and a NUL. */
void flash_hex(char *text, const uint8_t *bytes, size_t length);

/* The folder of a bank (name NULL), or a file in it. */
void flash_bank_path(const struct flash *flash, unsigned bank, const char *name, char *path, size_t size);

/* The manifest of a bank (a new reference); NULL if it has none or it cannot be read. *err: 0, or a negative errno if the file
 * cannot be read. */
json_t *flash_read_manifest(const struct flash *flash, unsigned bank, int *err);

/* Write the manifest of a bank and release the reference. 0 or a negative errno. */
int flash_write_manifest(const struct flash *flash, unsigned bank, json_t *manifest, struct fail *fail);

/* Write which bank the boot loader starts. 0 or a negative errno. */
int flash_write_state(const struct flash *flash, unsigned active, struct fail *fail);

/* Fill a new flash. The state file is written last, so that a first start that was interrupted is repeated
 * from the beginning. 0 or a negative errno. */
int flash_factory(struct flash *flash, const char *active_load, const char *inactive_load, struct fail *fail);

#endif
