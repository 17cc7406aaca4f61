/* A connection that is over leaves nothing behind that reads from the next descriptor of its number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "phonelab/web/limit.h"

#define ROUNDS 100
#define OCTETS 13000 /* several reads of a stream */
#define PAIRS  8     /* one of them has the number of the connection that is over */

static struct event_base *base;

static void reply(struct evhttp_request *request, void *arg)
{
	struct bufferevent *stream =
	    evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));

	web_limit_served(arg, stream);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
	evhttp_send_reply(request, HTTP_OK, NULL, NULL);
}

/* A request to the server in this process, up to the end of the connection. */
static void ask(const struct sockaddr_in *address, const char *request)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), rounds = 0;
	char byte;
	ssize_t n;

	assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	assert_int_equal(send(fd, request, strlen(request), 0), (ssize_t)strlen(request));
	while ((n = recv(fd, &byte, 1, MSG_DONTWAIT)) != 0 && rounds < 100 * ROUNDS) {
		rounds += n < 0;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(n, 0);
	close(fd);
}

/* What is written to a stream arrives there, whatever number its descriptor has. */
static void exchange(void)
{
	static const char octets[OCTETS];
	struct bufferevent *streams[PAIRS];
	int pairs[PAIRS][2];

	for (int i = 0; i < PAIRS; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i]), 0);
		streams[i] = bufferevent_socket_new(base, pairs[i][0], BEV_OPT_CLOSE_ON_FREE);
		bufferevent_enable(streams[i], EV_READ | EV_WRITE);
		bufferevent_write(streams[i], "?", 1);
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < PAIRS; i++)
		assert_int_equal(write(pairs[i][1], octets, OCTETS), OCTETS);
	for (int i = 0; i < ROUNDS; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < PAIRS; i++) {
		assert_int_equal(evbuffer_get_length(bufferevent_get_input(streams[i])), OCTETS);
		bufferevent_free(streams[i]);
		close(pairs[i][1]);
	}
}

static void test_the_next_descriptor_has_one_reader(void **state)
{
	static const char *const requests[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x01\r\n\r\n"};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct evhttp_bound_socket *bound;
	struct web_limit *limit;
	struct evhttp *http;

	(void)state;
	base = event_base_new();
	http = evhttp_new(base);
	limit = web_limit_new(base, http);
	evhttp_set_gencb(http, reply, limit);
	bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	assert_non_null(bound);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size),
			 0);
	for (int i = 0; i < 6; i++) {
		ask(&address, requests[i % 2]);
		exchange();
	}
	evhttp_free(http);
	web_limit_free(limit);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_next_descriptor_has_one_reader)};

	return cmocka_run_group_tests_name("web_limit", tests, NULL, NULL);
}
