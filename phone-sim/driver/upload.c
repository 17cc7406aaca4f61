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
#include "cable/netns.h"
#include "phone-sim/driver/dns.h"

#define TIMEOUT_S   30
#define ANSWER_MOST (64 * 1024) /* octets of the headers and of the body; libevent has no limit of its own */
#define BOUNDARY    "----phonelab-problem-report-7d1b9a"

struct upload {
	struct event_base *base;
	int ns; /* ours to close; or one of netns.h */
	struct evhttp_uri *uri;
	struct text body;
	uint16_t port;
	uint32_t address;
	struct dns *dns;
	struct evhttp_connection *connection;
	struct event *
	    finish; /* reports the end from a clean stack: libevent still uses the connection in its callback */
	int status;
	bool too_long; /* the answer */
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
	if (upload->connection)
		evhttp_connection_free(upload->connection);
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

/* Before on_answer(), if there is no whole answer. */
static void on_error(enum evhttp_request_error error, void *arg)
{
	struct upload *upload = arg;

	upload->too_long = error == EVREQ_HTTP_DATA_TOO_LONG;
}

static void on_answer(struct evhttp_request *request, void *arg)
{
	struct upload *upload = arg;
	const char *reason = request ? evhttp_request_get_response_code_line(request) : NULL;

	upload->status = request ? evhttp_request_get_response_code(request) : 0;
	if (upload->status)
		snprintf(upload->detail, sizeof(upload->detail), "HTTP %d %.100s", upload->status,
			 reason ? reason : "");
	else
		snprintf(upload->detail, sizeof(upload->detail), "%.110s %s",
			 evhttp_uri_get_host(upload->uri),
			 upload->too_long ? "sends an answer longer than 64 KiB" : "does not answer");
	finish(upload);
}

/* libevent opens the socket within this call, so in this namespace. */
static int send_request(void *arg, struct fail *fail)
{
	struct upload *upload = arg;
	struct evhttp_request *request = evhttp_request_new(on_answer, upload);
	const char *path = evhttp_uri_get_path(upload->uri), *query = evhttp_uri_get_query(upload->uri);
	char ip[IPV4_TEXT], host[300], target[600];
	struct evkeyvalq *headers;

	ipv4_format(upload->address, ip);
	upload->connection = evhttp_connection_base_new(upload->base, NULL, ip, upload->port);
	if (!upload->connection || !request) {
		if (request)
			evhttp_request_free(request);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	evhttp_connection_set_timeout(upload->connection, TIMEOUT_S);
	evhttp_connection_set_max_headers_size(upload->connection, ANSWER_MOST);
	evhttp_connection_set_max_body_size(upload->connection, ANSWER_MOST);
	evhttp_request_set_error_cb(request, on_error);
	headers = evhttp_request_get_output_headers(request);
	snprintf(host, sizeof(host), "%.250s:%u", evhttp_uri_get_host(upload->uri), upload->port);
	snprintf(target, sizeof(target), "%.256s%s%.256s", path && *path ? path : "/", query ? "?" : "",
		 query ? query : "");
	evhttp_add_header(headers, "Host", host);
	evhttp_add_header(headers, "Connection", "close");
	evhttp_add_header(headers, "Content-Type", "multipart/form-data; boundary=" BOUNDARY);
	if (evbuffer_add(evhttp_request_get_output_buffer(request), upload->body.bytes,
			 upload->body.length)) {
		evhttp_request_free(request);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	/* On failure libevent has freed the request. */
	if (evhttp_make_request(upload->connection, request, EVHTTP_REQ_POST, target))
		return fail_set(fail, -EIO, "the connection cannot be opened");
	return 0;
}

static int post(struct upload *upload, struct fail *fail)
{
	upload->expect(upload->arg, upload->address);
	return netns_call(upload->ns, send_request, upload, fail);
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
