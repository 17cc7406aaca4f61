#include "phone-sim/driver/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "base/ipv4.h"
#include "phone-sim/driver/dns.h"
#include "phone-sim/driver/http_response.h"
#include "phone-sim/driver/tcp.h"

#define TIMEOUT_S   30
#define ANSWER_MOST (64 * 1024) /* octets of the body of the answer */
#define BOUNDARY    "----phonelab-problem-report-7d1b9a"

struct upload {
	struct event_base *base;
	int ns; /* ours to close; or one of netns.h */
	struct evhttp_uri *uri;
	struct text body;
	uint16_t port;
	uint32_t address;
	struct dns *dns;
	struct tcp *tcp;
	struct http_response response;
	size_t answer;	      /* octets of its body so far */
	struct event *finish; /* the deadline; and reports the end from a clean stack */
	int status;
	char detail[160];
	void (*expect)(void *arg, uint32_t address);
	void (*done)(void *arg, int status, const char *detail);
	void *arg;
};

void upload_cancel(struct upload *upload)
{
	if (!upload)
		return;
	dns_cancel(upload->dns);
	tcp_close(upload->tcp, false);
	if (upload->finish)
		event_free(upload->finish);
	if (upload->uri)
		evhttp_uri_free(upload->uri);
	if (upload->ns >= 0)
		close(upload->ns);
	text_free(&upload->body);
	free(upload);
}

static void on_finish(int fd, short what, void *arg)
{
	struct upload *upload = arg;

	(void)fd;
	(void)what;
	upload->done(upload->arg, upload->status, upload->detail);
	upload_cancel(upload);
}

static void finish(struct upload *upload)
{
	event_active(upload->finish, EV_TIMEOUT, 0);
}

/* The page of the answer is of no use, but a server must not send without end. */
static int ignore_body(void *arg, const uint8_t *bytes, size_t length)
{
	struct upload *upload = arg;

	(void)bytes;
	upload->answer += length;
	return upload->answer > ANSWER_MOST ? -EMSGSIZE : 0;
}

static void on_connected(void *arg, uint32_t local_address, uint16_t local_port)
{
	(void)arg;
	(void)local_address;
	(void)local_port;
}

/* The answer was read whole. */
static void answered(struct upload *upload)
{
	upload->status = upload->response.status;
	snprintf(upload->detail, sizeof(upload->detail), "HTTP %s", upload->response.reason);
	finish(upload);
}

