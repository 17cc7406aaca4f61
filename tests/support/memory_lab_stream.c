/* The stream of the lab: one line per message, event and step. */
#include "tests/support/memory_lab_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lab_say(struct memory_lab *lab, const char *node, const char *format, ...)
{
	char line[1024];
	int length, more;
	va_list args;

	if (lab->quiet)
		return;
	length = snprintf(line, sizeof(line), "%llu %s ", (unsigned long long)lab->now_us, node);
	va_start(args, format);
	more = vsnprintf(line + length, sizeof(line) - (size_t)length - 1, format, args);
	va_end(args);
	length = (int)strlen(line);
	(void)more;
	line[length++] = '\n';
	if (lab->stream_length + (size_t)length + 1 > lab->stream_size) {
		lab->stream_size = lab->stream_size ? 2 * lab->stream_size : 1 << 20;
		lab->stream = lab_need(realloc(lab->stream, lab->stream_size));
	}
	memcpy(lab->stream + lab->stream_length, line, (size_t)length);
	lab->stream_length += (size_t)length;
	lab->stream[lab->stream_length] = '\0';
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
	lab->stream_length = 0;
	if (lab->stream)
		lab->stream[0] = '\0';
}
