#ifndef WIRE_LOADS_H
#define WIRE_LOADS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/cursor.h"

/*
 * Firmware: NAME.loads lists the images of a load (a signed file, see wire/trustlist, whose payload
 * is lines of text), and each image is a .sbn file with a binary header. The text:
 *
 *   # RELEASE Model=78xx Version=14-2-1-0001-125
 *   [CISCO-ID]
 *   version=14-2-1-0001-125
 *   hwcompat=0x0000003f
 *   swcompat=0x00000004
 *   transition=0x00000000
 *   loadversion=sip78xx.14-2-1-0001-125
 *   [PLATFORM_1]
 *   sboot=sboot78xx.14-2-1-0001-125.sbn size=373108
 *   kern=kern78xx.14-2-1-0001-125.sbn size=3094444
 *   ebr_kern = (0x480000, 0x5b80000)
 *
 * A section for every platform of the hardware. A key of which the value is no name of an image (a list, a number), a
 * section without images, a malformed line, comments (# and ;) and values of [CISCO-ID] out of range are skipped.
 */
#define LOADS_NAME_MAX	    95
#define LOADS_SECTION_MAX   31
#define LOADS_PLATFORMS_MAX 8 /* further ones are skipped */
#define LOADS_IMAGES_MAX    16
#define LOADS_SIZE_MAX	    65536 /* of the whole .loads file, in bytes */

struct loads_image {
	char kind[32];		       /* "sboot", "kern", "rootfs" */
	char file[LOADS_NAME_MAX + 1]; /* "kern78xx.14-2-1-0001-125.sbn" */
	uint32_t size;		       /* of the file with its header, in bytes; 0: not given */
};

struct loads_platform {
	char name[LOADS_SECTION_MAX + 1]; /* "PLATFORM_1" */
	struct loads_image image[LOADS_IMAGES_MAX];
	unsigned images;
};

/* A text that is not given is ""; a number 0. */
struct loads {
	char model[LOADS_NAME_MAX + 1];	       /* of the comment RELEASE: "78xx" */
	char release[LOADS_NAME_MAX + 1];      /* its Version */
	char version[LOADS_NAME_MAX + 1];      /* of [CISCO-ID] */
	char load_version[LOADS_NAME_MAX + 1]; /* the load's name: "sip78xx.14-2-1-0001-125" */
	uint32_t hwcompat;		       /* bit mask of hardware revisions that may run it */
	uint32_t swcompat;		       /* bit mask of software generations */
	uint32_t transition;
	struct loads_platform platform[LOADS_PLATFORMS_MAX];
	unsigned platforms;
};

/* Read the text of a .loads file, its signed header stripped (sgn_decode). 0, or -EBADMSG with error
 * filled (loads untouched): no image at all, or more of a platform than LOADS_IMAGES_MAX. */
int loads_decode(const void *text, size_t size, struct loads *loads, struct wire_error *error);

/* Write the text. Its size, or -EINVAL or -ENOSPC. */
ssize_t loads_encode(const struct loads *loads, void *out, size_t size);

/* The section of that platform, or NULL. */
const struct loads_platform *loads_find(const struct loads *loads, const char *platform);

/* The header of an image: magic CD 34 12 AB, then little-endian fields. */
#define SBN_HEADER_SIZE 0x158
#define SBN_NAME_AT	0x38

struct sbn_header {
	uint32_t header_size;  /* at 4: 0x154 or 0x158 seen; anything from 0x38 + name to 4096 is taken */
	uint32_t payload_size; /* at 12: bytes that follow the header */
	char name[LOADS_NAME_MAX + 1]; /* at 0x38, its length at 0x34 */
};

/* Read the header of an image, of which at least header_size bytes must be there. 0; -EAGAIN when more bytes
 * are needed (an image can be 47 MB: 4096 bytes are always enough); -EBADMSG with error filled. */
int sbn_decode(const void *bytes, size_t size, struct sbn_header *header, struct wire_error *error);

/* Write the header (header_size bytes, zero where the format is not known). header_size, or -EINVAL or
 * -ENOSPC. */
ssize_t sbn_encode(const struct sbn_header *header, void *out, size_t size);

#endif
