#include "phonelab/collect/sdl.h"

#include <stdarg.h>

/* False if there is no file to write to. */
static bool open_file(struct sdl *sdl)
{
	if (sdl->out && ftell(sdl->out) < SDL_FILE_BYTES)
		return true;
	sdl_close(sdl);
	sdl->files++;
	sdl->out = bundle_create(sdl->bundle, "%s/%s/SDL%03u_%u_%06u.txt", sdl->node, sdl->folder, sdl->id,
				 sdl->application, sdl->files);
	return sdl->out;
}

void sdl_line(struct sdl *sdl, long long t, const char *format, ...)
{
	char time[64];
	va_list args;

	if (!open_file(sdl))
		return;
	fprintf(sdl->out, "%08lu.000 |%s.%03d |AppInfo  |", ++sdl->lines,
		bundle_time(sdl->bundle, t, BUNDLE_CLOCK, time),
		(int)((t + sdl->bundle->wall_us) / 1000 % 1000));
	va_start(args, format);
	vfprintf(sdl->out, format, args);
	va_end(args);
	fputc('\n', sdl->out);
}

void sdl_bytes(struct sdl *sdl, const char *bytes, size_t length)
{
	if (sdl->out)
		fwrite(bytes, 1, length, sdl->out);
}

void sdl_close(struct sdl *sdl)
{
	if (sdl->out)
		fclose(sdl->out);
	sdl->out = NULL;
}
