/*
 * What phonelab reports when a process of a lab is stopped or killed: a simulator that does not answer, the outer
 * process, a switch or rack of a detached lab, the cable of a gateway; and the owner of a lab's name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/lab.h"

#define MINIMAL "topologies/minimal.yaml"

static struct lab lab;

static pid_t stopped; /* the process that a test has stopped */

static int end(void **state)
{
	(void)state;
	if (stopped)
		kill(stopped, SIGCONT);
	stopped = 0;
	lab_end(&lab);
	return 0;
}

static void begin(const char *label)
{
	lab_begin(&lab, label);
}

static void start(const char *label, const char *topology)
{
	begin(label);
	assert_int_equal(lab_up(&lab, topology, false, 60, NULL, 0), 0);
}

/* The command ends with that status; its output has the text `with`, and not the text `without`. */
static void expect(const char *words, int status, const char *with, const char *without)
{
	struct command_result result = lab_command(&lab, "%s", words);
	char *all = NULL;

	assert_true(asprintf(&all, "%s%s", result.out, result.err) >= 0);
	if (result.status != status || (with && !strstr(all, with)) || (without && strstr(all, without)))
		fail_msg("%s: status %d, expected %d, with \"%s\", without \"%s\": %s", words, result.status,
			 status, with ? with : "", without ? without : "", all);
	free(all);
	command_free(&result);
}

/* Signal a program from inside a server of the lab, where only the lab's processes are seen. */
static void signal_program(const char *server, const char *number, const char *pattern)
{
	struct command_result result = lab_exec(&lab, server, "pkill -%s -f -- '%s'", number, pattern);

	/* A lab that fails at once kills pkill too. */
	if (result.status && result.status != 128 + SIGKILL)
		fail_msg("pkill: %d: %s%s", result.status, result.out, result.err);
	command_free(&result);
}

/* The outer process: the parent of the inner one, which is the parent of the rack. */
static pid_t outer_process(void)
{
	struct command_result result;
	pid_t pid;

	result = command_sh(10, "pgrep -f -- 'up (-d )?.*--name %s|up .*%s' | head -1", lab.name, lab.name);
	pid = (pid_t)atol(result.out);
	command_free(&result);
	assert_true(pid > 1);
	return pid;
}

static void a_rack_that_does_not_answer_is_reported(void **state)
{
	(void)state;
	start("silent-rack", MINIMAL);
	signal_program("cucm", "STOP", "^[^ ]*phone-sim ");
	expect("status", 4, "rack has not answered for 5 s", "PHONE  ");
	expect("why 1001", 4, "rack has not answered for 5 s", "Likely cause");
	signal_program("cucm", "CONT", "^[^ ]*phone-sim ");
	expect("status", 0, NULL, "has not answered");
}

static void a_switch_that_does_not_answer_is_reported(void **state)
{
	(void)state;
	start("silent-switch", MINIMAL);
	signal_program("cucm", "STOP", "^[^ ]*switch-sim ");
	expect("status", 4, "sw1 has not answered for 5 s", "PoE 0.0");
	expect("why 1001", 4, "sw1 has not answered for 5 s", "Likely cause");
	signal_program("cucm", "CONT", "^[^ ]*switch-sim ");
}

/* Wait until a command of the shell succeeds. */
static void wait_for(const char *line)
{
	for (int i = 0; i < 200; i++) {
		struct command_result result = command_sh(10, "%s", line);
		int status = result.status;

		command_free(&result);
		if (!status)
			return;
		poll(NULL, 0, 50);
	}
	fail_msg("never true: %s", line);
}

static void a_detached_lab_that_failed_is_listed_with_its_reason(void **state)
{
	char line[600], bin[512];

	(void)state;
	start("reason", MINIMAL);
	signal_program("cucm", "KILL", "^[^ ]*phone-sim ");
	snprintf(line, sizeof(line), "! %s ls | grep -q '%s .* up '", lab_bin("phonelab", bin), lab.name);
	wait_for(line);
	expect("ls", 0, "rack was killed by signal 9", NULL);
	expect("ls", 0, " ended ", NULL);
	/* The next lab of that name replaces it. */
	assert_int_equal(lab_up(&lab, MINIMAL, false, 60, NULL, 0), 0);
	expect("ls", 0, lab.name, "was killed");
}

static void a_killed_outer_process_is_reported_by_up(void **state)
{
	char bin[512], log[400], line[900], *text;
	struct command_result result;
	pid_t up;

	(void)state;
	begin("outer-killed");
	snprintf(log, sizeof(log), "%s/up.log", lab.dir);
	/* A lab that cannot become complete, so that `up` still waits. */
	up = command_start((const char *[]){lab_bin("phonelab", bin), "up", "-d", "--name", lab.name,
					    "--timeout", "60", "--phones", "96", MINIMAL, NULL},
			   log);
	snprintf(line, sizeof(line), "%s ls | grep -q %s", bin, lab.name);
	wait_for(line);
	result = command_sh(10, "kill -9 $(pgrep -P %d)", (int)up);
	assert_int_equal(result.status, 0);
	command_free(&result);
	assert_int_equal(command_wait(up, 20), 4);
	result = command_sh(10, "cat %s", log);
	text = result.out;
	if (!strstr(text, "outer process") || !strstr(text, "was killed by signal 9"))
		fail_msg("up prints no reason: %s", text);
	command_free(&result);
}

static void a_stopped_outer_process_is_named_by_down(void **state)
{
	char pid[60];
	pid_t outer;

	(void)state;
	start("outer-stopped", MINIMAL);
	outer = outer_process();
	snprintf(pid, sizeof(pid), "outer process %d is stopped", (int)outer);
	stopped = outer;
	assert_int_equal(kill(outer, SIGSTOP), 0);
	expect("down", 2, pid, NULL);
	assert_int_equal(kill(outer, SIGCONT), 0);
	stopped = 0;
	lab_down(&lab);
}

