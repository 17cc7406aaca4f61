#include "cucm-service/driver/https.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"

#define TIMEOUT_S   60
#define HEADERS_MAX 16384

struct https {
	struct evhttp *http;
	SSL_CTX *tls; /* borrowed */
	uint32_t address;
	uint16_t port;
	https_fn *answer;
	void *arg;
};

/* A client that has no TLS gets no answer: the handshake fails. */
static struct bufferevent *new_connection(struct event_base *base, void *arg)
{
	const struct https *https = arg;
	SSL *session = SSL_new(https->tls);
	struct bufferevent *stream =
	    session ? bufferevent_openssl_socket_new(base, -1, session, BUFFEREVENT_SSL_ACCEPTING,
						     BEV_OPT_CLOSE_ON_FREE)
		    : NULL;

	if (stream)
		/* Clients close without close_notify. */
		bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
	else
		SSL_free(session);
	return stream;
}

static const char *header(struct evhttp_request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request), name);
}

/* The address that the client has used, or ours. */
static void address_of(const struct https *https, struct evhttp_request *request, char out[300])
{
	const char *host = header(request, "Host");
	char text[IPV4_TEXT];

	if (host && *host && strlen(host) < 200)
		snprintf(out, 300, "https://%s", host);
	else
		snprintf(out, 300, "https://%s:%u", ipv4_format(https->address, text), https->port);
}

static void send_reply(struct evhttp_request *request, const struct service_call *call)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *out = evbuffer_new();

	if (!out || call->reply.failed || evbuffer_add(out, call->reply.bytes, call->reply.length)) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
	} else {
		evhttp_add_header(headers, "Content-Type", call->type);
		evhttp_add_header(headers, "Server", "Apache-Coyote/1.1");
		if (call->status == 401)
			evhttp_add_header(headers, "WWW-Authenticate",
					  "Basic realm=\"Cisco Web Services Realm\"");
		evhttp_send_reply(request, call->status, NULL, out);
	}
	if (out)
		evbuffer_free(out);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	const struct https *https = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	enum evhttp_cmd_type command = evhttp_request_get_command(request);
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	struct service_call call = {.soap.space = ""};
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	char address[300];

	if (command != EVHTTP_REQ_GET && command != EVHTTP_REQ_POST) {
		evhttp_send_error(request, HTTP_BADMETHOD, NULL);
		return;
	}
	address_of(https, request, address);
	https->answer(https->arg,
		      &(struct service_request){.post = command == EVHTTP_REQ_POST,
						.path = path ? path : "/",
						.query = uri ? evhttp_uri_get_query(uri) : NULL,
						.authorization = header(request, "Authorization"),
						.address = address,
						.body = evbuffer_pullup(body, -1),
						.length = evbuffer_get_length(body)},
		      &call);
	send_reply(request, &call);
	service_free(&call);
}

int https_new(struct https **out, struct event_base *base, SSL_CTX *tls, uint32_t address, uint16_t port,
	      https_fn *answer, void *arg, struct fail *fail)
{
	struct https *https = calloc(1, sizeof(*https));

	if (!https)
		return fail_set(fail, -ENOMEM, "out of memory");
	*https = (struct https){evhttp_new(base), tls, address, port, answer, arg};
	if (!https->http) {
		https_free(https);
		return fail_set(fail, -ENOMEM, "libevent: no HTTP server");
	}
	evhttp_set_bevcb(https->http, new_connection, https);
	evhttp_set_gencb(https->http, on_request, https);
	evhttp_set_allowed_methods(https->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
	evhttp_set_max_body_size(https->http, SOAP_MOST);
	evhttp_set_max_headers_size(https->http, HEADERS_MAX);
	evhttp_set_timeout(https->http, TIMEOUT_S);
	if (evhttp_bind_socket(https->http, "0.0.0.0", port)) {
		int err = errno;

		https_free(https);
		return fail_set(fail, err ? -err : -EADDRINUSE, "TCP port %u: %s", port, strerror(err));
	}
	*out = https;
	return 0;
}

void https_free(struct https *https)
{
	if (!https)
		return;
	if (https->http)
		evhttp_free(https->http);
	free(https);
}
