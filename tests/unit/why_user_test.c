/*
 * `why` about servers of the user: what a phone asked and what was answered, out of its events; the cause, for each kind
 * of answer; the lines of a log that are chosen; and that the table of needs is the one of the document.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ladder.h"
#include "base/text.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/need.h"
#include "phonelab/why/report.h"
#include "phonelab/why/user.h"

#define PHONE "SEP001122AABB01"

static char folder[64];

static int begin(void **state)
{
	char path[100];

	(void)state;
	strcpy(folder, "/tmp/phonelab-why-user-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return mkdir(path, 0700);
}

static int end(void **state)
{
	static const char *const files[] = {"events.jsonl", "log/files.log", "log/pbx.log", "log", ""};
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		remove(path);
	}
	return 0;
}

static void write_file(const char *name, const char *text)
{
	char path[160];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

/* --- events in a short form: "step event|detail|key=value,key=value" --- */

static void add_event(struct text *text, unsigned number, const char *line)
{
	char event[40], copy[600], *detail, *evidence, *save = NULL;
	json_t *object, *pairs = json_object();
	int step, used = 0;
	char *json;

	assert_int_equal(sscanf(line, "%d %39[^|]%n", &step, event, &used), 2);
	snprintf(copy, sizeof(copy), "%s", line + used);
	assert_int_equal(copy[0], '|');
	detail = copy + 1;
	evidence = strchr(detail, '|');
	if (evidence)
		*evidence++ = 0;
	for (char *pair = strtok_r(evidence, ",", &save); pair; pair = strtok_r(NULL, ",", &save)) {
		char *value = strchr(pair, '=');

		assert_non_null(value);
		*value++ = 0;
		json_object_set_new(pairs, pair, json_string(value));
	}
	object = json_pack("{s:I,s:s,s:i,s:s,s:s,s:o}", "t", (json_int_t)number * 10000, "node", PHONE,
			   "step", step, "event", event, "detail", detail, "evidence", pairs);
	json = json_dumps(object, JSON_COMPACT);
	text_add(text, "%s\n", json);
	free(json);
	json_decref(object);
}

static void write_events(const char *const *lines)
{
	struct text text = {0};

	add_event(&text, 0, "4 step.active||");
	for (unsigned i = 0; lines[i]; i++)
		add_event(&text, i + 1, lines[i]);
	write_file("events.jsonl", text.bytes);
	text_free(&text);
}

/* --- a status with servers of the user --- */

static json_t *status_at(int step, const char *detail, const char *state)
{
	json_t *steps = json_array(), *status;

	for (int n = 1; n <= LADDER_STEPS; n++)
		json_array_append_new(steps, json_pack("{s:i,s:s,s:s,s:i,s:s}", "n", n, "name",
						       ladder_step_name(n), "state",
						       n < step	   ? "done"
						       : n == step ? "failed"
								   : "pending",
						       "ms", n, "detail", n == step ? detail : ""));
	status = json_pack("{s:s,s:s,s:[{s:s,s:s,s:o,s:s,s:i,s:[s]},{s:s,s:[s]}],s:[{s:s,s:[{s:s,s:s,s:i}]}],"
			   "s:[{s:s,s:s,s:[]}]}",
			   "lab", "l", "devices", "external", "phones", "name", PHONE, "state", state,
			   "steps", steps, "ipv4", "10.110.0.50", "voice_vlan", 110, "lines", "2001", "name",
			   "SEP001122AABB02", "lines", "2002", "switches", "name", "sw1", "ports", "name",
			   "Gi1/0/1", "neighbor", PHONE, "voice_vlan", 110, "cluster", "name", "pbx",
			   "address", "10.20.0.11", "registered");
	assert_non_null(status);
	json_object_set_new(
	    status, "user_servers",
	    json_pack("[{s:s,s:s,s:s,s:i,s:s,s:{s:s},s:{s:b}},{s:s,s:s,s:s,s:i,s:s,s:{s:b,s:b}},"
		      "{s:s,s:s,s:s,s:i,s:s,s:b}]",
		      "name", "dhcp", "kind", "dhcp", "address", "10.110.0.2", "vlan", 110, "by", "run",
		      "subnets", "110", "10.110.0.0/24", "listens", "udp 67", 1, "name", "files", "kind",
		      "tftp", "address", "10.110.0.3", "vlan", 110, "by", "run", "listens", "tcp 6970", 0,
		      "udp 69", 0, "name", "pbx", "kind", "call-manager", "address", "10.20.0.11", "vlan", 20,
		      "by", "external", "witness", 0));
	json_object_set_new(status, "services",
			    json_pack("[{s:s,s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s,s:s}]",
				      "name", "cucm", "node", "cucm", "kind", "call-manager", "address",
				      "10.20.0.12", "state", "running", "name", "dhcp", "node", "dhcp",
				      "kind", "dhcp", "address", "10.110.0.2", "state", "running", "name",
				      "files", "node", "files", "kind", "tftp", "address", "10.110.0.3",
				      "state", "stopped"));
	json_object_set_new(status, "failures", json_pack("[s]", "files exited with status 3"));
	return status;
}

