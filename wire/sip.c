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
	if (!version || strcasecmp(version + 1, "SIP/2.0") != 0 || !is_token(line))
		return -EBADMSG;
	*version = '\0';
	message->method = line;
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
	*what = "more than 96 header lines";
	if (message->headers == SIP_HEADERS_MAX)
		return -EBADMSG;
	for (value = colon + 1; sip_is_blank(*value); value++)
		;
	for (end = value + strlen(value); end > value && sip_is_blank(end[-1]); end--)
		;
	*end = '\0';
	message->header[message->headers] = (struct sip_header){long_name(line), value};
	message->headers++;
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
	const char *text = sip_header_find(&owner->message, "Content-Length");
	size_t left = owner->size - header;
	uint32_t length = (uint32_t)left;

	if (text && (sip_number(text, SIP_MESSAGE_MAX, &length, NULL) < 0 || length > left))
		return wire_error_set(error, header, "Content-Length is no number or beyond the message");
	owner->message.body = (struct wire_slice){owner->bytes + header, length};
	return sip_read_parts(owner, error);
}

static int decode(struct sip_owner *owner, struct wire_error *error)
{
	char *text = (char *)owner->bytes;
	const char *what = NULL, *end;
	size_t at = 0, next, header;
	int err;

	while (owner->size - at >= 2 && memcmp(text + at, "\r\n", 2) == 0)
		at += 2;
	end = memmem(text + at, owner->size - at, "\r\n\r\n", 4);
	if (!end)
		return wire_error_set(error, owner->size, "no empty line behind the headers");
	header = (size_t)(end - text) + 4;
	if (header - at > SIP_HEADER_MAX)
		return wire_error_set(error, SIP_HEADER_MAX, "headers longer than 16384 bytes");
	for (size_t i = at; i < header; i++)
		if (((uint8_t)text[i] < ' ' && !sip_is_blank(text[i])) || text[i] == 0x7f)
			return wire_error_set(error, i, "control character in a header");
	next = cut_line(text, at, header - 2);
	err = read_start_line(owner, text + at, &what);
	while (err == 0 && next < header - 2) {
		at = next;
		next = cut_line(text, at, header - 2);
		err = read_header_line(owner, text + at, &what);
	}
	if (err == 0 && (what = missing(&owner->message))) {
		at = header;
		err = -EBADMSG;
	}
	if (err < 0)
		return err == -EBADMSG ? wire_error_set(error, at, what) : err;
	return read_body(owner, header, error);
}

int sip_decode(const void *bytes, size_t size, struct sip_message **message, struct wire_error *error)
{
	struct sip_owner *owner;
	int err;

	if (size > SIP_MESSAGE_MAX)
		return wire_error_set(error, SIP_MESSAGE_MAX, "message longer than 65536 bytes");
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return -ENOMEM;
	owner->bytes = malloc(size + 1);
	owner->size = size;
	if (owner->bytes) {
		if (size)
			memcpy(owner->bytes, bytes, size);
		owner->bytes[size] = 0;
		err = decode(owner, error);
	} else {
		err = -ENOMEM;
	}
	if (err < 0)
		sip_free(&owner->message);
	else
		*message = &owner->message;
	return err;
}

const char *sip_header_find(const struct sip_message *message, const char *name)
{
	for (unsigned i = 0; i < message->headers; i++)
		if (strcasecmp(message->header[i].name, name) == 0)
			return message->header[i].value;
	return NULL;
}

const struct sip_contact *sip_contact_find(const struct sip_message *message, const char *user,
					   const char *host)
{
	for (unsigned i = 0; i < message->contacts; i++) {
		const struct sip_uri *uri = &message->contact[i].uri;

		if (uri->user && uri->host && strcmp(uri->user, user) == 0 &&
		    strcasecmp(uri->host, host) == 0)
			return &message->contact[i];
	}
	return NULL;
}
