/* Firmware: NAME.loads, and images whose contents come from the seed. */
#include "cucm/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "cucm/model.h"
#include "cucm/sign.h"
#include "wire/loads.h"

#define SIZE_DEFAULT (128 * 1024)

/* The images of a platform, and their share of the size that the plan gives. */
static const struct {
	const char *kind;
	unsigned divisor;
} kinds[] = {{"sboot", 8}, {"kern", 4}, {"rootfs", 1}};

/* One image. An existing image of the right size is not written again: its contents depend only on its name and the
 * seed. */
static int firmware_image(struct tree *tree, const char *file, size_t size)
{
	struct sbn_header header = {.header_size = SBN_HEADER_SIZE, .payload_size = (uint32_t)size};
	char path[4200];
	struct stat status;
	struct rng rng;
	uint8_t *out;
	int err;

	if (tree->each && size > CUCM_EACH_IMAGE)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", tree->root, file);
	if (!tree->each && !stat(path, &status) && (size_t)status.st_size == SBN_HEADER_SIZE + size)
		return 0;
	out = malloc(SBN_HEADER_SIZE + size + sizeof(uint64_t));
	if (!out)
		return fail_set(tree->fail, -ENOMEM, "out of memory");
	snprintf(header.name, sizeof(header.name), "%s", file);
	err = (int)sbn_encode(&header, out, SBN_HEADER_SIZE);
	if (err < 0) {
		fail_set(tree->fail, err, "%s: cannot be written: %s", file, strerror(-err));
		free(out);
		return err;
	}
	rng_seed(&rng, tree->plan->seed, file);
	for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
		uint64_t word = rng_next(&rng);

		memcpy(out + SBN_HEADER_SIZE + at, &word, sizeof(word));
	}
	err = tree_put(tree, file, out, SBN_HEADER_SIZE + size);
	free(out);
	return err;
}

/* The hardware that a load is for, by the family that its name begins with: "78xx" of "sip78xx.14-2-1-0001-125". */
static const char *firmware_hardware(const char *load)
{
	for (const struct cucm_model *model = cucm_models(); model->name; model++) {
		size_t length = strlen(model->family);

		if (!strncmp(load, model->family, length) && load[length] == '.')
			return model->platform;
	}
	return NULL;
}

static int firmware_images(struct tree *tree, const struct cucm_load *load, const char *hardware,
			   struct loads_platform *platform)
{
	size_t size = load->size ? load->size : SIZE_DEFAULT;
	int err = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && !err; i++) {
		struct loads_image *image = &platform->image[platform->images++];

		snprintf(image->kind, sizeof(image->kind), "%s", kinds[i].kind);
		snprintf(image->file, sizeof(image->file), "%s%s%.60s.sbn", kinds[i].kind, hardware,
			 strchr(load->name, '.'));
		image->size = (uint32_t)(SBN_HEADER_SIZE + size / kinds[i].divisor);
		err = firmware_image(tree, image->file, size / kinds[i].divisor);
	}
	return err;
}

int tree_load(struct tree *tree, const struct cucm_load *load)
{
	struct loads loads = {.hwcompat = 0x3f, .swcompat = 0x4, .platforms = 1};
	const char *hardware = firmware_hardware(load->name);
	struct text sealed = {0};
	char out[8192], name[128];
	ssize_t size;
	int err;

	if (!hardware)
		return fail_set(tree->fail, -EINVAL, "load %s: no model has loads of this name", load->name);
	snprintf(loads.model, sizeof(loads.model), "%s", hardware);
	snprintf(loads.release, sizeof(loads.release), "%s", strchr(load->name, '.') + 1);
	memcpy(loads.version, loads.release, sizeof(loads.version));
	snprintf(loads.load_version, sizeof(loads.load_version), "%s", load->name);
	snprintf(loads.platform[0].name, sizeof(loads.platform[0].name), "PLATFORM_1");
	err = firmware_images(tree, load, hardware, &loads.platform[0]);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s.loads", load->name);
	size = loads_encode(&loads, out, sizeof(out));
	if (size < 0)
		return fail_set(tree->fail, (int)size, "%s: cannot be written: %s", name,
				strerror((int)-size));
	if (tree->each)
		return tree_put(tree, name, out, (size_t)size);
	err = cucm_sign(tree->keys, name, out, (size_t)size, &sealed, tree->fail);
	if (!err)
		err = tree_put(tree, name, sealed.bytes, sealed.length);
	text_free(&sealed);
	return err;
}

int tree_firmware(struct tree *tree)
{
	int err = 0;

	for (size_t i = 0; i < tree->plan->load_count && !err; i++)
		err = tree_load(tree, &tree->plan->loads[i]);
	return err;
}