/* The report of a case with these facts (their reference is taken); the caller frees it. */
static json_t *report_with(json_t *status, const char *const *lines, json_t *facts)
{
	struct why_case it = {.status = status, .name = PHONE, .facts = facts};
	json_t *report;
	char path[160];

	write_events(lines);
	snprintf(path, sizeof(path), "%s/events.jsonl", folder);
	snprintf(it.directory, sizeof(it.directory), "%s/", folder);
	assert_int_equal(why_find_phone(&it), 0);
	why_read_events(&it, path);
	report = why_report(&it);
	why_free(&it);
	return report;
}

static json_t *report_of(json_t *status, const char *const *lines)
{
	return report_with(status, lines, NULL);
}

static void expect_words(const char *label, const char *text, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (!strstr(text, words[i]))
			fail_msg("%s: \"%s\" has no \"%s\"", label, text, words[i]);
}

#define HTTP "server=10.110.0.3,transport=HTTP,"
#define TFTP "server=10.110.0.3,transport=TFTP,"
#define LEASE                                                                                                \
	"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=10.110.0.50,server=10.110.0.2",           \
	    "4 dhcp.ack||address=10.110.0.50,server=10.110.0.2,lease=3600 "                                  \
	    "s,prefix=24,gateway=10.110.0.1,option150=10.110.0.3"
#define CONFIG "7 file.ok||file=" PHONE ".cnf.xml,result=ok,bytes=900,ms=2," HTTP
#define CFG    PHONE ".cnf.xml"

