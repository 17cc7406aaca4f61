#include "wire/sip_owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <osipparser2/osip_parser.h>

#define BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */

/* The delimiter "--boundary" of a multipart Content-Type: 1; 0 when it is not multipart; -EBADMSG;
 * -ENOMEM. */
static int find_delimiter(const char *content_type, char delimiter[BOUNDARY_MAX + 3])
{
	osip_generic_param_t *boundary = NULL;
	osip_content_type_t *type = NULL;
	int err = 0;

	if (!content_type || strncasecmp(content_type, "multipart/", 10) != 0)
		return 0;
	if (osip_content_type_init(&type) != OSIP_SUCCESS)
		return -ENOMEM;
	if (osip_content_type_parse(type, content_type) == OSIP_SUCCESS)
		osip_uri_param_get_byname(&type->gen_params, (char *)(uintptr_t) "boundary", &boundary);
	if (boundary && boundary->gvalue) {
		const char *text = boundary->gvalue;
		size_t length = strlen(text);

		if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
			text++;
			length -= 2;
		}
		err = length > 0 && length <= BOUNDARY_MAX ? 1 : -EBADMSG;
		if (err == 1)
			snprintf(delimiter, BOUNDARY_MAX + 3, "--%.*s", (int)length, text);
	} else {
		err = -EBADMSG;
	}
	osip_content_type_free(type);
	return err;
}

/* The next delimiter at the beginning of a line, from at on; SIZE_MAX when there is none. */
static size_t next_delimiter(struct wire_slice body, size_t at, const char *delimiter)
{
	size_t length = strlen(delimiter);

	while (at < body.length) {
		const uint8_t *found = memmem(body.data + at, body.length - at, delimiter, length);
		size_t where;

		if (!found)
			break;
		where = (size_t)(found - body.data);
		if (where == 0 || body.data[where - 1] == '\n')
			return where;
		at = where + 1;
	}
	return SIZE_MAX;
}

/* The header line of a part: name and value kept, if it is one that matters. */
static int read_part_line(struct sip_owner *owner, struct sip_part *part, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);
	const char *value;
	size_t name = colon ? (size_t)(colon - line) : 0;

	if (name != 12 && name != 10)
		return 0;
	value = sip_keep(owner, colon + 1, length - name - 1);
	if (!value || sip_copy_unquoted(owner, value, &value))
		return -ENOMEM;
	if (name == 12 && strncasecmp(line, "Content-Type", name) == 0)
		part->content_type = value;
	else if (name == 10 && strncasecmp(line, "Content-Id", name) == 0)
		part->content_id = value;
	return 0;
}

/* One part, from behind its delimiter line to before the next delimiter's line break. */
static int read_part(struct sip_owner *owner, const uint8_t *from, size_t length)
{
	struct sip_message *message = &owner->message;
	struct sip_part *part = &message->part[message->parts];
	size_t at = 0;
	int err = 0;

	part->content_type = "text/plain";
	while (err == 0 && at < length) {
		const uint8_t *end = memmem(from + at, length - at, "\r\n", 2);
		size_t line = end ? (size_t)(end - from) - at : length - at;

		if (line > 0)
			err = read_part_line(owner, part, (const char *)from + at, line);
		at += line + (end ? 2 : 0);
		if (line == 0)
			break;
	}
	part->body = (struct wire_slice){from + at, length - at};
	message->parts++;
	return err;
}

/* Forget the parts: the body is not what its Content-Type says. */
static int drop_parts(struct sip_owner *owner, const char *why)
{
	owner->message.parts = 0;
	sip_note_odd(owner, "Content-Type", why);
	return 0;
}

int sip_read_parts(struct sip_owner *owner)
{
	struct sip_message *message = &owner->message;
	struct wire_slice body = message->body;
	char delimiter[BOUNDARY_MAX + 3] = "";
	int err = body.length ? find_delimiter(message->content_type, delimiter) : 0;
	size_t at;

	if (err == -EBADMSG)
		return drop_parts(owner, "multipart without a boundary of 1 to 70 characters");
	if (err <= 0)
		return err;
	at = next_delimiter(body, 0, delimiter);
	if (at == SIZE_MAX)
		return drop_parts(owner, "boundary does not occur in the body");
	for (;;) {
		size_t start = at + strlen(delimiter), next, end;
		const uint8_t *line;

		if (body.length - start >= 2 && memcmp(body.data + start, "--", 2) == 0)
			return 0;
		line = memmem(body.data + start, body.length - start, "\r\n", 2);
		next = line ? next_delimiter(body, (size_t)(line - body.data) + 2, delimiter) : SIZE_MAX;
		if (next == SIZE_MAX)
			return drop_parts(owner, "multipart body without its last boundary");
		if (message->parts == SIP_PARTS_MAX) {
			sip_note_odd(owner, "Content-Type", "parts beyond the 8th");
			return 0;
		}
		start = (size_t)(line - body.data) + 2;
		end = next - start >= 2 && body.data[next - 2] == '\r' ? next - 2 : next;
		err = read_part(owner, body.data + start, end - start);
		if (err < 0)
			return err;
		at = next;
	}
}
