#include "phone-sim/driver/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>
#include <event2/event.h>

#include "phone-sim/driver/fetch_transport.h"

#define IMAGE_HEAD 4096 /* first bytes of an image that the core wants to see */

struct fetch {
	struct fetch_order order;
	struct http_get *http;
	struct tftp_get *tftp;
	struct event *finish; /* reports the end from a clean stack */
	struct evbuffer *memory;
	struct flash_writer *writer;
	uint8_t *head; /* of an image */
	size_t head_len;
	uint64_t size;
	bool over;
	struct phone_event event;
	char detail[160];
};

static void free_fetch(struct fetch *fetch)
{
	http_get_free(fetch->http);
	tftp_get_free(fetch->tftp);
	flash_image_abort(fetch->writer);
	if (fetch->finish)
		event_free(fetch->finish);
	if (fetch->memory)
		evbuffer_free(fetch->memory);
	free(fetch->head);
	free(fetch);
}

/* The image is put into its bank only now that it is whole. */
static void finish_image(struct fetch *fetch)
{
	struct fail fail = {""};

	if (fetch->event.fetched.status != PHONE_FETCH_OK)
		return;
	int code = flash_image_commit(fetch->writer, fetch->event.fetched.sha512, &fail);
	fetch->writer = NULL;
	if (!code)
		return;
	fetch->event.fetched.status = PHONE_FETCH_PROTOCOL_ERROR;
	snprintf(fetch->detail, sizeof(fetch->detail), "%.159s", fail.text);
}

static void on_finish(int fd, short what, void *arg)
{
	struct fetch *fetch = arg;
	struct phone_event *event = &fetch->event;

	(void)fd;
	(void)what;
	http_get_free(fetch->http);
	tftp_get_free(fetch->tftp);
	fetch->http = NULL;
	fetch->tftp = NULL;
	event->fetched.size = fetch->size;
	if (fetch->order.flash) {
		finish_image(fetch);
		event->fetched.bytes = fetch->head;
		event->fetched.len = fetch->head_len;
	} else {
		event->fetched.len = evbuffer_get_length(fetch->memory);
		event->fetched.bytes = evbuffer_pullup(fetch->memory, -1);
	}
	event->fetched.detail = fetch->detail[0] ? fetch->detail : NULL;
	fetch->order.done(fetch->order.arg, fetch, event);
	free_fetch(fetch);
}

void fetch_over(struct fetch *fetch, enum phone_fetch_status status, int http_status, const char *detail)
{
	if (fetch->over)
		return;
	fetch->over = true;
	fetch->event.fetched.status = status;
	fetch->event.fetched.http_status = http_status;
	snprintf(fetch->detail, sizeof(fetch->detail), "%s", detail ? detail : "");
	event_active(fetch->finish, EV_TIMEOUT, 0);
}

int fetch_data(void *arg, const uint8_t *bytes, size_t len)
{
	struct fetch *fetch = arg;

	if (fetch->over)
		return -ECANCELED;
	if (fetch->size + len > fetch->order.limit)
		return -EFBIG;
	if (fetch->writer) {
		size_t head = IMAGE_HEAD - fetch->head_len < len ? IMAGE_HEAD - fetch->head_len : len;
		memcpy(fetch->head + fetch->head_len, bytes, head);
		fetch->head_len += head;
		int code = flash_image_write(fetch->writer, bytes, len);
		if (code)
			return code;
	} else if (evbuffer_add(fetch->memory, bytes, len) < 0) {
		return -ENOMEM;
	}
	fetch->size += len;
	return 0;
}

void fetch_retransmitted(struct fetch *fetch, unsigned n)
{
	if (fetch->order.retransmitted)
		fetch->order.retransmitted(fetch->order.arg, fetch, n);
}

enum phone_fetch_status fetch_status_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE: return PHONE_FETCH_REFUSED;
	case ETIMEDOUT: return PHONE_FETCH_TIMEOUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case EADDRNOTAVAIL: return PHONE_FETCH_UNREACHABLE;
	default: return PHONE_FETCH_PROTOCOL_ERROR;
	}
}

/* Somewhere to put it, and the transport. Failures of either come through done like all others. */
static void begin(struct fetch *fetch, const struct fetch_order *order)
{
	struct fail fail = {""};
	int code = 0;

	if (order->flash) {
		code = flash_image_begin(order->flash, order->file, order->limit, &fetch->writer, &fail);
		if (code) {
			fetch_over(fetch, PHONE_FETCH_PROTOCOL_ERROR, 0, fail.text);
			return;
		}
	}
	switch (order->transport) {
	case PHONE_HTTP: code = http_get_start(&fetch->http, fetch, order, &fail); break;
	case PHONE_TFTP: code = tftp_get_start(&fetch->tftp, fetch, order, &fail); break;
	}
	if (code)
		fetch_over(fetch, fetch_status_of(-code), 0, fail.text);
}

int fetch_start(struct fetch **out, const struct fetch_order *order, struct fail *fail)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (!fetch)
		return fail_set(fail, -ENOMEM, "fetch: out of memory");
	fetch->order = *order;
	fetch->event.kind = PHONE_FETCHED;
	fetch->event.fetched.id = order->id;
	fetch->finish = event_new(order->base, -1, 0, on_finish, fetch);
	fetch->memory = evbuffer_new();
	fetch->head = order->flash ? malloc(IMAGE_HEAD) : NULL;
	if (!fetch->finish || !fetch->memory || (order->flash && !fetch->head)) {
		free_fetch(fetch);
		return fail_set(fail, -ENOMEM, "fetch: out of memory");
	}
	begin(fetch, order);
	fetch->order.file = NULL;
	fetch->order.ns = -1;
	*out = fetch;
	return 0;
}

uint32_t fetch_id(const struct fetch *fetch)
{
	return fetch->order.id;
}

void fetch_cancel(struct fetch *fetch)
{
	if (fetch)
		free_fetch(fetch);
}