static const struct {
	const char *label, *detail;
	int step;
	const char *events[10], *words[8];
} cases[] = {
    {"no answer",
     "no answer to 3 DISCOVERs",
     4,
     {"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.discover|try 2, VLAN 110|"},
     {"dhcp (10.110.0.2, your program): DISCOVER in VLAN 110, 2 times: no answer", "its program runs",
      "needs an OFFER and an ACK"}},
    {"an OFFER of no use",
     "DHCP timeout",
     4,
     {"4 dhcp.discover|try 1, VLAN 110|",
      "4 dhcp.bad|OFFER refused: no subnet mask|server=10.110.0.2,type=OFFER,reason=no subnet mask"},
     {"dhcp (10.110.0.2", "answered OFFER that the phone cannot use: no subnet mask", "(after 10 ms)"}},
    {"NAK",
     "the server refused the address",
     4,
     {"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=10.110.0.50,server=10.110.0.2",
      "4 dhcp.nak|wrong network|server=10.110.0.2"},
     {"REQUEST of 10.110.0.50 answered NAK: wrong network"}},
    {"a NAK, and the phone begins again",
     "the server refused the address",
     4,
     {"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=10.110.0.50,server=10.110.0.2",
      "4 dhcp.nak|wrong network|server=10.110.0.2", "4 dhcp.discover|try 1, VLAN 110|"},
     {"answered NAK: wrong network"}},
    {"an address in use",
     "Duplicate IP",
     4,
     {"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=10.110.0.50,server=10.110.0.2",
      "4 dhcp.decline|10.110.0.50 is in use by 00:11:22:aa:bb:99|"},
     {"dhcp (10.110.0.2", "10.110.0.50 is in use by 00:11:22:aa:bb:99"}},
    {"no option 150 and 66",
     "10.110.0.50/24, but no file server: neither option 150 nor 66 nor siaddr",
     4,
     {"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=10.110.0.50,server=10.110.0.2",
      "4 dhcp.ack||address=10.110.0.50,server=10.110.0.2,lease=60 s,prefix=24,gateway="},
     {"ACK of 10.110.0.50/24 for 60 s, router none, option 150 none", "no file server"}},
    {"an address outside",
     "no answer",
     5,
     {"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=192.168.7.9,server=10.110.0.2",
      "4 dhcp.ack||address=192.168.7.9,server=10.110.0.2,lease=60 s,prefix=24,gateway=,option150=10.110.0.3",
      "5 file.failed||file=CTL" PHONE ".tlv,result=timeout,ms=3000," HTTP},
     {"dhcp (10.110.0.2", "192.168.7.9 is outside of the subnet 10.110.0.0/24 of VLAN 110"}},
    {"a file server that is not there",
     "no answer",
     5,
     {"4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=10.110.0.50,server=10.110.0.2",
      "4 dhcp.ack||address=10.110.0.50,server=10.110.0.2,lease=60 s,prefix=24,gateway=,option150=10.110.0.9",
      "5 file.failed||file=CTL" PHONE ".tlv,result=timeout,ms=3000,server=10.110.0.9,transport=HTTP"},
     {"dhcp (10.110.0.2", "no server of the lab has the address 10.110.0.9"}},
    {"connection refused by a program that exited",
     "connection refused",
     5,
     {LEASE,
      "5 file.failed|CTL by HTTP from 10.110.0.3: connection refused|file=CTL" PHONE
      ".tlv,result=refused,ms=0," HTTP,
      "5 file.failed|CTL by TFTP from 10.110.0.3: port unreachable|file=CTL" PHONE
      ".tlv,result=refused,ms=0," TFTP},
     {"files (10.110.0.3, your program): GET /CTL" PHONE ".tlv: connection refused",
      "its program exited with status 3"}},
    {"404 for its file",
     "neither",
     7,
     {LEASE,
      "7 file.missing|X by HTTP from 10.110.0.3: 404 Not Found|file=" CFG
      ",result=not found,ms=3,http_status=404," HTTP,
      "7 file.failed|X by TFTP from 10.110.0.3: port unreachable|file=" CFG ",result=refused,ms=1," TFTP,
      "7 file.missing|X by HTTP from 10.110.0.3: 404 Not Found|file=XMLDefault.cnf.xml,result=not "
      "found,ms=3,http_status=404," HTTP},
     {"files (10.110.0.3, your program): GET /" CFG " answered 404 Not Found (after 3 ms)",
      "the phone needs the file with 200 and a <device>"}},
    {"403",
     "protocol error",
     7,
     {LEASE, "7 file.failed|X by HTTP from 10.110.0.3: 403 Forbidden|file=" CFG
	     ",result=protocol error,ms=3,http_status=403," HTTP},
     {"GET /" CFG " answered 403 Forbidden"}},
    {"truncated",
     "truncated",
     7,
     {LEASE, "7 file.failed|X by HTTP from 10.110.0.3: closed after 10 of 900 bytes|file=" CFG
	     ",result=truncated,ms=3,http_status=200," HTTP},
     {"answered closed after 10 of 900 bytes"}},
    {"not XML",
     CFG ": line 1: file: found no XML, expected <device>",
     7,
     {LEASE, CONFIG, "7 file.bad|" CFG ": line 1: file: found no XML|file=" CFG ",line=1"},
     {"GET /" CFG " answered 200 OK with 900 bytes, which the phone cannot use: line 1: file: found no XML"}},
    {"signed by another key",
     "the signature does not verify with any key of the trust list",
     7,
     {LEASE, "7 file.ok||file=" CFG ".sgn,result=ok,bytes=900,ms=2," HTTP},
     {"GET /" CFG ".sgn answered 200 OK with 900 bytes",
      "the signature does not verify with any key of the trust list", "demands signed files"}},
    {"unsigned",
     "not found",
     7,
     {LEASE, "7 file.missing|X by HTTP from 10.110.0.3: 404 Not Found|file=" CFG
	     ".sgn,result=not found,ms=3,http_status=404," HTTP},
     {"GET /" CFG ".sgn answered 404", "trust list that the phone has installed demands signed files"}},
    {"only the default file",
     "no line",
     11,
     {LEASE, "7 file.missing|X by HTTP from 10.110.0.3: 404 Not Found|file=" CFG
	     ",result=not found,ms=3,http_status=404," HTTP},
     {"GET /" CFG " answered 404", "continued with XMLDefault.cnf.xml"}},
    {"a foreign call manager",
     "10.9.9.9: no answer to TCP",
     10,
     {LEASE, CONFIG, "10 cm.lost|10.9.9.9: no answer to TCP|call_manager=10.9.9.9,server=10.9.9.9,port=5060"},
     {"files (10.110.0.3", CFG " names the call manager 10.9.9.9, port 5060: no answer to TCP",
      "The topology has pbx 10.20.0.11"}},
    {"a call manager without an address",
     "pbx.example: DNS unknown host",
     10,
     {LEASE, CONFIG, "10 cm.lost|pbx.example: DNS unknown host|call_manager=pbx.example,server=,port=5060"},
     {"files (10.110.0.3", "names the call manager pbx.example: DNS unknown host"}},
    {"the registrar refuses",
     "10.20.0.11: connection refused",
     10,
     {LEASE, CONFIG,
      "10 cm.lost|10.20.0.11: connection refused|call_manager=10.20.0.11,server=10.20.0.11,port=5060"},
     {"pbx (10.20.0.11, yours): connection to port 5060: connection refused"}},
    {"the registrar does not know the number",
     "404",
     11,
     {LEASE, CONFIG,
      "11 "
      "sip.register||call_manager=10.20.0.11,server=10.20.0.11,port=5060,user=2999,sip_status=404,reason=Not "
      "Found,ms=2"},
     {"pbx (10.20.0.11, yours): REGISTER 2999 answered 404 Not Found (after 2 ms)",
      "The number 2999 is in " CFG " of files (10.110.0.3", "the topology gives this phone 2001"}},
    {"a challenge without end",
     "401 Unauthorized",
     11,
     {LEASE, CONFIG,
      "11 sip.register||server=10.20.0.11,port=5060,user=2001,sip_status=401,reason=Unauthorized,ms=2"},
     {"REGISTER 2001 answered 401 Unauthorized", "<authPassword>"}},
    {"out of service",
     "503",
     11,
     {LEASE, CONFIG,
      "11 "
      "sip.register||call_manager=10.20.0.11,server=10.20.0.11,port=5060,user=2001,sip_status=503,reason="
      "Busy,ms=2",
      "11 cm.lost|10.20.0.11: 503 Service "
      "Unavailable|call_manager=10.20.0.11,server=10.20.0.11,port=5060,user=2001"},
     {"REGISTER 2001 answered 503 Busy"}},
    {"too short",
     "200 OK, but for 10 s only",
     11,
     {LEASE, CONFIG,
      "11 sip.register||server=10.20.0.11,port=5060,user=2001,sip_status=200,reason=OK,ms=2,expires=10"},
     {"REGISTER 2001 answered 200 OK, expires 10 s", "at least 25 s"}},
    {"the registrar is silent",
     "no answer to REGISTER in 4 s",
     11,
     {LEASE, CONFIG,
      "11 cm.lost|10.20.0.11: no answer to REGISTER in 4 "
      "s|call_manager=10.20.0.11,server=10.20.0.11,port=5060,"
      "user=2001,ms=4000"},
     {"pbx (10.20.0.11, yours): REGISTER 2001: no answer to REGISTER in 4 s"}},
    {"a call manager of the lab does not know the number of the user's file",
     "Registration Rejected by 10.20.0.12: 404 Not Found",
     11,
     {LEASE, CONFIG,
      "11 "
      "sip.register||call_manager=10.20.0.12,server=10.20.0.12,port=5060,user=2002,sip_status=404,reason=Not "
      "Found,ms=2"},
     {"files (10.110.0.3",
      CFG " has the number 2002; the topology gives this phone 2001, and 2002 to "
	  "SEP001122AABB02",
      "REGISTER 2002 with 404 Not Found"}},
    {"another port",
     "10.20.0.12: connection refused",
     10,
     {LEASE, CONFIG,
      "10 cm.lost|10.20.0.12: connection refused|call_manager=10.20.0.12,server=10.20.0.12,port=5070"},
     {"files (10.110.0.3", CFG " names port 5070 of the call manager 10.20.0.12"}},
    {"a line of another proxy",
     "no REGISTER: <proxy> of the line is 10.1.4.23, not USECALLMANAGER",
     11,
     {LEASE, CONFIG},
     {"files (10.110.0.3", "no REGISTER: <proxy> of the line is 10.1.4.23"}},
};

