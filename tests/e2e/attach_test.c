/*
 * External nodes: a program, a container and a switch of the user's, plugged in by `phonelab attach`. What is looked at
 * from outside: the lab's status, the switch, and the processes of this machine.
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

#include "tests/support/lab.h"

static struct lab lab;

static const char topology[] =
    "vlans:\n"
    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n"
    "  - {name: sw1, voice_vlan: 110}\n"
    "servers:\n"
    "  - {name: dhcp, kind: dhcp}\n"
    "  - {name: files, kind: tftp, external: true, port: Gi1/0/40, address: 10.110.0.3}\n"
    "cluster:\n"
    "  nodes: [{name: cucm}]\n"
    "phones:\n"
    "  - {model: 7841, count: 2, mac: \"00:11:22:aa:bb:01\", lines: from 2001}\n";

/* Start `phonelab up -d` without waiting for it. */
static pid_t start_up(const char *yaml, const char *wait_s)
{
	char path[512], bin[512], log[512];
	const char *argv[] = {lab_bin("phonelab", bin),
			      "up",
			      "-d",
			      "--name",
			      lab.name,
			      "--timeout",
			      "180",
			      "--wait-external",
			      wait_s,
			      lab_write(&lab, "lab.yaml", yaml, path),
			      NULL};

	snprintf(log, sizeof(log), "%s/up.log", lab.dir);
	lab.running = true;
	return command_start(argv, log);
}

/* Start `phonelab attach ARGS...`; its output is attach.log. */
static pid_t attach(const char *const args[])
{
	char bin[512], log[512];
	const char *argv[16] = {lab_bin("phonelab", bin), "--lab", lab.name, "attach"};
	int n = 4;

	while (args[n - 4] && n < 15) {
		argv[n] = args[n - 4];
		n++;
	}
	snprintf(log, sizeof(log), "%s/attach.log", lab.dir);
	return command_start(argv, log);
}
#define ATTACH(...) attach((const char *const[]){__VA_ARGS__, NULL})

static char *log_text(const char *name)
{
	char path[512];
	struct command_result cat;

	snprintf(path, sizeof(path), "%s/%s", lab.dir, name);
	cat = command_run(5, (const char *[]){"cat", path, NULL});
	free(cat.err);
	return cat.out;
}

static void log_has(const char *name, const char *word)
{
	char *text = log_text(name);

	if (!strstr(text, word))
		fail_msg("%s lacks \"%s\":\n%s", name, word, text);
	free(text);
}

/* Wait until the line of the log is there. */
static void log_gets(const char *name, const char *word)
{
	for (int i = 0; i < 100 * PATIENCE; i++) {
		char *text = log_text(name);
		bool found = strstr(text, word);

		free(text);
		if (found)
			return;
		poll(NULL, 0, 100);
	}
	log_has(name, word);
}

static bool has_link(json_t *status, void *arg)
{
	json_t *node = json_array_get(json_object_get(status, "external"), 0);

	return node && json_is_true(json_object_get(node, "attached")) == (arg != NULL);
}

/* Wait until the first external node is plugged in, or is not. */
static void attached(bool wanted)
{
	json_t *status = lab_status_when(&lab, 20, has_link, wanted ? &lab : NULL);

	if (!status)
		fail_msg("the external node is %s plugged in", wanted ? "not" : "still");
	json_decref(status);
}

