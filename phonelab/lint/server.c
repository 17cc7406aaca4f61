/* The files of a server, by HTTP or TFTP, with the code by which the lab's phones get them. */
#include "phonelab/lint/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "phone-sim/driver/download.h"

#define HTTP_PORT_OF_PHONES 6970
#define TFTP_PORT_OF_PHONES 69

struct server {
	struct lint_source source;
	struct event_base *base;
	enum phone_transport transport;
	uint16_t port;
	char path[256]; /* in front of names, without "/" at its beginning */
	bool answered;
	struct lint_file *file; /* of the request under way */
};

static void on_done(void *arg, struct download *download, const struct phone_event *event)
{
	struct server *server = arg;
	struct lint_file *file = server->file;

	(void)download;
	file->status = event->fetched.status;
	file->http_status = event->fetched.http_status;
	file->size = event->fetched.size;
	snprintf(file->detail, sizeof(file->detail), "%s",
		 event->fetched.detail ? event->fetched.detail : "");
	if (file->status == PHONE_FETCH_OK) {
		file->bytes = malloc(event->fetched.length + 1);
		if (file->bytes && event->fetched.length)
			memcpy(file->bytes, event->fetched.bytes, event->fetched.length);
		file->length = file->bytes ? event->fetched.length : 0;
	}
	event_base_loopbreak(server->base);
}

/* Did a server send this? */
static bool is_answer(const struct lint_file *file)
{
	switch (file->status) {
	case PHONE_FETCH_OK:
	case PHONE_FETCH_NOT_FOUND:
	case PHONE_FETCH_TOO_LARGE:
	case PHONE_FETCH_TRUNCATED: return true;
	case PHONE_FETCH_REFUSED:
	case PHONE_FETCH_TIMEOUT:
	case PHONE_FETCH_UNREACHABLE:
	case PHONE_FETCH_PROTOCOL_ERROR: break;
	}
	return file->http_status != 0;
}

static void get(struct lint_source *source, const struct lint_want *want, struct lint_file *file)
{
	struct server *server = (struct server *)source;
	char name[sizeof(server->path) + PHONE_NAME_MAX];
	struct download_order order = {.base = server->base,
				       .ns = -1,
				       .server = source->address,
				       .port = server->port,
				       .transport = server->transport,
				       .file = name,
				       .limit = want->limit,
				       .timeout_us = want->timeout_us,
				       .head = want->image,
				       .done = on_done,
				       .arg = server};
	struct download *download;
	struct fail fail = {0};

	snprintf(name, sizeof(name), "%s%s", server->path, want->name);
	server->file = file;
	if (download_start(&download, &order, &fail)) {
		file->status = PHONE_FETCH_PROTOCOL_ERROR;
		snprintf(file->detail, sizeof(file->detail), "%.150s", fail.text);
		return;
	}
	event_base_dispatch(server->base);
	server->answered = server->answered || is_answer(file);
}

bool lint_server_answered(const struct lint_source *source)
{
	return ((const struct server *)source)->answered;
}

static void server_free(struct lint_source *source)
{
	struct server *server = (struct server *)source;

	if (server->base)
		event_base_free(server->base);
	free(server);
}

/* --- the URL --- */

static int resolve(struct server *server, const char *url, const char *host, struct fail *fail)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
	int err = getaddrinfo(host, NULL, &hints, &list);

	if (err)
		return fail_set(fail, -EINVAL,
				"--server %s: %s: %s (expected an IPv4 address or a known name)", url, host,
				gai_strerror(err));
	server->source.address =
	    ntohl(((const struct sockaddr_in *)(const void *)list->ai_addr)->sin_addr.s_addr);
	freeaddrinfo(list);
	return 0;
}

static int read_url(struct server *server, const char *url, struct fail *fail)
{
	static const struct {
		const char *scheme;
		enum phone_transport transport;
		uint16_t port;
	} schemes[] = {{"http://", PHONE_HTTP, HTTP_PORT_OF_PHONES},
		       {"tftp://", PHONE_TFTP, TFTP_PORT_OF_PHONES}};
	size_t i = 0, length;
	char host[256];
	const char *at, *path;

	while (i < 2 && strncmp(url, schemes[i].scheme, strlen(schemes[i].scheme)))
		i++;
	if (i == 2)
		goto form;
	server->transport = schemes[i].transport;
	server->port = schemes[i].port;
	at = url + strlen(schemes[i].scheme);
	length = strcspn(at, ":/");
	if (!length || length >= sizeof(host) || strlen(url) > sizeof(server->path))
		goto form;
	snprintf(host, sizeof(host), "%.*s", (int)length, at);
	path = at + length;
	if (*path == ':') {
		char *end;
		unsigned long port = strtoul(path + 1, &end, 10);

		if (end == path + 1 || !port || port > 65535)
			goto form;
		server->port = (uint16_t)port;
		path = end;
	}
	if (*path && *path != '/')
		goto form;
	path += strspn(path, "/");
	snprintf(server->path, sizeof(server->path), "%s%s", path,
		 *path && path[strlen(path) - 1] != '/' ? "/" : "");
	snprintf(server->source.base, sizeof(server->source.base), "%s%s:%u/%s", schemes[i].scheme, host,
		 server->port, server->path);
	return resolve(server, url, host, fail);
form:
	return fail_set(
	    fail, -EINVAL,
	    "--server %s: not a URL of a file server (expected http://HOST:PORT/ or tftp://HOST/)", url);
}

int lint_server_open(struct lint_source **source, const char *url, struct fail *fail)
{
	struct server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return fail_set(fail, -ENOMEM, "out of memory");
	server->source = (struct lint_source){.get = get, .free = server_free};
	err = read_url(server, url, fail);
	server->base = err ? NULL : event_base_new();
	if (!err && !server->base)
		err = fail_set(fail, -ENOMEM, "out of memory");
	if (err) {
		server_free(&server->source);
		return err;
	}
	*source = &server->source;
	return 0;
}
