#ifndef PHONELAB_WEB_FILES_H
#define PHONELAB_WEB_FILES_H

#include <stddef.h>

/* The files of the page (phonelab/web/page), which are part of the program. */
struct web_file {
	const char *path; /* "/style.css"; the page itself is "/" */
	const char *bytes, *end;
};

/* NULL: there is none. */
const struct web_file *web_file_find(const char *path);

#endif
