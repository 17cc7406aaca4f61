#ifndef PHONELAB_COLLECT_SDL_H
#define PHONELAB_COLLECT_SDL_H

#include "phonelab/collect/bundle.h"

/* A trace in the format of SDL: FOLDER/SDL001_100_000001.txt, the next file after SDL_FILE_BYTES. */
#define SDL_FILE_BYTES	(10l << 20)
#define SDL_CALLMANAGER 100
#define SDL_TFTP	600

struct sdl {
	const struct bundle *bundle;
	const char *node, *folder; /* "cm/trace/ccm/sdl" */
	unsigned id;		   /* of the node: the publisher is 1 */
	unsigned application;	   /* SDL_CALLMANAGER, SDL_TFTP */
	FILE *out;
	unsigned files;
	unsigned long lines;
};

/* A line of AppInfo at a time of the clock of events. The first line creates the file. */
void sdl_line(struct sdl *sdl, long long t, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Bytes as they are, after a line. */
void sdl_bytes(struct sdl *sdl, const char *bytes, size_t length);

void sdl_close(struct sdl *sdl);

#endif
