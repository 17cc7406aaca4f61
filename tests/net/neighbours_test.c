/* ARP entries that the kernel does not count: two namespaces on one cable, with iproute2 as the witness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cable/address.h"
#include "cable/link.h"
#include "cable/neighbours.h"
#include "cable/netns.h"
#include "tests/support/sandbox.h"

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

struct pair {
	int far; /* the other namespace */
	struct rtnl *near_rtnl, *far_rtnl;
	int near_index;
};

static struct address address_of(const char *text)
{
	struct address address;

	ok(address_parse(&address, text, &why));
	return address;
}

static int setup(void **state)
{
	static struct pair pair;
	const struct address here = address_of("10.9.0.1/24"), there = address_of("10.9.0.2/24");
	struct link_veth veth = {.name = "near", .peer_name = "far"};

	ok(netns_new(&pair.far, &why));
	veth.peer_ns = pair.far;
	ok(rtnl_open(&pair.near_rtnl, -1, &why));
	ok(rtnl_open(&pair.far_rtnl, pair.far, &why));
	ok(link_create_veth(pair.near_rtnl, &veth, &why));
	pair.near_index = link_index(pair.near_rtnl, "near", &why);
	ok(pair.near_index);
	ok(link_set_up(pair.near_rtnl, pair.near_index, true, &why));
	ok(address_add(pair.near_rtnl, pair.near_index, &here, &why));
	int far_index = link_index(pair.far_rtnl, "far", &why);
	ok(far_index);
	ok(link_set_up(pair.far_rtnl, far_index, true, &why));
	ok(address_add(pair.far_rtnl, far_index, &there, &why));
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;
	struct fail ignored = {0};

	link_delete(pair->near_rtnl, pair->near_index, &ignored);
	rtnl_close(pair->near_rtnl);
	rtnl_close(pair->far_rtnl);
	close(pair->far);
	return 0;
}

static void ip_neighbours(char *text, size_t size)
{
	const char *const argv[] = {"ip", "-4", "neighbour", "show", "dev", "near", NULL};

	assert_int_equal(sandbox_command(-1, 5000, text, size, argv), 0);
}

/* One packet to the other end: the kernel asks for it by ARP. */
static void send_datagram(void)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = inet_addr("10.9.0.2")};
	int sock = netns_socket(-1, AF_INET, SOCK_DGRAM, 0, &why);

	ok(sock);
	assert_int_equal(sendto(sock, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)), 1);
	close(sock);
}

static bool resolved(void *arg)
{
	char *text = arg;

	ip_neighbours(text, 500);
	return strstr(text, "lladdr") != NULL;
}

static void test_marked_once_resolved(void **state)
{
	struct neighbours *neighbours;
	struct pollfd fd;
	char text[500];
	int marked = 0;

	(void)state;
	ok(neighbours_open(&neighbours, &why));
	assert_int_equal(neighbours_mark(neighbours), 0);
	send_datagram();
	fd = (struct pollfd){.fd = neighbours_fd(neighbours), .events = POLLIN};
	/* Messages of entries that are not resolved yet may come first. */
	while (!marked && poll(&fd, 1, 3000) == 1) {
		marked = neighbours_mark(neighbours);
		assert_true(marked >= 0);
	}
	assert_int_equal(marked, 1);
	ip_neighbours(text, sizeof(text));
	assert_non_null(strstr(text, "10.9.0.2"));
	assert_non_null(strstr(text, "extern_learn"));
	/* The kernel reports our own change too; it needs no answer. */
	assert_int_equal(neighbours_mark(neighbours), 0);
	neighbours_close(neighbours);
}

static void test_entries_that_existed_before(void **state)
{
	struct neighbours *neighbours;
	struct pollfd fd;
	char text[500];
	int marked = 0;

	(void)state;
	send_datagram();
	assert_true(sandbox_until(3000, resolved, text));
	assert_null(strstr(text, "extern_learn"));
	ok(neighbours_open(&neighbours, &why));
	fd = (struct pollfd){.fd = neighbours_fd(neighbours), .events = POLLIN};
	while (!marked && poll(&fd, 1, 3000) == 1)
		marked = neighbours_mark(neighbours);
	assert_int_equal(marked, 1);
	ip_neighbours(text, sizeof(text));
	assert_non_null(strstr(text, "extern_learn"));
	neighbours_close(neighbours);
}

static void test_added_entry_is_resolved(void **state)
{
	struct pair *pair = *state;
	char text[500];

	ok(neighbours_keep(pair->near_rtnl, pair->near_index, address_of("10.9.0.2/24").ip, &why));
	assert_true(sandbox_until(3000, resolved, text));
	assert_non_null(strstr(text, "10.9.0.2"));
	assert_non_null(strstr(text, "extern_learn"));
}

static void test_nobody_is_not_marked(void **state)
{
	struct neighbours *neighbours;
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = inet_addr("10.9.0.77")};
	int sock = netns_socket(-1, AF_INET, SOCK_DGRAM, 0, &why);
	char text[500];

	(void)state;
	ok(sock);
	ok(neighbours_open(&neighbours, &why));
	assert_int_equal(sendto(sock, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)), 1);
	assert_int_equal(neighbours_mark(neighbours), 0);
	ip_neighbours(text, sizeof(text));
	assert_non_null(strstr(text, "10.9.0.77"));
	assert_null(strstr(text, "extern_learn"));
	neighbours_close(neighbours);
	close(sock);
}

static void test_bad_interface(void **state)
{
	struct pair *pair = *state;

	assert_true(neighbours_keep(pair->near_rtnl, 99999, address_of("10.9.0.2/24").ip, &why) < 0);
	assert_true(strlen(why.text) > 0);
	neighbours_close(NULL);
}

static int tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest list[] = {
	    TEST(test_marked_once_resolved),	TEST(test_entries_that_existed_before),
	    TEST(test_added_entry_is_resolved), TEST(test_nobody_is_not_marked),
	    TEST(test_bad_interface),
	};

	return cmocka_run_group_tests_name("neighbours", list, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
