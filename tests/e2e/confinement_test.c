/*
 * What the processes of a running lab may do, read from /proc by a process that is not confined: the phones boot, every simulator
 * and every service of the call managers has dropped its rights, and the others are as docs/confinement.md lists them. Once
 * with a plain cluster, once with a secure one. And what a lab reports without a helper of the rack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"

#define CAP(name) (1ULL << CAP_##name)

static struct lab lab;

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static const struct program {
	const char *command;	 /* its line has it: name, then command line */
	unsigned long long kept; /* capabilities */
	const char *log;	 /* its log */
	unsigned least;		 /* processes */
} programs[] = {
    {" switch-sim /", CAP(NET_ADMIN) | CAP(NET_RAW), "sw1", 1},
    {" phone-sim /", CAP(NET_ADMIN) | CAP(NET_RAW) | CAP(NET_BIND_SERVICE) | CAP(NET_BROADCAST), "rack", 1},
    /* They open sockets for the switch and the rack, which decode frames. */
    {" netns-helper /", CAP(NET_ADMIN) | CAP(NET_RAW) | CAP(SYS_ADMIN), "sw1", 2},
    {"/cucm-service --config", 0, "cucm-pub-service", 1},
    {"/cucm-service tvs", 0, "cucm-pub-tvs", 1},
    {"/cucm-service capf", 0, "cucm-pub-capf", 1},
};
#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

/* "doctor" reports whether the kernel has both parts; where it has not, the programs say so in their logs. */
static bool kernel_has(const char *part)
{
	char bin[512], text[60];
	struct command_result result = command_sh(60, "%s doctor", lab_bin("phonelab", bin));
	bool has;

	snprintf(text, sizeof(text), "%s: yes", part);
	has = strstr(result.out, text);
	command_free(&result);
	return has;
}

/* One line per process: the four rows of its status, its name, its command line. */
static char *read_processes(void)
{
	struct command_result result = lab_exec(
	    &lab, "dhcp",
	    "for p in /proc/[0-9]*; do set -- $(sed -nE 's/^(CapEff|CapBnd|NoNewPrivs|Seccomp):\\t//p' "
	    "$p/status); echo \"$1 $2 $3 $4 $(cat $p/comm) $(tr '\\0' ' ' <$p/cmdline)\"; done 2>/dev/null");
	char *text = strdup(result.out);

	command_free(&result);
	assert_non_null(text);
	return text;
}

static void check_line(const struct program *program, const char *line, bool seccomp)
{
	unsigned long long effective, bounding;
	unsigned no_new_privs, mode;

	if (sscanf(line, "%llx %llx %u %u", &effective, &bounding, &no_new_privs, &mode) != 4)
		fail_msg("no row of a process: %s", line);
	if (effective != program->kept || bounding != program->kept || no_new_privs != 1 ||
	    mode != (seccomp ? 2 : 0))
		fail_msg("%s: expected the capabilities %llx, no_new_privs, %s filter: %s", program->command,
			 program->kept, seccomp ? "a" : "no", line);
}

/* How many processes of the program there are; each is confined. */
static unsigned check_program(const struct program *program, const char *processes, bool seccomp)
{
	char *copy = strdup(processes), *rest = copy;
	unsigned count = 0;

	for (char *line; (line = strsep(&rest, "\n"));)
		if (strstr(line, program->command)) {
			check_line(program, line, seccomp);
			count++;
		}
	free(copy);
	return count;
}

/* Each program tries to open a file outside after it has confined itself, and reports it in its log if that works. */
static void check_log(const struct program *program, bool all)
{
	char path[80], *text;

	snprintf(path, sizeof(path), "log/%s.log", program->log);
	text = lab_read(&lab, path);
	if (!!strstr(text ? text : "", "not confined by") == all)
		fail_msg("%s: %s the note that a part is missing: %s", path, all ? "unexpected" : "expected",
			 text ? text : "no log");
	free(text);
}

/* A simulator that has a control socket tries again when it is asked. */
static void check_attempt(const char *socket, bool landlock)
{
	struct command_result result = lab_exec(
	    &lab, "dhcp",
	    "python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/run/phonelab/%s\"); "
	    "s.sendall(b\"{\\\"do\\\":\\\"confinement\\\"}\\n\"); print(s.makefile().readline())'",
	    socket);
	json_t *reply = json_loads(result.out, 0, NULL);

	if (!reply || strcmp(member(reply, "open_outside"), landlock ? "EACCES" : "opened") ||
	    member_int(reply, "no_new_privs") != 1)
		fail_msg("%s: %s%s", socket, result.out, result.err);
	json_decref(reply);
	command_free(&result);
}

static void check(const char *label, const char *topology, size_t services)
{
	bool seccomp = kernel_has("seccomp"), landlock = kernel_has("Landlock");
	char *processes;

	lab_begin(&lab, label);
	assert_int_equal(lab_up(&lab, topology, false, 60, NULL, 0), 0);
	processes = read_processes();
	/* The reading works: other processes of the lab are not confined. */
	assert_non_null(strstr(processes, " 0 0 "));
	for (size_t i = 0; i < services; i++) {
		if (check_program(&programs[i], processes, seccomp) < programs[i].least)
			fail_msg("fewer than %u processes \"%s\" in:\n%s", programs[i].least,
				 programs[i].command, processes);
		check_log(&programs[i], seccomp && landlock);
	}
	free(processes);
	check_attempt("switches/sw1.sock", landlock);
	check_attempt("phones/rack.sock", landlock);
}

static void the_office_is_confined(void **state)
{
	(void)state;
	check("confined", "topologies/office.yaml", 4);
}

static void a_secure_cluster_is_confined(void **state)
{
	(void)state;
	check("confined-secure", "topologies/secure.yaml", PROGRAMS);
}

static bool names_the_rack(json_t *status, void *arg)
{
	json_t *failures = json_object_get(status, "failures");

	(void)arg;
	return !strncmp(json_string_value(json_array_get(failures, 0)) ?: "", "rack has lost netns-helper",
			26);
}

static bool has_failed(json_t *status, void *arg)
{
	json_t *phone = status_phone(status, arg);

	return phone && !strcmp(phone_step_state(phone, 5), "failed");
}

/* The connections of the phones stay, status names the rack, and a phone that boots reports why it cannot. */
static void a_rack_reports_the_loss_of_its_helper(void **state)
{
	char name[] = "SEP001122AABB01";
	struct command_result result;
	json_t *status, *phone;
	size_t i;

	(void)state;
	lab_begin(&lab, "helper-lost");
	assert_int_equal(lab_up(&lab, "topologies/office.yaml", false, 60, NULL, 0), 0);
	result = lab_exec(&lab, "dhcp",
			  "for p in /proc/[0-9]*; do grep -qs netns-helper $p/comm && grep -qs phone-sim "
			  "$p/cmdline && kill -9 ${p#/proc/}; done; true");
	command_free(&result);
	status = lab_status_when(&lab, 30, names_the_rack, NULL);
	assert_non_null(status);
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		assert_string_equal(member(phone, "state"), "registered");
	json_decref(status);
	result = lab_command(&lab, "reset %s", name);
	assert_int_equal(result.status, 0);
	command_free(&result);
	status = lab_status_when(&lab, 30, has_failed, name);
	assert_non_null(status);
	assert_non_null(
	    strstr(member(phone_step(status_phone(status, name), 5), "detail"), "netns-helper has ended"));
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(the_office_is_confined, end),
	    cmocka_unit_test_teardown(a_secure_cluster_is_confined, end),
	    cmocka_unit_test_teardown(a_rack_reports_the_loss_of_its_helper, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
