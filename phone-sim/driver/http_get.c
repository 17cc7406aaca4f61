#include "phone-sim/driver/download.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>

#include "phone-sim/driver/http_response.h"
#include "phone-sim/driver/tcp.h"
#include "phone-sim/driver/tls.h"

struct http_get {
	const struct download_sink *sink;
	struct tcp *tcp; /* one of the two */
	struct tls *tls;
	struct event *deadline; /* of the whole, connecting included */
	struct timeval limit;	/* of the deadline; 0: none */
	struct http_response response;
	uint64_t most; /* bytes */
	bool connected;
	char request[1400];
};

static void report(struct http_get *get, enum phone_fetch_status result, const char *detail)
{
	const char *how = get->sink->facts->how;

	*get->sink->facts = get->response.facts;
	get->sink->facts->how = how;
	get->sink->facts->again = get->tls ? tls_sent_again(get->tls) : tcp_sent_again(get->tcp);
	if (get->response.status < 300 || get->response.status > 399)
		get->sink->facts->location[0] = 0;
	get->sink->over(get->sink->arg, result, get->response.status, detail);
}

/* The body has a coding that the request did not allow: it is no file. */
static void over_coded(struct http_get *get)
{
	char detail[120];

	snprintf(detail, sizeof(detail), "the body has the encoding %s, which was not requested",
		 get->response.encoding);
	report(get, PHONE_FETCH_PROTOCOL_ERROR, detail);
}

/* The end of a response that was read whole. */
static void over(struct http_get *get)
{
	int status = get->response.status;
	enum phone_fetch_status result = PHONE_FETCH_REFUSED;

	if (status == 200 && get->response.encoding[0]) {
		over_coded(get);
		return;
	}
	if (status == 200)
		result = PHONE_FETCH_OK;
	else if (status == 404 || status == 410)
		result = PHONE_FETCH_NOT_FOUND;
	else if (status < 400)
		result = PHONE_FETCH_PROTOCOL_ERROR;
	report(get, result, get->response.reason);
}

/* A piece of the body: kept when it is the file, not when it is the page of an error. */
static int on_body(void *arg, const uint8_t *bytes, size_t length)
{
	struct http_get *get = arg;

	if (get->response.status != 200)
		return 0;
	if (get->response.encoding[0])
		return -ENOTSUP;
	if (get->response.length > 0 && (uint64_t)get->response.length > get->most)
		return -EFBIG;
	if (get->response.length > 0)
		get->sink->announced(get->sink->arg, (uint64_t)get->response.length);
	return get->sink->data(get->sink->arg, bytes, length);
}

static void on_connected(void *arg, uint32_t address, uint16_t port)
{
	struct http_get *get = arg;

	(void)address;
	(void)port;
	get->connected = true;
	if (get->tcp)
		tcp_delay_acks(get->tcp);
}

static void on_readable(void *arg, struct evbuffer *input)
{
	struct http_get *get = arg;
	char detail[120];

	int err = http_response_read(&get->response, input, on_body, get);
	if (err == 1) {
		over(get);
	} else if (err == -ENOTSUP) {
		over_coded(get);
	} else if (err == -EFBIG) {
		snprintf(detail, sizeof(detail), "more than %llu bytes", (unsigned long long)get->most);
		report(get, PHONE_FETCH_TOO_LARGE, detail);
	} else if (err < 0) {
		report(get, PHONE_FETCH_PROTOCOL_ERROR,
		       err == -EBADMSG && get->response.error ? get->response.error : strerror(-err));
	}
	if (err)
		evbuffer_drain(input, evbuffer_get_length(input));
}

static const char *error_text(int error)
{
	switch (error) {
	case ECONNREFUSED: return "connection refused";
	case ETIMEDOUT: return "connection timed out";
	case EHOSTUNREACH: return "no route to host";
	case ENETUNREACH: return "network is unreachable";
	case ECONNRESET: return "connection reset";
	default: return strerror(error);
	}
}

static void on_closed(void *arg, int error)
{
	struct http_get *get = arg;
	char detail[120];
	int err;

	if (!get->connected) {
		get->sink->facts->how = download_how(error);
		report(get, download_status_of(error), error_text(error));
		return;
	}
	err = error ? -EPIPE : http_response_end(&get->response);
	if (err != 1)
		get->sink->facts->how = error			    ? download_how(error)
					: get->response.status == 0 ? PHONE_HOW_CLOSED
								    : PHONE_HOW_CUT;
	if (err == 1) {
		over(get);
	} else if (get->response.status == 0) {
		report(get, error ? download_status_of(error) : PHONE_FETCH_PROTOCOL_ERROR,
		       error ? error_text(error) : "closed without an answer");
	} else if (get->response.length >= 0 && get->response.part == HTTP_BODY) {
		snprintf(detail, sizeof(detail), "ended after %lld of %lld bytes",
			 (long long)(get->response.length - get->response.left),
			 (long long)get->response.length);
		report(get, PHONE_FETCH_TRUNCATED, detail);
	} else {
		report(get, PHONE_FETCH_TRUNCATED, "ended in the middle");
	}
}

