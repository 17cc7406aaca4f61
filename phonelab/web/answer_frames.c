/* The frames of a phone: its message sequence, one frame, a capture to download. The switch has recorded them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/web/frames.h"
#include "phonelab/web/internal.h"

#define FRAMES_S 10

/* What a request asks for, of its target. The guard has checked the request; the phone is a device name. */
struct asked {
	char phone[20], sw[64];
	uint64_t number; /* of a frame */
};

static void read_target(struct evhttp_request *request, struct asked *asked)
{
	const char *query = web_query_of(request);
	char number[24];

	web_parameter(query, "phone", asked->phone, sizeof(asked->phone));
	web_parameter(query, "switch", asked->sw, sizeof(asked->sw));
	web_parameter(query, "number", number, sizeof(number));
	asked->number = strtoull(number, NULL, 10);
}

static void send_capture(struct evhttp_request *request, const json_t *reply, const char *phone)
{
	struct text capture = {0};
	char disposition[64];

	web_frames_pcapng(reply, phone, &capture);
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s.pcapng\"", phone);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Disposition", disposition);
	if (capture.failed)
		web_reply_error(request, HTTP_SERVUNAVAIL, "out of memory");
	else
		web_reply(request, HTTP_OK, "application/x-pcapng", capture.bytes, capture.length);
	text_free(&capture);
}

/* The request of the pending one, or NULL: it was answered, because the switch has no frames. */
static struct evhttp_request *take(struct web_pending *pending, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = web_take_request(pending);

	if (reply)
		return request;
	web_reply_error(request, fail->err == -ENOENT ? HTTP_NOTFOUND : HTTP_SERVUNAVAIL, fail->text);
	return NULL;
}

static void on_capture(void *arg, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = take(arg, reply, fail);
	struct asked asked;

	if (!request)
		return;
	read_target(request, &asked);
	send_capture(request, reply, asked.phone);
}

static void on_sequence(void *arg, const json_t *reply, const struct fail *fail)
{
	const struct web_server *server = ((struct web_pending *)arg)->server;
	struct evhttp_request *request = take(arg, reply, fail);
	struct asked asked;
	json_t *object;

	if (!request)
		return;
	read_target(request, &asked);
	object = web_frames_sequence(reply, web_feed_board(server->feed), asked.phone, asked.number);
	web_reply_json(request, object ? HTTP_OK : HTTP_SERVUNAVAIL, object ? object : json_null());
	json_decref(object);
}

static void on_frame(void *arg, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = take(arg, reply, fail);
	struct asked asked;
	json_t *object;

	if (!request)
		return;
	read_target(request, &asked);
	object = web_frames_decode(reply, asked.number);
	if (object)
		web_reply_json(request, HTTP_OK, object);
	else
		web_reply_error(request, HTTP_NOTFOUND, "the recording no longer has this frame");
	json_decref(object);
}

void web_answer_frames(struct web_server *server, struct evhttp_request *request, enum web_route route)
{
	web_ask_fn *done = route == WEB_ROUTE_CAPTURE ? on_capture
			   : route == WEB_ROUTE_FRAME ? on_frame
						      : on_sequence;
	struct asked asked;
	char socket[80];

	read_target(request, &asked);
	if (!web_is_name(asked.sw)) {
		web_reply_error(request, 400, "found no switch, expected &switch=sw1");
		return;
	}
	snprintf(socket, sizeof(socket), "switches/%s.sock", asked.sw);
	web_ask_lab(server, request, socket, json_pack("{s:s,s:s}", "do", "frames", "device", asked.phone),
		    FRAMES_S, done);
}
