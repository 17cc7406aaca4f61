/* Files by TFTP in a capture. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <string.h>

#include "phonelab/why/capture_content.h"
#include "wire/tftp.h"

#define NO_HTTP_US                                                                                           \
	60000000 /* a failed connection is of the file that is asked for by TFTP within that time */

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
	struct capture_request *request = capture_request_find(it, false, packet->udp.source_port);

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
	capture_request_begin(it, false, step, tftp->name, packet->ip.destination, packet->udp.source_port);
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
		capture_request_received(it, request);
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
	request = packet->to_phone ? capture_request_find(it, false, packet->udp.destination_port) : NULL;
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
		capture_request_failed(
		    it, request, tftp.error_code == TFTP_ERROR_NOT_FOUND ? "not found" : "error", "", why);
	}
}