static void test_causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *status = status_at(cases[i].step, cases[i].detail, "provisioning"), *report;

		if (!strcmp(cases[i].label, "only the default file"))
			json_object_set_new(
			    json_array_get(json_object_get(
					       json_array_get(json_object_get(status, "phones"), 0), "steps"),
					   LADDER_CONFIG - 1),
			    "detail", json_string("not provisioned, XMLDefault.cnf.xml"));
		report = report_of(status, cases[i].events);
		assert_true(json_is_false(json_object_get(report, "healthy")));
		if (!json_object_get(report, "server"))
			fail_msg("%s: no server is named, but: %s", cases[i].label,
				 json_string_value(json_object_get(report, "cause")));
		expect_words(cases[i].label, json_string_value(json_object_get(report, "cause")),
			     cases[i].words);
		json_decref(report);
		json_decref(status);
	}
}

/* The user is not blamed for the faults of the lab. */
static void test_not_the_users(void **state)
{
	static const char *const silent[] = {"4 dhcp.discover|try 1, VLAN 10|", NULL};
	static const char *const elsewhere[] = {LEASE,
						"5 file.failed||file=CTL" PHONE
						".tlv,result=refused,ms=0,server=10.110.0.77,transport=HTTP",
						NULL};
	json_t *status = status_at(4, "no answer to 3 DISCOVERs", "network"), *phone, *report, *facts;

	(void)state;
	/* The port has no voice VLAN: the phone asks elsewhere. */
	phone = json_array_get(json_object_get(status, "phones"), 0);
	json_object_set_new(phone, "voice_vlan", json_null());
	json_object_set_new(json_array_get(json_object_get(phone, "steps"), 2), "detail",
			    json_string("untagged: no voice VLAN"));
	facts = json_array();
	fact_add(facts, "vlan.none", "port sw1 Gi1/0/1", 3, "events.jsonl:1", "no voice VLAN");
	fact_value(fact_add(facts, "port.voice_vlan", "port sw1 Gi1/0/1", 4, "show sw1 running-config",
			    "Gi1/0/1 has no voice VLAN"),
		   "found", "0");
	report = report_with(status, silent, facts);
	assert_null(json_object_get(report, "server"));
	assert_non_null(strstr(json_string_value(json_object_get(report, "cause")), "no voice VLAN"));
	json_decref(report);
	json_decref(status);
	/* A file server of the lab: the rules of the lab decide. */
	status = status_at(5, "connection refused", "provisioning");
	json_array_append_new(json_object_get(status, "services"),
			      json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", "tftp", "node", "tftp", "kind",
					"tftp", "address", "10.110.0.77", "state", "stopped"));
	report = report_of(status, elsewhere);
	assert_null(json_object_get(report, "server"));
	json_decref(report);
	json_decref(status);
}

