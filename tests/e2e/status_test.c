/*
 * What programs outside this repository rely on: every key and type of `status --json`, which lab a command
 * means, and the exit statuses. The commands run in a network namespace of their own, where no other user's
 * labs are seen (labs are found by abstract sockets).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/support/lab.h"
#include "tests/support/status_shape.h"

/* --- one lab of minimal.yaml, the second one beside it --- */

static struct lab lab, other;
static json_t *status;

/* Namespaces of our own, without root in a user namespace of our own: labs (abstract sockets) and engines of
 * containers (a socket below /run) of others are not seen there. */
static bool alone(void)
{
	static const char *const files[] = {"/proc/self/setgroups", "/proc/self/uid_map",
					    "/proc/self/gid_map"};
	unsigned uid = getuid(), gid = getgid();
	char map[3][32] = {"deny"};

	snprintf(map[1], sizeof(map[1]), "0 %u 1", uid);
	snprintf(map[2], sizeof(map[2]), "0 %u 1", gid);
	if (unshare(CLONE_NEWNET | CLONE_NEWNS)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS))
			return false;
		for (int i = 0; i < 3; i++) {
			int fd = open(files[i], O_WRONLY | O_CLOEXEC);
			ssize_t written = fd < 0 ? -1 : write(fd, map[i], strlen(map[i]));
			if (fd >= 0)
				close(fd);
			if (written < 0)
				return false;
		}
	}
	setenv("DOCKER_HOST", "unix:///run/no-engine-here", 1);
	return !mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) &&
	       !mount("tmpfs", "/run", "tmpfs", 0, NULL);
}

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "status");
	lab_begin(&other, "status2");
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_decref(status);
	lab_end(&other);
	lab_end(&lab);
	return 0;
}

/* A phonelab command line, split at spaces, as it is. */
static struct command_result say(const char *words)
{
	char bin[512], line[512];
	const char *argv[32] = {lab_bin("phonelab", bin)};
	int n = 1;

	snprintf(line, sizeof(line), "%s", words);
	for (char *word = strtok(line, " "); word && n < 31; word = strtok(NULL, " "))
		argv[n++] = word;
	return command_run(60, argv);
}

/* It ends with that exit status, and what it prints (either way) holds text. */
static void says(const char *words, int want, const char *text)
{
	struct command_result result = say(words);

	if (result.status != want)
		fail_msg("phonelab %s: status %d, not %d: %s%s", words, result.status, want, result.out,
			 result.err);
	if (text && !strstr(want ? result.err : result.out, text) && !strstr(result.out, text))
		fail_msg("phonelab %s says nothing of '%s': %s%s", words, text, result.out, result.err);
	command_free(&result);
}

static void test_no_lab(void **state)
{
	(void)state;
	struct command_result ls = say("ls");

	assert_int_equal(ls.status, 0);
	assert_string_equal(ls.out, "");
	assert_string_equal(ls.err, "");
	command_free(&ls);
	says("status", 2, "no lab is running");
	says("status --json", 2, "no lab is running");
	says("down", 2, "no lab is running");
	says("down nowhere", 2, "\"nowhere\"");
	says("why 1001", 2, "no lab is running");
	says("exec sw1 -- true", 2, "no lab is running");
}

static void test_wrong_usage(void **state)
{
	char path[512], line[640];

	(void)state;
	says("", 2, "phonelab");
	says("statsu", 2, "\"status\"");
	says("status --jsno", 2, "--json");
	says("up topologies/minimal.yaml more", 2, "more");
	says("up --phones many topologies/minimal.yaml", 2, "many");
	says("up --phones 0 topologies/minimal.yaml", 2, "--phones");
	says("up --timeout", 2, "--timeout");
	says("up --name a/b topologies/minimal.yaml", 2, "a/b");
	says("up topologies/nowhere.yaml", 2, "nowhere.yaml");
	says("validate topologies/nowhere.yaml", 2, "nowhere.yaml");
	says("decode topologies/nowhere.pcap", 2, "nowhere.pcap");
	says("decode topologies/minimal.yaml", 2, "minimal.yaml");
	says("validate topologies/office.yaml topologies/minimal.yaml", 0, NULL);
	says("--help", 0, "usage");
	/* A wrong file: where, what was found, what was expected. */
	lab_write(&lab, "wrong.yaml", "vlans:\n  - {id: 0, name: VOICE}\n", path);
	snprintf(line, sizeof(line), "up -d %s", path);
	says(line, 2, "wrong.yaml:2");
	says(line, 2, "expected");
}

