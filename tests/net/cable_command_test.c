#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cable/address.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "cable/raw.h"
#include "cable/vlan.h"
#include "tests/support/link_list.h"
#include "tests/support/sandbox.h"
#include "tests/support/toy_switch.h"

#define PANEL "/run/cable.panel"
#define WORDS 40

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

/* A switch here, and a namespace for the one who plugs in. */
struct bench {
	struct toy_switch *toy;
	int ns;
	struct sandbox_child child;
	char text[8192]; /* what the command has printed */
	int status;
	const char *needle;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->toy = toy_switch_new(PANEL);
	assert_non_null(bench->toy);
	ok(netns_new(&bench->ns, &why));
	bench->child.pid = -1;
	bench->child.out = -1;
	*state = bench;
	return 0;
}

static bool none_plugged(void *arg)
{
	struct bench *bench = arg;

	return toy_switch_plugged(bench->toy) == 0;
}

/* Whatever the test did: in the end there is no cable, and no interface but lo there. */
static int tear_down(void **state)
{
	struct bench *bench = *state;
	struct link_info *links;
	struct rtnl *rtnl;
	unsigned count;

	sandbox_end(&bench->child);
	assert_true(!bench->toy || toy_switch_serve(bench->toy, 3000, -1, none_plugged, bench));
	ok(rtnl_open(&rtnl, bench->ns, &why));
	ok(link_list(rtnl, &links, &count, &why));
	assert_int_equal(count, 1);
	free(links);
	rtnl_close(rtnl);
	close(bench->ns);
	toy_switch_free(bench->toy);
	free(bench);
	return 0;
}

/* Start `cable --panel PANEL --node test LINE`: words separated by spaces, a word in '...' may have some. */
static void start(struct bench *bench, const char *line)
{
	const char *words[WORDS] = {sandbox_program("cable"), "--panel", PANEL, "--node", "test"};
	static char copy[2048];
	size_t count = 5;
	char *c = copy;

	snprintf(copy, sizeof(copy), "%s", line);
	while (*c && count < WORDS - 1) {
		char end = *c == '\'' ? '\'' : ' ';

		if (end == '\'')
			c++;
		words[count++] = c;
		c += strcspn(c, end == '\'' ? "'" : " ");
		if (*c)
			*c++ = 0;
		while (*c == ' ')
			c++;
	}
	bench->text[0] = 0;
	bench->status = -1;
	assert_true(sandbox_spawn(&bench->child, bench->ns, words));
}

static void gather(struct bench *bench)
{
	char part[4096];
	int status = sandbox_wait(&bench->child, 0, part, sizeof(part));

	strncat(bench->text, part, sizeof(bench->text) - strlen(bench->text) - 1);
	if (status >= 0)
		bench->status = status;
}

static bool ended(void *arg)
{
	struct bench *bench = arg;

	gather(bench);
	return bench->status >= 0;
}

static bool printed(void *arg)
{
	struct bench *bench = arg;

	return strstr(bench->text, bench->needle) || ended(arg);
}

/* Serve the switch until the command has ended; its exit status. */
static int finish(struct bench *bench)
{
	if (!toy_switch_serve(bench->toy, 25000, bench->child.out, ended, bench))
		fail_msg("it does not end; it said: %s", bench->text);
	sandbox_end(&bench->child);
	return bench->status;
}

static void expect(struct bench *bench, const char *needle)
{
	bench->needle = needle;
	assert_true(toy_switch_serve(bench->toy, 25000, bench->child.out, printed, bench));
	if (!strstr(bench->text, needle))
		fail_msg("expected '%s', it said: %s", needle, bench->text);
}

static int run(struct bench *bench, const char *line)
{
	start(bench, line);
	return finish(bench);
}

/* A ping from the switch, while it serves. */
static void expect_reachable(struct bench *bench, const char *address)
{
	const char *const ping[] = {"busybox", "ping", "-c", "1", "-W", "10", address, NULL};
	char text[2048];

	(void)bench;
	if (sandbox_command(-1, 15000, text, sizeof(text), ping))
		fail_msg("%s: %s", address, text);
}

#define FOREVER                                                                                              \
	"-- sh -c 'trap \"exit 7\" TERM; trap \"echo usr1\" USR1; echo ready; while :; do sleep 0.05; done'"

static void test_command_runs(void **state)
{
	struct bench *bench = *state;

	if (run(bench, "--port Gi1/0/48 --address 10.9.1.2/24 -- busybox ping -c 1 -W 10 10.9.1.1"))
		fail_msg("%s", bench->text);
	assert_non_null(strstr(bench->text, "cable: eth0: plugged into toy Gi1/0/48"));
	assert_non_null(strstr(bench->text, "1 packets received"));
	assert_string_equal(toy_switch_port(bench->toy, 1)->plug.node, "test");
	assert_int_equal(toy_switch_port(bench->toy, 1)->plug.mac.octet[0], 0x02);
}

