/*
 * The table of `phonelab why`: for each way that a step fails, in the words in which the phones say it, the
 * cause that is named. And what is taken as evidence out of the events and the servers' logs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ladder.h"
#include "phonelab/why/why.h"

#define PHONE "SEP001122AABB01"

static char folder[64];

static int begin(void **state)
{
	char path[100];

	(void)state;
	strcpy(folder, "/tmp/phonelab-why-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return mkdir(path, 0700);
}

static void write_file(const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static int end(void **state)
{
	static const char *const files[] = {
	    "events.jsonl",	 "log/dhcp.log",	 "log/tftp.log", "log/cucm-pub.log",
	    "log/tftp-http.log", "log/tftp-http.access", "log",		 ""};
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		if (remove(path) && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* A status in which all steps before `step` are done and that one is as said; 15: all are done. */
static json_t *status_at(int step, const char *step_state, const char *detail, const char *state)
{
	json_t *steps = json_array();

	for (int n = 1; n <= LADDER_STEPS; n++) {
		const char *its = n < step    ? (n == 12 ? "skipped" : "done")
				  : n == step ? step_state
					      : "pending";

		json_array_append_new(steps, json_pack("{s:i,s:s,s:s,s:i,s:s}", "n", n, "name",
						       ladder_step_name(n), "state", its, "ms", n * 10,
						       "detail", n == step ? detail : ""));
	}
	return json_pack("{s:s,s:[{s:s,s:s,s:o,s:s}],s:[{s:s,s:[{s:s,s:s},{s:s,s:n}]}],s:[{s:s},{s:s}]}",
			 "lab", "office", "phones", "name", PHONE, "state", state, "steps", steps, "ipv4",
			 "10.110.0.50", "switches", "name", "sw1", "ports", "name", "Gi1/0/1", "neighbor",
			 PHONE, "name", "Gi1/0/10", "neighbor", "cluster", "name", "cucm-pub", "name",
			 "cucm-sub");
}

struct way {
	int step;
	const char *detail;
	const char *cause; /* words of what is to be named */
};

static const struct way ways[] = {
    {1, "power denied: the budget is used up", "PoE budget is used up"},
    {1, "power denied: the limit of the port", "limit of the port"},
    {2, "no intact load in either bank of flash", "either bank"},
    {3, "not finished after 10 s", "no voice VLAN"},
    {4, "the server refused the address (NAK: wrong network)", "refused the address"},
    {4, "Duplicate IP: another device has 10.110.0.50", "in use by another device"},
    {4, "option 66 names tftp.lab: DNS unknown host", "DNS does not resolve"},
    {4, "10.110.0.50/24, but no file server: neither option 150 nor 66 nor siaddr", "without a TFTP server"},
    {5, "CTL" PHONE ".tlv from 10.20.0.3 by TFTP: ERROR 2 access violation", "with an error"},
    {5, "CTL" PHONE ".tlv from 10.20.0.3 by TFTP: no answer", "No TFTP server answers"},
    {5, "CTL" PHONE ".tlv: not a trust list: too short at byte 0", "is damaged"},
    {6, "Trust List update failed: ITLFile.tlv: signed by a key that the installed list does not hold",
     "another cluster"},
    {7, "not a signed file: going on with the stored configuration " PHONE ".cnf.xml", "is not signed"},
    {7,
     PHONE ".cnf.xml.sgn not requested: no file server has answered: going on with the stored "
	   "configuration " PHONE ".cnf.xml",
     "cannot be fetched"},
    {6, "Trust List update failed: ITLFile.tlv: the signature does not verify",
     "altered after it was signed"},
    {5,
     "CTL" PHONE ".tlv from 10.110.0.60 by TFTP: no answer; TFTP: asked 10.110.0.60, answered by 10.110.0.3",
     "rejects its answers: asked 10.110.0.60, answered by 10.110.0.3."},
    {6, "ITLFile.tlv: timed out", "cannot be fetched"},
    {7, PHONE ".cnf.xml: line 3: member: found \"x\", expected priority 0 to 4", "not XML"},
    {7, PHONE ".cnf.xml: line 1: members: found no member, expected at least one call manager",
     "names no call manager"},
    {7, PHONE ".cnf.xml.sgn: the signature does not verify with any key of the trust list", "signature"},
    {7, "neither " PHONE ".cnf.xml nor XMLDefault.cnf.xml (404)", "has built no files"},
    {8, "Load ID incorrect: sip78xx.loads: 404 Not Found", "is missing"},
    {9, "DR.xml: not found: default dial rules", "dial rules are missing"},
    {9, "DR.xml: file: found 8761 bytes, expected at most 8191 bytes: default dial rules", "8191 bytes"},
    {10, "10.110.0.11: connection refused", "Kamailio is not running"},
    {10, "10.110.0.11: timed out", "No call manager of the group"},
    {11, "Registration Rejected by 10.110.0.11: 401 Unauthorized", "digest credentials"},
    {11, "Registration Rejected by 10.110.0.11: 423 Interval Too Brief", "too brief"},
    {11, "10.110.0.11: 503 Service Unavailable", "out of service"},
    {11, "10.110.0.11: no answer to REGISTER", "never answered"},
    {12, "Error update locale: French_France: English stays", "locale is not installed"},
    {13, "SK.xml: not found: default template", "softkey template is missing"},
    {14, "Ringlist-wb.xml: line 1: found x, expected y", "list of ringtones"},
};

