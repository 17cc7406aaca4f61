/*
 * An interface of the machine, the long part: a second lab behind it, whose phones register with the call manager of the
 * first; and labs that are killed at random moments, after which the interface is as before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "tests/support/lab.h"
#include "tests/support/nic_bench.h"
#include "tests/support/sandbox.h"
#include "tests/support/witness.h"

#define KILLS 12

/* Two phones; the servers are in the first lab. */
#define VLANS(data)                                                                                          \
	"vlans:\n  - {id: 10, name: DATA" data "}\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"      \
	"switches:\n  - name: sw1\n    access_vlan: 10\n    voice_vlan: 110\n    ports:\n"
#define SERVERS                                                                                              \
	VLANS("")                                                                                            \
	"      - {port: Gi1/0/40, nic: nic0, mode: trunk}\n"                                                 \
	"servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"                             \
	"cluster:\n  nodes: [{name: cucm}]\nphones:\n"                                                       \
	"  - {model: 7841, external: on, mac: \"00:11:22:aa:bb:01\", count: 2, lines: from 2001}\n"          \
	"  - {model: 7841, line: 2003}\n"
#define PHONES                                                                                               \
	VLANS(", subnet: 10.99.0.0/24")                                                                      \
	"      - {port: Gi1/0/40, nic: wire0, mode: trunk, trusted: on}\n"                                   \
	"cluster:\n  nodes: [{name: elsewhere, mode: silent, vlan: 10}]\n"                                   \
	"phones:\n  - {model: 7841, count: 2, lines: from 2001}\n"
#define ONE_NIC                                                                                              \
	VLANS("")                                                                                            \
	"      - {port: Gi1/0/40, nic: nic0, nic_yes_really: on}\n"                                          \
	"servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"                             \
	"cluster:\n  nodes: [{name: cucm}]\nphones:\n  - {model: 7841, lines: from 2001}\n"

static struct lab lab;
static struct nic_bench bench;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "nic");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	nic_bench_end(&bench);
	return 0;
}

/* Kamailio of the first lab has both phones of the second one. */
static bool both_are_bound(void *arg)
{
	char *dump = witness_kamcmd(&lab, "cucm", "ul.dump");
	bool both =
	    witness_bindings(dump, "SEP001122AABB01") == 1 && witness_bindings(dump, "SEP001122AABB02") == 1;

	(void)arg;
	free(dump);
	return both;
}

/* What the first lab says of the two: the call manager that has them, or "-". The other phone is one of its own. */
static void external_are(const char *with)
{
	json_t *status = lab_status(&lab), *phone;
	size_t i;

	assert_non_null(status);
	assert_int_equal(json_array_size(json_object_get(status, "phones")), 1);
	assert_int_equal(json_array_size(json_object_get(status, "external_phones")), 2);
	json_array_foreach (json_object_get(status, "external_phones"), i, phone) {
		const char *found = json_string_value(json_object_get(phone, "registered_with"));

		assert_string_equal(found ? found : "-", with);
		assert_string_equal(member(phone, "name"), i ? "SEP001122AABB02" : "SEP001122AABB01");
		assert_string_equal(member(phone, "directory_number"), i ? "2002" : "2001");
	}
	json_decref(status);
}

static void test_second_lab(void **state)
{
	char path[512], other[512], bin[512], text[16000];
	struct sandbox_child second;

	(void)state;
	nic_bench_begin(&bench, NULL);
	lab_write(&lab, "servers.yaml", SERVERS, path);
	lab_write(&lab, "phones.yaml", PHONES, other);
	lab_bin("phonelab", bin);
	/* The phones of the second lab are external ones of the first, which comes up without them. */
	assert_int_equal(lab_up(&lab, path, false, 60, NULL, 0), 0);
	external_are("-");
	assert_true(sandbox_spawn(
	    &second, bench.far,
	    (const char *const[]){bin, "up", "--name", "second", "--timeout", "600", other, NULL}));
	if (!sandbox_until(60000, both_are_bound, NULL))
		fail_msg("the phones of the second lab are not bound");
	external_are("cucm");
	/* The same MACs, names and port in both labs: no loop. */
	assert_int_equal(
	    nic_bench_far(&bench, text, sizeof(text), "%s show sw1 interfaces Gi1/0/40 status", bin), 0);
	assert_non_null(strstr(text, " connected"));
	assert_int_equal(nic_bench_far(&bench, text, sizeof(text), "%s status", bin), 0);
	assert_int_equal(LINES_WITH(text, "SEP001122AABB0", "claims-registered"), 2);
	assert_int_equal(
	    nic_bench_far(&bench, text, sizeof(text), "%s show sw1 ip dhcp snooping binding", bin), 0);
	assert_non_null(strstr(text, "Total number of bindings: 2"));
	assert_int_equal(nic_bench_far(&bench, text, sizeof(text), "%s down second", bin), 0);
	sandbox_wait(&second, 20000, NULL, 0);
	sandbox_end(&second);
	lab_down(&lab);
	nic_bench_is_as_before(&bench, "after both labs have ended");
}

/* Is a process of the lab left? Each has the lab's name in its environment. */
static bool all_gone(void *arg)
{
	struct command_result got =
	    command_sh(20, "grep -lz '^%s=' /proc/[0-9]*/environ 2>/dev/null | wc -l", (const char *)arg);
	bool gone = atoi(got.out) == 0;

	command_free(&got);
	return gone;
}

