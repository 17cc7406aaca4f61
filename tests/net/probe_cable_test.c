/* The cables of the interfaces of a namespace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include "cable/rtnl.h"
#include "phonelab/lab/probe_cable.h"
#include "tests/support/sandbox.h"

static struct fail why;
static struct probe_cables cables;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

static int make(struct rtnl *rtnl, const char *name, const char *peer)
{
	const struct link_veth veth = {.name = name, .peer_name = peer, .peer_ns = -1};
	int ifindex;

	ok(link_create_veth(rtnl, &veth, &why));
	ifindex = link_index(rtnl, name, &why);
	assert_true(ifindex > 0);
	return ifindex;
}

static void test_cables(void **state)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), cable, lane, other;
	const struct probe_cable *found;
	struct rtnl *rtnl;

	(void)state;
	assert_true(sock >= 0);
	ok(rtnl_open(&rtnl, -1, &why));
	cable = make(rtnl, "gi1-0-3", "far");
	lane = make(rtnl, "gi1-0-3.110", "far.110");
	other = make(rtnl, "gi1-0-4.x", "other");
	found = probe_cable_of(&cables, 1, sock, cable);
	assert_string_equal(found->name, "gi1-0-3");
	assert_int_equal(found->parent, 0);
	found = probe_cable_of(&cables, 1, sock, other);
	assert_string_equal(found->name, "gi1-0-4.x");
	assert_int_equal(found->parent, 0);
	found = probe_cable_of(&cables, 1, sock, lane);
	assert_string_equal(found->name, "gi1-0-3");
	assert_int_equal(found->parent, cable);
	/* The kernel is not asked again: without a socket it could not answer. */
	found = probe_cable_of(&cables, 1, -1, lane);
	assert_int_equal(found->parent, cable);
	/* The interface of that number in another namespace is another one. */
	found = probe_cable_of(&cables, 2, -1, lane);
	assert_string_equal(found->name, "");
	assert_int_equal(found->parent, 0);
	/* Two numbers share an entry: the second answer is not that of the first. */
	found = probe_cable_of(&cables, 1, sock, lane + PROBE_CABLES);
	assert_string_equal(found->name, "");
	found = probe_cable_of(&cables, 1, sock, lane);
	assert_string_equal(found->name, "gi1-0-3");
	ok(link_delete(rtnl, other, &why));
	ok(link_delete(rtnl, lane, &why));
	ok(link_delete(rtnl, cable, &why));
	rtnl_close(rtnl);
	close(sock);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {cmocka_unit_test(test_cables)};

	return cmocka_run_group_tests(list, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