static const json_t *nodes_of(void)
{
	static json_t *nodes;

	if (!nodes)
		nodes = json_pack("[{s:s,s:s},{s:s,s:s}]", "name", "dhcp", "kind", "dhcp", "name", "tftp",
				  "kind", "tftp");
	return nodes;
}

static void test_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct way *way = &ways[i];
		json_t *status = status_at(way->step, "failed", way->detail, "provisioning");
		struct why_case it = {.status = status, .name = PHONE, .nodes = nodes_of()};
		char path[160];

		write_file("events.jsonl", "");
		/* The server has heard the phone. */
		write_file("log/dhcp.log", "DHCPDISCOVER 00:11:22:AA:BB:01\n");
		assert_int_equal(why_find_phone(&it), 0);
		assert_int_equal(it.step, way->step);
		snprintf(path, sizeof(path), "%s/events.jsonl", folder);
		why_read_events(&it, path);
		snprintf(it.directory, sizeof(it.directory), "%s/", folder);
		const struct why_rule *rule = why_rule(&it);
		char cause[WHY_CAUSE];
		if (!strstr(why_cause(&it, rule, cause), way->cause))
			fail_msg("step %d, \"%s\": the cause is \"%s\", not of \"%s\"", way->step,
				 way->detail, cause, way->cause);
		assert_non_null(rule->look);
		why_free(&it);
		json_decref(status);
	}
}

static void test_healthy(void **state)
{
	json_t *status = status_at(15, "", "", "registered");
	struct why_case it = {.status = status, .name = PHONE};

	(void)state;
	assert_int_equal(why_find_phone(&it), 0);
	assert_int_equal(it.step, 0);
	json_decref(status);
	/* All steps are done by the phone's word, but no call manager has it. */
	status = status_at(15, "", "", "claims-registered");
	it = (struct why_case){.status = status, .name = PHONE};
	assert_int_equal(why_find_phone(&it), 0);
	assert_int_equal(it.step, LADDER_REGISTER);
	assert_non_null(strstr(why_rule(&it)->cause, "the call manager does not"));
	json_decref(status);
	status = status_at(15, "", "", "partly registered");
	it = (struct why_case){.status = status, .name = PHONE};
	assert_int_equal(why_find_phone(&it), 0);
	assert_non_null(strstr(why_rule(&it)->cause, "only the primary line"));
	json_decref(status);
	status = status_at(11, "failed", "no REGISTER: <proxy> of the line is 10.1.4.23, not USECALLMANAGER",
			   "registering");
	it = (struct why_case){.status = status, .name = PHONE};
	assert_int_equal(why_find_phone(&it), 0);
	assert_non_null(strstr(why_rule(&it)->cause, "a <proxy> other than"));
	it = (struct why_case){.status = status, .name = "SEP001122AABB99"};
	assert_int_equal(why_find_phone(&it), -ENOENT);
	json_decref(status);
}

/* Three losses within ten seconds: the link flaps. A person who resets a port now and then is no cause. */
static void test_a_link_that_flaps(void **state)
{
	json_t *status = status_at(4, "active", "", "network");

	(void)state;
	for (int every_s = 1; every_s <= 6; every_s += 5) {
		struct why_case it = {.status = status, .name = PHONE, .events = json_array()};

		for (int i = 1; i <= 5; i++)
			json_array_append_new(
			    it.events, json_pack("{s:I,s:s,s:s,s:s}", "t", (json_int_t)i * every_s * 1000000,
						 "node", "sw1", "event", "link.down", "detail", "Gi1/0/1"));
		assert_int_equal(why_find_phone(&it), 0);
		assert_int_equal(strstr(why_rule(&it)->cause, "goes up and down") != NULL, every_s == 1);
		why_free(&it);
	}
	json_decref(status);
}

