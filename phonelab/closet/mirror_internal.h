/* The parts of the mirror: a closet (mirror.c), and its files and links (mirror_take.c). */
#ifndef PHONELAB_CLOSET_MIRROR_INTERNAL_H
#define PHONELAB_CLOSET_MIRROR_INTERNAL_H

#include <jansson.h>
#include <sys/types.h>

#include "phonelab/client/client.h"
#include "phonelab/closet/route.h"

#define MIRROR_PATH 700

/* A file while it is copied. No file of a closet has this name, and only the command with the lock copies. */
#define MIRROR_COPY "closets/copy.part"

/* One closet, whose files are being copied. */
struct mirror {
	const struct lab *lab;
	const struct route *route;
	size_t closet;
	int fd;			/* the channel */
	json_t *there;		/* what the closet has: {NAME: type of st_mode} */
	const json_t *unlisted; /* folders that it cannot list */
	size_t skipped;		/* files that were not copied */
	char first[400];	/* the first of them, and why */
};

/* Count a file that is not copied. */
void mirror_skip(struct mirror *mirror, const char *file, const char *reason);

/* The path of a file of the run directory of the console. */
void mirror_path(const struct mirror *mirror, const char *file, char path[MIRROR_PATH]);

/* Copy a file if it has changed. 0, or -EPIPE: the channel has ended. */
int mirror_take_file(struct mirror *mirror, const char *file, json_int_t size, json_int_t time, mode_t mode);

void mirror_take_link(struct mirror *mirror, const char *file, const char *target);

#endif
