/*
 * The resolver of a phone, with scripted name servers on the loopback interface of a sandbox: which server is asked for which
 * name, and which replies are accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <event2/event.h>

#include "cable/netns.h"
#include "phone-sim/driver/dns.h"
#include "tests/support/sandbox.h"
#include "wire/dns.h"

#define LOOPBACK(n) (0x7f000000u + (n))
#define SERVERS	    2 /* 127.0.0.1 and 127.0.0.2 */
#define CLOSED	    LOOPBACK(9)
#define RIGHT	    0x0a140003u
#define WRONG	    0x0a666666u

enum behaviour { ANSWER, SILENT, BROKEN, DENY, DENY_WITH_DOMAIN, LIE };

struct server {
	int sock;
	struct event *event;
	enum behaviour behaviour;
};

static struct bench {
	struct event_base *base;
	struct server server[SERVERS];
	char asked[400]; /* "1 tftp1.lab; 2 tftp1.lab; " */
	bool done, timed_out;
	uint32_t address[DNS_ADDRESSES_MAX];
	unsigned count;
} bench;

/* The reply to a query: the query, as a reply, and one address. Its length. */
static size_t make_reply(uint8_t *reply, const uint8_t *query, size_t length, uint8_t rcode, uint32_t address)
{
	static const uint8_t record[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};

	memcpy(reply, query, length);
	reply[2] |= 0x80;
	reply[3] = rcode;
	if (rcode)
		return length;
	reply[7] = 1;
	memcpy(reply + length, record, sizeof(record));
	address = htonl(address);
	memcpy(reply + length + sizeof(record), &address, 4);
	return length + sizeof(record) + 4;
}

/* Replies to ignore: another number, another name, an address from another server. */
static void lie(const uint8_t *query, size_t length, const struct sockaddr *to, socklen_t size, int sock)
{
	uint8_t reply[DNS_REPLY_MAX];
	size_t n = make_reply(reply, query, length, 0, WRONG);

	sendto(bench.server[1].sock, reply, n, 0, to, size);
	reply[1] ^= 1;
	sendto(sock, reply, n, 0, to, size);
	reply[1] ^= 1;
	reply[13] ^= 1;
	sendto(sock, reply, n, 0, to, size);
	sendto(sock, reply, 7, 0, to, size);
	sendto(sock, query, length, 0, to, size);
}

static void on_query(int fd, short what, void *arg)
{
	struct server *server = arg;
	uint8_t query[DNS_REPLY_MAX - 16], reply[DNS_REPLY_MAX];
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	ssize_t length = recvfrom(fd, query, sizeof(query), 0, (struct sockaddr *)&from, &size);
	struct wire_reader reader;
	char name[DNS_NAME_MAX];
	size_t n = strlen(bench.asked);
	uint8_t rcode = 0;

	(void)what;
	assert_true(length > 12);
	wire_reader_init(&reader, query + 12, (size_t)length - 12);
	dns_read_name(&reader, name, sizeof(name));
	snprintf(bench.asked + n, sizeof(bench.asked) - n, "%d %.100s; ", (int)(server - bench.server) + 1,
		 name);
	switch (server->behaviour) {
	case SILENT: return;
	case LIE: lie(query, (size_t)length, (struct sockaddr *)&from, size, fd); break;
	case BROKEN: rcode = 2; break;
	case DENY: rcode = DNS_NXDOMAIN; break;
	case DENY_WITH_DOMAIN: rcode = strstr(name, ".example") ? DNS_NXDOMAIN : 0; break;
	case ANSWER: break;
	}
	n = make_reply(reply, query, (size_t)length, rcode, RIGHT);
	assert_int_equal(sendto(fd, reply, n, 0, (struct sockaddr *)&from, size), n);
}

static int begin(void **state)
{
	(void)state;
	memset(&bench, 0, sizeof(bench));
	bench.base = event_base_new();
	for (unsigned i = 0; i < SERVERS; i++) {
		struct server *server = &bench.server[i];
		const struct sockaddr_in at = {.sin_family = AF_INET,
					       .sin_port = htons(DNS_PORT),
					       .sin_addr.s_addr = htonl(LOOPBACK(i + 1))};

		server->sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(server->sock, (const struct sockaddr *)&at, sizeof(at)), 0);
		server->event = event_new(bench.base, server->sock, EV_READ | EV_PERSIST, on_query, server);
		event_add(server->event, NULL);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (int i = 0; i < SERVERS; i++) {
		event_free(bench.server[i].event);
		close(bench.server[i].sock);
	}
	event_base_free(bench.base);
	return 0;
}

static void on_done(void *arg, struct dns *dns, const uint32_t *addresses, unsigned count, bool timed_out)
{
	(void)arg;
	assert_int_equal(dns_id(dns), 7);
	assert_false(bench.done);
	bench.done = true;
	bench.count = count;
	bench.timed_out = timed_out;
	memcpy(bench.address, addresses, count * sizeof(*addresses));
	event_base_loopbreak(bench.base);
}

