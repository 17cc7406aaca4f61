#include "tests/support/device_vector.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void add(struct device_vector *v, const void *bytes, size_t length)
{
	if (v->length + length > sizeof(v->bytes))
		fail_msg("%s: more than %zu octets", v->name, sizeof(v->bytes));
	memcpy(v->bytes + v->length, bytes, length);
	v->length += length;
}

/* One octet, text or run of zeros at the beginning of line; returns what is behind it. */
static const char *read_item(struct device_vector *v, const char *line)
{
	const uint8_t zero = 0;
	const char *end;
	unsigned value;
	int length;
	uint8_t octet;

	if (*line == '"' && (end = strchr(line + 1, '"'))) {
		add(v, line + 1, (size_t)(end - line - 1));
		return end + 1;
	}
	if (sscanf(line, "zeros %u%n", &value, &length) == 1) {
		while (value--)
			add(v, &zero, 1);
		return line + length;
	}
	if (!isxdigit((unsigned char)line[0]) || !isxdigit((unsigned char)line[1]) ||
	    sscanf(line, "%2x", &value) != 1)
		fail_msg("%s: neither octets nor text: %s", v->name, line);
	octet = (uint8_t)value;
	add(v, &octet, 1);
	return line + 2;
}

static void read_octets(struct device_vector *v, const char *line)
{
	while (*(line += strspn(line, " ")) && *line != '#')
		line = read_item(v, line);
}

static void read_line(struct device_vector *v, const char *text)
{
	struct device_line *line = &v->line[v->lines];
	size_t key = strcspn(text, " ");

	if (!*text || *text == '#')
		return;
	if (v->lines == DEVICE_VECTOR_LINES || key >= sizeof(line->key) || !text[key] ||
	    strlen(text + key + 1) >= sizeof(line->value))
		fail_msg("%s: cannot read the line: %s", v->name, text);
	memcpy(line->key, text, key);
	strcpy(line->value, text + key + 1);
	v->lines++;
}

void device_vector_read(const char *name, struct device_vector *v)
{
	enum { LINES, FRAME, MESSAGE } part = LINES;
	char path[256], text[1024];
	FILE *file;

	memset(v, 0, sizeof(*v));
	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(path, sizeof(path), DEVICE_VECTORS "/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = 0;
		if (part == FRAME && *text) {
			read_octets(v, text);
		} else if (part == MESSAGE && strcmp(text, "end") != 0) {
			add(v, text, strlen(text));
			add(v, "\r\n", 2);
		} else if (part != LINES) {
			if (part == MESSAGE)
				add(v, "\r\n", 2);
			part = LINES;
		} else if (!strcmp(text, "frame")) {
			part = FRAME;
		} else if (!strcmp(text, "message")) {
			part = MESSAGE;
			v->message = true;
		} else {
			read_line(v, text);
		}
	}
	fclose(file);
	assert_true(v->length > 0);
}

unsigned device_vector_each(void (*each)(const struct device_vector *vector))
{
	static struct device_vector vector;
	glob_t found;
	unsigned count;

	if (glob(DEVICE_VECTORS "/*.txt", 0, NULL, &found))
		fail_msg("no file in " DEVICE_VECTORS);
	count = (unsigned)found.gl_pathc;
	for (unsigned i = 0; i < count; i++) {
		device_vector_read(strrchr(found.gl_pathv[i], '/') + 1, &vector);
		each(&vector);
	}
	globfree(&found);
	return count;
}
