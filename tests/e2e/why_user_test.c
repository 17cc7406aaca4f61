/*
 * Servers of the user that are wrong: `why` names the server and what it did, the log lines of its program, and what a
 * phone needs. One lab has a mistake for each phone (user_server/server.py); a scenario fails with a registrar whose
 * witness denies a phone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/lab.h"

#define FILES "files (10.110.0.3, your program)"
#define PBX   "pbx (10.110.0.4, your program)"

static struct lab lab;
static char here[PATH_MAX]; /* of server.py */

static const char topology_text[] = "vlans:\n"
				    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
				    "switches:\n"
				    "  - {name: sw1, voice_vlan: 110}\n"
				    "servers:\n"
				    "  - {name: dhcp, kind: dhcp}\n"
				    "  - name: files\n"
				    "    kind: tftp\n"
				    "    address: 10.110.0.3\n"
				    "    run:\n"
				    "      command: [python3, server.py]\n"
				    "      directory: %s\n"
				    "      environment: {KIND: files, MANAGER: 10.110.0.4, SIGNED: %s}\n"
				    "      ready: {tcp: 6970}\n"
				    "cluster:\n"
				    "  devices: external\n"
				    "  nodes:\n"
				    "    - name: pbx\n"
				    "      address: 10.110.0.4\n"
				    "      run: {command: [python3, server.py], directory: %s, environment: "
				    "{KIND: registrar}, ready: {tcp: 5060}}\n"
				    "%s"
				    "phones:\n"
				    "%s";

static const char seven_phones[] = "  - {model: 7841, mac: \"00:11:22:aa:bb:01\", count: 3}\n"
				   "  - {model: 7841, mac: \"00:11:22:aa:bb:04\", line: 2004}\n"
				   "  - {model: 7841, mac: \"00:11:22:aa:bb:05\", count: 3}\n";

static const char *write_topology(const char *name, const char *registered, const char *phones,
				  char path[512])
{
	char text[4 * PATH_MAX];

	snprintf(text, sizeof(text), topology_text, here, lab.dir, here, registered, phones);
	return lab_write(&lab, name, text, path);
}

static void device(int n, char name[24])
{
	snprintf(name, 24, "SEP001122AABB%02d", n);
}

static json_t *why_json(int n, int status)
{
	char name[24];
	struct command_result result;
	json_t *report;

	device(n, name);
	result = lab_command(&lab, "why --json %s", name);
	if (result.status != status)
		fail_msg("why %s: exit status %d, not %d: %s%s", name, result.status, status, result.out,
			 result.err);
	report = json_loads(result.out, 0, NULL);
	assert_non_null(report);
	command_free(&result);
	return report;
}

static void holds(const char *text, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (!text || !strstr(text, words[i]))
			fail_msg("no \"%s\" in: %s", words[i], text ? text : "(nothing)");
}
#define HOLDS(text, ...) holds(text, (const char *const[]){__VA_ARGS__, NULL})

/* --- waiting: until every phone is where its mistake leaves it --- */

struct wanted {
	int n;
	const char *state; /* of the phone; NULL: any */
	int failed;	   /* this step has failed; 0: none */
};

static bool is_there(json_t *status, const struct wanted *wanted)
{
	char name[24];
	json_t *phone;

	device(wanted->n, name);
	phone = status_phone(status, name);
	return phone && (!wanted->state || !strcmp(member(phone, "state"), wanted->state)) &&
	       (!wanted->failed || !strcmp(phone_step_state(phone, wanted->failed), "failed"));
}

static bool all_are_there(json_t *status, void *arg)
{
	for (const struct wanted *wanted = arg; wanted->n; wanted++)
		if (!is_there(status, wanted))
			return false;
	return true;
}

static void wait_for(struct wanted *wanted)
{
	json_t *status = lab_status_when(&lab, 30, all_are_there, wanted);

	if (!status) {
		struct command_result table = lab_command(&lab, "status");

		fail_msg("the phones are not where they should be:\n%s", table.out);
	}
	json_decref(status);
}

