#include "phone-sim/driver/http_response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <event2/buffer.h>

#include "wire/cursor.h"

void http_response_init(struct http_response *response)
{
	*response = (struct http_response){.length = -1, .left = -1, .facts.tftp_error = -1};
}

static int bad(struct http_response *response, const char *why)
{
	response->error = why;
	return -EBADMSG;
}

/* Copy as printable ASCII, cut at the room. */
static void print(char *to, size_t room, const char *text, size_t length)
{
	wire_slice_print((struct wire_slice){(const uint8_t *)text, length}, to, room);
}

/* The header is skipped; one entry per name and reason. */
static void note_odd(struct http_response *response, const char *name, size_t length, const char *what)
{
	struct phone_fetch_facts *facts = &response->facts;
	struct phone_fetch_odd odd = {.what = what};

	print(odd.name, sizeof(odd.name), name, length);
	for (unsigned i = 0; i < facts->odds; i++)
		if (!strcasecmp(facts->odd[i].name, odd.name) && facts->odd[i].what == what)
			return;
	if (facts->odds < PHONE_FETCH_ODD_MAX)
		facts->odd[facts->odds++] = odd;
}

static int read_status(struct http_response *response, const char *line)
{
	const char *code = line + 9;

	if (!*line)
		return 0; /* behind an earlier response (RFC 9112 2.2) */
	if (strncmp(line, "HTTP/1.", 7) != 0 || !line[7] || line[8] != ' ' ||
	    strspn(code, "0123456789") != 3 || (code[3] && code[3] != ' '))
		return bad(response, "the answer is not HTTP");
	response->status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
	print(response->reason, sizeof(response->reason), code, strcspn(code, "\r"));
	response->part = HTTP_FIELDS;
	return 0;
}

/* A number, or the same number several times (RFC 9112 6.3). Whether a wrong one matters shows at the end. */
static void read_length(struct http_response *response, const char *value)
{
	char *end;
	long long length;

	do {
		value += strspn(value, " \t");
		errno = 0;
		length = strtoll(value, &end, 10);
		response->length_bad |= *value < '0' || *value > '9' || errno ||
					(response->length >= 0 && response->length != length);
		response->length = length;
		end += strspn(end, " \t");
		value = end + 1;
	} while (*end == ',');
	response->length_bad |= *end != 0;
}

/* A list of codings: "chunked" is read, another one makes the body unusable. */
static void read_codings(struct http_response *response, const char *value, bool transfer)
{
	for (; *value; value += strspn(value, ", \t")) {
		size_t length = strcspn(value, ", \t");

		if (transfer && length == 7 && !strncasecmp(value, "chunked", 7))
			response->chunked = true;
		else if (length && (length != 8 || strncasecmp(value, "identity", 8) != 0))
			print(response->encoding, sizeof(response->encoding), value, length);
		value += length;
	}
}

/* The empty line: what the body is made of. An interim response (1xx) is followed by the real one. */
static int begin_body(struct http_response *response)
{
	if (response->status == 101)
		return bad(response, "101: another protocol, which was not requested");
	if (response->status >= 100 && response->status < 200) {
		struct http_response interim = *response;

		http_response_init(response);
		response->head = interim.head;
		response->facts = interim.facts;
		response->facts.location[0] = 0;
		return 0;
	}
	if (response->chunked)
		response->length = -1; /* RFC 9112 6.3: the chunks count */
	else if (response->length_bad)
		return bad(response, "Content-Length is not one number");
	if (response->status == 204 || response->status == 304 || response->length == 0) {
		response->part = HTTP_DONE;
	} else if (response->chunked) {
		response->part = HTTP_CHUNK_SIZE;
	} else {
		response->left = response->length;
		response->part = HTTP_BODY;
	}
	return 0;
}

/* Why a line is no header with a value; NULL: it is one. value is the text behind the colon. */
static const char *what_is_odd(const char *line, size_t name, const char *value)
{
	if (line[name] != ':')
		return "no colon behind its name";
	if (!name)
		return "no name";
	for (; *value; value++)
		if ((unsigned char)*value < ' ' && *value != '\t')
			return "control character in its value";
	return NULL;
}

/* The value of the header named field, or what its folded line adds to the value. */
static void take_value(struct http_response *response, char *value)
{
	char *end = value + strlen(value);

	value += strspn(value, " \t");
	while (end > value && strchr(" \t", end[-1]))
		*--end = 0;
	if (!*value)
		return;
	if (!strcasecmp(response->field, "Content-Length"))
		read_length(response, value);
	else if (!strcasecmp(response->field, "Transfer-Encoding"))
		read_codings(response, value, true);
	else if (!strcasecmp(response->field, "Content-Encoding"))
		read_codings(response, value, false);
	else if (!strcasecmp(response->field, "Location") && !response->facts.location[0])
		print(response->facts.location, sizeof(response->facts.location), value, strlen(value));
}