/* --- registered --- */

static json_t *registered_status(const char *state, const char *number, bool witness)
{
	json_t *status = status_at(15, "", state),
	       *phone = json_array_get(json_object_get(status, "phones"), 0);

	json_object_set_new(phone, "registered_with", json_string("pbx"));
	json_object_set_new(phone, "directory_number", json_string(number));
	if (!witness)
		json_object_set_new(phone, "witness", json_false());
	return status;
}

static const char *const registers[] = {
    LEASE, CONFIG, "10 cm.connected||call_manager=10.20.0.11,server=10.20.0.11,port=5060,ms=1",
    "11 sip.register||server=10.20.0.11,port=5060,user=2001,sip_status=200,reason=OK,ms=2,expires=120", NULL};

static void test_by_word(void **state)
{
	json_t *status = registered_status("claims-registered", "2001", false);
	json_t *report = report_of(status, registers);
	struct text text = {0};

	(void)state;
	assert_true(json_is_true(json_object_get(report, "healthy")));
	assert_true(json_is_true(json_object_get(report, "by_the_phones_word")));
	why_report_text(report, &text);
	assert_non_null(strstr(text.bytes, "is healthy"));
	assert_non_null(strstr(text.bytes, "by the phone's word: no other source was asked"));
	text_free(&text);
	json_decref(report);
	json_decref(status);
	/* The number of another phone in its file. */
	status = registered_status("claims-registered", "2002", false);
	report = report_of(status, registers);
	assert_true(json_is_false(json_object_get(report, "healthy")));
	expect_words("number", json_string_value(json_object_get(report, "cause")),
		     (const char *const[]){CFG " has the number 2002", "gives this phone 2001",
					   "and 2002 to SEP001122AABB02", NULL});
	json_decref(report);
	json_decref(status);
}