/* The command ends with that status and that text. */
static void says(int status, const char *text, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void says(int status, const char *text, const char *format, ...)
{
	struct command_result result;
	char line[600];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	result = lab_command(&lab, "%s", line);
	if (result.status != status || (!strstr(result.err, text) && !strstr(result.out, text)))
		fail_msg("%s: status %d, wanted %d with \"%s\":\n%s%s", line, result.status, status, text,
			 result.out, result.err);
	command_free(&result);
}

static int processes(const char *words)
{
	struct command_result list = command_sh(10, "ps ax -o args | grep -F -- '%s' | grep -vc grep", words);
	int n = atoi(list.out);

	command_free(&list);
	return n;
}

/* One lab, in the order of a user's day: the lab waits, a server is plugged in, the phones register, the server is
 * killed with everything that it started, comes back, and the lab is ended under it. */
static void a_server_of_the_user_is_plugged_in(void **state)
{
	char script[512], seven[512], marker[80], line[700];
	json_t *status;
	pid_t up, server;

	(void)state;
	lab_begin(&lab, "attach");
	snprintf(marker, sizeof(marker), "sleep 10%d", (int)getpid());
	snprintf(line, sizeof(line),
		 "echo \"serves as $PHONELAB_NODE at $PHONELAB_ADDRESS in $PWD\"\n"
		 "(setsid %s &)\n"
		 "exec busybox httpd -f -p 6970 -h /run/phonelab/tftp/root\n",
		 marker);
	lab_write(&lab, "serve.sh", line, script);
	up = start_up(topology, "600");
	log_gets("up.log", "waiting until files is plugged in: phonelab attach files -- COMMAND");
	/* The lab waits: there is no phone yet. */
	assert_int_equal(kill(up, 0), 0);
	says(2, "did you mean \"files\"?", "attach filse -- true");
	says(2, "dhcp is not external: the lab serves it", "attach dhcp -- true");
	says(2, "SEP001122AABB01 is a phone", "attach SEP001122AABB01 -- true");
	says(2, "expected one of them", "attach files --container x -- true");
	says(2, "needs --container", "attach files --interface eth1 -- true");
	server = ATTACH("files", "--", "sh", script);
	log_gets("attach.log", "serves as files at 10.110.0.3 in /");
	assert_int_equal(command_wait(up, 60), 0);
	status = lab_status(&lab);
	assert_string_equal(member(status_phone(status, "SEP001122AABB01"), "state"), "registered");
	json_decref(status);
	attached(true);
	says(2, "files is attached already: files is plugged into Gi1/0/40 of sw1", "attach files -- true");
	says(2, "files is external: the lab does not run it", "service files stop");
	says(2, "files is external: the lab does not run it", "fault add config-missing --phone 2001");
	says(0, "10.110.0.3/24", "exec files -- ip -4 -o address show eth0");
	/* SIGKILL: the cable is unplugged, and what the command started in a session of its own is gone as well. */
	assert_int_equal(processes(marker), 1);
	kill(server, SIGKILL);
	command_wait(server, 10);
	attached(false);
	assert_int_equal(processes(marker), 0);
	assert_int_equal(processes("busybox httpd -f -p 6970 -h /run/phonelab/tftp/root"), 0);
	says(0, "plug it in with: phonelab attach files -- COMMAND", "status");
	says(0, "", "reset SEP001122AABB01");
	/* The exit status of the command is that of attach; the cable is plugged in while it runs. */
	lab_write(&lab, "seven.sh", "ip -4 address show eth0 | grep -q 10.110.0.3 && exit 7\n", seven);
	says(7, "", "attach files -- sh %s", seven);
	says(127, "no-such-program", "attach files -- no-such-program");
	attached(false);
	/* Without a command the cable is held, for commands elsewhere. */
	server = ATTACH("files");
	attached(true);
	says(0, "", "exec files -- busybox httpd -p 6970 -h /run/phonelab/tftp/root");
	says(0, "", "reset SEP001122AABB01");
	kill(server, SIGINT);
	assert_int_equal(command_wait(server, 10), 0);
	attached(false);
	/* The lab ends under it. */
	server = ATTACH("files", "--", "sleep", "1000");
	attached(true);
	lab_down(&lab);
	assert_int_equal(command_wait(server, 10), 1);
	log_has("attach.log", "has ended");
	says(2, "no lab named", "attach files -- true");
	lab_end(&lab);
}

static void nothing_is_plugged_in(void **state)
{
	pid_t up;

	(void)state;
	lab_begin(&lab, "attach-never");
	up = start_up(topology, "1");
	assert_int_equal(command_wait(up, 30), 1);
	log_has("up.log", "files (external): nothing is plugged into Gi1/0/40 of sw1 after 1 seconds");
	log_has("up.log", "phonelab attach files -- COMMAND");
	says(2, "no lab named", "status");
	lab.running = false;
	lab_end(&lab);
}

/* --- a switch --- */

/* A bridge floods CDP: without `cdp: off` a phone would take the other one for its switch. */
static const char switch_topology[] =
    "vlans:\n"
    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n"
    "  - {name: br, external: true, %s: 110}\n"
    "servers:\n"
    "  - {name: dhcp, kind: dhcp, port: Gi1/0/48}\n"
    "  - {name: files, kind: tftp, port: Gi1/0/47}\n"
    "cluster:\n"
    "  nodes: [{name: cucm, port: Gi1/0/46}]\n"
    "phones:\n"
    "  - {model: 7841, count: 2, mac: \"00:11:22:aa:bb:01\", lines: from 2001, cdp: off}\n";

/* A Linux bridge and lldpd. With VLAN filtering the servers are untagged in VLAN 110, and lldpd announces it to phones as
 * the voice VLAN by LLDP-MED; without, everything is untagged. */
static const char bridge[] =
    "ip link add br0 type bridge mcast_snooping 0 %s\n"
    "ip link set br0 up\n"
    "lldpd -d -M 4 -u /run/lldpd.sock -I 'gi*' >%s/lldpd.log 2>&1 &\n"
    "cli() { lldpcli -u /run/lldpd.sock \"$@\" >/dev/null 2>&1; }\n"
    "until cli configure lldp tx-interval 1; do sleep 0.1; done\n"
    "while sleep 0.1; do\n"
    "	for p in $(ip -o link show type veth nomaster | sed -n 's/^[0-9]*: \\(gi[^@:]*\\).*/\\1/p'); do\n"
    "		ip link set $p master br0 || continue\n"
    "		case $p in\n"
    "		gi1-0-4*) %s bridge vlan del dev $p vid 1; %s bridge vlan add dev $p vid 110 pvid untagged "
    ";;\n"
    "		*) %s bridge vlan add dev $p vid 110 ;;\n"
    "		esac\n"
    "	done\n"
    "	%s cli configure med policy application voice tagged vlan 110 priority voice dscp 46\n"
    "done\n";

static bool all_registered(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (strcmp(member(phone, "state"), "registered"))
			return false;
	return true;
}

static void registers_by(bool filtering)
{
	json_t *status = lab_status_when(&lab, 60, all_registered, NULL), *phone, *port;

	if (!status)
		fail_msg("the phones do not register through the bridge");
	phone = status_phone(status, "SEP001122AABB01");
	if (filtering) {
		assert_int_equal(member_int(phone, "voice_vlan"), 110);
		assert_non_null(strstr(member(phone_step(phone, 3), "detail"), "LLDP"));
	}
	port = json_array_get(
	    json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"), 0);
	assert_string_equal(member(port, "poe_state"), "n/a");
	assert_string_equal(member(port, "device"), "SEP001122AABB01");
	json_decref(status);
}

static void phones_are_plugged_into_a_switch_of_the_user(void **state)
{
	struct command_result probe =
	    command_sh(10, "unshare -rn ip link add br0 type bridge vlan_filtering 1");
	bool filtering = !probe.status;
	const char *only = filtering ? "" : ":";
	char yaml[1024], text[2500], script[512];
	pid_t up, user;

	(void)state;
	command_free(&probe);
	print_message("VLAN filtering of the bridge: %s\n", filtering ? "yes" : "not in this kernel");
	lab_begin(&lab, "attach-switch");
	snprintf(yaml, sizeof(yaml), switch_topology, filtering ? "voice_vlan" : "access_vlan");
	snprintf(text, sizeof(text), bridge, filtering ? "vlan_filtering 1" : "", lab.dir, only, only, only,
		 only);
	lab_write(&lab, "bridge.sh", text, script);
	up = start_up(yaml, "600");
	log_gets("up.log", "waiting until br is plugged in: phonelab attach br -- COMMAND");
	says(2, "br is external and not plugged in", "exec br -- true");
	user = ATTACH("br", "--", "sh", script);
	assert_int_equal(command_wait(up, 90), 0);
	registers_by(filtering);
	says(2, "br is attached already", "attach br -- true");
	says(0, "master br0", "exec br -- bridge link");
	says(2, "br is external: the lab does not run it", "show br power inline");
	says(2, "br is external: the lab does not run it", "configure br shutdown");
	/* Pulled, with everything that the command started, and plugged in again. */
	assert_true(processes(script) > 0);
	kill(user, SIGKILL);
	command_wait(user, 10);
	attached(false);
	assert_int_equal(processes(script), 0);
	says(0, "plug it in with: phonelab attach br -- COMMAND", "status");
	user = ATTACH("br", "--", "sh", script);
	registers_by(filtering);
	kill(user, SIGTERM);
	command_wait(user, 10);
	attached(false);
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_server_of_the_user_is_plugged_in),
	    cmocka_unit_test(nothing_is_plugged_in),
	    cmocka_unit_test(phones_are_plugged_into_a_switch_of_the_user),
	};

	cmocka_set_test_filter(getenv("ONLY")); /* the kernel of ci/uml runs one of them */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
