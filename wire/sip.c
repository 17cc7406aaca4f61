#include "wire/sip_owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The long form of a compact header name (RFC 3261 section 7.3.3, RFC 3515, 6665), or the name as it is. */
static const char *long_name(const char *name)
{
	static const struct {
		char compact;
		const char *name;
	} NAMES[] = {
	    {'v', "Via"},	   {'f', "From"},
	    {'t', "To"},	   {'i', "Call-ID"},
	    {'m', "Contact"},	   {'l', "Content-Length"},
	    {'c', "Content-Type"}, {'e', "Content-Encoding"},
	    {'k', "Supported"},	   {'s', "Subject"},
	    {'o', "Event"},	   {'r', "Refer-To"},
	    {'u', "Allow-Events"}, {'x', "Session-Expires"},
	};

	for (size_t i = 0; !name[1] && i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if ((name[0] | 0x20) == NAMES[i].compact)
			return NAMES[i].name;
	return name;
}

static bool is_token(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("()<>@,;:\\\"/[]?={}", *text))
			return false;
	return true;
}

/* "SIP/2.0 200 OK" or "REGISTER sip:10.0.0.1 SIP/2.0", already NUL-terminated, taken apart in place. */
static int read_start_line(struct sip_owner *owner, char *line, const char **what)
{
	struct sip_message *message = &owner->message;
	char *space = strchr(line, ' '), *version;
	uint32_t status;

	*what = "start line is neither a request nor a status";
	message->refusal = 400;
	if (!space)
		return -EBADMSG;
	*space = '\0';
	if (strcasecmp(line, "SIP/2.0") == 0) {
		const char *end;

		if (sip_number(space + 1, 699, &status, &end) < 0 || status < 100 || (*end && *end != ' '))
			return -EBADMSG;
		message->status = status;
		message->reason_phrase = *end ? end + 1 : end;
		return 0;
	}
	version = strrchr(space + 1, ' ');
	if (!version || !strstr(space + 1, " SIP/") || !is_token(line))
		return -EBADMSG;
	message->method = line;
	if (strncasecmp(version + 1, "SIP/", 4) == 0 && strcasecmp(version + 1, "SIP/2.0") != 0) {
		*what = "version is not SIP/2.0";
		message->refusal = 505;
		return -EBADMSG;
	}
	if (strcasecmp(version + 1, "SIP/2.0") != 0)
		return -EBADMSG;
	*version = '\0';
	*what = "request URI";
	return sip_read_request_uri(owner, space + 1);
}

/* Cut the header line at at out of the text: NUL-terminated, folds turned into blanks. The offset behind
 * it. */
static size_t cut_line(char *text, size_t at, size_t end)
{
	size_t i = at;

	for (; i + 1 < end; i++) {
		if (text[i] != '\r' || text[i + 1] != '\n')
			continue;
		if (i + 2 >= end || (text[i + 2] != ' ' && text[i + 2] != '\t'))
			break;
		text[i] = text[i + 1] = ' ';
	}
	text[i] = '\0';
	return i + 2;
}

static int read_header_line(struct sip_owner *owner, char *line, const char **what)
{
	struct sip_message *message = &owner->message;
	char *colon = strchr(line, ':'), *value, *end;

	*what = "header line without a name";
	if (!colon)
		return -EBADMSG;
	for (end = colon; end > line && sip_is_blank(end[-1]); end--)
		;
	*end = '\0';
	if (!is_token(line))
		return -EBADMSG;
	for (value = colon + 1; sip_is_blank(*value); value++)
		;
	for (end = value + strlen(value); end > value && sip_is_blank(end[-1]); end--)
		;
	*end = '\0';
	if (message->headers < SIP_HEADERS_MAX)
		message->header[message->headers++] = (struct sip_header){long_name(line), value};
	else
		sip_note_odd(owner, long_name(line), "line beyond the 96th");
	return sip_read_header(owner, long_name(line), value, what);
}

/* What RFC 3261 section 8.1.1 asks of every message, and that the parts agree. */
static const char *missing(const struct sip_message *message)
{
	if (message->vias == 0)
		return "no Via";
	if (!message->from_text)
		return "no From";
	if (!message->to_text)
		return "no To";
	if (!message->call_id)
		return "no Call-ID";
	if (!message->cseq_method)
		return "no CSeq";
	if (message->method && strcmp(message->method, message->cseq_method) != 0)
		return "CSeq is of another method than the request";
	return NULL;
}

/* The body behind the header: as long as Content-Length says, or all the rest. */
static int read_body(struct sip_owner *owner, size_t header, struct wire_error *error)
{
	size_t left = owner->size - header, length = owner->has_length ? owner->length : left;

	if (length > left)
		return wire_error_set(error, header, "Content-Length is beyond the message");
	owner->message.body = (struct wire_slice){owner->bytes + header, length};
	return sip_read_parts(owner);
}