static void test_witness(void **state)
{
	json_t *status = registered_status("claims-registered", "2001", true), *report, *node;

	(void)state;
	node = json_array_get(json_object_get(status, "cluster"), 0);
	json_object_set_new(node, "registered", json_pack("[s,s]", "2002", "2003"));
	report = report_of(status, registers);
	expect_words("witness", json_string_value(json_object_get(report, "cause")),
		     (const char *const[]){"pbx (10.20.0.11, yours)",
					   "lists 2002, 2003, neither 2001 nor " PHONE,
					   "REGISTER 2001 answered 200 OK", NULL});
	json_decref(report);
	json_object_set_new(node, "error", json_string("pbx: `registered.command` exited with status 2"));
	report = report_of(status, registers);
	expect_words("witness", json_string_value(json_object_get(report, "cause")),
		     (const char *const[]){"nobody knows", "exited with status 2", NULL});
	json_decref(report);
	json_decref(status);
}

/* A slow server is a note with figures; a server that is as slow as all others is none. */
static void test_slow(void **state)
{
	static const char *const slow[] = {
	    "4 dhcp.discover|try 1, VLAN 110|", "4 dhcp.offer||address=10.110.0.50,server=10.110.0.2",
	    "7 file.ok||file=" CFG ",result=ok,bytes=9,ms=512," HTTP,
	    "11 "
	    "sip.register||server=10.20.0.11,port=5060,user=2001,sip_status=200,reason=OK,ms=2,expires=120",
	    NULL};
	static const char *const all[] = {
	    "7 file.ok||file=" CFG ",result=ok,bytes=9,ms=512," HTTP,
	    "11 "
	    "sip.register||server=10.20.0.11,port=5060,user=2001,sip_status=200,reason=OK,ms=480,expires=120",
	    NULL};
	json_t *status = registered_status("registered", "2001", true), *report = report_of(status, slow);
	const char *note = json_string_value(json_array_get(json_object_get(report, "notes"), 0));

	(void)state;
	assert_true(json_is_true(json_object_get(report, "healthy")));
	assert_non_null(note);
	expect_words("slow", note,
		     (const char *const[]){"files (10.110.0.3, your program) is slow", "512 ms", NULL});
	json_decref(report);
	report = report_of(status, all);
	assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
	json_decref(report);
	json_decref(status);
}

