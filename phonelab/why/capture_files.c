/* The files that the phone asks for in a capture, and how each request ends. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phonelab/why/capture_content.h"
#include "wire/tftp.h"

#define NO_HTTP_US                                                                                           \
	60000000 /* a failed connection is of the file that is asked for by TFTP within that time */

static const char *field(const struct capture_packet *packet, const char *name)
{
	const char *value = dissect_value(packet->seen, name);

	return value ? value : "";
}

/* --- the list --- */

static void drop(struct capture *it, const struct capture_request *request)
{
	size_t i = (size_t)(request - it->request);

	it->requests--;
	memmove(&it->request[i], &it->request[i + 1], (it->requests - i) * sizeof(it->request[0]));
}

void capture_files_forget(struct capture *it, int step)
{
	for (size_t i = it->requests; i > 0; i--)
		if (it->request[i - 1].step >= step)
			drop(it, &it->request[i - 1]);
	it->no_http.number = 0;
	if (it->content.step >= step)
		it->content.number = 0;
}

static struct capture_request *find(struct capture *it, bool http, uint16_t phone_port)
{
	for (size_t i = it->requests; i > 0; i--)
		if (it->request[i - 1].http == http && it->request[i - 1].phone_port == phone_port)
			return &it->request[i - 1];
	return NULL;
}

/* --- results --- */

/* Packets that were sent again for it. */
static unsigned sent_again(const struct capture *it, const struct capture_request *request)
{
	if (!request->http)
		return request->tries - 1;
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		const struct capture_connection *connection = &it->connection[i];

		if (connection->number && connection->server == request->server &&
		    connection->phone_port == request->phone_port)
			return connection->up.repeated + connection->down.repeated +
			       (connection->syns ? connection->syns - 1 : 0);
	}
	return 0;
}

static json_t *evidence_of(const struct capture *it, const struct capture_request *request,
			   const char *result, const char *how)
{
	unsigned again = sent_again(it, request);
	uint64_t ms = (it->packet->us - request->us) / 1000;

	return capture_evidence(
	    "file", request->file, "server", capture_address(request->server), "transport",
	    request->http ? "HTTP" : "TFTP", "bytes", capture_number((unsigned long long)request->bytes),
	    "result", result, "ms", capture_number(ms), "http_status",
	    request->status ? capture_number((unsigned)request->status) : "", "location", request->location,
	    "tftp_error", request->tftp_error >= 0 ? capture_number((unsigned)request->tftp_error) : "",
	    "answered_by", request->answered_by ? capture_address(request->answered_by) : "", "how", how,
	    "again", again ? capture_number(again) : "", NULL);
}

/* A file that is not there is normal at some steps. */
static bool may_miss(const struct capture_request *request)
{
	return request->step == LADDER_CTL || request->step == LADDER_ITL ||
	       (request->step == LADDER_CONFIG && !strncasecmp(request->file, "SEP", 3));
}

/* how: the network has ended it so ("refused", "silent", ..), or "". */
static void failed(struct capture *it, struct capture_request *request, const char *result, const char *how,
		   const char *why)
{
	bool missing = !strcmp(result, "not found");
	const char *server = capture_address(request->server), *transport = request->http ? "HTTP" : "TFTP";

	capture_event(it, request->step, missing ? "file.missing" : "file.failed",
		      evidence_of(it, request, result, how), "%s by %s from %s: %s", request->file, transport,
		      server, why);
	if (missing && request->step < LADDER_CONFIG)
		capture_step(it, request->step, LADDER_DONE,
			     "%s: %s, which is normal without a secure cluster", request->file, why);
	else if (missing && may_miss(request))
		capture_step(it, request->step, LADDER_ACTIVE, "%s from %s by %s: %s", request->file, server,
			     transport, why);
	/* The phone asks again by TFTP; another server may have the file. */
	else if (request->http && !missing)
		capture_step(it, request->step, LADDER_ACTIVE, "%s from %s by HTTP: %s", request->file,
			     server, why);
	else
		capture_step(it, request->step, LADDER_FAILED, "%s from %s by %s: %s", request->file, server,
			     transport, why);
	drop(it, request);
}

static void received(struct capture *it, struct capture_request *request)
{
	const char *transport = request->http ? "HTTP" : "TFTP";

	capture_event(it, request->step, "file.ok", evidence_of(it, request, "ok", ""),
		      "%s by %s from %s: ok", request->file, transport, capture_address(request->server));
	if (it->content.step == request->step)
		it->content.number = 0;
	if (*request->content) {
		it->content = (struct capture_content){.step = request->step, .number = it->packet->number};
		memcpy(it->content.file, request->file, sizeof(it->content.file));
		memcpy(it->content.found, request->content, sizeof(it->content.found));
		capture_event(it, request->step, "file.bad",
			      capture_evidence("file", request->file, "found", request->content, "expected",
					       capture_content_expected(request->file), NULL),
			      "%s: found %s, expected %s", request->file, request->content,
			      capture_content_expected(request->file));
		capture_step(it, request->step, LADDER_FAILED, "%s: found %s, expected %s", request->file,
			     request->content, capture_content_expected(request->file));
	} else if (!strncasecmp(request->file, "XMLDefault", 10)) {
		capture_step(it, request->step, LADDER_DONE, "not provisioned, %s", request->file);
	} else {
		capture_step(it, request->step, LADDER_DONE, "%s by %s", request->file, transport);
	}
	drop(it, request);
}

