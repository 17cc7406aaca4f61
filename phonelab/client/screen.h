#ifndef PHONELAB_CLIENT_SCREEN_H
#define PHONELAB_CLIENT_SCREEN_H

#include "phonelab/client/view.h"

/* What the terminal shows of a view. */
struct screen_options {
	int width, height; /* of the terminal, in columns and lines */
	bool colour, utf8;
	uint64_t now_us;
	const char *clock;	  /* "14:02:11" */
	const char *keys;	  /* the last line: "q: quit" */
	const char *const *hints; /* lines shown if there is room, NULL at the end; or NULL */
	uint32_t (*boot_ms)(
	    const char *model); /* how long a model boots at real pace; 0: unknown. NULL is legal */
};

/* Draw a view: at most `height` lines of at most `width` columns, each with a newline. Phones with a failure come first; a
 * line counts the phones that do not fit. The caller frees the text; NULL if memory is short. A pure function. */
char *screen_draw(const struct view *view, const struct screen_options *options);

/* "boot of 8 phones for 0:12 (about 1:05)": the steps that the phones of a view are at; "" if all phones are registered.
 * The caller frees the text. */
char *screen_waits(const struct view *view, const struct screen_options *options);

#endif
