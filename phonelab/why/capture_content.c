#include "phonelab/why/capture_content.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && !strcasecmp(text + n - m, with);
}

const char *capture_content_expected(const char *file)
{
	if (ends(file, ".sgn"))
		return "a signed file";
	if (ends(file, ".tlv"))
		return "a trust list";
	return ends(file, ".xml") ? "XML" : "the file of that name";
}

static bool begins(const uint8_t *data, size_t size, const char *with)
{
	return size >= strlen(with) && !strncasecmp((const char *)data, with, strlen(with));
}

/* Octets of a chunk's size and its line end; 0: none. */
static size_t chunk_line(const uint8_t *data, size_t size)
{
	size_t n = 0;

	while (n < size && n < 8 && isxdigit(data[n]))
		n++;
	return n && n + 2 <= size && data[n] == '\r' && data[n + 1] == '\n' ? n + 2 : 0;
}

void capture_content_find(const char *file, const uint8_t *data, size_t size, bool chunked, char *found,
			  size_t room)
{
	size_t skip = chunked ? chunk_line(data, size) : 0;

	*found = 0;
	data += skip;
	size -= skip;
	if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b) {
		snprintf(found, room, "gzip data");
		return;
	}
	if (begins(data, size, "\xef\xbb\xbf")) {
		data += 3;
		size -= 3;
	}
	while (size && isspace(*data)) {
		data++;
		size--;
	}
	if (begins(data, size, "<!doctype html") || begins(data, size, "<html"))
		snprintf(found, room, "an HTML page");
	else if (size && ends(file, ".xml") && *data != '<')
		snprintf(found, room, "text that is not XML");
}
