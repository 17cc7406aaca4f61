#include "phone-sim/driver/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <event2/buffer.h>
#include <event2/http.h>

#include "cable/netns.h"

#define BACKLOG	    8
#define TIMEOUT_S   10
#define HEADERS_MAX 8192

struct web {
	struct evhttp *http;
	web_ask_fn *ask;
	void *arg;
};

static void on_request(struct evhttp_request *request, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL,
		   *query = uri ? evhttp_uri_get_query(uri) : NULL;
	struct web_source source = {0};
	struct evbuffer *out = evbuffer_new();
	const char *type = NULL;
	struct web *web = arg;
	bool open = out && web->ask(web->arg, &source);

	if (!out)
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
	else if (!open)
		evhttp_send_error(request, 403, "Web access is disabled");
	else if (!path || !web_page(path, query ? query : "", &source, out, &type))
		evhttp_send_error(request, HTTP_NOTFOUND, NULL);
	else {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
		evhttp_send_reply(request, HTTP_OK, "OK", out);
	}
	if (out)
		evbuffer_free(out);
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

int web_open(struct web **out, struct event_base *base, int ns, web_ask_fn *ask, void *arg, struct fail *fail)
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
	*web = (struct web){.http = http, .ask = ask, .arg = arg};
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
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