/* --- the log --- */

static void test_log(void **state)
{
	static const char *const words[] = {"10.110.0.5", PHONE};
	struct why_log_line lines[WHY_LOG_LINES];
	struct text text = {0};
	size_t n;

	(void)state;
	for (int i = 1; i <= 40; i++)
		text_add(&text,
			 i == 7	   ? "asked by 10.110.0.5\n"
			 : i == 9  ? "asked by 10.110.0.50\n"
			 : i == 20 ? "GET /" PHONE ".cnf.xml\n"
				   : "line %d\n",
			 i);
	n = why_log_choose(text.bytes, 100, words, 2, lines);
	assert_int_equal(n, WHY_LOG_LINES);
	assert_int_equal(lines[0].number, 106);
	assert_string_equal(lines[0].text, "asked by 10.110.0.5");
	assert_int_equal(lines[1].number, 119);
	for (size_t i = 2; i < n; i++)
		assert_int_equal(lines[i].number, 139 - (WHY_LOG_LINES - 1 - i));
	text_free(&text);
	assert_int_equal(why_log_choose("", 1, words, 2, lines), 0);
	assert_int_equal(why_log_choose("\n\nno end", 1, words, 2, lines), 1);
	assert_int_equal(lines[0].number, 3);
}

static void test_log_of_a_case(void **state)
{
	json_t *status = status_at(7, "neither", "provisioning"), *report;

	(void)state;
	write_file("log/files.log", "starts\n10.110.0.50 GET /" CFG " 404\n");
	report =
	    report_of(status, (const char *const[]){LEASE,
						    "7 file.missing|X by HTTP from 10.110.0.3: 404|file=" CFG
						    ",result=not found,ms=3,http_status=404," HTTP,
						    NULL});
	assert_int_equal(json_array_size(json_object_get(report, "log")), 2);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(json_object_get(report, "log"), 1), "from")),
	    "log/files.log:2");
	json_decref(report);
	json_decref(status);
}

/* --- needs --- */

static void test_needs(void **state)
{
	char text[700];

	(void)state;
	assert_string_equal(why_need_text(LADDER_BOOT, PHONE, false, text, sizeof(text)), "");
	expect_words(
	    "needs", why_need_text(LADDER_ITL, PHONE, false, text, sizeof(text)),
	    (const char *const[]){"step 6, itl", "ITL" PHONE ".tlv, then ITLFile.tlv", "404, or", NULL});
	expect_words("needs", why_need_text(LADDER_CONFIG, PHONE, true, text, sizeof(text)),
		     (const char *const[]){PHONE ".cnf.xml, then XMLDefault", ".sgn", NULL});
}

/* docs/troubleshooting.md has the rows of the table: "| 5 ctl | asks for .. | 404, or .. |". */
static void test_document(void **state)
{
	FILE *in = fopen("docs/troubleshooting.md", "re");
	char *text = calloc(1, 1 << 18), row[700];
	size_t n;

	(void)state;
	assert_non_null(in);
	n = fread(text, 1, (1 << 18) - 1, in);
	assert_true(n > 1000);
	fclose(in);
	for (const struct why_need *need = why_needs; need->step; need++) {
		snprintf(row, sizeof(row), "| %d %s | %s | %s |", need->step, ladder_step_name(need->step),
			 need->asks, need->answer);
		if (!strstr(text, row))
			fail_msg("docs/troubleshooting.md has no row: %s", row);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_causes),	  cmocka_unit_test(test_not_the_users),
	    cmocka_unit_test(test_by_word),	  cmocka_unit_test(test_witness),
	    cmocka_unit_test(test_slow),	  cmocka_unit_test(test_log),
	    cmocka_unit_test(test_log_of_a_case), cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_document),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
