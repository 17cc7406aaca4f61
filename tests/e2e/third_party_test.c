/*
 * Servers and devices of others, as users have them: Kea, ISC dhcpd behind ISC dhcrelay, udhcpd; nginx, Apache, tftpd-hpa,
 * a provisioning server in Python; Kamailio with a configuration of its own, SIPp; baresip and lldpd on ports of the switch.
 * Each scenario of examples/ and tests/third-party/ runs once, two at a time; their expectations ask the programs themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/lab.h"

struct third_party {
	const char *name; /* of the scenario */
	const char *file;
	const char *programs; /* without them it is skipped */
	const char *dhcp;     /* a topology with a DHCP server of others that sends option 43 */
};

static const struct third_party cases[] = {
    {"kea", "examples/dhcp/scenario.yaml", "kea-dhcp4", "examples/dhcp/topology.yaml"},
    {"prov", "examples/provisioning/scenario.yaml", "python3", NULL},
    {"nginx", "examples/provisioning/nginx.yaml", "nginx", NULL},
    {"kamailio", "examples/registrar/scenario.yaml", "kamailio sqlite3", NULL},
    {"sipp", "examples/registrar/sipp.yaml", "sipp", NULL},
    {"relay", "tests/third-party/relay/scenario.yaml", "dhcpd dhcrelay apache2",
     "tests/third-party/relay/topology.yaml"},
    {"tftpd", "tests/third-party/tftpd/scenario.yaml", "udhcpd in.tftpd",
     "tests/third-party/tftpd/topology.yaml"},
    {"secure-devices", "tests/third-party/secure/scenario.yaml", "sipp stunnel4", NULL},
    {"chrony", "tests/third-party/ntp/scenario.yaml", "chronyd chronyc", NULL},
    {"devices", "tests/third-party/devices/scenario.yaml", "baresip", NULL},
    {"neighbours", "tests/third-party/neighbours/scenario.yaml", "lldpd lldpcli", NULL},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct lab lab;
static char *tap; /* what `phonelab test --tap` printed */

static bool has(const char *program)
{
	struct command_result found = command_sh(10, "command -v %s", program);
	bool is = !found.status;

	command_free(&found);
	return is;
}

/* They change user or groups when they serve; the lab of an ordinary user has one user. */
static bool needs_root(const char *program)
{
	return !strcmp(program, "lldpd") || !strcmp(program, "in.tftpd");
}

/* Can it run here? If not, the reason is printed. */
static bool can_run(const struct third_party *it)
{
	char list[100], *rest = NULL;

	snprintf(list, sizeof(list), "%s", it->programs);
	for (char *program = strtok_r(list, " ", &rest); program; program = strtok_r(NULL, " ", &rest)) {
		if (!has(program))
			printf("# skip: %s: %s is not there, or not for this user\n", it->name, program);
		else if (needs_root(program) && geteuid())
			printf("# skip: %s: %s changes its user or groups, and the lab of an ordinary user "
			       "has one "
			       "user\n",
			       it->name, program);
		else
			continue;
		return false;
	}
	return true;
}

/* The programs that are not installed come from packages that are unpacked, not installed. */
static void find_programs(void)
{
	struct command_result bin = command_sh(120, "ci/third-party");
	char path[4096], root[600];

	if (bin.status)
		printf("# %s\n", bin.err);
	bin.out[strcspn(bin.out, "\n")] = 0;
	snprintf(path, sizeof(path), "%s:%s:/usr/sbin", bin.out, getenv("PATH"));
	snprintf(root, sizeof(root), "%s/../root", bin.out);
	setenv("PATH", path, 1);
	setenv("THIRD_PARTY", root, 1);
	command_free(&bin);
}

static int begin(void **state)
{
	char files[2000] = "", bin[512];
	struct command_result result;
	size_t n = 0;

	(void)state;
	lab_begin(&lab, "third");
	find_programs();
	for (size_t i = 0; i < CASES; i++)
		if (can_run(&cases[i]))
			n += (size_t)snprintf(files + n, sizeof(files) - n, " %s", cases[i].file);
	result = command_sh(120, "%s test -j 2 --tap --keep %s/evidence%s", lab_bin("phonelab", bin), lab.dir,
			    files);
	tap = strdup(result.out);
	if (result.err_len)
		printf("# %s\n", result.err);
	command_free(&result);
	return tap ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	free(tap);
	lab_end(&lab);
	return 0;
}

/* "ok 3 - NAME" */
static void passes(void **state)
{
	const struct third_party *it = *state;
	char word[40];

	if (!can_run(it))
		skip();
	snprintf(word, sizeof(word), " - %s", it->name);
	for (const char *line = tap; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t length = strcspn(line, "\n");
		const char *found = strstr(line, word);

		if (!strncmp(line, "ok ", 3) && found == line + length - strlen(word))
			return;
	}
	fail_msg("%s has not passed:\n%s", it->name, tap);
}

/* The phones have no use for option 43, and take the others: what the server sent, tshark says. */
static void option_43_is_sent(void **state)
{
	const struct third_party *it = *state;
	struct command_result result;

	if (!can_run(it))
		skip();
	assert_int_equal(lab_up(&lab, it->dhcp, true, 60, NULL, 0), 0);
	lab_down(&lab);
	result = command_sh(60,
			    "tshark -n -r %s -Y 'dhcp.option.dhcp == 5' -T fields -e dhcp.hw.mac_addr -e "
			    "dhcp.option.type | tr , ' ' | sed 's/$/ /'",
			    lab.capture);
	for (int phone = 1; phone <= 2; phone++) {
		char mac[20];

		snprintf(mac, sizeof(mac), "00:11:22:aa:bb:0%d", phone);
		if (LINES_WITH(result.out, mac, " 150 ", " 66 ", " 43 ") < 1)
			fail_msg("no acknowledgement with options 150, 66 and 43 for %s:\n%s%s", mac,
				 result.out, result.err);
	}
	command_free(&result);
}

/* A switch of the user: the topology, the program that is the switch, the socket of its lldpd. */
static const struct third_party switches[] = {
    {"bridge", "tests/third-party/switch/bridge", "lldpd lldpcli", NULL},
    {"openvswitch", "tests/third-party/switch/openvswitch", "lldpd lldpcli ovsdb-server ovs-vswitchd", NULL},
};
static pid_t starting, program;
#define SWITCHES (sizeof(switches) / sizeof(switches[0]))

static void wait_for_line(const char *log, const char *line)
{
	struct command_result found =
	    command_sh(30, "until grep -q '%s' '%s'; do sleep 0.05; done", line, log);

	if (found.status)
		fail_msg("no line \"%s\" in %s", line, log);
	command_free(&found);
}

static void phones_on_a_switch_of_the_user(void **state)
{
	const struct third_party *it = *state;
	char bin[512], file[200], log[512];
	const char *up[] = {
	    lab_bin("phonelab", bin), "up", "-d", "--timeout", "180", "--name", lab.name, file, NULL};
	const char *attach[] = {bin, "--lab", lab.name, "attach", "sw1", "--", it->file, NULL};
	struct command_result seen;

	if (!can_run(it))
		skip();
	snprintf(file, sizeof(file), "%s.yaml", it->file);
	snprintf(log, sizeof(log), "%s/up.log", lab.dir);
	unlink(log);
	lab.running = true;
	starting = command_start(up, log);
	wait_for_line(log, "^waiting until sw1 is plugged in");
	program = command_start(attach, NULL);
	assert_int_equal(command_wait(starting, 180), 0);
	starting = 0;
	/* The witness on the switch. A phone sends every 30 seconds. */
	seen =
	    lab_exec(&lab, "sw1",
		     "for i in $(seq 400); do lldpcli -u /run/%s.lldpd show neighbors summary >/run/seen; "
		     "[ $(grep -c 'SysName: *SEP001122AABB0[12]$' /run/seen) = 2 ] && exit; sleep 0.1; done; "
		     "cat /run/seen; exit 1",
		     it->name);
	if (seen.status)
		fail_msg("lldpd on the switch does not know both phones: status %d\n%s%s", seen.status,
			 seen.out, seen.err);
	command_free(&seen);
	/* The witness on the call manager, and the VLAN of the phones. */
	seen = lab_command(&lab, "status");
	if (LINES_WITH(seen.out, " registered ", strcmp(it->name, "bridge") ? " 110 " : " - ", "cucm") != 2)
		fail_msg("%s", seen.out);
	command_free(&seen);
	lab_down(&lab);
	assert_int_not_equal(command_wait(program, 30), -1);
	program = 0;
}

static int end_switch(void **state)
{
	(void)state;
	if (lab.running)
		lab_down(&lab);
	if (starting)
		command_kill(starting);
	if (program)
		command_kill(program);
	starting = program = 0;
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[2 * CASES + SWITCHES];
	size_t n = 0;

	for (size_t i = 0; i < CASES; i++)
		tests[n++] = (struct CMUnitTest){cases[i].name, passes, NULL, NULL, (void *)&cases[i]};
	for (size_t i = 0; i < CASES; i++)
		if (cases[i].dhcp)
			tests[n++] = (struct CMUnitTest){cases[i].dhcp, option_43_is_sent, NULL, NULL,
							 (void *)&cases[i]};
	for (size_t i = 0; i < SWITCHES; i++)
		tests[n++] = (struct CMUnitTest){switches[i].name, phones_on_a_switch_of_the_user, NULL,
						 end_switch, (void *)&switches[i]};
	return _cmocka_run_group_tests("third parties", tests, n, begin, end);
}