static bool has(const struct why_evidence *evidence, size_t n, const char *from, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(evidence[i].from, from) && strstr(evidence[i].text, text))
			return true;
	return false;
}

/* Lines of others, and console chatter, are no evidence; what is has the number of its line. */
static void test_evidence(void **state)
{
	json_t *status = status_at(11, "failed", "Registration Rejected by 10.20.0.11: 403", "rejected");
	struct why_case it = {.status = status, .name = PHONE, .nodes = nodes_of()};
	struct why_evidence evidence[WHY_EVIDENCE];
	char path[160];

	(void)state;
	write_file("events.jsonl",
		   "{\"node\":\"" PHONE "\",\"event\":\"step.active\",\"detail\":\"register\"}\n"
		   "{\"node\":\"SEP001122AABB02\",\"event\":\"step.failed\",\"detail\":\"of another\"}\n"
		   "this is not JSON\n"
		   "{\"node\":\"" PHONE "\",\"event\":\"phone.console\",\"detail\":\"chatter\"}\n"
		   "{\"node\":\"lab\",\"event\":\"lab.child_died\",\"detail\":\"dnsmasq\"}\n"
		   "{\"node\":\"" PHONE "\",\"event\":\"step.failed\",\"detail\":\"403 Forbidden\"}\n");
	write_file("log/cucm-pub.log", "0(1) INFO: <script>: of another\n"
				       "0(1) INFO: <script>: rejected " PHONE " with 403\n"
				       "0(1) INFO: <script>: of another\n");
	assert_int_equal(why_find_phone(&it), 0);
	snprintf(path, sizeof(path), "%s/events.jsonl", folder);
	why_read_events(&it, path);
	snprintf(it.directory, sizeof(it.directory), "%s/", folder);
	size_t n = why_evidence(&it, evidence);
	assert_true(has(evidence, n, "sw1", "Gi1/0/1"));
	assert_true(has(evidence, n, "events.jsonl:1", "step.active"));
	assert_true(has(evidence, n, "events.jsonl:5", "dnsmasq"));
	assert_true(has(evidence, n, "events.jsonl:6", "403 Forbidden"));
	assert_true(has(evidence, n, "log/cucm-pub.log:2", "rejected " PHONE " with 403"));
	assert_int_equal(n, 5);
	why_free(&it);
	json_decref(status);
	/* Missing evidence is reported. */
	it = (struct why_case){.name = PHONE};
	it.status = status = json_pack("{s:[{s:s,s:[{s:i,s:s,s:s,s:s}]}]}", "phones", "name", PHONE, "steps",
				       "n", 1, "name", "power", "state", "active", "detail", "");
	assert_int_equal(why_find_phone(&it), 0);
	why_read_events(&it, "/nowhere/events.jsonl");
	assert_int_equal(why_evidence(&it, evidence), 1);
	assert_non_null(strstr(evidence[0].text, "no event of the phone"));
	why_free(&it);
	json_decref(status);
}

/* A phone that is registered with its stored configuration: what failed before the registration is evidence. */
static void test_registered_with_a_failed_step(void **state)
{
	json_t *status = status_at(5, "failed", "CTL" PHONE ".tlv: not a trust list: x", "registered");
	struct why_case it = {.status = status, .name = PHONE, .nodes = nodes_of()};
	struct why_evidence evidence[WHY_EVIDENCE];
	char path[160];
	size_t n;

	(void)state;
	write_file("events.jsonl",
		   "{\"node\":\"" PHONE
		   "\",\"event\":\"step.failed\",\"step\":5,\"detail\":\"of an earlier boot\"}\n"
		   "{\"node\":\"" PHONE "\",\"event\":\"step.active\",\"step\":5,\"detail\":\"\"}\n"
		   "{\"node\":\"" PHONE "\",\"event\":\"step.failed\",\"step\":5,\"detail\":\"damaged\"}\n"
		   "{\"node\":\"" PHONE "\",\"event\":\"phone.registered\",\"detail\":\"2001\"}\n");
	assert_int_equal(why_find_phone(&it), 0);
	assert_int_equal(it.step, 5);
	assert_non_null(why_rule(&it));
	snprintf(path, sizeof(path), "%s/events.jsonl", folder);
	why_read_events(&it, path);
	n = why_evidence(&it, evidence);
	assert_true(has(evidence, n, "events.jsonl:3", "damaged"));
	assert_false(has(evidence, n, "events.jsonl:1", "of an earlier boot"));
	why_free(&it);
	json_decref(status);
}