/* How many addresses there are. The queries are in bench.asked. */
static unsigned resolve(const uint32_t *servers, unsigned server_count, const char *name, const char *domain)
{
	const struct dns_order order = {.base = bench.base,
					.ns = NETNS_OWN,
					.servers = servers,
					.server_count = server_count,
					.domain = domain,
					.name = name,
					.timeout_us = UINT64_C(50000000),
					.id = 7,
					.done = on_done};
	unsigned files = sandbox_open_files();
	struct fail fail = {0};
	struct dns *dns;

	bench.done = false;
	*bench.asked = 0;
	assert_int_equal(dns_start(&dns, &order, &fail), 0);
	event_base_dispatch(bench.base);
	assert_true(bench.done);
	assert_int_equal(sandbox_open_files(), files);
	return bench.count;
}

static void a_name_without_a_dot_is_of_the_domain(void **state)
{
	const uint32_t first = LOOPBACK(1);

	(void)state;
	assert_int_equal(resolve(&first, 1, "tftp1", "lab.example"), 1);
	assert_int_equal(bench.address[0], RIGHT);
	assert_string_equal(bench.asked, "1 tftp1.lab.example; ");
	bench.server[0].behaviour = DENY_WITH_DOMAIN;
	assert_int_equal(resolve(&first, 1, "tftp1", "lab.example"), 1);
	assert_string_equal(bench.asked, "1 tftp1.lab.example; 1 tftp1; ");
	bench.server[0].behaviour = DENY;
	assert_int_equal(resolve(&first, 1, "tftp1.lab", "example"), 0);
	assert_string_equal(bench.asked, "1 tftp1.lab; 1 tftp1.lab.example; ");
	assert_false(bench.timed_out);
	/* A dot at the end: no domain. */
	assert_int_equal(resolve(&first, 1, "tftp1.", "example"), 0);
	assert_string_equal(bench.asked, "1 tftp1; ");
	assert_int_equal(resolve(&first, 1, "tftp1", ""), 0);
	assert_string_equal(bench.asked, "1 tftp1; ");
}

static void the_next_server_is_asked(void **state)
{
	const uint32_t both[] = {LOOPBACK(1), LOOPBACK(2)}, closed[] = {CLOSED, LOOPBACK(2)};

	(void)state;
	/* The first has no program, does not answer, is broken. */
	assert_int_equal(resolve(closed, 2, "tftp1", ""), 1);
	assert_string_equal(bench.asked, "2 tftp1; ");
	bench.server[0].behaviour = SILENT;
	assert_int_equal(resolve(both, 2, "tftp1", ""), 1);
	assert_string_equal(bench.asked, "1 tftp1; 2 tftp1; ");
	bench.server[0].behaviour = BROKEN;
	assert_int_equal(resolve(both, 2, "tftp1", ""), 1);
	assert_string_equal(bench.asked, "1 tftp1; 2 tftp1; ");
	bench.server[1].behaviour = BROKEN;
	assert_int_equal(resolve(both, 2, "tftp1", ""), 0);
	assert_false(bench.timed_out);
}

static void nobody_answers(void **state)
{
	const uint32_t both[] = {LOOPBACK(1), LOOPBACK(2)}, closed = CLOSED;

	(void)state;
	bench.server[0].behaviour = bench.server[1].behaviour = SILENT;
	assert_int_equal(resolve(both, 2, "tftp1", ""), 0);
	assert_string_equal(bench.asked, "1 tftp1; 2 tftp1; 1 tftp1; 2 tftp1; ");
	assert_true(bench.timed_out);
	assert_int_equal(resolve(&closed, 1, "tftp1", ""), 0);
	assert_true(bench.timed_out);
}

static void what_cannot_be_asked(void **state)
{
	const uint32_t first = LOOPBACK(1);

	(void)state;
	assert_int_equal(resolve(NULL, 0, "tftp1", ""), 0);
	assert_int_equal(resolve(&first, 1, "", "lab"), 0);
	assert_int_equal(resolve(&first, 1, "tftp1..lab", ""), 0);
	assert_string_equal(bench.asked, "");
	assert_false(bench.timed_out);
}

static void other_replies_are_ignored(void **state)
{
	const uint32_t first = LOOPBACK(1);

	(void)state;
	bench.server[0].behaviour = LIE; /* and then the truth */
	assert_int_equal(resolve(&first, 1, "tftp1", ""), 1);
	assert_int_equal(bench.address[0], RIGHT);
}

static int tests_of_this_file(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_name_without_a_dot_is_of_the_domain, begin, end),
	    cmocka_unit_test_setup_teardown(the_next_server_is_asked, begin, end),
	    cmocka_unit_test_setup_teardown(nobody_answers, begin, end),
	    cmocka_unit_test_setup_teardown(what_cannot_be_asked, begin, end),
	    cmocka_unit_test_setup_teardown(other_replies_are_ignored, begin, end),
	};
	struct fail fail = {0};

	if (netns_loopback_up(-1, &fail))
		fail_msg("%s", fail.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests_of_this_file, 60);
}