/* A machine that gives no further network namespace cannot run a lab: 3, with the reason. */
static void test_unfit(void **state)
{
	char bin[512];

	(void)state;
	lab_bin("phonelab", bin);
	for (int i = 0; i < 2; i++) {
		struct command_result result =
		    command_sh(60,
			       "unshare --user --map-root-user --mount --net sh -ec 'echo 0 "
			       ">/proc/sys/user/max_net_namespaces; "
			       "exec %s %s'",
			       bin, i ? "doctor" : "up -d topologies/minimal.yaml");
		if (result.status != 3)
			fail_msg("status %d: %s%s", result.status, result.out, result.err);
		assert_non_null(strstr(i ? result.out : result.err, "namespace"));
		command_free(&result);
	}
	/* And too few open files are named with their remedy. */
	struct command_result files = command_sh(60, "ulimit -n 512 && exec %s doctor", bin);
	assert_int_equal(files.status, 3);
	assert_true(LINES_WITH(files.out, "UNFIT", "open files") == 1);
	assert_non_null(strstr(files.out, "nofile"));
	command_free(&files);
	/* Otherwise this very machine is fit: it runs these tests. */
	says("doctor", 0, "this machine can run labs");
}

static void test_up(void **state)
{
	(void)state;
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	status = lab_status(&lab);
	assert_non_null(status);
	assert_string_equal(member(status, "lab"), lab.name);
}

static void test_shape(void **state)
{
	(void)state;
	assert_non_null(status);
	status_shape_check(status);
}

static void test_registered_phone(void **state)
{
	json_t *phone;
	size_t i;

	(void)state;
	assert_non_null(status);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		long long before = 0;

		assert_string_equal(member(phone, "state"), "registered");
		assert_int_equal(member_int(phone, "step"), 14);
		assert_int_equal(strncmp(member(phone, "ipv4"), "10.110.0.", 9), 0);
		assert_int_equal(member_int(phone, "voice_vlan"), 110);
		assert_string_equal(member(phone, "directory_number"), i ? "1002" : "1001");
		assert_string_equal(member(phone, "registered_with"), "cucm");
		assert_string_equal(member(phone, "download_status"), "None");
		assert_string_not_equal(member(phone, "active_load"), member(phone, "inactive_load"));
		/* Milliseconds since power-on, and the steps come one after the other. */
		for (int n = 1; n <= 14; n++) {
			long long ms = member_int(phone_step(phone, n), "ms");
			assert_true(ms >= before);
			assert_true(ms < 60000);
			before = ms;
		}
	}
	assert_int_equal(i, 2);
}

static void test_switch_and_cluster(void **state)
{
	json_t *sw, *port, *node;
	long long used = 0;
	size_t i;

	(void)state;
	assert_non_null(status);
	sw = json_array_get(json_object_get(status, "switches"), 0);
	assert_string_equal(member(sw, "name"), "sw1");
	assert_true(member_int(json_object_get(sw, "poe"), "budget_mw") > 100000);
	json_array_foreach (json_object_get(sw, "ports"), i, port) {
		bool phone = i < 2; /* Gi1/0/1 and Gi1/0/2 */

		used += member_int(port, "poe_mw");
		if (!phone)
			continue;
		assert_string_equal(member(port, "link"), "up");
		assert_int_equal(member_int(port, "voice_vlan"), 110);
		assert_string_equal(member(port, "neighbor"),
				    member(json_array_get(json_object_get(status, "phones"), i), "name"));
		assert_string_equal(member(port, "poe_state"), "on");
		assert_int_equal(member_int(port, "poe_class"), 1);
		assert_in_range(member_int(port, "poe_mw"), 1000, 4000);
	}
	assert_int_equal(member_int(json_object_get(sw, "poe"), "used_mw"), used);
	node = json_array_get(json_object_get(status, "cluster"), 0);
	assert_string_equal(member(node, "name"), "cucm");
	assert_string_equal(member(node, "role"), "publisher");
	assert_int_equal(json_array_size(json_object_get(node, "registered")), 2);
}

