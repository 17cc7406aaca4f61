#include "phone-sim/driver/download.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>
#include <event2/event.h>

#define IMAGE_HEAD 4096 /* first bytes of an image that the core wants to see */

struct download {
	struct download_order order;
	struct download_sink sink;
	struct http_get *http;
	struct tftp_get *tftp;
	struct event *finish; /* reports the end from a clean stack */
	struct evbuffer *memory;
	struct flash_writer *writer;
	uint8_t *head; /* of an image */
	size_t head_length;
	uint64_t size, announced; /* received; of the whole file, 0: unknown */
	bool over;
	struct phone_event event;
	struct phone_fetch_facts facts;
	char detail[160];
};

enum phone_fetch_status download_status_of(int error)
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

const char *download_how(int error)
{
	switch (error) {
	case ECONNREFUSED: return PHONE_HOW_REFUSED;
	case ECONNRESET:
	case EPIPE: return PHONE_HOW_RESET;
	case ETIMEDOUT: return PHONE_HOW_SILENT;
	default: return download_status_of(error) == PHONE_FETCH_UNREACHABLE ? PHONE_HOW_UNREACHABLE : NULL;
	}
}

void download_cancel(struct download *download)
{
	if (!download)
		return;
	http_get_free(download->http);
	tftp_get_free(download->tftp);
	flash_image_abort(download->writer);
	if (download->finish)
		event_free(download->finish);
	if (download->memory)
		evbuffer_free(download->memory);
	free(download->head);
	free(download);
}

/* The image is put into its bank only now that it is whole. In any case the writer ends here: the answer can start the
 * next download, which writes a file of the same name. */
static void finish_image(struct download *download)
{
	struct flash_writer *writer = download->writer;
	struct fail fail = {0};

	download->writer = NULL;
	if (download->event.fetched.status != PHONE_FETCH_OK) {
		flash_image_abort(writer);
		return;
	}
	if (!flash_image_commit(writer, download->event.fetched.sha512, &fail))
		return;
	download->event.fetched.status = PHONE_FETCH_PROTOCOL_ERROR;
	snprintf(download->detail, sizeof(download->detail), "%.159s", fail.text);
}

static void on_finish(int fd, short what, void *arg)
{
	struct download *download = arg;
	struct phone_event *event = &download->event;

	(void)fd;
	(void)what;
	http_get_free(download->http);
	tftp_get_free(download->tftp);
	download->http = NULL;
	download->tftp = NULL;
	event->fetched.size = download->size;
	if (download->order.flash) {
		finish_image(download);
		event->fetched.bytes = download->head;
		event->fetched.length = download->head_length;
	} else {
		event->fetched.length = evbuffer_get_length(download->memory);
		event->fetched.bytes = evbuffer_pullup(download->memory, -1);
	}
	event->fetched.detail = download->detail[0] ? download->detail : NULL;
	download->order.done(download->order.arg, download, event);
	download_cancel(download);
}

static void over(void *arg, enum phone_fetch_status status, int http_status, const char *detail)
{
	struct download *download = arg;

	if (download->over)
		return;
	download->over = true;
	download->event.fetched.status = status;
	download->event.fetched.http_status = http_status;
	snprintf(download->detail, sizeof(download->detail), "%.*s", (int)sizeof(download->detail) - 1,
		 detail ? detail : "");
	event_active(download->finish, EV_TIMEOUT, 0);
}

static void announced(void *arg, uint64_t size)
{
	struct download *download = arg;

	download->announced = size;
}

/* Keep the beginning; with that and the announced size the download is complete. */
static int keep_head(struct download *download, const uint8_t *bytes, size_t length)
{
	size_t kept = evbuffer_get_length(download->memory);
	size_t more = IMAGE_HEAD - kept < length ? IMAGE_HEAD - kept : length;

	if (evbuffer_add(download->memory, bytes, more) < 0)
		return -ENOMEM;
	download->size += length;
	if (kept + more < IMAGE_HEAD || download->announced <= download->size)
		return 0;
	download->size = download->announced;
	over(download, PHONE_FETCH_OK, 0, NULL);
	return -ECANCELED;
}

static int data(void *arg, const uint8_t *bytes, size_t length)
{
	struct download *download = arg;

	if (download->over)
		return -ECANCELED;
	if (download->size + length > download->order.limit)
		return -EFBIG;
	if (download->order.head)
		return keep_head(download, bytes, length);
	if (download->writer) {
		int err;
		size_t head =
		    IMAGE_HEAD - download->head_length < length ? IMAGE_HEAD - download->head_length : length;
		memcpy(download->head + download->head_length, bytes, head);
		download->head_length += head;
		err = flash_image_write(download->writer, bytes, length);
		if (err)
			return err;
	} else if (evbuffer_add(download->memory, bytes, length) < 0) {
		return -ENOMEM;
	}
	download->size += length;
	return 0;
}

static void retransmitted(void *arg, unsigned n)
{
	struct download *download = arg;

	if (download->order.retransmitted)
		download->order.retransmitted(download->order.arg, download, n);
}

static void peer(void *arg, const uint8_t *der, size_t length)
{
	struct download *download = arg;

	download->order.peer(download->order.arg, download, der, length);
}

void download_trust(struct download *download)
{
	if (download->http)
		http_get_trust(download->http);
}

void download_refuse(struct download *download)
{
	if (download->http)
		http_get_refuse(download->http);
	download->http = NULL;
	download_cancel(download);
}

/* Somewhere to put it, and the transport. Failures of either come through done like all others. */
static void begin(struct download *download, const struct download_order *order)
{
	struct fail fail = {0};
	int err = 0;

	if (order->flash) {
		err = flash_image_begin(order->flash, order->file, order->limit, &download->writer, &fail);
		if (err) {
			over(download, PHONE_FETCH_PROTOCOL_ERROR, 0, fail.text);
			return;
		}
	}
	switch (order->transport) {
	case PHONE_HTTP:
	case PHONE_HTTPS: err = http_get_start(&download->http, &download->sink, order, &fail); break;
	case PHONE_TFTP: err = tftp_get_start(&download->tftp, &download->sink, order, &fail); break;
	}
	if (err) {
		download->facts.how = download_how(-err);
		over(download, download_status_of(-err), 0, fail.text);
	}
}

int download_start(struct download **out, const struct download_order *order, struct fail *fail)
{
	struct download *download = calloc(1, sizeof(*download));

	if (!download)
		return fail_set(fail, -ENOMEM, "download: out of memory");
	download->order = *order;
	download->sink =
	    (struct download_sink){data, announced, over, retransmitted, peer, download, &download->facts};
	download->facts.tftp_error = -1;
	download->event.fetched.facts = &download->facts;
	download->event.kind = PHONE_FETCHED;
	download->event.fetched.id = order->id;
	download->finish = event_new(order->base, -1, 0, on_finish, download);
	download->memory = evbuffer_new();
	download->head = order->flash ? malloc(IMAGE_HEAD) : NULL;
	if (!download->finish || !download->memory || (order->flash && !download->head)) {
		download_cancel(download);
		return fail_set(fail, -ENOMEM, "download: out of memory");
	}
	begin(download, order);
	download->order.file = download->order.query = download->order.ciphers = NULL;
	download->order.ns = -1;
	*out = download;
	return 0;
}

uint32_t download_id(const struct download *download)
{
	return download->order.id;
}
