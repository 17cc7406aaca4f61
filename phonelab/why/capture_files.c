/* The files that the phone asks for in a capture, and how each request ends. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phonelab/why/capture_content.h"

#define NO_HTTP_US                                                                                           \
	60000000 /* a failed connection is of the file that is asked for by TFTP within that time */

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

struct capture_request *capture_request_find(struct capture *it, bool http, uint16_t phone_port)
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

void capture_request_failed(struct capture *it, struct capture_request *request, const char *result,
			    const char *how, const char *why)
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

void capture_request_received(struct capture *it, struct capture_request *request)
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
	capture_request_failed(it, request, "timeout",
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
			capture_request_received(it, other);
		else
			give_up(it, other);
	}
}

struct capture_request *capture_request_begin(struct capture *it, bool http, int step, const char *file,
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

/* --- the end of the capture --- */

void capture_files_end(struct capture *it)
{
	for (size_t i = it->requests; i > 0; i--) {
		struct capture_request *request = &it->request[i - 1];

		if (request->http && request->status == 200 && request->size < 0 && request->bytes > 0)
			capture_request_received(it, request);
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