/* Control characters stand only in quoted strings, behind a backslash (RFC 3261 section 25.1: quoted-pair). A NUL
 * there becomes a space, because strings end with NUL. */
static int check_characters(char *text, size_t at, size_t end, struct wire_error *error)
{
	bool quoted = false;

	for (; at < end; at++) {
		uint8_t c = (uint8_t)text[at], next = (uint8_t)text[at + 1];

		quoted = c != '\n' && quoted != (c == '"');
		if (quoted && c == '\\' && next != '\r' && next != '\n') {
			if (!next)
				text[at + 1] = ' ';
			at++;
		} else if ((c < ' ' && !sip_is_blank((char)c)) || c == 0x7f) {
			return wire_error_set(error, at, "control character in a header");
		}
	}
	return 0;
}

/* All header lines are read, also behind a mistake: the answer to the request repeats some of them. */
static int decode(struct sip_owner *owner, struct wire_error *error)
{
	char *text = (char *)owner->bytes;
	const char *what = NULL, *line_what, *end;
	size_t at = 0, next, line, header;
	int err, line_err;

	while (owner->size - at >= 2 && memcmp(text + at, "\r\n", 2) == 0)
		at += 2;
	end = memmem(text + at, owner->size - at, "\r\n\r\n", 4);
	if (!end)
		return wire_error_set(error, owner->size, "no empty line behind the headers");
	header = (size_t)(end - text) + 4;
	if (header - at > SIP_HEADER_MAX)
		return wire_error_set(error, SIP_HEADER_MAX, "headers longer than 16384 bytes");
	err = check_characters(text, at, header, error);
	if (err < 0)
		return err;
	next = cut_line(text, at, header - 2);
	err = read_start_line(owner, text + at, &what);
	while (err != -ENOMEM && next < header - 2) {
		owner->at = line = next;
		next = cut_line(text, line, header - 2);
		line_err = read_header_line(owner, text + line, &line_what);
		if (line_err < 0 && (err == 0 || line_err == -ENOMEM)) {
			err = line_err;
			at = line;
			what = line_what;
		}
	}
	if (err == 0 && (what = missing(&owner->message))) {
		at = header;
		err = -EBADMSG;
	}
	if (err < 0)
		return err == -EBADMSG ? wire_error_set(error, at, what) : err;
	return read_body(owner, header, error);
}

/* The owner of a copy of the bytes and of what was read; *err is that of decode. NULL: no memory. */
static struct sip_owner *read_message(const void *bytes, size_t size, int *err, struct wire_error *error)
{
	struct sip_owner *owner = calloc(1, sizeof(*owner));

	*err = -ENOMEM;
	if (!owner)
		return NULL;
	owner->bytes = malloc(size + 1);
	owner->size = size;
	if (owner->bytes) {
		if (size)
			memcpy(owner->bytes, bytes, size);
		owner->bytes[size] = 0;
		*err = decode(owner, error);
	}
	return owner;
}

int sip_decode(const void *bytes, size_t size, struct sip_message **message, struct wire_error *error)
{
	struct sip_owner *owner;
	int err;

	if (size > SIP_MESSAGE_MAX)
		return wire_error_set(error, SIP_MESSAGE_MAX, "message longer than 65536 bytes");
	owner = read_message(bytes, size, &err, error);
	if (err < 0) {
		sip_free(owner ? &owner->message : NULL);
		return err;
	}
	owner->message.refusal = 0;
	*message = &owner->message;
	return 0;
}

int sip_decode_refused(const void *bytes, size_t size, struct sip_message **message)
{
	struct wire_error error;
	struct sip_owner *owner;
	int err;

	owner = read_message(bytes, size < SIP_MESSAGE_MAX ? size : SIP_MESSAGE_MAX, &err, &error);
	if (!owner)
		return -ENOMEM;
	if (err != -EBADMSG || !owner->message.method || !owner->message.vias ||
	    strcmp(owner->message.method, "ACK") == 0) {
		sip_free(&owner->message);
		return err == -ENOMEM ? -ENOMEM : -EBADMSG;
	}
	*message = &owner->message;
	return 0;
}

const char *sip_header_find(const struct sip_message *message, const char *name)
{
	for (unsigned i = 0; i < message->headers; i++)
		if (strcasecmp(message->header[i].name, name) == 0)
			return message->header[i].value;
	return NULL;
}

const struct sip_contact *sip_contact_find(const struct sip_message *message, const char *user,
					   const char *host, uint16_t port)
{
	for (unsigned i = 0; i < message->contacts; i++) {
		const struct sip_uri *uri = &message->contact[i].uri;

		if (uri->user && uri->host && strcmp(uri->user, user) == 0 &&
		    strcasecmp(uri->host, host) == 0 && uri->port == port)
			return &message->contact[i];
	}
	return NULL;
}
