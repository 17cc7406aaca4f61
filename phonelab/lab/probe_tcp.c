/* A TCP connection, and what HTTP and SIP say over it. */
#include "phonelab/lab/probe_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "phonelab/lab/probe_sip.h"
#include "wire/sip.h"

#define REPLY_MAX 262144 /* octets of an answer that are read; then the connection is closed */

static void begin_tcp(struct probe_run *run, struct probe_check *check)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(check->port),
				 .sin_addr.s_addr = htonl(check->key.there)};

	check->fd = probe_socket(check, SOCK_STREAM);
	check->events = POLLOUT;
	if (check->fd < 0)
		probe_end(run, check, "error");
	else if (connect(check->fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		probe_end(run, check, probe_errno_word(errno));
}

/* Write the rest of the request. */
static void write_request(struct probe_run *run, struct probe_check *check)
{
	ssize_t n = send(check->fd, check->request.bytes + check->written,
			 check->request.length - check->written, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		probe_end(run, check, probe_errno_word(errno));
	else if (n > 0)
		check->written += (size_t)n;
	if (check->written == check->request.length)
		check->events = POLLIN;
}

/* Writable for the first time: connected, or not. False if the check has ended. */
static bool on_connected(struct probe_run *run, struct probe_check *check)
{
	socklen_t size = sizeof(int);
	int err = 0;

	if (check->connected)
		return true;
	getsockopt(check->fd, SOL_SOCKET, SO_ERROR, &err, &size);
	if (err) {
		probe_end(run, check, probe_errno_word(err));
		return false;
	}
	check->connected = true;
	json_object_set_new(check->result, "connected", json_true());
	json_object_set_new(check->result, "connect_ms",
			    json_integer((json_int_t)(run->now - check->begun) / 1000));
	return true;
}

/* Read what is there. 0: all of it; 1: the server has closed; a negative errno. */
static int read_reply(struct probe_run *run, struct probe_check *check)
{
	char part[16384];
	ssize_t n;

	while (check->reply.length < REPLY_MAX) {
		n = recv(check->fd, part, sizeof(part), 0);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (!n)
			return 1;
		if (!check->reply.length)
			json_object_set_new(check->result, "answer_ms",
					    json_integer((json_int_t)(run->now - check->begun) / 1000));
		text_add_bytes(&check->reply, part, (size_t)n);
	}
	return 1;
}

static void on_tcp(struct probe_run *run, struct probe_check *check, short events)
{
	(void)events;
	if (on_connected(run, check))
		probe_end(run, check, "ok");
}

const struct probe_action probe_tcp = {.begin = begin_tcp, .ready = on_tcp};

/* --- HTTP --- */

static void begin_http(struct probe_run *run, struct probe_check *check)
{
	char there[IPV4_TEXT];

	text_add(&check->request, "%s /%s HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: " PROBE_AGENT "\r\n",
		 json_text(check->result, "method"), json_text(check->result, "file"),
		 ipv4_format(check->key.there, there), check->port);
	text_add(&check->request, "Accept: */*\r\nConnection: close\r\n\r\n");
	begin_tcp(run, check);
}

/* Copy the value of a header to the result. */
static void set_header(struct probe_check *check, const char *head, const char *header, const char *name)
{
	char needle[40], value[200];
	const char *at;

	snprintf(needle, sizeof(needle), "\n%s:", header);
	at = strcasestr(head, needle);
	if (!at)
		return;
	at += strlen(needle);
	at += strspn(at, " \t");
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r\n"), at);
	json_object_set_new(check->result, name, json_text_new(value));
}

/* The headers are there: the result has what they say, and *body the octets behind them. False: not all are. */
static bool read_head(struct probe_check *check, size_t *body)
{
	char *end = check->reply.bytes ? strstr(check->reply.bytes, "\r\n\r\n") : NULL;
	unsigned status = 0;

	if (!end)
		return false;
	*body = check->reply.length - (size_t)(end + 4 - check->reply.bytes);
	if (json_object_get(check->result, "status"))
		return true;
	*end = 0;
	if (sscanf(check->reply.bytes, "HTTP/%*u.%*u %u", &status) == 1)
		json_object_set_new(check->result, "status", json_integer(status));
	set_header(check, check->reply.bytes, "Location", "location");
	set_header(check, check->reply.bytes, "Content-Encoding", "encoding");
	set_header(check, check->reply.bytes, "Content-Type", "type");
	set_header(check, check->reply.bytes, "Content-Length", "length");
	*end = '\r';
	return true;
}

static void on_http(struct probe_run *run, struct probe_check *check, short events)
{
	bool head = !strcmp(json_text(check->result, "method"), "HEAD");
	size_t body = 0;
	int end;

	if (!on_connected(run, check))
		return;
	if (events & POLLOUT)
		write_request(run, check);
	if (check->done || !(events & (POLLIN | POLLHUP | POLLERR)))
		return;
	end = read_reply(run, check);
	if (read_head(check, &body)) {
		const char *length = json_text(check->result, "length");

		if (head || (*length && body >= strtoull(length, NULL, 10)) || end == 1)
			probe_end(run, check, "ok");
	} else if (end == 1) {
		probe_end(run, check, "closed");
	}
	if (!check->done && end < 0)
		probe_end(run, check, probe_errno_word(-end));
}

static void finish_http(struct probe_run *run, struct probe_check *check)
{
	size_t body = 0;

	(void)run;
	if (!read_head(check, &body))
		return;
	json_object_set_new(check->result, "octets", json_integer((json_int_t)body));
	probe_set_first(check->result, check->reply.bytes + check->reply.length - body, body);
}

const struct probe_action probe_http = {.begin = begin_http, .ready = on_http, .finish = finish_http};

/* --- SIP --- */

static void begin_sip(struct probe_run *run, struct probe_check *check)
{
	begin_tcp(run, check);
	probe_sip_write(check, false);
	probe_sip_write(check, true);
}

/* Take the messages that are complete: their answers have no body that matters. */
static void read_messages(struct probe_check *check)
{
	while (check->reply.length) {
		struct sip_frame frame;
		size_t taken;

		if (sip_frame(check->reply.bytes, check->reply.length, &frame, NULL))
			return;
		if (probe_sip_read(check, check->reply.bytes + frame.skip, frame.header))
			check->received++;
		taken = frame.skip + frame.header + frame.body;
		check->reply.length -= taken;
		memmove(check->reply.bytes, check->reply.bytes + taken, check->reply.length);
	}
}

static void on_sip(struct probe_run *run, struct probe_check *check, short events)
{
	int end;

	if (!on_connected(run, check))
		return;
	if (events & POLLOUT)
		write_request(run, check);
	if (check->done || !(events & (POLLIN | POLLHUP | POLLERR)))
		return;
	end = read_reply(run, check);
	read_messages(check);
	if (check->received >= 2)
		probe_end(run, check, "ok");
	else if (end)
		probe_end(run, check, end == 1 ? "closed" : probe_errno_word(-end));
}

const struct probe_action probe_sip = {.begin = begin_sip, .ready = on_sip};