static void the_cable_of_a_gateway_is_plugged_again(void **state)
{
	struct command_result result;

	(void)state;
	start("gateway", "topologies/office.yaml");
	signal_program("dhcp", "KILL", "^[^ ]*cable .*--node gw ");
	wait_for("sleep 0.5");
	result = lab_command(&lab, "status --json");
	if (!strstr(result.out, "\"stopped\""))
		fail_msg("the gateway is not reported as stopped");
	command_free(&result);
	expect("service gw restart", 0, NULL, NULL);
	result = lab_exec(&lab, "gw", "ip -4 address show dev eth0");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "inet "));
	command_free(&result);
	result = lab_command(&lab, "status --json");
	assert_null(strstr(result.out, "\"stopped\""));
	command_free(&result);
}

/* Another user may bind the abstract name first. */
static void a_name_that_another_user_has_taken_is_reported(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[100], bin[512];
	struct command_result up;
	int ready[2];
	pid_t other;

	(void)state;
	if (getuid())
		skip();
	begin("taken");
	snprintf(name, sizeof(name), "phonelab/0/%s", lab.name);
	memcpy(address.sun_path + 1, name, strlen(name));
	assert_int_equal(pipe(ready), 0);
	other = fork();
	if (!other) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		if (setuid(65534) ||
		    bind(fd, (struct sockaddr *)&address,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) ||
		    listen(fd, 4))
			_exit(1);
		(void)!write(ready[1], "", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], name, 1), 1);
	up = command_run(
	    30, (const char *[]){lab_bin("phonelab", bin), "up", "-d", "--name", lab.name, MINIMAL, NULL});
	kill(other, SIGKILL);
	assert_int_equal(up.status, 2);
	if (!strstr(up.err, "65534") || strstr(up.err, "phonelab down"))
		fail_msg("misleading advice: %s", up.err);
	command_free(&up);
	close(ready[0]);
	close(ready[1]);
}

/* A docker command whose engine has a compose lab without the container of the switch. */
static void any_container_finds_a_compose_lab(void **state)
{
	char path[512], bin[512];
	struct command_result ls;

	(void)state;
	begin("compose");
	lab_write(&lab, "docker",
		  "#!/bin/sh\n"
		  "case \"$*\" in *org.phonelab.node=*) exit 0;; esac\n"
		  "echo 'shop 11111111 dhcp:1 /srv/shop'\n"
		  "echo 'shop 22222222 keeper:1 /srv/shop'\n",
		  path);
	assert_int_equal(chmod(path, 0755), 0);
	ls = command_sh(20, "PATH=%s:$PATH %s ls", lab.dir, lab_bin("phonelab", bin));
	if (LINES_WITH(ls.out, "shop", "compose") != 1)
		fail_msg("ls does not list the lab once: %s%s", ls.out, ls.err);
	command_free(&ls);
}

/* A server that is not installed makes the machine unfit. A server that fails with the same words does not: the exit
 * status of the process decides, not the text of its log. */
static void a_missing_program_makes_the_machine_unfit(void **state)
{
	static const struct {
		const char *kamailio;
		int status;
	} rows[] = {{"#!/no/such/interpreter\n", 3},
		    {"#!/bin/sh\necho 'kamailio cannot be run: No such file or directory'\nexit 1\n", 4}};
	char path[512], text[700], bin[512];

	(void)state;
	begin("missing");
	assert_non_null(getcwd(path, sizeof(path)));
	snprintf(text, sizeof(text), "topology: %s/" MINIMAL "\nexpect:\n  - eventually: {registered: yes}\n",
		 path);
	lab_write(&lab, "minimal.yaml", text, path);
	lab_bin("phonelab", bin);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command_result result;

		lab_write(&lab, "kamailio", rows[i].kamailio, path);
		assert_int_equal(chmod(path, 0755), 0);
		result =
		    command_sh(60,
			       "unshare -m$([ $(id -u) = 0 ] || echo Ur) sh -c 'mount --bind %s "
			       "$(command -v kamailio || echo /usr/sbin/kamailio) && exec %s test --keep "
			       "%s/kept%zu %s/minimal.yaml'",
			       path, bin, lab.dir, i, lab.dir);
		if (result.status != rows[i].status)
			fail_msg("row %zu: status %d: %s%s", i, result.status, result.out, result.err);
		command_free(&result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_rack_that_does_not_answer_is_reported, end),
	    cmocka_unit_test_teardown(a_switch_that_does_not_answer_is_reported, end),
	    cmocka_unit_test_teardown(a_detached_lab_that_failed_is_listed_with_its_reason, end),
	    cmocka_unit_test_teardown(a_killed_outer_process_is_reported_by_up, end),
	    cmocka_unit_test_teardown(a_stopped_outer_process_is_named_by_down, end),
	    cmocka_unit_test_teardown(the_cable_of_a_gateway_is_plugged_again, end),
	    cmocka_unit_test_teardown(a_name_that_another_user_has_taken_is_reported, end),
	    cmocka_unit_test_teardown(any_container_finds_a_compose_lab, end),
	    cmocka_unit_test_teardown(a_missing_program_makes_the_machine_unfit, end),
	};

	/* Labs are found by abstract sockets: commands of others do not wait for the process stopped here. */
	if (unshare(CLONE_NEWNET))
		printf("# in the network namespace of others\n");
	return cmocka_run_group_tests_name("processes of a lab", tests, NULL, NULL);
}