static int read_field(struct http_response *response, char *line)
{
	/* RFC 9110 5.6.2: a token */
	size_t name =
	    strspn(line, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	char *value = line + name + (line[name] == ':');
	const char *odd = what_is_odd(line, name, value);

	if (!*line)
		return begin_body(response);
	if (*line == ' ' || *line == '\t') {
		note_odd(response, response->field, strlen(response->field), "its line is folded");
		take_value(response, line);
		return 0;
	}
	print(response->field, sizeof(response->field), line, odd ? 0 : name);
	if (odd)
		note_odd(response, line, strcspn(line, ":"), odd);
	else
		take_value(response, value);
	return 0;
}

static int read_chunk_size(struct http_response *response, const char *line)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF");
	const char *end = line + digits + strspn(line + digits, " \t");

	errno = 0;
	response->left = strtoll(line, NULL, 16);
	if (!digits || errno || (*end && *end != ';'))
		return bad(response, "the size of a chunk is not a number");
	response->part = response->left ? HTTP_CHUNK : HTTP_TRAILER;
	response->head = 0; /* the trailer is counted afresh */
	return 0;
}

static int read_line(struct http_response *response, char *line)
{
	switch (response->part) {
	case HTTP_STATUS_LINE: return read_status(response, line);
	case HTTP_FIELDS: return read_field(response, line);
	case HTTP_CHUNK_SIZE: return read_chunk_size(response, line);
	case HTTP_CHUNK_END:
		response->part = HTTP_CHUNK_SIZE;
		return *line ? bad(response, "a chunk is longer than its size") : 0;
	case HTTP_TRAILER:
		if (!*line)
			response->part = HTTP_DONE;
		return 0;
	case HTTP_BODY:
	case HTTP_CHUNK:
	case HTTP_DONE: break;
	}
	return -EBADMSG;
}

/* Count length bytes of a line, and its end if it has come. Only as many lines as there are chunks are free. */
static int count_line(struct http_response *response, size_t length)
{
	bool chunk = response->part == HTTP_CHUNK_SIZE || response->part == HTTP_CHUNK_END;

	if (chunk)
		return length > HTTP_CHUNK_LINE_MAX
			   ? bad(response, "the line of a chunk is longer than 1024 bytes")
			   : 0;
	if (response->head + length > HTTP_HEAD_MAX)
		return bad(response, "the headers are longer than 16384 bytes");
	response->head += length;
	return 0;
}

/* Hand over one contiguous piece of the body. */
static int read_body(struct http_response *response, struct evbuffer *input, http_body_fn *body, void *arg)
{
	size_t length = evbuffer_get_contiguous_space(input);
	int err;

	if (response->left >= 0 && (int64_t)length > response->left)
		length = (size_t)response->left;
	err = body(arg, evbuffer_pullup(input, (ev_ssize_t)length), length);
	if (err)
		return err;
	evbuffer_drain(input, length);
	if (response->left >= 0)
		response->left -= (int64_t)length;
	if (response->left == 0)
		response->part = response->part == HTTP_CHUNK ? HTTP_CHUNK_END : HTTP_DONE;
	return 0;
}

int http_response_read(struct http_response *response, struct evbuffer *input, http_body_fn *body, void *arg)
{
	int err = 0;

	while (!err && response->part != HTTP_DONE && evbuffer_get_length(input)) {
		size_t length, head = response->head;
		char *line;

		if (response->part == HTTP_BODY || response->part == HTTP_CHUNK) {
			err = read_body(response, input, body, arg);
			continue;
		}
		line = evbuffer_readln(input, &length, EVBUFFER_EOL_CRLF);
		err = count_line(response, line ? length + 2 : evbuffer_get_length(input));
		if (!line) {
			response->head = head; /* the rest of the line comes */
			return err;
		}
		for (size_t i = 0; i < length; i++)
			if (!line[i])
				line[i] = '\1'; /* a control character like others */
		if (!err)
			err = read_line(response, line);
		free(line);
	}
	if (err)
		return err;
	return response->part == HTTP_DONE;
}

int http_response_end(const struct http_response *response)
{
	if (response->part == HTTP_DONE || (response->part == HTTP_BODY && response->left < 0))
		return 1;
	return response->part == HTTP_STATUS_LINE || response->part == HTTP_FIELDS ? -EBADMSG : -EPIPE;
}
