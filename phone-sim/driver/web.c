#include "phone-sim/driver/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <event2/buffer.h>
#include <event2/http.h>

#include "cable/netns.h"
#include "wire/phonexml.h"

#define BACKLOG	    8
#define TIMEOUT_S   10
#define HEADERS_MAX 8192

struct web {
	struct evhttp *http;
	struct web_calls calls;
};

/* The form of a POST, NUL-terminated; "" if there is none. */
static const char *form_of(struct evhttp_request *request)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);

	evbuffer_add(in, "", 1);
	return (const char *)evbuffer_pullup(in, -1);
}

/* /CGI: with an authenticationURL in the configuration a request needs a login. 0 if there is no such program. */
static int answer_cgi(struct web *web, struct evhttp_request *request, const char *path,
		      const struct web_source *source, struct text *out, const char **type)
{
	const struct phonexml_config *config = source->view.config;
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	bool execute = !strcasecmp(path, WEB_EXECUTE);

	if (!execute && strcasecmp(path, WEB_SCREENSHOT))
		return 0;
	if (config && config->authentication_url[0] && !evhttp_find_header(headers, "Authorization")) {
		evhttp_add_header(evhttp_request_get_output_headers(request), "WWW-Authenticate",
				  "Basic realm=\"user\"");
		return 401;
	}
	if (execute && evhttp_request_get_command(request) != EVHTTP_REQ_POST)
		return HTTP_BADMETHOD;
	*type = execute ? "text/xml" : "image/png";
	if (execute)
		web_execute(form_of(request), web->calls.executed, web->calls.arg, out);
	else
		web_screenshot(&source->view, out);
	return HTTP_OK;
}

static void send_text(struct evhttp_request *request, const struct text *text, const char *type)
{
	struct evbuffer *out = evbuffer_new();

	if (!out || text->failed || evbuffer_add(out, text->bytes, text->length)) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
	} else {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
		evhttp_send_reply(request, HTTP_OK, "OK", out);
	}
	if (out)
		evbuffer_free(out);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL,
		   *query = uri ? evhttp_uri_get_query(uri) : NULL;
	struct web_source source = {0};
	const char *type = NULL;
	struct web *web = arg;
	struct text text = {0};
	int status = 403;

	if (web->calls.ask(web->calls.arg, &source)) {
		status = path ? answer_cgi(web, request, path, &source, &text, &type) : HTTP_NOTFOUND;
		if (!status)
			status = web_page(path, query ? query : "", &source, &text, &type) ? HTTP_OK
											   : HTTP_NOTFOUND;
	}
	if (status == HTTP_OK)
		send_text(request, &text, type);
	else
		evhttp_send_error(request, status, status == 403 ? "Web access is disabled" : NULL);
	text_free(&text);
}

static int listening_socket(int ns, struct fail *fail)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(WEB_PORT)};
	const int one = 1;
	int fd = netns_socket(ns, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fail);

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) || listen(fd, BACKLOG)) {
		int err = -errno;
		close(fd);
		return fail_set(fail, err, "web page: port %d: %s", WEB_PORT, strerror(-err));
	}
	return fd;
}

int web_open(struct web **out, struct event_base *base, int ns, const struct web_calls *calls,
	     struct fail *fail)
{
	int fd = listening_socket(ns, fail);
	struct web *web;
	struct evhttp *http;

	if (fd < 0)
		return fd;
	web = calloc(1, sizeof(*web));
	http = web ? evhttp_new(base) : NULL;
	if (!http || evhttp_accept_socket(http, fd)) {
		if (http)
			evhttp_free(http);
		free(web);
		close(fd);
		return fail_set(fail, -ENOMEM, "web page: out of memory");
	}
	*web = (struct web){.http = http, .calls = *calls};
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
	evhttp_set_max_headers_size(http, HEADERS_MAX);
	evhttp_set_max_body_size(http, HEADERS_MAX);
	evhttp_set_timeout(http, TIMEOUT_S);
	evhttp_set_gencb(http, on_request, web);
	*out = web;
	return 0;
}

void web_close(struct web *web)
{
	if (!web)
		return;
	evhttp_free(web->http);
	free(web);
}
