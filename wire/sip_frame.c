#include "wire/sip_owner.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Skip the CRLFs in front of the message. A lone CRLF at the very end stays: the other half of a ping may
 * follow. */
static size_t skip_keepalives(const uint8_t *bytes, size_t size, unsigned *pings)
{
	size_t at = 0;

	*pings = 0;
	while (size - at >= 4 && memcmp(bytes + at, "\r\n\r\n", 4) == 0) {
		(*pings)++;
		at += 4;
	}
	if (size - at > 2 && bytes[at] == '\r' && bytes[at + 1] == '\n' && bytes[at + 2] != '\r')
		at += 2;
	return at;
}

/* Does the line begin with this header's name and its colon? *value is the offset of what follows the
 * colon. */
static bool header_is(const uint8_t *line, size_t length, const char *name, size_t *value)
{
	size_t n = strlen(name);

	if (length <= n || strncasecmp((const char *)line, name, n) != 0)
		return false;
	while (n < length && is_blank(line[n]))
		n++;
	*value = n + 1;
	return n < length && line[n] == ':';
}

/* The number in a Content-Length, which may be folded; -1 when it is none. */
static long parse_length(const uint8_t *text, size_t length)
{
	size_t at = 0, digits = 0;
	long value = 0;

	while (at < length && sip_is_blank((char)text[at]))
		at++;
	for (; at < length && text[at] >= '0' && text[at] <= '9' && value <= SIP_MESSAGE_MAX; at++, digits++)
		value = value * 10 + (text[at] - '0');
	while (at < length && sip_is_blank((char)text[at]))
		at++;
	return at == length && digits ? value : -1;
}

/* The end of the header line at at: past its CRLF, and past the lines folded into it. */
static size_t line_end(const uint8_t *bytes, size_t at, size_t end)
{
	const uint8_t *cr;

	do {
		cr = memmem(bytes + at, end - at, "\r\n", 2);
		if (!cr)
			return end;
		at = (size_t)(cr - bytes) + 2;
	} while (at < end && is_blank(bytes[at]));
	return at;
}

/* The one Content-Length among the headers: 0 and *body, or -EBADMSG. */
static int find_length(const uint8_t *bytes, size_t header, size_t skip, size_t *body,
		       struct wire_error *error)
{
	long found = -1;

	for (size_t at = line_end(bytes, 0, header); at < header;) {
		size_t end = line_end(bytes, at, header), value;
		long number;

		if (header_is(bytes + at, end - at, "Content-Length", &value) ||
		    header_is(bytes + at, end - at, "l", &value)) {
			number = parse_length(bytes + at + value, end - at - value);
			if (number < 0)
				return wire_error_set(error, skip + at, "Content-Length is no number");
			if (found >= 0 && found != number)
				return wire_error_set(error, skip + at, "two Content-Length that differ");
			if ((size_t)number + header > SIP_MESSAGE_MAX)
				return wire_error_set(error, skip + at, "message longer than 65536 bytes");
			found = number;
		}
		at = end;
	}
	if (found < 0)
		return wire_error_set(error, skip, "no Content-Length");
	*body = (size_t)found;
	return 0;
}

int sip_frame(const void *bytes, size_t size, struct sip_frame *frame, struct wire_error *error)
{
	const uint8_t *from = bytes, *end;
	struct sip_frame found = {0};
	size_t left;
	int err;

	if (size == 0) {
		*frame = found;
		return -EAGAIN;
	}
	found.skip = skip_keepalives(from, size, &found.pings);
	from += found.skip;
	left = size - found.skip;
	if (left && *from != '\r' && !((*from | 0x20) >= 'a' && (*from | 0x20) <= 'z') &&
	    !((*from >= '0' && *from <= '9') || memchr("-.!%*_+`'~", *from, 10)))
		return wire_error_set(error, found.skip, "not the beginning of a SIP message");
	end = left ? memmem(from, left < SIP_HEADER_MAX ? left : SIP_HEADER_MAX, "\r\n\r\n", 4) : NULL;
	if (!end && left >= SIP_HEADER_MAX)
		return wire_error_set(error, found.skip, "headers longer than 16384 bytes");
	if (!end) {
		*frame = found;
		return -EAGAIN;
	}
	found.header = (size_t)(end - from) + 4;
	err = find_length(from, found.header, found.skip, &found.body, error);
	if (err < 0)
		return err;
	*frame = found;
	return left < found.header + found.body ? -EAGAIN : 0;
}