static void test_configuration(void **state)
{
	static const char forwarding[] = "/proc/sys/net/ipv4/ip_forward";
	char line[1024];
	struct bench *bench = *state;

	assert_int_equal(
	    run(bench,
		"--quiet --interface wan --mac 02:00:00:00:00:99 --address 10.9.1.2/24 --address 10.8.0.2/16 "
		"--gateway 10.9.1.1 --route 10.20.0.0/16=10.8.0.1 --power pd:3 -- sh -c 'ip -4 addr; ip "
		"route; "
		"ip link show wan'"),
	    0);
	assert_non_null(strstr(bench->text, "inet 10.9.1.2/24 brd 10.9.1.255 scope global wan"));
	assert_non_null(strstr(bench->text, "inet 10.8.0.2/16"));
	assert_non_null(strstr(bench->text, "default via 10.9.1.1 dev wan"));
	assert_non_null(strstr(bench->text, "10.20.0.0/16 via 10.8.0.1 dev wan"));
	assert_non_null(strstr(bench->text, "02:00:00:00:00:99"));
	assert_non_null(strstr(bench->text, "LOWER_UP"));
	assert_null(strstr(bench->text, "cable:"));
	assert_int_equal(toy_switch_port(bench->toy, 1)->plug.power, PANEL_POWER_PD);
	assert_int_equal(toy_switch_port(bench->toy, 1)->plug.power_class, 3);
	/* Forwarding of a namespace of its own, where it was off. */
	snprintf(line, sizeof(line),
		 "--netns --quiet -- sh -c 'echo 0 >%s && exec %s --quiet --panel " PANEL
		 " --node test2 --interface eth1 --forward -- cat %s'",
		 forwarding, sandbox_program("cable"), forwarding);
	assert_int_equal(run(bench, line), 0);
	assert_string_equal(bench->text, "1\n");
}

static void test_exit_status(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(run(bench, "-- sh -c 'exit 42'"), 42);
	assert_int_equal(run(bench, "-- sh -c 'kill -9 $$'"), 128 + SIGKILL);
	assert_int_equal(run(bench, "-- /nonexistent/program"), 127);
	assert_non_null(strstr(bench->text, "/nonexistent/program: No such file"));
	assert_int_equal(run(bench, "-- /etc/passwd"), 126);
	assert_int_equal(run(bench, "--vlan 4095 -- true"), 2);
	assert_int_equal(run(bench, "--gateway 10.9.1.1 -- true"), 3);
	assert_non_null(strstr(bench->text, "cannot add the route to 0.0.0.0/0"));
	toy_switch_refuse(bench->toy, "no-such-port");
	assert_int_equal(run(bench, "--port Gi9/9/9 -- true"), 1);
	assert_non_null(strstr(bench->text, "refused (no-such-port): so the test wants it"));
	assert_int_equal(run(bench, "--panel /run/nobody --timeout 1 -- true"), 1);
	assert_non_null(strstr(bench->text, "no link within 1 seconds"));
	assert_non_null(strstr(bench->text, "is the switch running?"));
}

static void test_waits_for_link(void **state)
{
	struct bench *bench = *state;

	toy_switch_hold(bench->toy, true);
	start(bench, "--timeout 1 --power pd:1 -- echo ready");
	expect(bench, "plugged into");
	toy_switch_power(bench->toy, 1, PANEL_POWER_DENIED, "the budget is spent");
	assert_int_equal(finish(bench), 1);
	assert_non_null(
	    strstr(bench->text, "still waiting for power, which was denied: the budget is spent"));
	assert_null(strstr(bench->text, "ready"));
	/* It comes up later: only then the command runs. */
	start(bench, "-- echo ready");
	expect(bench, "plugged into");
	assert_null(strstr(bench->text, "ready"));
	toy_switch_link(bench->toy, 2, true);
	assert_int_equal(finish(bench), 0);
	assert_non_null(strstr(bench->text, "ready"));
	/* The switch starts after us. */
	toy_switch_free(bench->toy);
	bench->toy = NULL;
	start(bench, "-- echo ready");
	bench->toy = toy_switch_new(PANEL);
	assert_int_equal(finish(bench), 0);
	assert_non_null(strstr(bench->text, "ready"));
}

