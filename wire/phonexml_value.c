/* Values: the text of an element to a member of a struct, and back. */
#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* How many bytes of the text fit, in whole characters, with a NUL behind. */
static size_t fit(const char *text, size_t room)
{
	size_t length = strnlen(text, room);

	if (length < room)
		return length;
	for (length = room - 1; length && ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

static void put_number(const struct xml_row *row, char *base, unsigned long number)
{
	char *to = base + row->offset;

	if (row->kind == XML_KIND_UNSIGNED)
		memcpy(to, &(unsigned){(unsigned)number}, sizeof(unsigned));
	else if (row->kind == XML_KIND_PORT)
		memcpy(to, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
	else
		memcpy(to, &(bool){number != 0}, sizeof(bool));
}

/* The beginning of the text that fits; no byte of an earlier text is left behind it. */
static void put_text(const struct xml_row *row, char *base, const char *text)
{
	char *to = base + row->offset;
	size_t length = fit(text, row->size), old = strnlen(to, row->size);

	while (length && text[length - 1] == ' ')
		length--;
	memcpy(to, text, length);
	if (old > length)
		memset(to + length, 0, old - length);
}

void xml_preset(const struct xml_row *row, char *base, unsigned next)
{
	if (row->flags & XML_KEY) {
		put_number(row, base, next < row->greatest ? next : row->greatest);
		return;
	}
	switch (row->kind) {
	case XML_KIND_TEXT: put_text(row, base, row->text ? row->text : ""); break;
	case XML_KIND_UNSIGNED:
	case XML_KIND_PORT:
	case XML_KIND_BOOL:
	case XML_KIND_ON:
	case XML_KIND_OFF: put_number(row, base, row->preset); break;
	case XML_KIND_LIST: *(unsigned *)(void *)(base + row->also) = 0; break;
	case XML_KIND_FIXED: break;
	}
}

void xml_preset_all(const struct xml_table *table, char *base, unsigned next)
{
	for (size_t i = 0; i < table->rows; i++)
		xml_preset(&table->row[i], base, next);
}

unsigned long xml_value_text(const struct xml_row *row, const char *base, char out[24])
{
	unsigned long number = 0;
	const char *from = base + row->offset;
	uint16_t port;
	unsigned value;
	bool truth = false;

	if (row->kind == XML_KIND_UNSIGNED) {
		memcpy(&value, from, sizeof(value));
		number = value;
	} else if (row->kind == XML_KIND_PORT) {
		memcpy(&port, from, sizeof(port));
		number = port;
	} else {
		memcpy(&truth, from, sizeof(truth));
		number = row->kind == XML_KIND_OFF ? !truth : truth;
	}
	if (row->kind == XML_KIND_BOOL)
		snprintf(out, 24, "%s", truth ? "true" : "false");
	else
		snprintf(out, 24, "%lu", number);
	return number;
}

void xml_values_text(const struct xml_row *row, char *text, size_t size)
{
	switch (row->kind) {
	case XML_KIND_TEXT:
		if (row->flags & XML_ONLY)
			snprintf(text, size, "%s", row->text);
		else
			snprintf(text, size, "text, up to %zu bytes", row->size - 1);
		break;
	case XML_KIND_UNSIGNED:
	case XML_KIND_PORT: snprintf(text, size, "%lu to %lu", row->least, row->greatest); break;
	case XML_KIND_BOOL: snprintf(text, size, "true, false, 1, 0"); break;
	case XML_KIND_ON: snprintf(text, size, "1 enabled, 0 disabled"); break;
	case XML_KIND_OFF: snprintf(text, size, "0 enabled, 1 disabled"); break;
	case XML_KIND_LIST: snprintf(text, size, "up to %lu of them", row->greatest); break;
	case XML_KIND_FIXED: snprintf(text, size, "any: the phone does not use it"); break;
	}
}

bool xml_reject(struct xml_decoder *decoder, const struct xml_row *row, const char *found, char *base,
		unsigned next)
{
	char number[24];
	const char *used = number;

	if (row->flags & (XML_NEEDED | XML_PRESENT)) {
		xml_warn(decoder, found, "not this row");
		return false;
	}
	xml_preset(row, base, next);
	if (row->kind == XML_KIND_TEXT)
		used = row->text ? row->text : "nothing";
	else
		xml_value_text(row, base, number);
	xml_warn(decoder, found, used);
	return false;
}

static bool reject_text(struct xml_decoder *decoder, const struct xml_row *row, const char *text, char *base,
			unsigned next)
{
	char found[64];

	xml_quote(text, found, sizeof(found));
	return xml_reject(decoder, row, found, base, next);
}

static bool store_text(struct xml_decoder *decoder, const struct xml_row *row, const char *text,
		       bool long_text, char *base)
{
	char found[64];

	if ((row->flags & XML_ONLY) && strcmp(text, row->text) != 0)
		return reject_text(decoder, row, text, base, 0);
	if (!*text && (row->flags & XML_NEEDED))
		return reject_text(decoder, row, text, base, 0);
	if (!*text) {
		xml_preset(row, base, 0);
		return true;
	}
	long_text |= strlen(text) >= row->size;
	if (long_text && !(row->flags & XML_CUT))
		return reject_text(decoder, row, text, base, 0);
	put_text(row, base, text);
	if (long_text) {
		xml_quote(text, found, sizeof(found));
		xml_warn(decoder, found, "its beginning");
	}
	return true;
}

static bool parse_number(const struct xml_row *row, const char *text, unsigned long *number)
{
	unsigned long value = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9' && value <= UINT32_MAX; c++)
		value = value * 10 + (unsigned long)(*c - '0');
	*number = value;
	return c != text && !*c && value >= row->least && value <= row->greatest;
}

static bool parse_bool(const struct xml_row *row, const char *text, unsigned long *number)
{
	bool yes = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
	bool no = strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;

	*number = row->kind == XML_KIND_OFF ? no : yes;
	return yes || no;
}

bool xml_store(struct xml_decoder *decoder, const struct xml_row *row, const char *text, bool long_text,
	       char *base, unsigned next)
{
	unsigned long number = 0;
	bool good = false;

	switch (row->kind) {
	case XML_KIND_TEXT: return store_text(decoder, row, text, long_text, base);
	case XML_KIND_UNSIGNED:
	case XML_KIND_PORT: good = parse_number(row, text, &number); break;
	case XML_KIND_BOOL:
	case XML_KIND_ON:
	case XML_KIND_OFF: good = parse_bool(row, text, &number); break;
	case XML_KIND_LIST:
	case XML_KIND_FIXED: return true;
	}
	if (!good || long_text)
		return reject_text(decoder, row, text, base, next);
	put_number(row, base, number);
	return true;
}
