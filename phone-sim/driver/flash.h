#ifndef PHONE_SIM_DRIVER_FLASH_H
#define PHONE_SIM_DRIVER_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * The flash of one phone, a directory on disk. ROOT/SEP001122AABB01/ holds
 *
 *   state.json            {"active":0}: the bank that the boot loader starts
 *   bank0/, bank1/        images, and manifest.json:
 *                         {"load":"sip78xx...","complete":true,"images":[{"name","bytes","sha512"}]}
 *   files/                trust lists (itl, ctl) and the stored configuration (config)
 *
 * Every file is written to a temporary file and renamed, so that a phone killed at any moment finds either
 * the old or the new content.
 */
struct flash;
struct flash_writer;

#define FLASH_DIGEST	64 /* SHA-512 */
#define FLASH_LOAD_TEXT 64
#define FLASH_FILE_MAX	(4 * 1024 * 1024)   /* most bytes of one file under files/ */
#define FLASH_IMAGE_MAX (256 * 1024 * 1024) /* most bytes of one image */

/* The result of the check of one bank; reason: why it is not intact. */
struct flash_bank {
	char load[FLASH_LOAD_TEXT]; /* empty: no load was ever written */
	bool intact;		    /* complete, and the checksum of every image is correct */
	unsigned images;
	uint64_t bytes;
	char reason[160];
};

/* Open the flash of device under root, or make a new one with these loads (NULL or empty: a blank bank). */
int flash_open(struct flash **flash, const char *root, const char *device, const char *active_load,
	       const char *inactive_load, struct fail *fail);

/* Did flash_open() make it? */
bool flash_is_new(const struct flash *flash);

/* Release the memory; the files stay. NULL is legal. */
void flash_close(struct flash *flash);

/* Read both banks and verify their checksums. 0, or a negative errno when the flash cannot be read at all, or when memory or
 * descriptors are short. */
int flash_check(struct flash *flash, struct flash_bank *active, struct flash_bank *inactive,
		struct fail *fail);

/* Erase the inactive bank and open it for load: incomplete until flash_commit_load(). 0 or -errno. */
int flash_begin_load(struct flash *flash, const char *load, struct fail *fail);

/* Mark the inactive bank as complete. -EPROTO if it was not opened for that load. */
int flash_commit_load(struct flash *flash, const char *load, struct fail *fail);

/* Begin the image name in the inactive bank, which must be open. name must be a plain file name. limit: most
 * bytes, 0: FLASH_IMAGE_MAX. 0 or a negative errno. */
int flash_image_begin(struct flash *flash, const char *name, uint64_t limit, struct flash_writer **writer,
		      struct fail *fail);

/* Append. 0, -EFBIG beyond the limit, or another negative errno. */
int flash_image_write(struct flash_writer *writer, const void *bytes, size_t length);

/* Bytes written so far. */
uint64_t flash_image_size(const struct flash_writer *writer);

/* Move the image into the bank with its checksum, which is returned in digest. The writer is freed in every
 * case. 0 or a negative errno. */
int flash_image_commit(struct flash_writer *writer, uint8_t digest[FLASH_DIGEST], struct fail *fail);

/* Remove what was written and free the writer; NULL is legal. */
void flash_image_abort(struct flash_writer *writer);

/* Exchange the active and the inactive bank. -ENOENT if the inactive one is blank. */
int flash_swap(struct flash *flash, struct fail *fail);

/* Read the file name from files/ into a fresh buffer (*bytes, free() it). -ENOENT when there is none. */
int flash_file_read(struct flash *flash, const char *name, uint8_t **bytes, size_t *length,
		    struct fail *fail);

/* Write the file name in files/; length 0 removes it. name must be a plain file name; a name that ends in "-key" gets the mode
 * 0600. 0 or a negative errno. */
int flash_file_write(struct flash *flash, const char *name, const void *bytes, size_t length,
		     struct fail *fail);

#endif