/*
 * The interface has an address, a default route, offloads of its own and a bridge above it. A lab is killed at a moment
 * that the seed gives, from before its first process until after its phone has registered.
 */
static void test_kills(void **state)
{
	static char mark[64];
	char path[512], bin[512], when[100];
	struct rng rng;

	(void)state;
	nic_bench_begin(
	    &bench,
	    "ip addr add 192.0.2.7/24 dev nic0 && ip route add default via 192.0.2.1 && "
	    "ethtool -K nic0 gro on tx-udp-segmentation off >/dev/null && ip link set nic0 mtu 1492 && "
	    "ip link add br0 type bridge && ip link set br0 up && ip link set nic0 master br0");
	lab_write(&lab, "lab.yaml", ONE_NIC, path);
	lab_bin("phonelab", bin);
	rng_seed(&rng, (uint64_t)getpid(), "kills");
	snprintf(mark, sizeof(mark), "NIC_TEST_%d", (int)getpid());
	setenv(mark, "1", 1);
	for (int i = 0; i < KILLS; i++) {
		unsigned wait = (unsigned)(rng_next(&rng) % 1500);
		pid_t pid;

		snprintf(when, sizeof(when), "after SIGKILL %d, %u ms after the start", i + 1, wait);
		pid = command_start((const char *[]){bin, "up", "--name", lab.name, path, NULL}, NULL);
		assert_true(pid > 0);
		poll(NULL, 0, (int)wait);
		command_kill(pid);
		nic_bench_is_as_before(&bench, when);
		unsetenv(mark);
		if (!sandbox_until(20000, all_gone, mark))
			fail_msg("%s, processes of the lab are left", when);
		setenv(mark, "1", 1);
		nic_bench_is_as_before(&bench, when);
	}
	unsetenv(mark);
	/* And it can be used again. */
	assert_int_equal(lab_up(&lab, path, false, 60, NULL, 0), 0);
	struct command_result got = command_sh(20, "ip -d link show nic0");
	assert_non_null(strstr(got.out, "promiscuity 2")); /* the bridge's and ours */
	command_free(&got);
}

/* The lab of an ordinary user, who may not open the interface; root may, for this user, as sudo calls the command. */
static void test_lab_of_a_user(void **state)
{
	static const char user[] = "env -u XDG_RUNTIME_DIR setpriv --reuid=1234 --regid=1234 --clear-groups "
				   "--inh-caps=-all /tmp/bin/phonelab";
	static const char port[] = "Gi1/0/40                        connected";
	char bin[512], path[512];
	struct command_result got;

	(void)state;
	/* The sandbox of an ordinary user has one uid only. */
	got = command_sh(20, "setpriv --reuid=1234 --regid=1234 --clear-groups true");
	if (got.status) {
		command_free(&got);
		skip();
	}
	command_free(&got);
	nic_bench_begin(&bench, NULL);
	lab_bin("", bin);
	/* The scratch folder is for its owner only. */
	got = command_sh(60, "mkdir -p /tmp/bin && cp %s* /tmp/bin && chmod -R a+rX /tmp/bin", bin);
	assert_int_equal(got.status, 0);
	command_free(&got);
	lab_write(&lab, "lab.yaml", ONE_NIC, path);
	got =
	    command_sh(20, "sed 's/, nic: nic0.*}/}/' %s >/tmp/user.yaml && chmod a+r /tmp/user.yaml", path);
	assert_int_equal(got.status, 0);
	command_free(&got);
	got = command_sh(60, "%s up -d --dark --name mine /tmp/user.yaml", user);
	if (got.status == 3) {
		print_message("skipped: %s", got.err);
		command_free(&got);
		skip();
	}
	assert_int_equal(got.status, 0);
	command_free(&got);
	got = command_sh(20, "%s attach-nic sw1:Gi1/0/40 nic0", user);
	assert_int_equal(got.status, 3);
	assert_non_null(
	    strstr(got.err, "\n  sudo /tmp/bin/phonelab --lab mine attach-nic sw1:Gi1/0/40 nic0\n"));
	command_free(&got);
	got = command_sh(20, "SUDO_UID=1234 /tmp/bin/phonelab --lab mine attach-nic sw1:Gi1/0/40 nic0");
	if (got.status)
		fail_msg("as sudo: status %d: %s", got.status, got.err);
	command_free(&got);
	got = command_sh(20, "%s show sw1 interfaces Gi1/0/40 status", user);
	assert_non_null(strstr(got.out, port));
	command_free(&got);
	/* The user may let go of it. */
	got = command_sh(20, "%s attach-nic --detach sw1:Gi1/0/40 && %s down", user, user);
	assert_int_equal(got.status, 0);
	command_free(&got);
	nic_bench_is_as_before(&bench, "after --detach by the user");
}

static int tests(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test_setup_teardown(test_second_lab, begin, end),
					 cmocka_unit_test_setup_teardown(test_lab_of_a_user, begin, end),
					 cmocka_unit_test_setup_teardown(test_kills, begin, end)};

	return cmocka_run_group_tests_name("an interface of the machine at a port, longer", all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 300);
}
