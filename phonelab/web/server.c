/* The HTTP server: from a request to its reply. */
#include "phonelab/web/web.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/http.h>

#include "base/json_text.h"
#include "phonelab/client/follow.h"
#include "phonelab/web/internal.h"
#include "phonelab/web/listen.h"
#include "phonelab/web/peer.h"

#define HEADERS_MAX 8192
#define BODY_MAX    8192

static const char *const headers[][2] = {
    {"Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; "
				"frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
    {"Connection", "close"}, /* one request per connection: its time is limited as a whole (limit.h) */
};

static void add_headers(struct evhttp_request *request)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		evhttp_add_header(evhttp_request_get_output_headers(request), headers[i][0], headers[i][1]);
}

void web_reply(struct evhttp_request *request, int status, const char *type, const void *bytes, size_t length)
{
	struct evbuffer *out = evbuffer_new();

	if (type)
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
	if (out)
		evbuffer_add(out, bytes, length);
	evhttp_send_reply(request, status, NULL, out);
	if (out)
		evbuffer_free(out);
}

void web_reply_error(struct evhttp_request *request, int status, const char *text)
{
	json_t *object = json_pack("{s:o}", "error", json_text_new(text));

	web_reply_json(request, status, object);
	json_decref(object);
}

void web_reply_json(struct evhttp_request *request, int status, const json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);

	web_reply(request, text ? status : HTTP_SERVUNAVAIL, "application/json", text ? text : "",
		  text ? strlen(text) : 0);
	free(text);
}

static const char *reason_of(int status)
{
	switch (status) {
	case 400: return "the request is not valid";
	case 403: return "the request comes from another page";
	case 404: return "there is no such page";
	case 405: return "wrong method";
	case 421: return "wrong host; use the address that phonelab web has printed";
	default: return "";
	}
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct web_server *server = arg;
	struct evkeyvalq *in = evhttp_request_get_input_headers(request);
	struct bufferevent *stream =
	    evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
	const struct web_request asked = {
	    .post = evhttp_request_get_command(request) == EVHTTP_REQ_POST,
	    .target = evhttp_request_get_uri(request),
	    .host = evhttp_find_header(in, "Host"),
	    .origin = evhttp_find_header(in, "Origin"),
	    .site = evhttp_find_header(in, "Sec-Fetch-Site"),
	    .secret = evhttp_find_header(in, "X-Phonelab-Secret"),
	};
	const struct web_path *path;
	const char *query;
	int status = web_guard_check(&server->guard, &asked, &path, &query);

	web_limit_served(server->limit, stream);
	add_headers(request);
	if (status == 200 && !*server->guard.token && !web_peer_trusted(bufferevent_getfd(stream)))
		web_reply_error(request, 403, "this lab belongs to another user of this machine");
	else if (status != 200)
		web_reply_error(request, status, reason_of(status));
	else
		web_answer(server, request, path, query);
}

/* --- the feed and the viewers --- */

static json_t *backlog(void *arg, const char *phone)
{
	struct web_server *server = arg;

	return web_feed_backlog(server->feed, phone);
}

static void on_board(void *arg, const json_t *board)
{
	struct web_server *server = arg;

	web_viewers_greet(server->viewers, board, backlog, server);
}

static void on_patch(void *arg, const json_t *patch)
{
	struct web_server *server = arg;

	web_viewers_send(server->viewers, "patch", patch);
}

static void on_event(void *arg, const char *line, size_t length)
{
	struct web_server *server = arg;

	web_viewers_event(server->viewers, line, length);
}

static void on_flush(void *arg)
{
	struct web_server *server = arg;

	web_viewers_flush(server->viewers);
}

static void on_failed(void *arg, const struct fail *fail)
{
	struct web_server *server = arg;
	json_t *text = json_text_new(fail->text);

	web_viewers_send(server->viewers, "trouble", text);
	json_decref(text);
}

static void on_nobody(void *arg)
{
	struct web_server *server = arg;

	if (server->class)
		web_class_stop(server->class);
	else
		web_feed_stop(server->feed);
}

/* The board that viewers have, NULL until it was read. */
static const json_t *present_board(const struct web_server *server)
{
	return server->class ? web_class_board(server->class) : web_feed_board(server->feed);
}

void web_begin_stream(struct web_server *server, struct evhttp_request *request, const char *phone)
{
	struct fail fail = {0};

	if (server->class) {
		web_class_start(server->class);
	} else if (web_feed_start(server->feed, &fail)) {
		web_reply_error(request, HTTP_SERVUNAVAIL, fail.text);
		return;
	}
	/* A class has no events of phones. */
	if (!web_viewers_add(server->viewers, request, server->class ? "" : phone))
		web_reply_error(request, HTTP_SERVUNAVAIL, "too many viewers");
	else if (present_board(server))
		on_board(server, present_board(server));
}

/* --- begin and end --- */

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval moment = {.tv_usec = 200000};
	struct web_server *server = arg;

	(void)what;
	server->lab_ended = server->lab && fd == server->process;
	web_viewers_send(server->viewers, "end", json_null());
	/* A lab of containers ends with this process, and has no other. */
	event_base_loopexit(server->base, server->process < 0 || server->lab_ended ? &moment : NULL);
}

