/* Files by HTTP in a capture: answers, their content, and how they end. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phonelab/why/capture_content.h"

static const char *field(const struct capture_packet *packet, const char *name)
{
	const char *value = dissect_value(packet->seen, name);

	return value ? value : "";
}

static const char *http_result(int status)
{
	return status == 404 ? "not found" : "error";
}

/* Where the content begins, if the segment has the end of the header. */
static void find_body(struct capture_request *request, const struct capture_packet *packet)
{
	const struct wire_slice in = packet->tcp.payload;
	const uint8_t *end = in.length ? memmem(in.data, in.length, "\r\n\r\n", 4) : NULL;

	if (!end)
		return;
	request->has_body = true;
	request->body = packet->tcp.sequence + (uint32_t)(end + 4 - in.data);
}

static void on_status(struct capture *it, struct capture_request *request,
		      const struct capture_packet *packet)
{
	const char *length = field(packet, "content_length");
	char why[300];

	request->answered = true;
	request->status = atoi(field(packet, "status"));
	request->size = *length ? atoll(length) : -1;
	snprintf(request->location, sizeof(request->location), "%.*s", (int)sizeof(request->location) - 1,
		 field(packet, "location"));
	if (request->status == 200) {
		if (!strcasecmp(field(packet, "content_encoding"), "gzip"))
			snprintf(request->content, sizeof(request->content), "gzip data");
		find_body(request, packet);
		return;
	}
	if (*request->location)
		snprintf(why, sizeof(why), "%d: redirect to %.200s, which phones do not follow",
			 request->status, request->location);
	else
		snprintf(why, sizeof(why), "%d%s", request->status,
			 request->status == 404 ? " Not Found" : "");
	capture_request_failed(it, request, http_result(request->status), "", why);
}

/* The first octets of the content show whether it is what its name says. */
static void look_at_content(struct capture_request *request, const struct capture_packet *packet)
{
	const struct wire_slice in = packet->tcp.payload;
	uint32_t skip = request->body - packet->tcp.sequence;

	if (!request->data && skip < in.length) {
		request->data = true;
		if (!*request->content)
			capture_content_find(request->file, in.data + skip, in.length - skip,
					     request->size < 0, request->content, sizeof(request->content));
	}
}

/* The server ended the connection before the answer was complete. */
static void check_end(struct capture *it, struct capture_request *request,
		      const struct capture_packet *packet, const struct capture_connection *connection)
{
	if (packet->tcp.flags & TCP_RST)
		capture_request_failed(it, request, "error", "reset", "the connection was reset");
	else if (connection->down.finished && !connection->down.holes && request->answered)
		capture_request_failed(it, request, "error", "cut", "the answer ended too early");
	else if (connection->down.finished && !connection->down.holes)
		capture_request_failed(it, request, "error", "closed",
				       "the connection was closed without an answer");
}

void capture_http(struct capture *it, const struct capture_packet *packet,
		  struct capture_connection *connection)
{
	struct capture_request *request;
	const char *file = field(packet, "file");

	if (!connection)
		return;
	if (packet->from_phone && !strcmp(field(packet, "method"), "GET") && packet->seen->step) {
		request = capture_request_find(it, true, packet->tcp.source_port);
		if (!request || strcmp(request->file, file) != 0 || request->answered)
			capture_request_begin(it, true, packet->seen->step, file, packet->ip.destination,
					      packet->tcp.source_port);
		return;
	}
	request = packet->to_phone ? capture_request_find(it, true, packet->tcp.destination_port) : NULL;
	if (!request)
		return;
	if (!request->answered && *field(packet, "status")) {
		on_status(it, request, packet);
		request = capture_request_find(it, true, packet->tcp.destination_port);
	}
	if (!request)
		return;
	if (!request->answered) {
		check_end(it, request, packet, connection);
		return;
	}
	if (!request->has_body && packet->tcp.payload.length)
		find_body(request, packet);
	if (request->has_body) {
		look_at_content(request, packet);
		request->bytes = (int32_t)(connection->down.next - request->body);
		request->bytes = request->bytes < 0 ? 0 : request->bytes;
	}
	if (request->has_body && (request->size >= 0 ? request->bytes >= request->size
						     : connection->down.finished && !connection->down.holes))
		capture_request_received(it, request);
	else
		check_end(it, request, packet, connection);
}