static int start(void **state)
{
	static const char *const words[] = {"trusted", "foreign"};
	char path[512], program[512];

	(void)state;
	if (!realpath("tests/e2e/user_server", here))
		return -1;
	lab_begin(&lab, "why-user");
	/* Two clusters, each with a signing key of its own. */
	for (size_t i = 0; i < 2; i++) {
		struct command_result made =
		    command_sh(30, "%s render topologies/minimal.yaml --phones 8 --out %s/%s",
			       lab_bin("phonelab", program), lab.dir, words[i]);

		if (made.status)
			return -1;
		command_free(&made);
	}
	/* Not every phone registers: up reports that with 1, and the lab runs on. */
	return lab_up(&lab, write_topology("lab.yaml", "", seven_phones, path), false, 2, NULL, 1) == 1 ? 0
													: -1;
}

static int stop(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* --- one mistake each --- */

static void test_mistakes(void **state)
{
	static struct wanted wanted[] = {{1, "claims-registered", 0},
					 {2, NULL, 7},
					 {3, "claims-registered", 0},
					 {4, "claims-registered", 0},
					 {5, NULL, 7},
					 {6, NULL, 5},
					 {7, NULL, 11},
					 {0}};
	static const struct {
		int n;
		const char *server, *words[6];
	} mistakes[] = {
	    {2,
	     "files",
	     {FILES ": GET /SEP001122AABB02.cnf.xml answered 404 Not Found",
	      "needs the file with 200 and a <device>"}},
	    {4, "files", {FILES ": SEP001122AABB04.cnf.xml has the number 2999", "gives this phone 2004"}},
	    {5,
	     "files",
	     {FILES ": GET /SEP001122AABB05.cnf.xml.sgn answered 200 OK",
	      "the signature does not verify with any key of the trust list", "demands signed files"}},
	    {6, "files", {FILES ": GET /CTLSEP001122AABB06.tlv: no answer", "its program runs"}},
	    {7,
	     "pbx",
	     {PBX ": REGISTER 2007 answered 404 No Such Number",
	      "The number 2007 is in SEP001122AABB07.cnf.xml of " FILES}}};

	(void)state;
	wait_for(wanted);
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		json_t *report = why_json(mistakes[i].n, 1);

		holds(member(report, "cause"), mistakes[i].words);
		assert_string_equal(member(json_object_get(report, "server"), "name"), mistakes[i].server);
		assert_string_equal(member(json_object_get(report, "server"), "program"), "runs");
		assert_true(json_array_size(json_object_get(report, "log")) > 0);
		json_decref(report);
	}
}

static void test_text(void **state)
{
	struct command_result why = lab_command(&lab, "why SEP001122AABB02");

	(void)state;
	HOLDS(why.out, "step 7, config, failed", "Likely cause\n  " FILES,
	      "What the phone asked, and the answers", "GET /SEP001122AABB02.cnf.xml: 404 Not Found",
	      "What a phone needs", "asks for SEP001122AABB02.cnf.xml, then XMLDefault.cnf.xml",
	      "Your program\n  files runs", "/SEP001122AABB02.cnf.xml 404",
	      "tail -n 40 /run/phonelab/log/files.log");
	assert_true(LINES_WITH(why.out, "log/files.log:", "/SEP001122AABB02.cnf.xml 404") >= 1);
	assert_null(strstr(why.out, "dnsmasq"));
	command_free(&why);
}

/* The registrar has no witness: the phone's word is enough for `why`. */
static void test_healthy(void **state)
{
	json_t *report = why_json(1, 0);

	(void)state;
	assert_true(json_is_true(json_object_get(report, "healthy")));
	assert_true(json_is_true(json_object_get(report, "by_the_phones_word")));
	HOLDS(json_string_value(json_array_get(json_object_get(report, "notes"), 0)), "by the phone's word",
	      "no other source was asked");
	json_decref(report);
}

