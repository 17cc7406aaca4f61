/*
 * A lab with a port whose far end is an interface of the machine. Behind the cable are programs that we did not write:
 * lldpd as a phone, udhcpc, curl and tftp. The interface is a veth of the test.
 */
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cable/netns.h"
#include "cable/vlan.h"
#include "tests/support/lab.h"
#include "tests/support/nic_bench.h"
#include "tests/support/sandbox.h"

#define PHONE "SEP001122AABB01"
#define LAB                                                                                                  \
	"vlans:\n  - {id: 10, name: DATA}\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"              \
	"switches:\n  - {name: sw1, access_vlan: 10, voice_vlan: 110%s}\n"                                   \
	"servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"                             \
	"cluster:\n  nodes: [{name: cucm}]\nphones:\n  - {model: 7841, lines: from 2001}\n"

static struct lab lab;
static struct nic_bench bench;

static const char *topology(const char *ports, char path[512])
{
	char text[2000];

	snprintf(text, sizeof(text), LAB, ports);
	return lab_write(&lab, "lab.yaml", text, path);
}

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "nic");
	nic_bench_begin(&bench, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	nic_bench_end(&bench);
	return 0;
}

/* Does the command print this? */
static void says(const char *command, int status, const char *needle)
{
	struct command_result got = lab_command(&lab, "%s", command);

	if (got.status != status || (!strstr(got.out, needle) && !strstr(got.err, needle)))
		fail_msg("%s: status %d, expected %d and %s:\n%s%s", command, got.status, status, needle,
			 got.out, got.err);
	command_free(&got);
}

/* --- lldpd stands for a phone --- */

static char known[16384];

static bool lldpd_has_policy(void *arg)
{
	(void)arg;
	return !nic_bench_far(&bench, known, sizeof(known),
			      "lldpcli -u /tmp/lldpd.sock -f keyvalue show neighbors details") &&
	       strstr(known, "lldp-med.policy.vlan.vid=110");
}

static bool switch_knows_lldpd(void *arg)
{
	struct command_result got = lab_command(&lab, "show sw1 lldp neighbors");
	bool has = strstr(got.out, "Gi1/0/40") != NULL;

	(void)arg;
	command_free(&got);
	return has;
}

static void lldpd_learns_the_voice_vlan(void)
{
	struct sandbox_child lldpd;

	if (!sandbox_has_lldpd())
		return;
	mkdir("/run/lldpd", 0755);
	assert_true(sandbox_spawn(
	    &lldpd, bench.far,
	    (const char *const[]){"lldpd", "-d", "-M", "3", "-I", "wire0", "-u", "/tmp/lldpd.sock", NULL}));
	if (!sandbox_until(30000, lldpd_has_policy, NULL))
		fail_msg("lldpd does not know the voice VLAN: %s", known);
	assert_non_null(strstr(known, "chassis.name=sw1"));
	assert_non_null(strstr(known, "lldp-med.policy.apptype=Voice"));
	assert_non_null(strstr(known, "lldp-med.policy.pcp=5"));
	assert_non_null(strstr(known, "port.ifname=Gi1/0/40"));
	/* No power comes through a NIC, and the switch offers none. */
	assert_null(strstr(known, "power"));
	assert_true(sandbox_until(30000, switch_knows_lldpd, NULL));
	sandbox_end(&lldpd);
}

/* --- a device in the voice VLAN --- */

/* Runs until it is killed: the tagged sub-interface wire0.110, without 8021q in the kernel. */
static void pump(void)
{
	const struct vlan_options options = {
	    .parent = "wire0", .vid = 110, .name = "voice", .backend = VLAN_USER};
	struct fail fail = {0};
	struct vlan *vlan;
	int home;

	if (netns_enter(bench.far, &home, &fail) || vlan_new(&vlan, -1, &options, &fail)) {
		fprintf(stderr, "%s\n", fail.text);
		_exit(1);
	}
	for (;;) {
		struct pollfd fds[] = {{.fd = vlan_far_fd(vlan), .events = POLLIN},
				       {.fd = vlan_parent_fd(vlan), .events = POLLIN}};

		if (poll(fds, 2, -1) > 0)
			vlan_pump(vlan, 0);
	}
}