static void test_only_lab(void **state)
{
	char line[200];

	(void)state;
	/* The only lab needs no name. */
	says("status", 0, lab.name);
	says("ls", 0, lab.name);
	says("exec sw1 -- true", 0, NULL);
	says("exec sw1 -- /no/such/program", 127, "/no/such/program");
	says("exec sw1 -- false", 1, NULL);
	says("exec nobody -- true", 2, "nobody");
	says("exec sw1", 2, "usage");
	says("show sw1 nonsense", 2, NULL);
	says("show sw1 cdp", 2, "% Incomplete command.");
	says("show sw9 vlan brief", 2, "unknown switch \"sw9\"");
	says("show sw9 vlan brief", 2, ": sw1\n");
	says("why 1001", 0, "healthy");
	says("why SEP001122AABB99", 2, "SEP001122AABB99");
	says("capture sw1:Gi1/0/40 -w /dev/null", 2, "Gi1/0/40");
	/* Its name is taken. */
	snprintf(line, sizeof(line), "up -d --name %s topologies/minimal.yaml", lab.name);
	says(line, 2, lab.name);
	says("status", 0, lab.name);
}

static void test_two_labs(void **state)
{
	char line[200];

	(void)state;
	assert_int_equal(lab_up(&other, "topologies/minimal.yaml", false, 60,
				(const char *const[]){"--phones", "3", NULL}, 0),
			 0);
	says("status", 2, "choose one with --lab LAB");
	says("down", 2, "choose one with --lab LAB");
	says("exec sw1 -- true", 2, "choose one with --lab LAB");
	/* --lab before or after the command, or the lab as a word. */
	const struct lab *labs[] = {&lab, &other};
	for (int i = 0; i < 2; i++) {
		static const char *const forms[] = {"--lab %s status --json", "status --lab %s --json",
						    "status --lab=%s --json", "status %s --json"};
		for (int f = 0; f < 4; f++) {
			json_error_t error;
			char quoted[100];

			snprintf(line, sizeof(line), "%s", forms[f]);
			char *at = strstr(line, "%s");
			snprintf(quoted, sizeof(quoted), "%s", at + 2);
			snprintf(at, (size_t)(line + sizeof(line) - at), "%s%s", labs[i]->name, quoted);
			struct command_result result = say(line);
			json_t *object = json_loads(result.out, 0, &error);
			if (!object)
				fail_msg("phonelab %s: status %d: %s", line, result.status, result.err);
			assert_string_equal(member(object, "lab"), labs[i]->name);
			assert_int_equal(json_array_size(json_object_get(object, "phones")), i ? 3 : 2);
			status_shape_check(object);
			json_decref(object);
			command_free(&result);
		}
	}
	snprintf(line, sizeof(line), "down %s", other.name);
	says(line, 0, other.name);
	other.running = false;
	says("status", 0, lab.name);
}