static void on_tls_closed(void *arg, const struct tls_end *end)
{
	struct http_get *get = arg;

	if (!end->error || !end->detail || get->response.status) {
		on_closed(arg, end->error);
		return;
	}
	get->sink->facts->how = end->error == ETIMEDOUT ? PHONE_HOW_MUTE : download_how(end->error);
	report(get, download_status_of(end->error), end->detail);
}

static void on_peer(void *arg, const uint8_t *der, size_t length)
{
	struct http_get *get = arg;

	evtimer_del(get->deadline);
	get->sink->peer(get->sink->arg, der, length);
}

static void start_deadline(struct http_get *get)
{
	if (get->limit.tv_sec || get->limit.tv_usec)
		evtimer_add(get->deadline, &get->limit);
}

void http_get_trust(struct http_get *get)
{
	start_deadline(get);
	if (get->tls)
		tls_trust(get->tls);
}

static void on_deadline(int fd, short what, void *arg)
{
	struct http_get *get = arg;

	(void)fd;
	(void)what;
	if (!get->connected && get->tls && tls_reached(get->tls)) {
		get->sink->facts->how = PHONE_HOW_MUTE;
		report(get, PHONE_FETCH_TIMEOUT, "the TLS handshake took too long");
		return;
	}
	get->sink->facts->how = !get->connected	       ? PHONE_HOW_SILENT
				: get->response.status ? PHONE_HOW_STALLED
						       : PHONE_HOW_MUTE;
	report(get, PHONE_FETCH_TIMEOUT,
	       !get->connected	      ? "connection timed out"
	       : get->response.status ? "stopped in the middle"
				      : "no answer");
}

/* The path of a file name: what is not unreserved in RFC 3986 is escaped, slashes stay. */
static int escape(char *to, size_t size, const char *file)
{
	size_t at = 0;

	for (; *file; file++) {
		unsigned char c = (unsigned char)*file;

		if (at + 4 > size)
			return -ENAMETOOLONG;
		if ((isascii(c) && isalnum(c)) || strchr("-._~/", c))
			to[at++] = (char)c;
		else
			at += (size_t)snprintf(to + at, size - at, "%%%02X", c);
	}
	to[at] = 0;
	return 0;
}

static int open_tls(struct http_get *get, const struct download_order *order, struct fail *fail)
{
	static const struct tls_calls calls = {on_peer, on_connected, on_readable, on_tls_closed};
	const struct tls_order tls = {.base = order->base,
				      .ns = order->ns,
				      .address = order->server,
				      .port = order->port,
				      .timeout_us = order->timeout_us,
				      .mark = MARK_NONE,
				      .mode = PHONE_TLS_SERVICE,
				      .ciphers = order->ciphers};
	int err = tls_open(&get->tls, order->tls, &tls, &calls, get, fail);

	return err ? err : tls_send(get->tls, get->request, strlen(get->request));
}

static int open_plain(struct http_get *get, const struct download_order *order, struct fail *fail)
{
	static const struct tcp_calls calls = {on_connected, on_readable, on_closed};
	int err = tcp_open(&get->tcp, order->base, order->ns, order->server, order->port, order->timeout_us,
			   MARK_NONE, &calls, get, fail);

	return err ? err : tcp_send(get->tcp, get->request, strlen(get->request));
}

int http_get_start(struct http_get **out, const struct download_sink *sink,
		   const struct download_order *order, struct fail *fail)
{
	struct in_addr server = {htonl(order->server)};
	char path[520], text[INET_ADDRSTRLEN];
	int err;
	struct http_get *get;

	if (escape(path, sizeof(path), order->file))
		return fail_set(fail, -ENAMETOOLONG, "file name of %zu bytes is too long",
				strlen(order->file));
	get = calloc(1, sizeof(*get));
	if (!get)
		return fail_set(fail, -ENOMEM, "download: out of memory");
	get->sink = sink;
	get->most = order->limit;
	get->limit.tv_sec = (time_t)(order->timeout_us / 1000000);
	get->limit.tv_usec = (suseconds_t)(order->timeout_us % 1000000);
	http_response_init(&get->response);
	inet_ntop(AF_INET, &server, text, sizeof(text));
	snprintf(get->request, sizeof(get->request),
		 "GET /%s%s%.700s HTTP/1.1\r\nHost: %s:%u\r\nAccept: */*\r\nConnection: close\r\n\r\n", path,
		 order->query ? "?" : "", order->query ? order->query : "", text, order->port);
	get->deadline = evtimer_new(order->base, on_deadline, get);
	err = !get->deadline			? fail_set(fail, -ENOMEM, "download: out of memory")
	      : order->transport == PHONE_HTTPS ? open_tls(get, order, fail)
						: open_plain(get, order, fail);
	if (err) {
		http_get_free(get);
		return err;
	}
	start_deadline(get);
	*out = get;
	return 0;
}

void http_get_refuse(struct http_get *get)
{
	if (get->tls)
		tls_refuse(get->tls);
	get->tls = NULL;
	http_get_free(get);
}

void http_get_free(struct http_get *get)
{
	if (!get)
		return;
	tcp_close(get->tcp, false);
	tls_close(get->tls, false);
	if (get->deadline)
		event_free(get->deadline);
	free(get);
}
