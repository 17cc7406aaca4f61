#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cable/link.h"
#include "cable/monitor.h"
#include "cable/netns.h"
#include "cable/plug.h"
#include "tests/support/sandbox.h"

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

/* What was last told of eth0, and of how many links. */
struct seen {
	struct monitor *monitor;
	unsigned calls;
	struct monitor_link eth0;
	bool want_carrier, want_deleted;
};

static void on_link(void *arg, const struct monitor_link *link)
{
	struct seen *seen = arg;

	seen->calls++;
	if (!strcmp(link->name, "eth0")) {
		seen->eth0 = *link;
		seen->eth0.name = NULL;
	}
}

static bool as_wanted(void *arg)
{
	struct seen *seen = arg;

	assert_int_equal(monitor_read(seen->monitor, on_link, seen), 0);
	return seen->eth0.ifindex && seen->eth0.deleted == seen->want_deleted &&
	       (seen->want_deleted || seen->eth0.carrier == seen->want_carrier);
}

static void test_cable(void **state)
{
	struct mac mac = {{0x02, 0, 0, 0, 0, 0x77}};
	struct cable_plug plug = {.name = "near", .peer_name = "eth0", .peer_mac = &mac};
	struct seen seen = {.calls = 0};
	struct rtnl *rtnl;
	int ifindex;

	(void)state;
	ok(netns_new(&plug.peer_ns, &why));
	ok(rtnl_open(&rtnl, -1, &why));
	ok(monitor_open(&seen.monitor, plug.peer_ns, &why));
	ok(cable_plug_link(rtnl, -1, &plug, &ifindex, &why));
	assert_true(sandbox_until(30000, as_wanted, &seen));
	assert_true(seen.eth0.up);
	assert_true(mac_equal(&seen.eth0.mac, &mac));
	for (int i = 0; i < 5; i++) {
		seen.want_carrier = true;
		ok(link_set_up(rtnl, ifindex, true, &why));
		assert_true(sandbox_until(30000, as_wanted, &seen));
		assert_int_equal(seen.eth0.operstate, 6);
		seen.want_carrier = false;
		ok(link_set_up(rtnl, ifindex, false, &why));
		assert_true(sandbox_until(30000, as_wanted, &seen));
		assert_int_not_equal(seen.eth0.operstate, 6);
	}
	seen.want_deleted = true;
	ok(cable_unplug_link(rtnl, ifindex, &why));
	assert_true(sandbox_until(30000, as_wanted, &seen));
	monitor_close(seen.monitor);
	rtnl_close(rtnl);
	close(plug.peer_ns);
}

/* The first reads tell of what is there already. */
static void test_initial(void **state)
{
	struct cable_plug plug = {.name = "near", .peer_name = "eth0", .up = true};
	struct seen seen = {.want_carrier = true};
	struct rtnl *rtnl;
	int ifindex;

	(void)state;
	ok(netns_new(&plug.peer_ns, &why));
	ok(rtnl_open(&rtnl, -1, &why));
	ok(cable_plug_link(rtnl, -1, &plug, &ifindex, &why));
	ok(monitor_open(&seen.monitor, plug.peer_ns, &why));
	assert_true(sandbox_until(30000, as_wanted, &seen));
	assert_true(seen.calls >= 2); /* lo too */
	monitor_close(seen.monitor);
	ok(cable_unplug_link(rtnl, ifindex, &why));
	rtnl_close(rtnl);
	close(plug.peer_ns);
}

/* So many changes that the socket overruns: the final state is known all the same. */
static void test_overrun(void **state)
{
	struct cable_plug plug = {.name = "near", .peer_name = "eth0"};
	struct seen seen = {.want_carrier = true};
	struct rtnl *rtnl;
	int ifindex;

	(void)state;
	ok(netns_new(&plug.peer_ns, &why));
	ok(rtnl_open(&rtnl, -1, &why));
	ok(cable_plug_link(rtnl, -1, &plug, &ifindex, &why));
	ok(monitor_open(&seen.monitor, plug.peer_ns, &why));
	for (int i = 0; i < 400; i++)
		ok(link_set_up(rtnl, ifindex, i & 1, &why));
	assert_true(sandbox_until(30000, as_wanted, &seen));
	monitor_close(seen.monitor);
	ok(cable_unplug_link(rtnl, ifindex, &why));
	rtnl_close(rtnl);
	close(plug.peer_ns);
}