static void test_signals(void **state)
{
	struct bench *bench = *state;

	start(bench, FOREVER);
	expect(bench, "ready");
	sandbox_signal(&bench->child, SIGUSR1);
	expect(bench, "usr1");
	sandbox_signal(&bench->child, SIGTERM);
	assert_int_equal(finish(bench), 7);
	/* Before the command runs. */
	toy_switch_hold(bench->toy, true);
	start(bench, FOREVER);
	expect(bench, "plugged into");
	sandbox_signal(&bench->child, SIGTERM);
	assert_int_equal(finish(bench), 128 + SIGTERM);
}

/* Without a command the cable is held. */
static void test_hold(void **state)
{
	struct bench *bench = *state;

	start(bench, "--address 10.9.1.2/24");
	expect(bench, "link up");
	expect_reachable(bench, "10.9.1.2");
	sandbox_signal(&bench->child, SIGTERM);
	assert_int_equal(finish(bench), 0);
}

/* The command runs on while the switch pulls the cable or restarts; then the addresses are set again. */
static void test_replug(void **state)
{
	struct bench *bench = *state;

	start(bench, "--address 10.9.1.2/24 --address 10.9.2.2/24 --gateway 10.9.2.1 " FOREVER);
	expect(bench, "ready");
	expect_reachable(bench, "10.9.1.2");
	bench->text[0] = 0;
	toy_switch_pull(bench->toy, 1);
	expect(bench, "plugging in again");
	expect(bench, "link up");
	expect_reachable(bench, "10.9.2.2");
	/* Refused now: it keeps trying, for its command lives. */
	toy_switch_refuse(bench->toy, "port-taken");
	toy_switch_pull(bench->toy, 2);
	expect(bench, "refused (port-taken)");
	toy_switch_refuse(bench->toy, NULL);
	bench->text[0] = 0;
	expect(bench, "link up");
	/* Another switch at the same place. */
	toy_switch_free(bench->toy);
	bench->toy = toy_switch_new(PANEL);
	bench->text[0] = 0;
	expect(bench, "link up");
	expect_reachable(bench, "10.9.1.2");
	assert_null(strstr(bench->text, "ready")); /* the command was not started again */
	sandbox_signal(&bench->child, SIGTERM);
	assert_int_equal(finish(bench), 7);
}

static void test_no_replug(void **state)
{
	struct bench *bench = *state;

	start(bench, "--no-replug " FOREVER);
	expect(bench, "ready");
	toy_switch_pull(bench->toy, 1);
	assert_int_equal(finish(bench), 1);
	assert_non_null(strstr(bench->text, "the switch has closed the panel"));
}

static bool output_ended(void *arg)
{
	struct sandbox_child *child = arg;
	char byte;
	ssize_t n = read(child->out, &byte, 1);

	return n == 0;
}

/* SIGKILL: the command dies with it, and the cable is out. */
static void test_sigkill(void **state)
{
	struct bench *bench = *state;

	start(bench, FOREVER);
	expect(bench, "ready");
	sandbox_signal(&bench->child, SIGKILL);
	/* The pipe ends when its last holder, the command (and its sleep of 50 ms), has died. */
	assert_true(sandbox_until(3000, output_ended, &bench->child));
	assert_true(toy_switch_serve(bench->toy, 3000, -1, none_plugged, bench));
}

static void test_several(void **state)
{
	struct bench *bench = *state;
	char nested[512];

	assert_int_equal(
	    run(bench, "--plug interface=eth0,port=a,address=10.9.1.2/24 "
		       "--plug interface=eth1,port=b,address=10.9.2.2/24 --forward "
		       "-- sh -c 'busybox ping -c 1 -W 10 10.9.1.1 && busybox ping -c 1 -W 10 10.9.2.1'"),
	    0);
	assert_int_equal(toy_switch_total(bench->toy), 2);
	assert_string_equal(toy_switch_port(bench->toy, 2)->plug.port, "b");
	snprintf(nested, sizeof(nested),
		 "--address 10.9.3.2/24 -- %s --panel " PANEL
		 " --node test --interface eth1 --address 10.9.4.2/24 -- "
		 "sh -c 'busybox ping -c 1 -W 10 10.9.3.1 && busybox ping -c 1 -W 10 10.9.4.1 && exit 5'",
		 sandbox_program("cable"));
	assert_int_equal(run(bench, nested), 5);
	assert_int_equal(toy_switch_total(bench->toy), 4);
}

struct tagging {
	struct bench *bench;
	struct vlan *vlan;
	struct raw *wire;
	unsigned tagged;
};

