/* What a flash holds when it leaves the factory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/file.h"
#include "phone-sim/driver/flash_internal.h"

#define FACTORY_IMAGE 1024 /* bytes of the image that a bank leaves the factory with */
#define SBN_HEADER    0x154

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

/* The state file is written last: a first start that was interrupted is repeated from the
 * beginning. */
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
