#include "phonelab/lab/complain.h"

#include <stdarg.h>

#include "base/print.h"

int exit_complain(enum exit_status status, const char *format, ...)
{
	va_list args;

	fputs("phonelab: ", stderr);
	va_start(args, format);
	print_tov(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}
