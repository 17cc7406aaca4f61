/*
 * What programs outside this repository rely on: every key and type of `status --json`, which lab a command
 * means, and the exit statuses. The commands run in a network namespace of their own, where nobody else's
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

/* --- the shape of `status --json` --- */

enum { TEXT = 1, NUMBER = 2, LIST = 4, OBJECT = 8, NONE = 16 };

struct key {
	const char *name;
	int kinds; /* any of these */
};

static const struct key lab_keys[] = {
    {"lab", TEXT}, {"phones", LIST}, {"switches", LIST}, {"cluster", LIST}, {0}};
static const struct key phone_keys[] = {{"name", TEXT},
					{"state", TEXT},
					{"step", NUMBER},
					{"steps", LIST},
					{"ipv4", TEXT | NONE},
					{"voice_vlan", NUMBER | NONE},
					{"directory_number", TEXT | NONE},
					{"registered_with", TEXT | NONE},
					{"active_load", TEXT},
					{"inactive_load", TEXT},
					{"download_status", TEXT},
					{0}};
static const struct key step_keys[] = {{"n", NUMBER},	      {"name", TEXT},	{"state", TEXT},
				       {"ms", NUMBER | NONE}, {"detail", TEXT}, {0}};
static const struct key switch_keys[] = {{"name", TEXT}, {"poe", OBJECT}, {"ports", LIST}, {0}};
static const struct key poe_keys[] = {{"budget_mw", NUMBER}, {"used_mw", NUMBER}, {0}};
static const struct key port_keys[] = {{"name", TEXT},
				       {"link", TEXT},
				       {"vlan", NUMBER},
				       {"voice_vlan", NUMBER | NONE},
				       {"neighbor", TEXT | NONE},
				       {"poe_state", TEXT | NONE},
				       {"poe_class", NUMBER | NONE},
				       {"poe_mw", NUMBER},
				       {0}};
static const struct key node_keys[] = {{"name", TEXT}, {"role", TEXT}, {"registered", LIST}, {0}};

static const char *const step_names[14] = {"power",    "boot",	 "voice-vlan", "dhcp",	     "ctl",
					   "itl",      "config", "firmware",   "dial-rules", "cm-connect",
					   "register", "locale", "softkeys",   "ringtones"};

static int kind_of(const json_t *value)
{
	if (json_is_string(value))
		return TEXT;
	if (json_is_integer(value))
		return NUMBER;
	if (json_is_array(value))
		return LIST;
	if (json_is_object(value))
		return OBJECT;
	return json_is_null(value) ? NONE : 0;
}

static void has_keys(const char *what, const json_t *object, const struct key *keys)
{
	if (!json_is_object(object))
		fail_msg("%s is not an object", what);
	for (; keys->name; keys++) {
		const json_t *value = json_object_get(object, keys->name);
		if (!value)
			fail_msg("%s has no \"%s\"", what, keys->name);
		if (!(kind_of(value) & keys->kinds))
			fail_msg("%s: \"%s\" is of another type", what, keys->name);
	}
}

static void one_of(const char *what, const char *text, const char *const words[])
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return;
	fail_msg("%s is \"%s\"", what, text);
}
#define ONE_OF(what, text, ...) one_of(what, text, (const char *const[]){__VA_ARGS__, NULL})

static void phone_has_its_shape(json_t *phone)
{
	json_t *steps = json_object_get(phone, "steps"), *step;
	const char *name = member(phone, "name");
	int last_done = 0;
	size_t i;

	has_keys("a phone", phone, phone_keys);
	assert_int_equal(strlen(name), 15);
	assert_int_equal(strncmp(name, "SEP", 3), 0);
	assert_int_equal(strspn(name + 3, "0123456789ABCDEF"), 12);
	assert_int_equal(json_array_size(steps), 14);
	json_array_foreach(steps, i, step)
	{
		const char *state = member(step, "state");

		has_keys("a step", step, step_keys);
		assert_int_equal(member_int(step, "n"), i + 1);
		assert_string_equal(member(step, "name"), step_names[i]);
		ONE_OF("a step's state", state, "pending", "active", "done", "skipped", "failed");
		if (!strcmp(state, "pending"))
			assert_true(json_is_null(json_object_get(step, "ms")));
		else
			assert_true(member_int(step, "ms") >= 0);
		if ((!strcmp(state, "done") || !strcmp(state, "skipped")) && last_done == (int)i)
			last_done = (int)i + 1;
	}
	/* The last step that was completed: all before it are. */
	assert_int_equal(member_int(phone, "step"), last_done);
}

