/* Firmware: the images (.sbn) that the list of a load (.loads) names. The phone reads the header and the size of an image;
 * this looks at the same. */
#include "phonelab/why/content_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "wire/loads.h"
#include "wire/trustlist.h"

static bool ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

static unsigned long long size_of(const struct content *of, const char *name)
{
	char path[CONTENT_PATH + 200];
	struct stat info;

	snprintf(path, sizeof(path), "%s%s", of->root, name);
	return stat(path, &info) ? 0 : (unsigned long long)info.st_size;
}

/* The size that a .loads file which the phone got gives for an image; 0: none. */
static unsigned long long size_listed(const struct content *of, const char *image)
{
	for (size_t i = 0; i < of->files; i++) {
		struct wire_slice text = content_payload(&of->file[i]);
		struct loads loads;

		if (!ends(of->file[i].name, ".loads") || !text.length ||
		    loads_decode(text.data, text.length, &loads, NULL))
			continue;
		for (unsigned p = 0; p < loads.platforms; p++)
			for (unsigned m = 0; m < loads.platform[p].images; m++)
				if (!strcmp(loads.platform[p].image[m].file, image))
					return loads.platform[p].image[m].size;
	}
	return 0;
}

static void put_size(struct content *of, struct content_file *file, unsigned long long size,
		     unsigned long long expected, const char *by)
{
	json_t *fact = content_put(of, file, "content.image_size", file->step, 0,
				   "%s has %llu octets, %s says %llu", file->name, size, by, expected);

	fact_value(fact, "found", "%llu", size);
	fact_value(fact, "expected", "%llu", expected);
}

static void check_image(struct content *of, struct content_file *file)
{
	unsigned long long size = size_of(of, file->name), listed = size_listed(of, file->name), own;
	struct sbn_header header;
	struct wire_error error = {0};

	if (sbn_decode(file->bytes, file->length, &header, &error)) {
		content_put(of, file, "content.image_header", file->step, 0, "%s is no image: %s", file->name,
			    error.what ? error.what : "it ends within its header");
		return;
	}
	own = (unsigned long long)header.header_size + header.payload_size;
	if (listed && listed != size)
		put_size(of, file, size, listed, "the .loads file");
	else if (own != size)
		put_size(of, file, size, own, "its header");
	if (strcmp(header.name, file->name)) {
		json_t *fact = content_put(of, file, "content.image_damaged", file->step, 0,
					   "%s is the image %s by its header", file->name, header.name);

		fact_value(fact, "found", "%s", header.name);
	}
}

void content_check_firmware(struct content *of, struct content_file *file)
{
	if (ends(file->name, ".sbn") && !file->wrong)
		check_image(of, file);
}
