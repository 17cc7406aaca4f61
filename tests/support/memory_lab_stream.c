/* Everything that is said in the lab, a line each. */
#include "tests/support/memory_lab_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lab_say(struct memory_lab *lab, const char *node, const char *format, ...)
{
	char line[1024];
	int len, more;
	va_list args;

	if (lab->quiet)
		return;
	len = snprintf(line, sizeof(line), "%llu %s ", (unsigned long long)lab->now_us, node);
	va_start(args, format);
	more = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);
	va_end(args);
	len = (int)strlen(line);
	(void)more;
	line[len++] = '\n';
	if (lab->stream_len + (size_t)len + 1 > lab->stream_size) {
		lab->stream_size = lab->stream_size ? 2 * lab->stream_size : 1 << 20;
		lab->stream = lab_need(realloc(lab->stream, lab->stream_size));
	}
	memcpy(lab->stream + lab->stream_len, line, (size_t)len);
	lab->stream_len += (size_t)len;
	lab->stream[lab->stream_len] = '\0';
}

unsigned memory_lab_said_times(const struct memory_lab *lab, const char *text)
{
	unsigned count = 0;

	for (const char *at = lab->stream; at && (at = strstr(at, text)); at += strlen(text))
		count++;
	return count;
}

bool memory_lab_said(const struct memory_lab *lab, const char *text)
{
	return memory_lab_said_times(lab, text) > 0;
}

void memory_lab_forget(struct memory_lab *lab)
{
	lab->stream_len = 0;
	if (lab->stream)
		lab->stream[0] = '\0';
}
