#include "cucm-service/driver/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/print.h"

void trace(const char *format, ...)
{
	struct timespec now;
	struct tm local;
	char text[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* A name in a certificate must not begin a line of its own. */
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < ' ')
			*at = '?';
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	print_text("%02d:%02d:%02d.%03ld |   debug %s\n", local.tm_hour, local.tm_min, local.tm_sec,
		   now.tv_nsec / 1000000, text);
	fflush(stdout);
}
