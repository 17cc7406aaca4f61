#include "phonelab/lab/complain.h"

#include <stdarg.h>
#include <stdio.h>

int exit_complain(enum exit_status status, const char *format, ...)
{
	va_list args;

	fputs("phonelab: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}
