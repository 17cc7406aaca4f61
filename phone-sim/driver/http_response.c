#include "phone-sim/driver/http_response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <event2/buffer.h>

#define HEAD_MAX 16384 /* bytes of status line, fields, chunk sizes and trailer */

void http_response_init(struct http_response *response)
{
	*response = (struct http_response){.length = -1, .left = -1};
}

static int read_status(struct http_response *response, const char *line)
{
	size_t at;
	const char *code;

	if (strncmp(line, "HTTP/1.", 7) != 0 || !line[7] || line[8] != ' ')
		return -EBADMSG;
	code = line + 9;
	for (int i = 0; i < 3; i++)
		if (code[i] < '0' || code[i] > '9')
			return -EBADMSG;
	if (code[3] && code[3] != ' ')
		return -EBADMSG;
	response->status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
	at = 0;
	for (; code[at] && at + 1 < sizeof(response->reason); at++)
		response->reason[at] = code[at] >= ' ' && code[at] <= '~' ? code[at] : '?';
	response->reason[at] = 0;
	response->part = HTTP_FIELDS;
	return 0;
}

static int read_length(struct http_response *response, const char *value)
{
	char *end;
	long long length;

	if (*value < '0' || *value > '9')
		return -EBADMSG;
	errno = 0;
	length = strtoll(value, &end, 10);
	end += strspn(end, " \t");
	if (errno || *end || (response->length >= 0 && response->length != length))
		return -EBADMSG;
	response->length = length;
	return 0;
}

/* The empty line: what the body is made of. An interim response (1xx) is followed by the real one. */
static void begin_body(struct http_response *response)
{
	if (response->status >= 100 && response->status < 200) {
		size_t head = response->head;
		http_response_init(response);
		response->head = head;
	} else if (response->status == 204 || response->status == 304 ||
		   (!response->chunked && response->length == 0)) {
		response->part = HTTP_DONE;
	} else if (response->chunked) {
		response->part = HTTP_CHUNK_SIZE;
	} else {
		response->left = response->length;
		response->part = HTTP_BODY;
	}
}

static int read_field(struct http_response *response, const char *line)
{
	const char *colon = strchr(line, ':');
	size_t length;
	const char *value;

	if (!*line) {
		begin_body(response);
		return 0;
	}
	if (!colon || colon == line)
		return -EBADMSG;
	length = (size_t)(colon - line);
	value = colon + 1 + strspn(colon + 1, " \t");
	if (length == 14 && strncasecmp(line, "Content-Length", length) == 0)
		return read_length(response, value);
	if (length == 17 && strncasecmp(line, "Transfer-Encoding", length) == 0) {
		if (strcasecmp(value, "chunked") != 0)
			return -EBADMSG;
		response->chunked = true;
	}
	return 0;
}

static int read_chunk_size(struct http_response *response, const char *line)
{
	char *end;
	long long size;

	if (!strchr("0123456789abcdefABCDEF", *line) || !*line)
		return -EBADMSG;
	errno = 0;
	size = strtoll(line, &end, 16);
	end += strspn(end, " \t");
	if (errno || (*end && *end != ';'))
		return -EBADMSG;
	response->left = size;
	response->part = size ? HTTP_CHUNK : HTTP_TRAILER;
	return 0;
}

static int read_line(struct http_response *response, const char *line)
{
	switch (response->part) {
	case HTTP_STATUS_LINE: return read_status(response, line);
	case HTTP_FIELDS: return read_field(response, line);
	case HTTP_CHUNK_SIZE: return read_chunk_size(response, line);
	case HTTP_CHUNK_END: response->part = HTTP_CHUNK_SIZE; return *line ? -EBADMSG : 0;
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
		size_t length;
		char *line;

		if (response->part == HTTP_BODY || response->part == HTTP_CHUNK) {
			err = read_body(response, input, body, arg);
			continue;
		}
		line = evbuffer_readln(input, &length, EVBUFFER_EOL_CRLF);
		if (!line)
			return response->head + evbuffer_get_length(input) > HEAD_MAX ? -EBADMSG : 0;
		response->head += length + 2;
		err = response->head > HEAD_MAX || memchr(line, 0, length) ? -EBADMSG
									   : read_line(response, line);
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