static void give_up(struct capture *it, struct capture_request *request)
{
	char why[120];

	if (request->answered_by)
		snprintf(why, sizeof(why), "no answer; TFTP: asked %s, answered by %s",
			 capture_address(request->server), capture_address(request->answered_by));
	else if (request->bytes > 0 || request->answered)
		snprintf(why, sizeof(why), "the transfer did not end: %lld octets came", request->bytes);
	else
		snprintf(why, sizeof(why), "no answer");
	failed(it, request, "timeout",
	       request->bytes > 0 || request->answered ? "stalled"
	       : request->http			       ? "mute"
						       : "silent",
	       why);
}

/* --- requests --- */

/* The phone asks for a file that precedes its registration: does it begin again? */
static void check_restart(struct capture *it, int step)
{
	bool was_registered = it->sip.lines > 0;
	enum ladder_state reg = it->ladder.rung[LADDER_REGISTER - 1].state,
			  connect = it->ladder.rung[LADDER_CM_CONNECT - 1].state;

	if (step > LADDER_CONFIG || !was_registered)
		return;
	if (it->sip.line[0].bound)
		capture_sip_doubt(it);
	else if (reg != LADDER_FAILED && connect != LADDER_FAILED && reg != LADDER_ACTIVE &&
		 (reg != LADDER_PENDING || *it->ladder.rung[LADDER_REGISTER - 1].detail))
		capture_begin(it, step, "the phone reads its files again");
}

/* Requests that the phone has given up: it asks for something else. */
static void give_up_others(struct capture *it, const struct capture_request *kept)
{
	struct capture_request copy = *kept;

	for (size_t i = it->requests; i > 0; i--) {
		struct capture_request *other = &it->request[i - 1];

		if (other->number == copy.number)
			continue;
		/* A transfer of unknown length ends so. */
		if (other->http && other->status == 200 && other->size < 0 && other->bytes > 0)
			received(it, other);
		else
			give_up(it, other);
	}
}

static struct capture_request *begin(struct capture *it, bool http, int step, const char *file,
				     uint32_t server, uint16_t phone_port)
{
	struct capture_request *request;
	const char *slash = strrchr(file, '/');

	check_restart(it, step);
	/* The phone has a file server of its own. */
	if (it->dhcp.bound && it->ladder.rung[LADDER_DHCP - 1].state == LADDER_FAILED)
		capture_step(it, LADDER_DHCP, LADDER_DONE, "%s, tftp %s (of the phone)",
			     capture_address(it->address_now), capture_address(server));
	if (it->requests == CAPTURE_REQUESTS)
		drop(it, &it->request[0]);
	request = &it->request[it->requests++];
	*request = (struct capture_request){.step = step,
					    .http = http,
					    .server = server,
					    .phone_port = phone_port,
					    .us = it->packet->us,
					    .number = it->packet->number,
					    .tries = 1,
					    .size = -1,
					    .tftp_error = -1,
					    .block_size = 512};
	snprintf(request->file, sizeof(request->file), "%s",
		 slash && step != LADDER_LOCALE ? slash + 1 : file);
	give_up_others(it, request);
	capture_step(it, step, LADDER_ACTIVE, "%s was requested from %s by %s; no answer was seen", file,
		     capture_address(server), http ? "HTTP" : "TFTP");
	return &it->request[it->requests - 1];
}

/* --- HTTP --- */

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
	failed(it, request, http_result(request->status), "", why);
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
		failed(it, request, "error", "reset", "the connection was reset");
	else if (connection->down.finished && !connection->down.holes && request->answered)
		failed(it, request, "error", "cut", "the answer ended too early");
	else if (connection->down.finished && !connection->down.holes)
		failed(it, request, "error", "closed", "the connection was closed without an answer");
}

void capture_http(struct capture *it, const struct capture_packet *packet,
		  struct capture_connection *connection)
{
	struct capture_request *request;
	const char *file = field(packet, "file");

