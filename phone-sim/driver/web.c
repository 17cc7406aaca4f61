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
	struct pending *pending; /* requests that wait for the answer of the authenticationURL */
};

struct pending {
	struct web *web;
	struct evhttp_request *request;
	struct web_login *login;
	struct pending *next;
};

/* The form of a POST, NUL-terminated; "" if there is none. */
static const char *form_of(struct evhttp_request *request)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);

	evbuffer_add(in, "", 1);
	return (const char *)evbuffer_pullup(in, -1);
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

static bool is_cgi(const char *path)
{
	return !strcasecmp(path, WEB_EXECUTE) || !strcasecmp(path, WEB_SCREENSHOT);
}

/* Have a problem report made; the reply is the page that links it. Like the page itself, this needs no login. */
static void answer_report(struct web *web, struct evhttp_request *request)
{
	struct web_source source = {0};
	struct text text = {0};
	const char *type;

	if (evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
		evhttp_send_error(request, HTTP_BADMETHOD, NULL);
		return;
	}
	web->calls.report(web->calls.arg);
	if (web->calls.ask(web->calls.arg, &source) && web_page("/ConsoleLog", "", &source, &text, &type))
		send_text(request, &text, type);
	else
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
	text_free(&text);
}

static void answer_cgi(struct web *web, struct evhttp_request *request, const struct web_source *source)
{
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	bool execute = !strcasecmp(path, WEB_EXECUTE);
	struct text text = {0};

	if (execute && evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
		evhttp_send_error(request, HTTP_BADMETHOD, NULL);
		return;
	}
	if (execute)
		web_execute(form_of(request), web->calls.executed, web->calls.arg, &text);
	else
		web_screenshot(&source->view, &text);
	send_text(request, &text, execute ? "text/xml" : "image/png");
	text_free(&text);
}

static void ask_for_login(struct evhttp_request *request)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), "WWW-Authenticate",
			  "Basic realm=\"user\"");
	evhttp_send_error(request, 401, NULL);
}

static void free_pending(struct pending *pending)
{
	struct pending **at = &pending->web->pending;

	while (*at != pending)
		at = &(*at)->next;
	*at = pending->next;
	free(pending);
}

/* The client has gone, and its request with it. */
static void on_gone(struct evhttp_connection *connection, void *arg)
{
	struct pending *pending = arg;

	(void)connection;
	web_login_cancel(pending->login);
	free_pending(pending);
}

static void on_login(void *arg, bool allowed)
{
	struct pending *pending = arg;
	struct evhttp_request *request = pending->request;
	struct web_source source = {0};

	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	if (allowed && pending->web->calls.ask(pending->web->calls.arg, &source))
		answer_cgi(pending->web, request, &source);
	else
		ask_for_login(request);
	free_pending(pending);
}

/* /CGI: with an authenticationURL in the configuration a request needs a login. */
static void begin_cgi(struct web *web, struct evhttp_request *request, const struct web_source *source)
{
	const struct phonexml_config *config = source->view.config;
	const char *authorization =
	    evhttp_find_header(evhttp_request_get_input_headers(request), "Authorization");
	struct pending *pending;

	if (!config || !config->authentication_url[0]) {
		answer_cgi(web, request, source);
		return;
	}
	pending = authorization ? calloc(1, sizeof(*pending)) : NULL;
	if (!pending ||
	    web_login_start(&pending->login, authorization, config->authentication_url, source->view.name,
			    web->calls.get, web->calls.arg, on_login, pending)) {
		free(pending);
		ask_for_login(request);
		return;
	}
	pending->web = web;
	pending->request = request;
	pending->next = web->pending;
	web->pending = pending;
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_gone, pending);
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

	if (!web->calls.ask(web->calls.arg, &source))
		evhttp_send_error(request, 403, "Web access is disabled");
	else if (path && !strcasecmp(path, WEB_PROBLEM_REPORT))
		answer_report(web, request);
	else if (path && is_cgi(path))
		begin_cgi(web, request, &source);
	else if (!path || !web_page(path, query ? query : "", &source, &text, &type))
		evhttp_send_error(request, HTTP_NOTFOUND, NULL);
	else
		send_text(request, &text, type);
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
	while (web->pending) {
		struct pending *pending = web->pending;

		evhttp_connection_set_closecb(evhttp_request_get_connection(pending->request), NULL, NULL);
		web_login_cancel(pending->login);
		free_pending(pending);
	}
	evhttp_free(web->http);
	free(web);
}