static void on_readable(void *arg, struct evbuffer *input)
{
	struct upload *upload = arg;
	int err = http_response_read(&upload->response, input, ignore_body, upload);

	if (err == -EMSGSIZE)
		snprintf(upload->detail, sizeof(upload->detail), "%.110s sends an answer longer than 64 KiB",
			 evhttp_uri_get_host(upload->uri));
	if (err == 1)
		answered(upload);
	else if (err)
		finish(upload);
	if (err)
		evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_closed(void *arg, int error)
{
	struct upload *upload = arg;

	if (!error && http_response_end(&upload->response) == 1)
		answered(upload);
	else
		finish(upload);
}

/* POST, with the fields of build(). */
static void add_head(struct text *head, const struct upload *upload)
{
	const char *path = evhttp_uri_get_path(upload->uri), *query = evhttp_uri_get_query(upload->uri);

	text_add(head,
		 "POST %s%s%s HTTP/1.1\r\nHost: %s:%u\r\nConnection: close\r\n"
		 "Content-Type: multipart/form-data; boundary=" BOUNDARY "\r\nContent-Length: %zu\r\n\r\n",
		 path && *path ? path : "/", query ? "?" : "", query ? query : "",
		 evhttp_uri_get_host(upload->uri), upload->port, upload->body.length);
}

static int post(struct upload *upload, struct fail *fail)
{
	static const struct tcp_calls calls = {on_connected, on_readable, on_closed};
	const struct timeval limit = {.tv_sec = TIMEOUT_S};
	struct text head = {0};
	int err;

	upload->expect(upload->arg, upload->address);
	err = tcp_open(&upload->tcp, upload->base, upload->ns, upload->address, upload->port, 0, MARK_NONE,
		       &calls, upload, fail);
	if (err)
		return err;
	add_head(&head, upload);
	if (head.failed || tcp_send(upload->tcp, head.bytes, head.length) ||
	    tcp_send(upload->tcp, upload->body.bytes, upload->body.length))
		err = fail_set(fail, -ENOMEM, "out of memory");
	text_free(&head);
	snprintf(upload->detail, sizeof(upload->detail), "%.120s does not answer",
		 evhttp_uri_get_host(upload->uri));
	evtimer_add(upload->finish, &limit);
	return err;
}

static void on_resolved(void *arg, struct dns *dns, const uint32_t *addresses, unsigned count, bool timed_out)
{
	struct upload *upload = arg;
	struct fail fail = {0};

	(void)dns;
	(void)timed_out;
	upload->dns = NULL;
	if (count) {
		upload->address = addresses[0];
		if (!post(upload, &fail))
			return;
	}
	snprintf(upload->detail, sizeof(upload->detail), "%.120s",
		 count ? fail.text : "the name in the URL does not resolve");
	finish(upload);
}

static void add_field(struct text *body, const char *name, const char *value)
{
	text_add(body, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", name,
		 value);
}

static void build(struct text *body, const struct upload_order *order)
{
	add_field(body, "devicename", order->device);
	add_field(body, "serialno", order->serial);
	add_field(body, "username", order->user);
	text_add(body,
		 "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"prt_file\"; filename=\"%s\"\r\n"
		 "Content-Type: application/octet-stream\r\n\r\n",
		 order->file_name);
	text_add_bytes(body, order->file->bytes, order->file->length);
	text_add(body, "\r\n--" BOUNDARY "--\r\n");
}

static int begin(struct upload *upload, const struct upload_order *order, struct fail *fail)
{
	struct dns_order dns = {.base = order->base,
				.ns = order->ns,
				.servers = order->dns_servers,
				.server_count = order->dns_count,
				.domain = order->domain,
				.timeout_us = TIMEOUT_S * UINT64_C(1000000),
				.done = on_resolved,
				.arg = upload};
	const char *host;
	int port;

	upload->uri = evhttp_uri_parse(order->url);
	host = upload->uri ? evhttp_uri_get_host(upload->uri) : NULL;
	if (!host || !*host || strncasecmp(order->url, "http://", 7))
		return fail_set(fail, -EINVAL, "found the URL \"%.100s\", expected http://HOST/PATH",
				order->url);
	port = evhttp_uri_get_port(upload->uri);
	upload->port = port > 0 ? (uint16_t)port : 80;
	upload->ns = order->ns < 0 ? order->ns : fcntl(order->ns, F_DUPFD_CLOEXEC, 0);
	upload->finish = event_new(order->base, -1, 0, on_finish, upload);
	http_response_init(&upload->response);
	build(&upload->body, order);
	if (!upload->finish || upload->body.failed || (order->ns >= 0 && upload->ns < 0))
		return fail_set(fail, -ENOMEM, "out of memory");
	if (!ipv4_parse(&upload->address, host))
		return post(upload, fail);
	if (!order->dns_count)
		return fail_set(fail, -EINVAL, "%.100s: there is no name server", host);
	dns.name = host;
	return dns_start(&upload->dns, &dns, fail);
}

int upload_start(struct upload **out, const struct upload_order *order, struct fail *fail)
{
	struct upload *upload = calloc(1, sizeof(*upload));
	int err;

	if (!upload)
		return fail_set(fail, -ENOMEM, "out of memory");
	*upload = (struct upload){
	    .base = order->base, .ns = -1, .expect = order->expect, .done = order->done, .arg = order->arg};
	err = begin(upload, order, fail);
	if (err)
		upload_cancel(upload);
	else
		*out = upload;
	return err;
}
