#include "wire/dissect_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* HTTP on 6970: which file is asked for, and how it is answered. */

/* The value of a header line, or an empty slice. */
static struct wire_slice http_header(struct wire_slice text, const char *name)
{
	size_t at = 0, n = strlen(name);

	while (at < text.length) {
		const uint8_t *line = text.data + at;
		const uint8_t *end = memmem(line, text.length - at, "\r\n", 2);
		size_t length = end ? (size_t)(end - line) : text.length - at;

		if (length > n && line[n] == ':' && strncasecmp((const char *)line, name, n) == 0) {
			for (n++; n < length && line[n] == ' '; n++)
				;
			return (struct wire_slice){line + n, length - n};
		}
		if (length == 0)
			break;
		at += length + 2;
	}
	return (struct wire_slice){NULL, 0};
}

static void http_request(struct dissect_view *view, struct dissect_flow *flow, struct dissect_flow *reverse,
			 struct wire_slice payload, uint32_t client)
{
	const char *line = (const char *)payload.data;
	const uint8_t *end = memmem(payload.data, payload.length, "\r\n", 2);
	size_t length = end ? (size_t)(end - payload.data) : payload.length;
	const char *path = memchr(line, ' ', length), *version;
	struct mac phone;

	version = path ? memmem(path + 1, length - (size_t)(path + 1 - line), " HTTP/1.", 8) : NULL;
	if (!version) {
		dissect_bad(view, payload.data, &(struct wire_error){0, "request line without HTTP/1.x"});
		return;
	}
	dissect_slice(view, "method", (struct wire_slice){payload.data, (size_t)(path - line)});
	path += path[1] == '/' ? 2 : 1;
	snprintf(flow->file, sizeof(flow->file), "%.*s", (int)(version - path), path);
	if (reverse)
		snprintf(reverse->file, sizeof(reverse->file), "%.*s", DISSECT_FILE_MAX, flow->file);
	if (http_header(payload, "Host").length)
		dissect_slice(view, "host", http_header(payload, "Host"));
	if (http_header(payload, "User-Agent").length)
		dissect_slice(view, "user_agent", http_header(payload, "User-Agent"));
	if (dissect_find_device(flow->file, &phone)) {
		dissect_is_phone(view, &phone);
		dissect_has_address(view, &phone, client);
	}
}

static void http_response(struct dissect_view *view, struct wire_slice payload)
{
	static const char *const headers[][2] = {{"Location", "location"},
						 {"Content-Type", "content_type"},
						 {"Content-Encoding", "content_encoding"}};
	const char *line = (const char *)payload.data;
	char text[4] = "";
	struct wire_slice length = http_header(payload, "Content-Length");

	if (payload.length >= 12)
		snprintf(text, sizeof(text), "%.3s", line + 9);
	if (strspn(text, "0123456789") != 3) {
		dissect_bad(view, payload.data, &(struct wire_error){0, "status line without a status"});
		return;
	}
	dissect_number(view, "status",
		       (uint64_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0')));
	if (length.length)
		dissect_slice(view, "content_length", length);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (http_header(payload, headers[i][0]).length)
			dissect_slice(view, headers[i][1], http_header(payload, headers[i][0]));
}

void dissect_http(struct dissect_view *view, struct dissect_flow *flow, struct dissect_flow *reverse,
		  struct wire_slice payload, uint32_t client)
{
	bool from_server = flow->source_port == DISSECT_HTTP_PORT;
	struct mac phone;

	view->out->protocol = "http";
	if (from_server && payload.length >= 7 && memcmp(payload.data, "HTTP/1.", 7) == 0)
		http_response(view, payload);
	else if (!from_server && payload.length >= 4 &&
		 (memcmp(payload.data, "GET ", 4) == 0 || memcmp(payload.data, "HEAD", 4) == 0))
		http_request(view, flow, reverse, payload, client);
	else
		dissect_number(view, "data_bytes", payload.length);
	if (from_server && !flow->file[0] && reverse)
		snprintf(flow->file, sizeof(flow->file), "%.*s", DISSECT_FILE_MAX, reverse->file);
	if (!flow->file[0])
		return;
	dissect_text(view, "file", flow->file);
	view->out->step = dissect_file_step(flow->file);
	if (dissect_find_device(flow->file, &phone))
		dissect_is_phone(view, &phone);
}