static void a_device_gets_address_and_files(void)
{
	static const char script[] = "#!/bin/sh\n[ \"$1\" = bound ] || exit 0\n"
				     "ip addr add $ip/$mask dev $interface\n"
				     "echo \"$ip $tftp $opt150\" >/tmp/lease\n";
	char text[4000], *leases, ip[40];
	FILE *file = fopen("/tmp/udhcpc.sh", "w");
	pid_t pid;

	assert_non_null(file);
	assert_true(fwrite(script, sizeof(script) - 1, 1, file) && !fclose(file) &&
		    !chmod("/tmp/udhcpc.sh", 0755));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		pump();
	if (nic_bench_far(&bench, text, sizeof(text),
			  "until ip link show dev voice >/dev/null 2>&1; do sleep 0.05; done; "
			  "udhcpc -i voice -f -q -n -t 20 -T 1 -s /tmp/udhcpc.sh && cat /tmp/lease"))
		fail_msg("udhcpc: %s", text);
	if (!strstr(text, "lease of 10.110.0."))
		fail_msg("udhcpc: %s", text);
	snprintf(ip, sizeof(ip), "%.16s", strstr(text, "lease of ") + 9);
	ip[strspn(ip, "0123456789.")] = 0;
	leases = lab_read(&lab, "dhcp/leases");
	if (!leases || !strstr(leases, ip))
		fail_msg("dnsmasq does not know the lease of %s: %s", ip, leases);
	free(leases);
	if (nic_bench_far(
		&bench, text, sizeof(text),
		"curl -sS -m 20 http://10.110.0.3:6970/" PHONE ".cnf.xml -o /tmp/http.xml && "
		"busybox tftp -g -r " PHONE ".cnf.xml -l /tmp/tftp.xml 10.110.0.3 && "
		"cmp /tmp/http.xml /tmp/tftp.xml && grep -o '<processNodeName>[^<]*' /tmp/http.xml"))
		fail_msg("the files: %s", text);
	assert_non_null(strstr(text, "<processNodeName>"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_phone_behind_a_nic(void **state)
{
	char path[512];

	(void)state;
	topology(", ports: [{port: Gi1/0/40, nic: nic0}]", path);
	assert_int_equal(lab_up(&lab, path, false, 60, NULL, 0), 0);
	says("show sw1 interfaces status", 0, "Gi1/0/40     nic0               connected");
	says("show sw1 power inline Gi1/0/40", 0,
	     "Gi1/0/40  auto   n/a        n/a     n/a                 n/a   n/a");
	says("status", 0, "n/a");
	lldpd_learns_the_voice_vlan();
	a_device_gets_address_and_files();
	lab_down(&lab);
	nic_bench_is_as_before(&bench, "after down");
}

/* While the lab runs: attach and detach, and everything that is rejected. */
static void test_attach_and_detach(void **state)
{
	char path[512], bin[512];

	(void)state;
	topology("", path);
	assert_int_equal(lab_up(&lab, path, false, 60, (const char *const[]){"--dark", NULL}, 0), 0);
	says("attach-nic sw1:Gi1/0/40 nic0", 0, "");
	says("show sw1 interfaces status", 0, "Gi1/0/40");
	says("attach-nic sw1:Gi1/0/41 nic0", 2, "far end of a switch port already");
	says("attach-nic sw1:Gi1/0/41 nix0", 2, "nix0: no such interface");
	says("attach-nic sw2:Gi1/0/41 nic0", 2, "unknown switch \"sw2\"");
	says("attach-nic sw1 nic0", 2, "expected SWITCH:PORT");
	says("attach-nic sw1:Gi1/0/41", 2, "and the name of an interface");
	says("attach-nic --detach sw1:Gi1/0/41", 2, "no interface of the machine is attached");
	says("attach-nic --detach sw1:Gi1/0/40", 0, "");
	nic_bench_is_as_before(&bench, "after --detach");
	says("attach-nic sw1:Gi1/0/48 nic0", 2, "Gi1/0/48 is taken by dhcp");
	nic_bench_is_as_before(&bench, "after a port that is taken");
	/* Without the right to open it, the command to type is printed. */
	struct command_result got = command_sh(
	    30,
	    "setpriv --bounding-set=-net_raw --inh-caps=-net_raw %s --lab %s attach-nic sw1:Gi1/0/40 nic0",
	    lab_bin("phonelab", bin), lab.name);
	assert_int_equal(got.status, 3);
	assert_non_null(strstr(got.err, "CAP_NET_RAW is missing"));
	assert_non_null(strstr(got.err, "\n  sudo /"));
	assert_non_null(strstr(got.err, "attach-nic sw1:Gi1/0/40 nic0\n"));
	assert_non_null(strstr(got.err, "\n  sudo setcap cap_net_raw=ep /"));
	command_free(&got);
	/* It carries the default route. */
	got = command_sh(20, "ip addr add 192.0.2.7/24 dev nic0 && ip route add default via 192.0.2.1");
	assert_int_equal(got.status, 0);
	command_free(&got);
	says("attach-nic sw1:Gi1/0/40 nic0", 2, "carries the default route and has the address 192.0.2.7/24");
	says("attach-nic --yes-really sw1:Gi1/0/40 nic0", 0, "");
	says("show sw1 interfaces status", 0, "Gi1/0/40                        connected");
}

/* A lab that cannot have its interface does not start, and leaves nothing. */
static void test_up_is_rejected(void **state)
{
	static const struct {
		const char *ports, *before, *reason;
	} cases[] = {
	    {", ports: [{port: Gi1/0/40, nic: nix0}]", "true", "nix0: no such interface"},
	    {", ports: [{port: Gi1/0/40, nic: nic0}]", "ip link set nic0 down", "ip link set nic0 up"},
	    {", ports: [{port: Gi1/0/40, nic: nic0}]",
	     "ip link set nic0 up; ip addr add 192.0.2.7/24 dev nic0; ip route add default via 192.0.2.1",
	     "set nic_yes_really: on for the port if that is what you want"},
	};
	char path[512], bin[512];
	struct command_result got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got = command_sh(20, "%s", cases[i].before);
		assert_int_equal(got.status, 0);
		command_free(&got);
		topology(cases[i].ports, path);
		got = command_run(60, (const char *[]){lab_bin("phonelab", bin), "up", "-d", "--name",
						       lab.name, path, NULL});
		if (got.status != 2 || !strstr(got.err, cases[i].reason))
			fail_msg("status %d, expected 2 and %s: %s%s", got.status, cases[i].reason, got.out,
				 got.err);
		command_free(&got);
		got = command_run(20, (const char *[]){bin, "status", lab.name, NULL});
		assert_int_equal(got.status, 2);
		command_free(&got);
	}
	topology(", ports: [{port: Gi1/0/40, nic: nic0, nic_yes_really: on}]", path);
	assert_int_equal(lab_up(&lab, path, false, 60, (const char *const[]){"--dark", NULL}, 0), 0);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test_setup_teardown(test_phone_behind_a_nic, begin, end),
					 cmocka_unit_test_setup_teardown(test_attach_and_detach, begin, end),
					 cmocka_unit_test_setup_teardown(test_up_is_rejected, begin, end)};

	return cmocka_run_group_tests_name("an interface of the machine at a port", all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 200);
}