static bool pumped(void *arg)
{
	struct tagging *tagging = arg;
	uint8_t frame[RAW_FRAME_MAX];
	ssize_t n;

	while (tagging->wire && (n = raw_receive(tagging->wire, frame, sizeof(frame))) > 0) {
		assert_int_equal(frame[12] << 8 | frame[13], 0x8100);
		assert_int_equal((frame[14] << 8 | frame[15]) & 0xfff, 110);
		tagging->tagged++;
	}
	if (tagging->vlan)
		assert_true(vlan_pump(tagging->vlan, 0) >= 0);
	return ended(tagging->bench);
}

/* A tagged sub-interface: the VID is in the frames, and the far side answers in that VLAN. */
static void test_vlan(void **state)
{
	struct bench *bench = *state;
	struct vlan_options near_end = {.parent = "port1", .vid = 110, .backend = VLAN_USER};
	struct raw_options listen = {.interface = "port1"};
	struct tagging tagging = {.bench = bench};
	struct address address;
	struct rtnl *rtnl;

	toy_switch_hold(bench->toy, true);
	start(bench,
	      "--vlan 110 --vlan-backend user --address 10.110.0.2/24 -- busybox ping -c 2 -W 10 10.110.0.1");
	expect(bench, "tagged sub-interface by backend user");
	ok(raw_open(&tagging.wire, -1, &listen, &why));
	ok(vlan_new(&tagging.vlan, -1, &near_end, &why));
	ok(rtnl_open(&rtnl, -1, &why));
	ok(address_parse(&address, "10.110.0.1/24", &why));
	ok(address_add(rtnl, vlan_ifindex(tagging.vlan), &address, &why));
	toy_switch_link(bench->toy, 1, true);
	assert_true(toy_switch_serve(bench->toy, 25000, vlan_parent_fd(tagging.vlan), pumped, &tagging));
	if (bench->status)
		fail_msg("%s", bench->text);
	assert_true(tagging.tagged >= 3); /* ARP and two requests */
	rtnl_close(rtnl);
	vlan_free(tagging.vlan);
	raw_close(tagging.wire);
}

/* In a container: CAP_NET_ADMIN and CAP_NET_RAW, and nothing else. */
static void test_few_capabilities(void **state)
{
	const char *const command[] = {"setpriv",
				       "--bounding-set=-all,+net_admin,+net_raw",
				       "--inh-caps=-all",
				       sandbox_program("cable"),
				       "--panel",
				       PANEL,
				       "--node",
				       "test",
				       "--address",
				       "10.9.1.2/24",
				       "--vlan-backend",
				       "user",
				       "--",
				       "sh",
				       "-c",
				       "grep CapEff /proc/self/status && busybox ping -c 1 -W 10 10.9.1.1",
				       NULL};
	struct bench *bench = *state;

	bench->text[0] = 0;
	bench->status = -1;
	assert_true(sandbox_spawn(&bench->child, bench->ns, command));
	if (finish(bench))
		fail_msg("%s", bench->text);
	assert_non_null(strstr(bench->text, "0000000000003000")); /* bits 12 and 13 */
}

/* Messages for debugging: none by default; requests to the kernel and its answers with -d netlink. */
static void test_debugging(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(run(bench, "-- true"), 0);
	assert_null(strstr(bench->text, "netlink:"));
	assert_int_equal(run(bench, "-d netlink --address 10.9.1.2/24 -- true"), 0);
	assert_non_null(strstr(bench->text, " netlink: to the kernel "));
	assert_non_null(strstr(bench->text, ": RTM_NEWADDR, flags "));
	assert_non_null(strstr(bench->text, ": acknowledged\n"));
	assert_int_equal(run(bench, "-d netlnk -- true"), 2);
	assert_non_null(
	    strstr(bench->text, "cable: -d: unknown debug token \"netlnk\"; did you mean \"netlink\"?"));
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    WITH_BENCH(test_command_runs), WITH_BENCH(test_configuration),
	    WITH_BENCH(test_exit_status),  WITH_BENCH(test_waits_for_link),
	    WITH_BENCH(test_signals),	   WITH_BENCH(test_hold),
	    WITH_BENCH(test_replug),	   WITH_BENCH(test_no_replug),
	    WITH_BENCH(test_sigkill),	   WITH_BENCH(test_several),
	    WITH_BENCH(test_vlan),	   WITH_BENCH(test_few_capabilities),
	    WITH_BENCH(test_debugging),
	};
	unsigned files = sandbox_open_files();
	int failed = cmocka_run_group_tests(all, NULL, NULL);

	if (sandbox_open_files() != files) {
		fprintf(stderr, "descriptors are left open\n");
		return 1;
	}
	return failed;
}

int main(void)
{
	return sandbox_run(tests, 120);
}