#define MANY 5

struct many {
	struct monitor *monitor;
	int nsid[MANY];
	struct monitor_link eth0[MANY];
	unsigned strange; /* eth0 of a namespace that was not added, or was removed */
};

static void on_one_of_many(void *arg, const struct monitor_link *link)
{
	struct many *many = arg;
	int found = MANY;

	if (strcmp(link->name, "eth0"))
		return;
	for (int i = 0; i < MANY; i++)
		if (many->nsid[i] == link->nsid)
			found = i;
	if (found == MANY)
		many->strange++;
	else
		many->eth0[found] = *link;
}

/* Every second has a carrier. */
static bool half_is_up(void *arg)
{
	struct many *many = arg;

	assert_int_equal(monitor_read(many->monitor, on_one_of_many, many), 0);
	for (int i = 0; i < MANY; i++)
		if (!many->eth0[i].ifindex || many->eth0[i].carrier != (i & 1))
			return false;
	return true;
}

/* One monitor for many namespaces: each change comes with its namespace, and after an overrun the state of all is known. */
static void test_many(void **state)
{
	struct many many = {.strange = 0};
	int ns[MANY], ifindex[MANY];
	struct rtnl *rtnl;

	(void)state;
	ok(rtnl_open(&rtnl, -1, &why));
	ok(monitor_open(&many.monitor, -1, &why));
	for (int i = 0; i < MANY; i++) {
		char name[16];
		struct cable_plug plug = {.name = name, .peer_name = "eth0", .up = i & 1};

		snprintf(name, sizeof(name), "near%d", i);
		ok(netns_new(&ns[i], &why));
		ok(monitor_add(many.monitor, ns[i], &many.nsid[i], &why));
		plug.peer_ns = ns[i];
		ok(cable_plug_link(rtnl, -1, &plug, &ifindex[i], &why));
	}
	assert_true(sandbox_until(30000, half_is_up, &many));
	for (int times = 0; times < 3000; times++)
		for (int i = 0; i < MANY; i++)
			ok(link_set_up(rtnl, ifindex[i], (i + times) & 1, &why));
	for (int i = 0; i < MANY; i++)
		ok(link_set_up(rtnl, ifindex[i], i & 1, &why));
	assert_true(sandbox_until(30000, half_is_up, &many));
	assert_int_equal(many.strange, 0);
	for (int i = 0; i < MANY; i++) {
		monitor_remove(many.monitor, many.nsid[i]);
		ok(cable_unplug_link(rtnl, ifindex[i], &why));
		close(ns[i]);
	}
	monitor_close(many.monitor);
	rtnl_close(rtnl);
}

/* A container has no CAP_NET_BROADCAST: no other namespace can be added, and the monitor of its own one works. */
static void test_without_broadcast(void **state)
{
	struct mac mac = {{0x02, 0, 0, 0, 0, 0x77}};
	struct cable_plug plug = {.name = "near", .peer_name = "eth0", .peer_mac = &mac, .up = true};
	struct seen seen = {.want_carrier = true};
	struct monitor *shared;
	struct rtnl *rtnl;
	int ifindex, nsid;

	(void)state;
	ok(netns_new(&plug.peer_ns, &why));
	ok(rtnl_open(&rtnl, -1, &why));
	ok(monitor_open(&shared, -1, &why));
	sandbox_capability(CAP_NET_BROADCAST, false);
	assert_int_equal(monitor_add(shared, plug.peer_ns, &nsid, &why), -EPERM);
	ok(monitor_open(&seen.monitor, plug.peer_ns, &why));
	sandbox_capability(CAP_NET_BROADCAST, true);
	ok(cable_plug_link(rtnl, -1, &plug, &ifindex, &why));
	assert_true(sandbox_until(30000, as_wanted, &seen));
	ok(monitor_add(shared, plug.peer_ns, &nsid, &why));
	monitor_close(seen.monitor);
	monitor_close(shared);
	ok(cable_unplug_link(rtnl, ifindex, &why));
	rtnl_close(rtnl);
	close(plug.peer_ns);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test(test_cable), cmocka_unit_test(test_initial),
					 cmocka_unit_test(test_overrun), cmocka_unit_test(test_many),
					 cmocka_unit_test(test_without_broadcast)};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