static void status_has_its_shape(json_t *status)
{
	json_t *object, *port;
	size_t i, j;

	has_keys("status", status, lab_keys);
	json_array_foreach(json_object_get(status, "phones"), i, object) phone_has_its_shape(object);
	json_array_foreach(json_object_get(status, "switches"), i, object)
	{
		has_keys("a switch", object, switch_keys);
		has_keys("poe", json_object_get(object, "poe"), poe_keys);
		assert_true(json_array_size(json_object_get(object, "ports")) >= 48);
		json_array_foreach(json_object_get(object, "ports"), j, port)
		{
			has_keys("a port", port, port_keys);
			ONE_OF("link", member(port, "link"), "up", "down");
			if (json_is_string(json_object_get(port, "poe_state")))
				ONE_OF("poe_state", member(port, "poe_state"), "off", "on", "denied",
				       "faulty");
		}
	}
	json_array_foreach(json_object_get(status, "cluster"), i, object)
	{
		has_keys("a node", object, node_keys);
		ONE_OF("role", member(object, "role"), "publisher", "subscriber");
		json_array_foreach(json_object_get(object, "registered"), j, port)
		    assert_true(json_is_string(port));
	}
}

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
	says("status", 2, "found no lab up");
	says("status --json", 2, "found no lab up");
	says("down", 2, "found no lab up");
	says("down nowhere", 2, "\"nowhere\"");
	says("why 1001", 2, "found no lab up");
	says("exec sw1 -- true", 2, "found no lab up");
}

static void test_wrong_usage(void **state)
{
	char path[512], line[640];

	(void)state;
	says("", 2, "phonelab");
	says("statsu", 2, "\"status\"");
	says("status --jsno", 2, "--json");
	says("up", 2, "TOPOLOGY");
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
	status_has_its_shape(status);
}

static void test_registered_phone(void **state)
{
	json_t *phone;
	size_t i;

	(void)state;
	assert_non_null(status);
	json_array_foreach(json_object_get(status, "phones"), i, phone)
	{
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
	json_array_foreach(json_object_get(sw, "ports"), i, port)
	{
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
	says("exec sw1", 2, "expected");
	says("show sw1 nonsense", 2, NULL);
	says("show sw1 cdp", 2, "% Incomplete command.");
	says("show sw9 vlan brief", 2, "sw9");
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
	says("status", 2, "expected --lab LAB");
	says("down", 2, "expected --lab LAB");
	says("exec sw1 -- true", 2, "expected --lab LAB");
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
			status_has_its_shape(object);
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
	status_has_its_shape(now);
	json_t *phone = json_array_get(json_object_get(now, "phones"), 0);
	json_t *node = json_array_get(json_object_get(now, "cluster"), 0);
	assert_string_equal(member(phone, "state"), "claims-registered");
	assert_string_equal(member(json_array_get(json_object_get(now, "phones"), 1), "state"), "registered");
	assert_int_equal(json_array_size(json_object_get(node, "registered")), 1);
	json_decref(now);
	says("why 1001", 1, "step 11");
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
	now = lab_status(&lab);
	assert_non_null(now);
	status_has_its_shape(now);
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
	status_has_its_shape(now);
	json_array_foreach(json_object_get(now, "phones"), i, phone)
	{
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
	status_has_its_shape(now);
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
