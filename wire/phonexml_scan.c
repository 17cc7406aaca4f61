#include "wire/phonexml_table.h"

#include <stdbool.h>
#include <string.h>

/*
 * Limits that the XML parser lacks. libxml2 compares each attribute of a start tag with all others and each prefix
 * with all declarations in scope, so a file of 400 KB could occupy it for 12 seconds. The scan finds every start
 * tag that the parser can reach; it need not be exact after the first error of syntax, because the parser stops
 * there.
 */

#define ATTRIBUTES_MAX 128 /* of one start tag */
#define NAMESPACES_MAX 64  /* xmlns and xmlns:PREFIX, of the whole file */

struct scan {
	struct xml_decoder *decoder;
	const char *start, *at, *end;
	unsigned namespaces;
};

static int refuse(const struct scan *scan, const char *found, const char *expected)
{
	scan->decoder->line = 1;
	for (const char *c = scan->start; c < scan->at; c++)
		scan->decoder->line += *c == '\n';
	return xml_refuse_at(scan->decoder, "file", found, expected);
}

static bool begins(const struct scan *scan, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(scan->end - scan->at) >= length && !memcmp(scan->at, text, length);
}

/* Continue after the next text that ends the construct, or at the end of the file. */
static int skip_past(struct scan *scan, size_t opening, const char *text)
{
	const char *from = scan->at + opening;
	const char *found = memmem(from, (size_t)(scan->end - from), text, strlen(text));

	scan->at = found ? found + strlen(text) : scan->end;
	return 0;
}

static int start_tag(struct scan *scan)
{
	const char *at = scan->at;
	unsigned attributes = 0;
	char quote = 0;

	for (; at < scan->end && (quote || *at != '>'); at++) {
		if (quote) {
			quote = *at == quote ? 0 : quote;
			continue;
		}
		if (*at == '"' || *at == '\'')
			quote = *at;
		if (*at == '=' && ++attributes > ATTRIBUTES_MAX)
			return refuse(scan, "an element with more than 128 attributes", "at most 128");
		if (scan->end - at >= 5 && !memcmp(at, "xmlns", 5) && ++scan->namespaces > NAMESPACES_MAX)
			return refuse(scan, "more than 64 namespaces", "at most 64");
	}
	scan->at = at;
	return 0;
}

/* A document type that names an external DTD is skipped: the parser reads no other file. A DTD within the file could
 * define entities. */
static int document_type(struct scan *scan)
{
	const char *at = scan->at;
	char quote = 0;

	for (; at < scan->end && (quote || *at != '>'); at++) {
		if (!quote && *at == '[')
			return refuse(scan, "a DTD", "XML without a DTD and without entities");
		if (quote)
			quote = *at == quote ? 0 : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
	}
	scan->at = at;
	return 0;
}

/* Check the markup at a <. */
static int markup(struct scan *scan)
{
	if (begins(scan, "<!--"))
		return skip_past(scan, 4, "-->");
	if (begins(scan, "<![CDATA["))
		return skip_past(scan, 9, "]]>");
	if (begins(scan, "<!DOCTYPE"))
		return document_type(scan);
	if (begins(scan, "<?"))
		return skip_past(scan, 2, "?>");
	if (begins(scan, "</"))
		return skip_past(scan, 2, ">");
	return start_tag(scan);
}

int xml_scan(struct xml_decoder *decoder, const void *bytes, size_t size)
{
	struct scan scan = {
	    .decoder = decoder, .start = bytes, .at = bytes, .end = (const char *)bytes + size};
	int err = 0;

	/* Another encoding would hide the markup from this scan. It has a NUL, or a foreign first character, or a
	 * declaration, which the parser ignores. */
	if (memchr(bytes, '\0', size))
		return refuse(&scan, "a NUL", "XML in UTF-8");
	if (begins(&scan, "\xef\xbb\xbf"))
		scan.at += 3;
	while (scan.at < scan.end && strchr(" \t\r\n", *scan.at))
		scan.at++;
	if (scan.at < scan.end && *scan.at != '<')
		return refuse(&scan, "text in front of the first element", "well-formed XML");
	while (!err && scan.at < scan.end) {
		const char *next = memchr(scan.at, '<', (size_t)(scan.end - scan.at));

		scan.at = next ? next : scan.end;
		if (next)
			err = markup(&scan);
	}
	return err;
}