static int draw_secret(char text[WEB_SECRET], struct fail *fail)
{
	uint8_t random[(WEB_SECRET - 1) / 2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return fail_set(fail, -EIO, "this machine gives no random numbers");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(text + 2 * i, 3, "%02x", random[i]);
	return 0;
}

/* The whole board of a class is a merge patch of the last one. */
static void on_class(void *arg, const json_t *board)
{
	on_patch(arg, board);
	on_board(arg, board);
}

/* Can only processes of this machine connect? Then the user of a client is known (peer.h). */
static bool is_local(const char *address)
{
	return !address || !strcmp(address, "127.0.0.1");
}

static int draw_secrets(struct web_server *server, const struct web_options *options, struct fail *fail)
{
	const struct web_guard *guard = &server->guard;
	bool local = is_local(options->address) && is_local(guard->address);
	int err = options->view || options->class ? 0 : draw_secret(server->guard.secret, fail);
	char port[8] = "PORT"; /* published by somebody else, and unknown here */

	if (!err)
		err = draw_secret(server->frame_key, fail);
	if (!err && !local)
		err = draw_secret(server->guard.token, fail);
	if (guard->port)
		snprintf(port, sizeof(port), "%u", (unsigned)guard->port);
	snprintf(server->url, sizeof(server->url), "http://%s:%s/%s%s", guard->address, port, guard->token,
		 local ? "" : "/");
	return err;
}

/* Listen, and note by which address browsers reach the server. The descriptor, or a negative errno. */
static int begin_listening(struct web_server *server, const struct web_options *options, struct fail *fail)
{
	struct web_guard *guard = &server->guard;
	int fd;

	server->port = options->port;
	fd = web_listen(options->address, &server->port, fail);
	if (fd < 0)
		return fd;
	guard->port = server->port;
	snprintf(guard->address, sizeof(guard->address), "%s",
		 options->address ? options->address : "127.0.0.1");
	if (options->public_address &&
	    web_read_address(options->public_address, guard->address, &guard->port, fail)) {
		close(fd);
		return fail->err;
	}
	return fd;
}

/* What the viewers see: the lab, or the class. */
static int make_source(struct web_server *server, const char *class)
{
	const struct web_feed_calls calls = {on_board, on_patch, on_event, on_flush, on_failed, server};

	if (class) {
		server->class = web_class_new(server->base, class, on_class, on_failed, server);
		return server->class ? 0 : -ENOMEM;
	}
	server->feed = web_feed_new(server->base, server->lab, &calls);
	server->tails = web_tails_new(server->base, server->lab);
	if (server->process >= 0) {
		server->ended = event_new(server->base, server->process, EV_READ, on_end, server);
		if (!server->ended || event_add(server->ended, NULL))
			return -ENOMEM;
	}
	return server->feed && server->tails ? 0 : -ENOMEM;
}

static int make_parts(struct web_server *server, int fd, const char *class)
{
	server->base = event_base_new();
	server->http = server->base ? evhttp_new(server->base) : NULL;
	if (!server->http || evhttp_accept_socket(server->http, fd)) {
		close(fd);
		return -ENOMEM;
	}
	server->limit = web_limit_new(server->base, server->http);
	server->viewers = web_viewers_new(server->base, on_nobody, server);
	server->signals[0] = evsignal_new(server->base, SIGINT, on_end, server);
	server->signals[1] = evsignal_new(server->base, SIGTERM, on_end, server);
	if (!server->limit || !server->viewers || !server->signals[0] || !server->signals[1] ||
	    make_source(server, class))
		return -ENOMEM;
	event_add(server->signals[0], NULL);
	event_add(server->signals[1], NULL);
	evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
	evhttp_set_max_headers_size(server->http, HEADERS_MAX);
	evhttp_set_max_body_size(server->http, BODY_MAX);
	evhttp_set_timeout(server->http, WEB_REQUEST_S);
	evhttp_set_gencb(server->http, on_request, server);
	return 0;
}

int web_server_open(struct web_server **out, const struct web_options *options, struct fail *fail)
{
	struct web_server *server = calloc(1, sizeof(*server));
	int fd, err;

	if (!server)
		return fail_set(fail, -ENOMEM, "out of memory");
	server->lab = options->lab;
	server->guard.class = options->class != NULL;
	server->process = server->lab ? follow_process(server->lab) : -1;
	if (server->lab && server->process < 0 && server->lab->pid) {
		free(server);
		return fail_set(fail, -ESRCH, "lab \"%s\" has just ended", options->lab->name);
	}
	server->runs = strdup(options->runs ? options->runs : WEB_RUNS);
	signal(SIGPIPE, SIG_IGN);
	fd = begin_listening(server, options, fail);
	err = fd < 0 ? fd : draw_secrets(server, options, fail);
	if (!err) {
		err = make_parts(server, fd, options->class);
		if (err)
			fail_set(fail, err, "out of memory");
	} else if (fd >= 0) {
		close(fd);
	}
	if (err)
		web_server_free(server);
	else
		*out = server;
	return err;
}

const char *web_server_url(const struct web_server *server)
{
	return server->url;
}

int web_server_run(struct web_server *server)
{
	event_base_dispatch(server->base);
	return server->lab_ended;
}

void web_server_free(struct web_server *server)
{
	if (!server)
		return;
	web_pending_free(server);
	web_viewers_free(server->viewers);
	web_tails_free(server->tails);
	mux_free(server->tunnel);
	web_feed_free(server->feed);
	web_class_free(server->class);
	if (server->http)
		evhttp_free(server->http);
	web_limit_free(server->limit);
	if (server->ended)
		event_free(server->ended);
	for (size_t i = 0; i < 2; i++)
		if (server->signals[i])
			event_free(server->signals[i]);
	if (server->base)
		event_base_free(server->base);
	if (server->process >= 0)
		close(server->process);
	free(server->runs);
	free(server);
}