/* A long events.jsonl is read from its end; the line numbers are those of the whole file. */
static void test_long_file(void **state)
{
	enum { OLD = 400000 }; /* 40 MB */
	json_t *status = status_at(LADDER_DHCP, "failed", "", "off");
	struct why_case it = {.status = status, .name = PHONE};
	char path[256];
	FILE *out;

	(void)state;
	snprintf(path, sizeof(path), "%s/events.jsonl", folder);
	out = fopen(path, "we");
	assert_non_null(out);
	for (int i = 0; i < OLD; i++)
		fprintf(out,
			"{\"t\":1,\"node\":\"SEP001122AABBFF\",\"event\":\"dhcp.nak\",\"detail\":\"%40d\"}\n",
			i);
	fprintf(out, "{\"t\":2,\"node\":\"" PHONE "\",\"event\":\"dhcp.nak\",\"detail\":\"last\"}\n");
	fclose(out);
	assert_int_equal(why_find_phone(&it), 0);
	why_read_events(&it, path);
	assert_int_equal(json_array_size(it.events), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(it.events, 0), "line")), OLD + 1);
	why_free(&it);
	json_decref(status);
	unlink(path);
}

/* A phone without a neighbour entry: only its cable was seen. A log line is quoted to its end. */
static void test_evidence_is_what_was_seen(void **state)
{
	json_t *status = status_at(11, "failed", "Registration Rejected by 10.20.0.11: 403", "rejected");
	struct why_case it = {.status = status, .name = PHONE, .nodes = nodes_of()};
	struct why_evidence evidence[WHY_EVIDENCE];
	json_t *port = json_array_get(
	    json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"), 0);
	char line[700];
	size_t n;

	(void)state;
	json_object_set_new(port, "neighbor", json_null());
	json_object_set_new(port, "device", json_string(PHONE));
	snprintf(line, sizeof(line), "0(1) INFO: <script>: " PHONE " %0500d [Reason=13]\n", 1);
	write_file("log/cucm-pub.log", line);
	assert_int_equal(why_find_phone(&it), 0);
	snprintf(it.directory, sizeof(it.directory), "%s/", folder);
	n = why_evidence(&it, evidence);
	assert_true(has(evidence, n, "sw1", "cable is plugged into Gi1/0/1"));
	assert_false(has(evidence, n, "sw1", "the phone is its neighbour"));
	assert_true(has(evidence, n, "log/cucm-pub.log:1", "[Reason=13]"));
	why_free(&it);
	json_decref(status);
}

/* Requests for files stand in the access log of the HTTP server, not in its error log. */
static void test_evidence_of_the_access_log(void **state)
{
	json_t *status =
	    status_at(7, "failed", "neither " PHONE ".cnf.xml nor XMLDefault.cnf.xml (404)", "x");
	struct why_case it = {.status = status, .name = PHONE, .nodes = nodes_of()};
	struct why_evidence evidence[WHY_EVIDENCE];
	size_t n;

	(void)state;
	write_file("log/tftp-http.access", "10.110.0.50 GET /" PHONE ".cnf.xml.sgn 404\n");
	write_file("log/tftp-http.log", "(server.c.1) server started for " PHONE "\n");
	assert_int_equal(why_find_phone(&it), 0);
	snprintf(it.directory, sizeof(it.directory), "%s/", folder);
	n = why_evidence(&it, evidence);
	assert_true(has(evidence, n, "log/tftp-http.access:1", "404"));
	assert_false(has(evidence, n, "log/tftp-http.log:1", "server"));
	why_free(&it);
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_way),
	    cmocka_unit_test(test_healthy),
	    cmocka_unit_test(test_a_link_that_flaps),
	    cmocka_unit_test(test_evidence),
	    cmocka_unit_test(test_registered_with_a_failed_step),
	    cmocka_unit_test(test_long_file),
	    cmocka_unit_test(test_evidence_is_what_was_seen),
	    cmocka_unit_test(test_evidence_of_the_access_log),
	};
	int failed = cmocka_run_group_tests_name("why", tests, begin, end);

	json_decref((json_t *)nodes_of());
	return failed;
}