	if (!connection)
		return;
	if (packet->from_phone && !strcmp(field(packet, "method"), "GET") && packet->seen->step) {
		request = find(it, true, packet->tcp.source_port);
		if (!request || strcmp(request->file, file) != 0 || request->answered)
			begin(it, true, packet->seen->step, file, packet->ip.destination,
			      packet->tcp.source_port);
		return;
	}
	request = packet->to_phone ? find(it, true, packet->tcp.destination_port) : NULL;
	if (!request)
		return;
	if (!request->answered && *field(packet, "status")) {
		on_status(it, request, packet);
		request = find(it, true, packet->tcp.destination_port);
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
		received(it, request);
	else
		check_end(it, request, packet, connection);
}

/* --- TFTP --- */

static void name_failed_http(struct capture *it, int step, const char *file, uint32_t server)
{
	struct capture_no_http no = it->no_http;
	const char *address = capture_address(server);

	if (!no.number || no.server != server || it->packet->us > no.us + NO_HTTP_US)
		return;
	it->no_http.number = 0;
	capture_step(it, step, LADDER_ACTIVE, "%s from %s by HTTP: %s", file, address, no.reason);
	capture_event(it, step, "file.failed",
		      capture_evidence("file", file, "server", address, "transport", "HTTP", "bytes", "0",
				       "result", no.result, "ms",
				       capture_number((no.us - no.asked_us) / 1000), "how", no.how, NULL),
		      "%s by HTTP from %s: %s", file, address, no.reason);
}

static void on_read_request(struct capture *it, const struct capture_packet *packet,
			    const struct tftp_packet *tftp)
{
	int step = dissect_file_step(tftp->name);
	struct capture_request *request = find(it, false, packet->udp.source_port);

	if (!step)
		return;
	if (request && request->server == packet->ip.destination && !strcmp(request->file, tftp->name) &&
	    !request->answered) {
		request->tries++;
		return;
	}
	/* SYNs to the file server that nobody answers: the phone has turned to TFTP. */
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++)
		if (it->connection[i].number && it->connection[i].state == CAPTURE_SYN &&
		    it->connection[i].server == packet->ip.destination &&
		    it->connection[i].server_port == CAPTURE_HTTP_PORT)
			capture_connection_failed(it, &it->connection[i], "silent");
	name_failed_http(it, step, tftp->name, packet->ip.destination);
	begin(it, false, step, tftp->name, packet->ip.destination, packet->udp.source_port);
}

static void on_other_address(struct capture *it, struct capture_request *request, uint32_t from)
{
	const char *asked = capture_address(request->server), *answered = capture_address(from);

	if (request->answered_by)
		return;
	request->answered_by = from;
	capture_event(it, request->step, "tftp.other_address",
		      capture_evidence("file", request->file, "asked", asked, "answered_by", answered, NULL),
		      "%s: asked %s, answered by %s; the phone rejects its packets", request->file, asked,
		      answered);
	capture_step(it, request->step, LADDER_FAILED, "%s by TFTP: asked %s, answered by %s", request->file,
		     asked, answered);
}

static void on_data(struct capture *it, struct capture_request *request, const struct tftp_packet *tftp)
{
	if (!request->data)
		capture_content_find(request->file, tftp->data, tftp->data_size, false, request->content,
				     sizeof(request->content));
	request->data = request->answered = true;
	if (tftp->block != (uint16_t)(request->block + 1)) {
		request->tries++; /* sent again, or one before it was lost */
		return;
	}
	request->block++;
	request->bytes += (long long)tftp->data_size;
	if (tftp->data_size < request->block_size)
		received(it, request);
}

void capture_tftp(struct capture *it, const struct capture_packet *packet)
{
	struct capture_request *request;
	struct tftp_packet tftp;
	char why[200];

	if (tftp_decode(packet->udp.payload.data, packet->udp.payload.length, &tftp, NULL) < 0)
		return;
	if (packet->from_phone && tftp.opcode == TFTP_RRQ)
		on_read_request(it, packet, &tftp);
	request = packet->to_phone ? find(it, false, packet->udp.destination_port) : NULL;
	if (!request)
		return;
	if (packet->ip.source != request->server) {
		on_other_address(it, request, packet->ip.source);
	} else if (tftp.opcode == TFTP_OACK) {
		request->answered = true;
		if (tftp.options.has & TFTP_HAS_BLKSIZE)
			request->block_size = tftp.options.blksize;
	} else if (tftp.opcode == TFTP_DATA) {
		on_data(it, request, &tftp);
	} else if (tftp.opcode == TFTP_ERROR) {
		request->tftp_error = tftp.error_code;
		snprintf(why, sizeof(why), "ERROR %u: %.150s", tftp.error_code, tftp.message);
		failed(it, request, tftp.error_code == TFTP_ERROR_NOT_FOUND ? "not found" : "error", "", why);
	}
}

/* --- the end of the capture --- */

void capture_files_end(struct capture *it)
{
	for (size_t i = it->requests; i > 0; i--) {
		struct capture_request *request = &it->request[i - 1];

		if (request->http && request->status == 200 && request->size < 0 && request->bytes > 0)
			received(it, request);
		else if (it->now_us > request->us + 2 * CAPTURE_SILENT_US)
			give_up(it, request);
	}
	if (!it->no_http.number)
		return;
	for (int n = LADDER_CTL; n <= LADDER_DIAL_RULES; n++)
		if (it->ladder.rung[n - 1].state == LADDER_PENDING) {
			capture_step(it, n, LADDER_ACTIVE, "connection to %s port %d: %s",
				     capture_address(it->no_http.server), CAPTURE_HTTP_PORT,
				     it->no_http.reason);
			return;
		}
}
