#include "base/github.h"

#include <stdbool.h>

/* Escape a value of a workflow command: properties escape more characters than the message. Other control characters
 * become '?'. */
static void put(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\n' || *text == '\r' ||
		    (property && (*text == ':' || *text == ',')))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fputc('?', out);
		else
			fputc(*text, out);
	}
}

void github_annotate(FILE *out, const char *kind, const char *file, long long line, const char *title,
		     const char *text)
{
	fprintf(out, "::%s file=", kind);
	put(out, file, true);
	fprintf(out, ",line=%lld,title=", line);
	put(out, title, true);
	fputs("::", out);
	put(out, text, false);
	fputc('\n', out);
}