static int by_value(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

/* 500 ms for each file: healthy, with the figures. A note, unless this machine makes all others slow too. */
static void test_slow(void **state)
{
	json_t *report = why_json(3, 0), *exchange, *note;
	long long others[64] = {0};
	size_t i, n = 0, slow = 0;
	bool noted = false;

	(void)state;
	assert_true(json_is_true(json_object_get(report, "healthy")));
	json_array_foreach (json_object_get(report, "exchanges"), i, exchange) {
		long long ms = json_object_get(exchange, "ms") ? member_int(exchange, "ms") : -1;
		bool files = !strcmp(member(exchange, "name"), "files");

		if (files && !strncmp(member(exchange, "asked"), "GET /CTLSEP", 11)) {
			assert_true(ms >= 500);
			slow++;
		}
		if (!files && ms >= 0 && n < 64)
			others[n++] = ms;
	}
	assert_int_equal(slow, 1);
	assert_true(n > 0);
	qsort(others, n, sizeof(others[0]), by_value);
	json_array_foreach (json_object_get(report, "notes"), i, note)
		noted = noted || strstr(json_string_value(note), FILES " is slow: it answered");
	assert_true(noted || others[n / 2] * 3 >= 500);
	json_decref(report);
}

/* The program exits; phones that have booted before register with their stored configuration. */
static void test_exit(void **state)
{
	static struct wanted wanted[] = {{1, "claims-registered", 5}, {0}};
	struct command_result ended = lab_exec(&lab, "files", "curl -s http://10.110.0.3:6970/exit");
	struct command_result reset;
	json_t *report;

	(void)state;
	command_free(&ended);
	reset = lab_command(&lab, "reset SEP001122AABB01");
	assert_int_equal(reset.status, 0);
	command_free(&reset);
	wait_for(wanted);
	report = why_json(1, 1);
	HOLDS(member(report, "cause"), FILES ": GET /CTLSEP001122AABB01.tlv: connection refused",
	      "its program exited with status 3", "stored configuration");
	assert_string_equal(member(json_object_get(report, "server"), "program"), "exited with status 3");
	assert_true(json_is_false(
	    json_object_get(json_object_get(json_object_get(report, "server"), "listens"), "tcp 6970")));
	json_decref(report);
	lab_down(&lab);
}

/* --- the evidence of a scenario: the witness denies a phone --- */

static char *evidence(const char *name, char path[512])
{
	struct fail fail = {0};
	char *text = NULL;
	size_t length;

	snprintf(path, 512, "%s/evidence/001-denied/%s", lab.dir, name);
	if (file_read(path, 16 << 20, &text, &length, &fail))
		fail_msg("%s: %s", path, fail.text);
	return text;
}

static void test_evidence(void **state)
{
	char topology[512], scenario[512], path[512], program[512], *page, *text;
	struct command_result run, why;
	json_t *result;

	(void)state;
	write_topology("denied-lab.yaml", "      registered: {command: [echo, 2003]}\n",
		       "  - {model: 7841, mac: \"00:11:22:aa:bb:01\"}\n", topology);
	lab_write(&lab, "denied.yaml",
		  "topology: denied-lab.yaml\n"
		  "expect:\n"
		  "  - eventually: {phone: SEP001122AABB01, step: register, state: done}\n"
		  "    within: 60s\n"
		  "  - never: {phone: SEP001122AABB01, field: state, equals: claims-registered}\n"
		  "    for: 120s\n",
		  scenario);
	run =
	    command_sh(90, "%s test --keep %s/evidence %s", lab_bin("phonelab", program), lab.dir, scenario);
	if (run.status != 1)
		fail_msg("exit status %d: %s%s", run.status, run.out, run.err);
	HOLDS(run.out, "likely cause: " PBX ": its `registered` command lists 2003, neither 2001 nor");
	command_free(&run);
	page = evidence("index.html", path);
	HOLDS(page, "Your server: pbx", "its program runs", "What a phone needs", "REGISTER 2001",
	      "log/pbx.log:", "REGISTER 2001");
	free(page);
	text = evidence("result.json", path);
	result = json_loads(text, 0, NULL);
	free(text);
	assert_string_equal(member(json_object_get(json_object_get(result, "why"), "server"), "name"), "pbx");
	json_decref(result);
	/* The folder alone is enough for the same answer. */
	why = command_sh(20, "%s why --folder %s/evidence/001-denied SEP001122AABB01",
			 lab_bin("phonelab", program), lab.dir);
	assert_int_equal(why.status, 1);
	HOLDS(why.out, PBX ": its `registered` command lists 2003", "log/pbx.log:");
	command_free(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mistakes), cmocka_unit_test(test_text), cmocka_unit_test(test_healthy),
	    cmocka_unit_test(test_slow),     cmocka_unit_test(test_exit), cmocka_unit_test(test_evidence),
	};

	lab_apart();
	return cmocka_run_group_tests(tests, start, stop);
}
