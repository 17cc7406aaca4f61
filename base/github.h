#ifndef BASE_GITHUB_H
#define BASE_GITHUB_H

#include <stdio.h>

/* Write an annotation of GitHub Actions, "::KIND file=FILE,line=LINE,title=TITLE::TEXT" and a newline. kind: "notice", "warning"
 * or "error". The values are escaped. */
void github_annotate(FILE *out, const char *kind, const char *file, long long line, const char *title,
		     const char *text);

#endif