/* The phone's word is not enough: what a call manager has lost is not registered. */
static void test_the_phones_word(void **state)
{
	json_t *now;

	(void)state;
	struct command_result gone = lab_exec(
	    &lab, "cucm", "timeout 10 kamcmd -s unixs:/run/phonelab/cucm/cucm/ctl ul.rm location s:1001");
	if (gone.status)
		fail_msg("kamcmd: %s%s", gone.out, gone.err);
	command_free(&gone);
	now = lab_status(&lab);
	assert_non_null(now);
	status_shape_check(now);
	json_t *phone = json_array_get(json_object_get(now, "phones"), 0);
	json_t *node = json_array_get(json_object_get(now, "cluster"), 0);
	assert_string_equal(member(phone, "state"), "claims-registered");
	assert_string_equal(member(json_array_get(json_object_get(now, "phones"), 1), "state"), "registered");
	assert_int_equal(json_array_size(json_object_get(node, "registered")), 1);
	json_decref(now);
	says("why 1001", 1, "step 11");
}

static bool first_is_rejected(json_t *now, void *arg)
{
	json_t *phone = json_array_get(json_object_get(now, "phones"), 0);

	(void)arg;
	return !strcmp(member(phone_step(phone, 11), "state"), "failed");
}

/* Phones that are not there yet, and those that never come: 1 once the time has passed. */
static void test_not_as_expected(void **state)
{
	char path[512];
	json_t *now, *phone;
	size_t i;

	(void)state;
	lab_down(&lab);
	lab_write(&lab, "unknown.yaml",
		  "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
		  "switches:\n  - {name: sw1, voice_vlan: 110}\n"
		  "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
		  "cluster:\n  nodes: [{name: cucm}]\n"
		  "phones:\n  - {model: 7841, count: 1, provisioned: false}\n  - {model: 7841, count: 1}\n",
		  path);
	assert_int_equal(lab_up(&lab, path, false, 6, NULL, 1), 1);
	now = lab_status_when(&lab, 60, first_is_rejected, NULL);
	assert_non_null(now);
	status_shape_check(now);
	phone = json_array_get(json_object_get(now, "phones"), 0);
	assert_string_equal(member(phone_step(phone, 11), "state"), "failed");
	assert_int_equal(member_int(phone, "step"), 10);
	assert_true(json_is_null(json_object_get(phone, "registered_with")));
	json_decref(now);
	lab_down(&lab);
	assert_int_equal(
	    lab_up(&lab, "topologies/minimal.yaml", false, 60, (const char *const[]){"--dark", NULL}, 0), 0);
	now = lab_status(&lab);
	assert_non_null(now);
	status_shape_check(now);
	json_array_foreach (json_object_get(now, "phones"), i, phone) {
		assert_string_equal(member(phone, "state"), "off");
		assert_int_equal(member_int(phone, "step"), 0);
	}
	json_decref(now);
}

/* --phones 48 makes a full switch of two phones: pool, ports and servers are sized to fit. */
static void test_48_phones(void **state)
{
	json_t *now, *node;

	(void)state;
	lab_down(&lab);
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 120,
				(const char *const[]){"--phones", "48", NULL}, 0),
			 0);
	now = lab_status(&lab);
	assert_non_null(now);
	status_shape_check(now);
	assert_int_equal(json_array_size(json_object_get(now, "phones")), 48);
	node = json_array_get(json_object_get(now, "cluster"), 0);
	assert_int_equal(json_array_size(json_object_get(node, "registered")), 48);
	json_decref(now);
	says("ls", 0, "48");
	says("down", 0, lab.name);
	lab.running = false;
	says("ls", 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_lab),
	    cmocka_unit_test(test_wrong_usage),
	    cmocka_unit_test(test_unfit),
	    cmocka_unit_test(test_up),
	    cmocka_unit_test(test_shape),
	    cmocka_unit_test(test_registered_phone),
	    cmocka_unit_test(test_switch_and_cluster),
	    cmocka_unit_test(test_only_lab),
	    cmocka_unit_test(test_two_labs),
	    cmocka_unit_test(test_the_phones_word),
	    cmocka_unit_test(test_not_as_expected),
	    cmocka_unit_test(test_48_phones),
	};

	if (!alone()) {
		printf("1..1\nok 1 - status # SKIP no network namespace of our own can be had here\n");
		return 0;
	}
	return cmocka_run_group_tests_name("the command's contract", tests, begin, end);
}
